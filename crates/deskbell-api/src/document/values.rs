//! Values: what a text, a number or a word may be is written wherever it stands, for a component of the document is an
//! object. The examples of an object's fields, which utoipa takes from the object alone, go to the fields.

use super::Object;
use deskbell_wire::optional;
use deskbell_wire::schema::VALUE;
use serde_json::{Value, json};

/// Writes values in place of the references to them.
pub(super) fn write_out(document: &mut Value) {
    let all = super::take(&mut document["components"]["schemas"]);
    let (values, objects) = all.into_iter().partition(|(name, _)| is_value(name) || is_optional(name));
    document["components"]["schemas"] = Value::Object(objects);
    within(document, &values);
}

fn is_value(name: &str) -> bool {
    name.starts_with(VALUE)
}

/// Whether a field of the type `name` can be left out.
fn is_optional(name: &str) -> bool {
    name.split_once('_').is_some_and(|(kind, _)| optional::NAMES.contains(&kind))
}

fn within(value: &mut Value, values: &Object) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| within(item, values)),
        Value::Object(_) => {
            optional(value);
            if let Some(value_schema) = super::referred(value).and_then(|name| values.get(name)) {
                replace(value, value_schema.clone());
            }
            value.as_object_mut().into_iter().flatten().for_each(|(_, member)| within(member, values));
            nullable(value);
            examples(value);
        }
        _ => {}
    }
}

/// What can be left out is not required.
fn optional(schema: &mut Value) {
    let Some(properties) = schema["properties"].as_object() else { return };
    let of = |name: &Value| super::referred(properties.get(name.as_str()?)?);
    let Some(mut required) = schema["required"].as_array().cloned() else { return };
    required.retain(|name| !of(name).is_some_and(is_optional));
    schema["required"] = required.into();
    if schema["required"] == json!([]) {
        schema.as_object_mut().map(|schema| schema.remove("required"));
    }
}

/// The schema of a value in place of the reference to it. What the field says of itself goes before it.
fn replace(reference: &mut Value, mut schema: Value) {
    let said = super::take(reference);
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("description");
        schema.extend(said.into_iter().filter(|(key, _)| key != "$ref"));
    }
    *reference = schema;
}

/// A value or null is one value, of two types.
fn nullable(schema: &mut Value) {
    let null = json!({"type": "null"});
    let value = match schema["oneOf"].as_array().map(Vec::as_slice) {
        Some([value, other]) | Some([other, value]) if *other == null && value["type"].is_string() => {
            value.clone()
        }
        _ => return,
    };
    let mut said = super::take(schema);
    said.remove("oneOf");
    *schema = value;
    if let Some(schema) = schema.as_object_mut() {
        schema.extend(said);
    }
    schema["type"] = json!([schema["type"], "null"]);
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
}

/// The example of a value; and those that an object gives of its fields, where null takes away that of the field's type.
fn examples(schema: &mut Value) {
    if !schema["examples"].is_array() {
        return;
    }
    let Some(members) = schema.as_object_mut() else { return };
    let Some(Value::Array(given)) = members.remove("examples") else { return };
    if !members.contains_key("properties") {
        if let (Some(example), false) = (given.first(), members.contains_key("example")) {
            members.insert("example".to_owned(), example.clone());
        }
        return;
    }
    for (name, example) in given.iter().filter_map(Value::as_object).flatten() {
        let Some(field) = schema["properties"].get_mut(name).and_then(Value::as_object_mut) else { continue };
        match example {
            Value::Null => field.remove("example"),
            example => field.insert("example".to_owned(), example.clone()),
        };
    }
}

#[cfg(test)]
mod tests;
