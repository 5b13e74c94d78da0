//! Example: a value of a schema, put together from the examples of its parts.

use super::{Object, referred};
use serde_json::{Value, json};

/// A value of `schema`: its own example, or one made of the examples of what it consists of.
pub(super) fn of(schema: &Value, schemas: &Object) -> Value {
    let whole = |key: &str| schema.get(key).cloned();
    if let Some(given) = whole("example").or_else(|| whole("default")).or_else(|| whole("const")) {
        return given;
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    if let Some(named) = referred(schema).and_then(|name| schemas.get(name)) {
        return of(named, schemas);
    }
    if let Some(choice) = schema["oneOf"].get(0).or_else(|| schema["anyOf"].get(0)) {
        return of(choice, schemas);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().filter_map(|part| match of(part, schemas) {
            Value::Object(part) => Some(part),
            _ => None,
        });
        return Value::Object(parts.flatten().collect());
    }
    of_type(schema, schemas)
}

fn of_type(schema: &Value, schemas: &Object) -> Value {
    // Of a value that may be null the example is null, unless it says better.
    let kind = match schema["type"].as_array() {
        Some(kinds) if kinds.contains(&json!("null")) => None,
        Some(kinds) => kinds.first().and_then(Value::as_str),
        None => schema["type"].as_str(),
    };
    match kind {
        Some("object") => {
            let properties = schema["properties"].as_object();
            let members =
                properties.into_iter().flatten().map(|(name, schema)| (name.clone(), of(schema, schemas)));
            Value::Object(members.collect())
        }
        Some("array") => match (schema["prefixItems"].as_array(), schema.get("items")) {
            (Some(items), _) => items.iter().map(|item| of(item, schemas)).collect(),
            (None, Some(item)) if schema["maxItems"] != 0 => json!([of(item, schemas)]),
            _ => json!([]),
        },
        Some("string") => json!("text"),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(0)),
        Some("boolean") => json!(false),
        _ => Value::Null,
    }
}
