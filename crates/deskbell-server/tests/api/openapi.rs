//! The committed documents are what the code says, and the OpenAPI document leaves nothing open: what is missing on a new
//! route is named here.

use crate::promise::{DOCUMENT, breaches, followed, part};
use deskbell_api as api;
use deskbell_core::trigger::Trigger;
use deskbell_wire::problem;
use serde_json::Value;
use std::collections::BTreeSet;

/// Compares a committed file with what it must hold; says how to renew it.
fn committed(path: &str, expected: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == expected, "{path} is not what the code says: run `make openapi`");
}

#[test]
fn openapi_json_is_generated_from_the_router() {
    committed("openapi.json", &api::openapi_json());
}

#[test]
fn every_code_of_an_error_is_listed() {
    committed("docs/reference/errors.md", &problem::reference());
}

#[test]
fn every_outcome_is_listed() {
    committed("docs/reference/outcomes.md", &api::attempt::reference());
}

#[test]
fn every_trigger_has_a_page_with_what_it_sends() {
    committed("docs/reference/triggers.md", &api::sample::pages());
    for trigger in Trigger::ALL {
        committed(&format!("docs/reference/triggers/{trigger}.md"), &api::sample::page(*trigger));
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/triggers");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), Trigger::ALL.len(), "a page of no trigger");
}

/// Every operation: its name, its place in the document, and what the document says of it.
fn operations() -> impl Iterator<Item = (String, String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| {
            let name = format!("{} {path}", method.to_uppercase());
            (name, format!("/paths/{}/{method}", part(path)), operation)
        })
    })
}

/// The members of the object at `pointer`, if there is one.
fn members(pointer: &str) -> impl Iterator<Item = (&'static String, &'static Value)> {
    DOCUMENT.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default().trim()
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_and_a_tag() {
    let tags: Vec<&str> = DOCUMENT["tags"].as_array().unwrap().iter().map(|tag| text(tag, "name")).collect();
    let mut names = BTreeSet::new();
    for (name, _, operation) in operations() {
        let summary = text(operation, "summary");
        assert!(
            (1..=120).contains(&summary.chars().count()),
            "{name}: its summary is one sentence: {summary}"
        );
        assert!(!text(operation, "description").is_empty(), "{name} has no description");
        assert!(names.insert(text(operation, "operationId")), "{name} has the operationId of another");
        let known = |tag: &Value| tags.contains(&tag.as_str().unwrap_or_default());
        assert!(
            operation["tags"].as_array().is_some_and(|tags| tags.len() == 1 && tags.iter().all(known)),
            "{name} has one tag of those in api.rs"
        );
    }
}

#[test]
fn every_parameter_says_what_it_takes() {
    for (name, _, operation) in operations() {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (schema, of) = (&parameter["schema"], text(parameter, "name"));
            assert!(!text(parameter, "description").is_empty(), "{name}: {of} has no description");
            let typed = ["type", "enum", "anyOf", "$ref"].iter().any(|key| schema.get(key).is_some());
            assert!(typed, "{name}: {of} has no type");
            let shown = ["example", "default", "enum", "minimum"].iter().any(|key| schema.get(key).is_some());
            let plain = schema["type"] == "boolean" || parameter.get("example").is_some();
            assert!(
                shown || plain,
                "{name}: {of} has no example: #[param(example = …)], or a type that has one"
            );
        }
    }
}

#[test]
fn every_refusal_is_described_once_for_all() {
    for (name, pointer, operation) in operations() {
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} tells of no success");
        for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
            let named =
                response["$ref"].as_str().is_some_and(|name| name.starts_with("#/components/responses/"));
            assert!(named, "{name}: {status} belongs into api/document/refusal.rs");
            let refusal = followed(&format!("{pointer}/responses/{status}"));
            let schema = DOCUMENT.pointer(&format!("{refusal}/content/application~1json/schema/$ref"));
            assert_eq!(schema.unwrap(), "#/components/schemas/Error", "{name}: {status}");
        }
        for status in ["400", "408", "414", "431", "500"] {
            assert!(responses.contains_key(status), "{name} can answer {status}");
        }
        if operation["security"] != serde_json::json!([{}]) {
            assert!(["401", "429", "503"].iter().all(|status| responses.contains_key(*status)), "{name}");
        }
    }
}

#[test]
fn every_example_is_what_its_schema_says() {
    let mut bodies: Vec<String> = Vec::new();
    for (_, pointer, operation) in operations() {
        bodies.push(format!("{pointer}/requestBody"));
        let statuses = operation["responses"].as_object().unwrap().keys();
        bodies.extend(statuses.map(|status| followed(&format!("{pointer}/responses/{status}"))));
    }
    let mut judged = 0;
    for content in bodies.iter().map(|body| format!("{body}/content")) {
        for (media, told) in members(&content).filter(|(media, _)| *media == "application/json") {
            let pointer = format!("{content}/{}", part(media));
            assert!(
                told.get("schema").is_some_and(|schema| schema != &serde_json::json!({})),
                "{pointer}: no schema"
            );
            let example = told.get("example").unwrap_or_else(|| panic!("{pointer}: no example"));
            let breaches = breaches(&format!("{pointer}/schema"), example);
            assert!(breaches.is_empty(), "{pointer}: {breaches:#?}\n{example:#}");
            judged += 1;
        }
    }
    assert!(judged > 2 * operations().count(), "the bodies were found");
    for (name, _) in members("/components/schemas") {
        let schema = format!("/components/schemas/{name}");
        for (property, told) in members(&format!("{schema}/properties")) {
            if let Some(example) = told.get("example") {
                let breaches = breaches(&format!("{schema}/properties/{}", part(property)), example);
                assert!(breaches.is_empty(), "{name}.{property}: {breaches:#?}");
            }
        }
    }
}

#[test]
fn every_text_has_a_form_its_words_or_an_example() {
    let open: Vec<String> = members("/components/schemas")
        .flat_map(|(name, _)| {
            members(&format!("/components/schemas/{name}/properties"))
                .filter(|(_, told)| told["type"] == "string")
                .filter(|(_, told)| !["example", "enum", "pattern"].iter().any(|key| told.get(key).is_some()))
                .map(move |(property, _)| format!("{name}.{property}"))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        open.is_empty(),
        "give each of these a #[schema(example = …)], or a type that has one: {open:#?}"
    );
}

#[test]
fn every_trigger_is_told_as_a_receiver_gets_it() {
    for trigger in Trigger::ALL {
        let page = api::sample::page(*trigger);
        let sent =
            page.split("```json\n").nth(1).and_then(|rest| rest.split("\n```").next()).expect("what is sent");
        let event: Value = serde_json::from_str(sent).expect("an event");
        let schema = format!("/webhooks/{trigger}/post/requestBody/content/application~1json/schema");
        let breaches = breaches(&schema, &event);
        assert!(breaches.is_empty(), "{trigger}: {breaches:#?}\n{event:#}");
        let noun = if trigger.is_booking() { "EventBooking" } else { "EventConversation" };
        let told: Vec<&String> =
            members(&format!("/components/schemas/{noun}/properties")).map(|(name, _)| name).collect();
        let data = event["data"].as_object().unwrap();
        assert!(data.keys().all(|name| told.contains(&name)), "{trigger} has a field that {noun} has not");
        assert_eq!(data.len(), told.len(), "{trigger} lacks a field of {noun}");
    }
}
