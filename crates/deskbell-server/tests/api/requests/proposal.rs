//! Proposals: for each rule of a schema values on both sides of it, each put in one place of a valid value.

use super::text::Texts;
use crate::promise::DOCUMENT;
use serde_json::{Value, json};

/// A value that differs from a valid one in one place.
#[derive(Debug, Clone)]
pub(super) struct Proposal {
    /// Where, dotted; empty for the whole value.
    pub(super) at: String,
    /// The rule on one side of which it stands.
    pub(super) rule: &'static str,
    pub(super) value: Value,
}

impl Proposal {
    fn new(rule: &'static str, value: impl Into<Value>) -> Self {
        Self { at: String::new(), rule, value: value.into() }
    }

    /// The same within `name` of an object or array; `put` puts it there.
    fn within(self, name: &str, put: impl FnOnce(Value) -> Value) -> Self {
        let at = if self.at.is_empty() { name.to_owned() } else { format!("{name}.{}", self.at) };
        Self { at, value: put(self.value), ..self }
    }
}

/// A value of each type.
fn of_each_type() -> [(&'static str, Value); 7] {
    [
        ("null", Value::Null),
        ("boolean", json!(true)),
        ("integer", json!(7)),
        ("number", json!(1.5)),
        ("string", json!("text")),
        ("array", json!([])),
        ("object", json!({})),
    ]
}

/// What a `$ref` leads to.
fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Proposals for a value of `schema`, of which `base` is valid.
pub(super) fn of(schema: &Value, base: &Value, texts: &Texts) -> Vec<Proposal> {
    let schema = resolved(schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().flat_map(|choice| of_choice(choice, base, texts)).collect();
    }
    let mut proposals = vec![Proposal::new("the example", base.clone())];
    let types = types(schema);
    let integer = types.contains(&"integer") || types.contains(&"number");
    if !types.is_empty() {
        let strange = |kind: &str| !(types.contains(&kind) || kind == "integer" && integer);
        let of_other = of_each_type().into_iter().filter(|(kind, _)| strange(kind));
        proposals.extend(of_other.map(|(_, value)| Proposal::new("its type", value)));
        if types.contains(&"null") {
            proposals.push(Proposal::new("null", Value::Null));
        }
    }
    proposals.extend(of_bounds(schema, base, texts));
    if let Some(items) = schema.get("items") {
        proposals.extend(of_items(schema, items, base, texts));
    }
    if types.contains(&"object") {
        proposals.extend(of_members(schema, base, texts));
    }
    proposals
}

/// Proposals for a parameter, which is always a text: it has no other type, but may be no number.
pub(super) fn of_text(schema: &Value, base: &Value, texts: &Texts) -> Vec<Proposal> {
    let mut proposals = of(schema, base, texts);
    let is_text = types(schema).contains(&"string");
    proposals.retain(|proposal| match &proposal.value {
        Value::String(_) => true,
        Value::Number(_) => !is_text,
        Value::Bool(_) => types(schema).contains(&"boolean"),
        _ => false,
    });
    if types(schema).contains(&"boolean") {
        proposals.push(Proposal::new("true", true));
        proposals.push(Proposal::new("false", false));
    }
    proposals
}

/// Proposals for one of several forms: around the base, if it has that form.
fn of_choice(choice: &Value, base: &Value, texts: &Texts) -> Vec<Proposal> {
    if choice["type"] == "null" {
        return vec![Proposal::new("null", Value::Null)];
    }
    let mut required = resolved(choice)["required"].as_array().into_iter().flatten();
    if required.all(|name| base.get(name.as_str().unwrap()).is_some()) {
        return of(choice, base, texts);
    }
    let mut proposals = of(choice, &example(choice), texts);
    // With less or more it is the other form, and blamed as that.
    proposals.retain(|proposal| !["left out", "a stranger"].contains(&proposal.rule));
    proposals
}

/// Numbers and texts on both sides of each bound, the words of a list and one that is not among them.
fn of_bounds(schema: &Value, base: &Value, texts: &Texts) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    for (rule, beyond) in [("minimum", -1), ("maximum", 1)] {
        if let Some(bound) = schema[rule].as_i64() {
            proposals.push(Proposal::new(rule, bound));
            proposals.push(Proposal::new(rule, bound + beyond));
        }
    }
    for word in schema["enum"].as_array().into_iter().flatten() {
        proposals.push(Proposal::new("enum", word.clone()));
    }
    if schema.get("enum").is_some() {
        proposals.push(Proposal::new("enum", "a stranger"));
        return proposals;
    }
    if schema.get("pattern").is_some() {
        proposals.push(Proposal::new("pattern", "?"));
    }
    if schema.get("format").is_some_and(|format| format != "int32" && format != "int64")
        || schema.get("anyOf").is_some()
    {
        proposals.push(Proposal::new("format", "nowhere"));
    }
    if schema["anyOf"].as_array().is_some_and(|forms| forms.contains(&json!({"format": "date"}))) {
        proposals.push(Proposal::new("format", "2026-05-12"));
    }
    let base = base.as_str().unwrap_or_default();
    let length = |rule: &str| schema[rule].as_u64().and_then(|length| usize::try_from(length).ok());
    if let Some(least) = length("minLength") {
        proposals.push(Proposal::new("minLength", texts.of(schema, base, least)));
        proposals.push(Proposal::new("minLength", texts.of(schema, base, least - 1)));
    }
    if let Some(most) = length("maxLength") {
        proposals.push(Proposal::new("maxLength", texts.of(schema, base, most)));
        proposals.push(Proposal::new("maxLength", texts.of(schema, base, most + 1)));
        for length in texts.lengths(length("minLength").unwrap_or_default().max(base.len())..=most) {
            proposals.push(Proposal::new("length", texts.of(schema, base, length)));
        }
    }
    proposals
}

