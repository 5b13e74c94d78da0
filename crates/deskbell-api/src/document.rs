//! The OpenAPI document. A handler says what is its own: its path, its fields, the statuses only it can answer. What is the
//! same for all of them is added here, so that a new route has it without a word: ids of operations, the refusals that any
//! call can meet, headers, and an example of every body.

mod example;
mod operation;
mod path_id;
mod refusal;
mod values;
mod webhook;

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

/// The members of a JSON object.
type Object = Map<String, Value>;

/// What `routes` tell of themselves, completed.
pub(super) fn complete(routes: &OpenApi) -> Value {
    // Strings, maps and lists: nothing here can fail to serialize.
    let mut document = serde_json::to_value(routes).unwrap_or_default();
    document["components"]["securitySchemes"] = json!({
        "api_key": {
            "type": "apiKey", "in": "header", "name": "API-Key",
            "description": "The account's key, as the dashboard or `deskbell keys` made it.",
        },
        "session": {
            "type": "apiKey", "in": "cookie", "name": "deskbell",
            "description": "The dashboard's session; under https the cookie is `__Host-deskbell`. What changes something needs \
                            the header `X-Deskbell: 1` and our own Origin beside it. Never together with a key.",
        },
        "read_token": {
            "type": "http", "scheme": "bearer",
            "description": "What reads one anonymous inbox: `POST /v2/tester` gives it, once.",
        },
    });
    document["security"] = json!([{"api_key": []}, {"session": []}]);
    document["components"]["responses"] = refusal::components();

    values::write_out(&mut document);
    let mut schemas = take(&mut document["components"]["schemas"]);
    let names: Vec<String> = schemas.keys().cloned().collect();
    for (name, schema) in &mut schemas {
        share(name, schema, &names);
        tell_apart(name, schema, &names);
    }

    let mut paths = take(&mut document["paths"]);
    for (path, operations) in &mut paths {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            operation::complete(method, path, operation, &schemas);
        }
    }
    document["paths"] = paths.into();
    document["webhooks"] = webhook::complete(&mut schemas);
    document["components"]["schemas"] = schemas.into();
    document
}

/// The members of the object that stands at `key`, if one does.
fn members<'v>(value: &'v mut Value, key: &str) -> impl Iterator<Item = (&'v String, &'v mut Value)> {
    value.get_mut(key).and_then(Value::as_object_mut).into_iter().flatten()
}

fn take(value: &mut Value) -> Object {
    match value.take() {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// The items of a list are the schema of that name, not a copy of it.
fn share(name: &str, schema: &mut Value, names: &[String]) {
    if let Some(item) = name.strip_prefix("List_").filter(|item| names.iter().any(|name| name == item)) {
        schema["properties"]["data"]["items"] = json!({"$ref": reference(item)});
    }
}

/// Generators call a closed list after its object and its property: `type` of `Event` would be the schema `EventType`, and is
/// `EventTypeWord` by its title.
fn tell_apart(name: &str, schema: &mut Value, names: &[String]) {
    for (property, told) in members(schema, "properties") {
        let made = format!("{name}{}", property.split('_').map(capitalized).collect::<String>());
        if told.get("enum").is_some() && names.contains(&made) {
            told["title"] = format!("{made}Word").into();
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn reference(schema: &str) -> String {
    format!("#/components/schemas/{schema}")
}

/// The schema that a `$ref` within `value` names.
fn referred(value: &Value) -> Option<&str> {
    value["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}
