//! Operation: a name, a summary of one sentence, parameters with examples, every status with its headers and an example.

use super::{Object, example, path_id, referred, refusal};
use http::StatusCode;
use serde_json::{Value, json};

/// Completes one operation; `schemas` are complete already.
pub(super) fn complete(method: &str, path: &str, operation: &mut Value, schemas: &Object) {
    let verb = operation["operationId"].as_str().unwrap_or_default().to_owned();
    operation["operationId"] = name(path, &verb).into();
    summarize(operation);
    let item = listed(operation, schemas).map(str::to_owned);
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        if parameter["in"] == "path" {
            path_id::complete(path, parameter);
        }
        // A parameter is given or left out; it is never null.
        if let Some(types) = parameter["schema"]["type"].as_array() {
            parameter["schema"]["type"] = types[0].clone();
        }
    }
    request(operation, schemas);
    let has_key = operation["security"] != json!([{}]);
    let has_body = operation.get("requestBody").is_some();
    if !operation["responses"].is_object() {
        operation["responses"] = json!({});
    }
    for status in refusal::common(path, has_key, has_body) {
        operation["responses"][status.to_string()] = json!({});
    }
    for (status, response) in super::members(operation, "responses") {
        answer(status, response, item.is_some() && method == "get", schemas);
    }
}

/// `webhooks_create`, `inboxes_requests_get`, `bookings_no_show`: the nouns of the path, and the verb where it is none of them.
fn name(path: &str, verb: &str) -> String {
    let nouns = path.split('/').filter(|part| !part.is_empty() && *part != "v2" && !part.starts_with('{'));
    let mut words: Vec<String> = nouns.map(|noun| noun.replace('-', "_")).collect();
    // A verb that was told apart from its like by the noun (`create_user`) does not need it here.
    let verb = verb.split_once('_').map_or(verb, |(short, noun)| {
        let told = words.last().is_some_and(|last| last.trim_end_matches('s') == noun.trim_end_matches('s'));
        if told { short } else { verb }
    });
    if words.last().is_none_or(|last| last != verb) {
        words.push(verb.to_owned());
    }
    words.join("_")
}

/// The first sentence is the summary; with more of them, all are the description.
fn summarize(operation: &mut Value) {
    let part = |key: &str| operation[key].as_str().unwrap_or_default().replace('\n', " ");
    let (first, rest) = (part("summary"), operation["description"].as_str().unwrap_or_default().to_owned());
    let end = [". ", ": ", "; "].into_iter().filter_map(|end| first.find(end)).min();
    let summary = end.map_or(first.as_str(), |end| &first[..end]).trim_end_matches('.').to_owned();
    let description = if rest.is_empty() { first } else { format!("{first}\n\n{rest}") };
    operation["summary"] = summary.into();
    operation["description"] = description.into();
}

/// The schema of what the operation lists.
fn listed<'s>(operation: &Value, schemas: &'s Object) -> Option<&'s str> {
    let list = referred(&operation["responses"]["200"]["content"]["application/json"]["schema"])?;
    referred(&schemas.get(list)?["properties"]["data"]["items"])
}

/// A body that may be left out is not null: it is not there.
fn request(operation: &mut Value, schemas: &Object) {
    let Some(body) = operation.get_mut("requestBody") else { return };
    let media = &mut body["content"]["application/json"];
    let choices = media["schema"]["oneOf"].as_array().cloned().unwrap_or_default();
    if let [given, null] = choices.as_slice()
        && null["type"] == "null"
    {
        media["schema"] = given.clone();
        body["required"] = false.into();
    }
    illustrate(body, schemas);
}

fn answer(status: &str, response: &mut Value, is_list: bool, schemas: &Object) {
    let code: u16 = status.parse().unwrap_or_default();
    let refused = response["content"]["application/json"]["schema"]["$ref"]
        .as_str()
        .is_none_or(|name| name.ends_with("/Error"));
    if let Some(named) = refusal::named(code).filter(|_| refused) {
        *response = named;
        return;
    }
    if response["description"].as_str().is_none_or(str::is_empty) {
        let reason = StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason());
        response["description"] = reason.unwrap_or("Done").into();
    }
    let mut headers = headers();
    if is_list {
        headers["Link"] = json!({
            "description": "The neighbouring pages, `rel=\"next\"` and `rel=\"previous\"` (RFC 8288); absent where there is none.",
            "schema": {"type": "string"},
            "example": "<http://127.0.0.1:8480/v2/webhooks?after=WHK-2V8QDX6RNC>; rel=\"next\"",
        });
    }
    for (name, header) in response["headers"].as_object().cloned().into_iter().flatten() {
        headers[name] = header;
    }
    response["headers"] = headers;
    illustrate(response, schemas);
}

/// What every answer has.
pub(super) fn headers() -> Value {
    json!({"Request-Id": {
        "description": "Finds the call in the server's log.",
        "required": true,
        "schema": {"type": "string", "pattern": "^req_[0-9a-f]{16}$"},
        "example": "req_4f1d2c9a7be03586",
    }})
}

/// Every body has an example.
fn illustrate(holder: &mut Value, schemas: &Object) {
    for (media, content) in super::members(holder, "content") {
        let told = content.get("example").is_some() || content.get("examples").is_some();
        if media == "application/json" && !told {
            content["example"] = example::of(&content["schema"], schemas);
        }
    }
}