/// As many elements as are allowed, and one more or less; and what is wrong with one.
fn of_items(schema: &Value, items: &Value, base: &Value, texts: &Texts) -> Vec<Proposal> {
    let one = base.get(0).cloned().unwrap_or_else(|| example(items));
    let many = |count: u64| Value::Array((0..count).map(|_| one.clone()).collect());
    let mut proposals = Vec::new();
    if let Some(least) = schema["minItems"].as_u64() {
        proposals.push(Proposal::new("minItems", many(least)));
        proposals.push(Proposal::new("minItems", many(least - 1)));
    }
    if let Some(most) = schema["maxItems"].as_u64() {
        proposals.push(Proposal::new("maxItems", many(most)));
        proposals.push(Proposal::new("maxItems", many(most + 1)));
    }
    let within = of(items, &one, texts).into_iter();
    proposals.extend(within.map(|proposal| proposal.within("0", |value| json!([value]))));
    proposals
}

/// Each property in turn: proposed, and left out; none, only those that are needed, and one that nobody knows.
fn of_members(schema: &Value, base: &Value, texts: &Texts) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    let with = |name: &str, value: Value| {
        let mut object = if base.is_object() { base.clone() } else { json!({}) };
        object[name] = value;
        object
    };
    let without = |unwanted: &dyn Fn(&str) -> bool| {
        let members = base.as_object().into_iter().flatten().filter(|(name, _)| !unwanted(name));
        Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let known = base.get(name).cloned().unwrap_or_else(|| example(property));
        let within = of(property, &known, texts).into_iter();
        proposals.extend(within.map(|proposal| proposal.within(name, |value| with(name, value))));
        if base.get(name).is_some() {
            let left_out = Proposal::new("left out", without(&|known| known == name));
            proposals.push(Proposal { at: name.clone(), ..left_out });
        }
    }
    if let Some(Value::Object(value)) = schema.get("additionalProperties") {
        let value = Value::Object(value.clone());
        let within = of(&value, &example(&value), texts).into_iter();
        proposals.extend(
            within.map(|proposal| proposal.within("X-Test-Bell", |value| with("X-Test-Bell", value))),
        );
    } else if schema["properties"].is_object() {
        proposals.push(Proposal {
            at: "colour".into(),
            ..Proposal::new("a stranger", with("colour", json!("red")))
        });
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        proposals.push(Proposal::new(
            "only what is required",
            without(&|name| !required.iter().any(|needed| needed == name)),
        ));
    }
    if schema["minProperties"].is_u64() && schema.get("required").is_none() {
        proposals.push(Proposal::new("minProperties", json!({})));
    }
    proposals
}

/// A valid value where the base has none: the schema's own example, or the first that its rules allow.
fn example(schema: &Value) -> Value {
    let schema = resolved(schema);
    if let Some(example) = schema.get("example").or_else(|| schema["enum"].get(0)) {
        return example.clone();
    }
    match types(schema).first().copied().unwrap_or("string") {
        "string" => json!("text"),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(true),
        "array" => json!([]),
        "object" => {
            let members = schema["properties"].as_object().into_iter().flatten();
            Value::Object(members.map(|(name, property)| (name.clone(), example(property))).collect())
        }
        _ => Value::Null,
    }
}
