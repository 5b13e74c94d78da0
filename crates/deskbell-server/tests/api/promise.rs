//! The promise: every answer that any test of this suite gets is one that the OpenAPI document describes. A route that
//! answers with a status or a field it has not told of fails here, in whichever test calls it.

use crate::client::Answer;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

/// The document as the code has it.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(deskbell_api::document);

/// Schemas that were compiled, by their place in the document.
static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// What is wrong with `value` by the schema at `pointer` of the document.
pub(crate) fn breaches(pointer: &str, value: &Value) -> Vec<String> {
    let mut compiled = COMPILED.lock().unwrap();
    let validator = compiled.entry(pointer.to_owned()).or_insert_with(|| {
        let mut schema = DOCUMENT.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer}")).clone();
        schema["components"] = json!({"schemas": DOCUMENT["components"]["schemas"]});
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        Arc::new(options.build(&schema).unwrap_or_else(|error| panic!("{pointer}: {error}")))
    });
    let validator = Arc::clone(validator);
    drop(compiled);
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// `text` as a part of a JSON pointer.
pub(crate) fn part(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}

/// The pointer to what a `$ref` at `pointer` names, or `pointer` itself.
pub(crate) fn followed(pointer: &str) -> String {
    let reference = DOCUMENT.pointer(pointer).and_then(|value| value["$ref"].as_str());
    reference.map_or_else(|| pointer.to_owned(), |reference| reference.trim_start_matches('#').to_owned())
}

/// The path of the document that `path` is an instance of; one without ids goes before one with.
fn template(path: &str) -> Option<&'static str> {
    // A slash at the end means nothing.
    let path = path.split('?').next()?;
    let given: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    let fits = |template: &&String| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == given.len()
            && parts.iter().zip(&given).all(|(part, given)| part.starts_with('{') || part == given)
    };
    let paths = DOCUMENT["paths"].as_object()?.keys();
    paths.filter(fits).min_by_key(|template| template.matches('{').count()).map(String::as_str)
}

/// Holds `answer` against the document. What stands in no document, such as an inbox's own address, is not judged.
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    let Some(template) = template(path) else { return };
    let operation = format!("/paths/{}/{}", part(template), method.to_lowercase());
    if DOCUMENT.pointer(&operation).is_none() {
        return;
    }
    let called = format!("{method} {template} answered {}", answer.status);
    let response = followed(&format!("{operation}/responses/{}", answer.status));
    let Some(promised) = DOCUMENT.pointer(&response) else {
        panic!("{called}, which is not in its responses: {}", answer.text());
    };
    for (name, header) in promised["headers"].as_object().into_iter().flatten() {
        let given = answer.header(name).is_some();
        assert!(given || header["required"] != true, "{called} without the header {name}");
    }
    let media = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let content = format!("{response}/content/{}", part(media));
    assert!(
        DOCUMENT.pointer(&content).is_some(),
        "{called} in {media}, which is not in its content: {}",
        answer.text()
    );
    // The client of these tests does not take chunks apart.
    if media == "application/json" && answer.header("transfer-encoding").is_none() {
        let breaches = breaches(&format!("{content}/schema"), &answer.json());
        assert!(breaches.is_empty(), "{called}, against its schema: {breaches:#?}\n{}", answer.text());
    }
}
