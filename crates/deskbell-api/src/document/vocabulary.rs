//! Vocabulary: one noun, one name, everywhere, so a field's name says what its value is. What a handler says of a field goes
//! before it.

use deskbell_core::policy::limit;
use deskbell_wire::problem::CODES;
use serde_json::{Value, json};

/// An id of each noun, by the name of the field that refers to it.
const REFERENCES: &[(&str, &str)] = &[
    ("account", "ACC-7Q2M4XK9PD"),
    ("attempt", "ATT-9F3KQ0ZT5VW8M1XB"),
    ("booking", "BKNG-Q8T2ZC4M6RVA"),
    ("booking_calendar", "BKC-LM42X90PTR"),
    ("bot", "BOT-19AF03C77E"),
    ("contact", "CTC-7W3PLX90DK"),
    ("conversation", "CVR-5B0E77C1D4"),
    ("delivery", "DLV-4T0QX8RN2M6K7V1C"),
    ("event", "EVNT-3HZ7KQ51VD"),
    ("host", "USR-4KD92MXQ7T"),
    ("inbox", "INB-8K2M0QX7RT"),
    ("share", "SHR-6Z1N0QX7RT"),
    ("key", "KEY-7Q2M4XK9PD"),
    ("new_host", "USR-4KD92MXQ7T"),
    ("owner", "USR-4KD92MXQ7T"),
    ("request", "CAP-5N1T9QXM02ZB"),
    ("rescheduled_booking_id", "BKNG-Q8T2ZC4M6RVA"),
    ("team", "TM-81QZ6VNHA3CE"),
    ("tracking_id", "BKNG-Q8T2ZC4M6RVA"),
    ("user", "USR-4KD92MXQ7T"),
    ("user_id", "USR-4KD92MXQ7T"),
    ("webhook", "WHK-2V8QDX6RNC"),
    ("website", "WEB-C40D8812FA"),
];

/// Bodies in which a field can be left out, but not be null.
const NO_NULLS: [&str; 0] = [];

const TIME: &str = "2026-05-12T09:30:00.000Z";

/// Says of every field of `schema` what its name tells. Callers may send any text as an id, and learn that it names
/// nothing: a form have only the ids that we send.
pub(super) fn enrich(name: &str, schema: &mut Value, is_request: bool) {
    for (property, told) in super::members(schema, "properties") {
        from_description(told);
        let mut known = field(name, property, is_request);
        if !is_request && known.get("example").is_none() && property == "id" {
            known = id(told["example"].as_str().unwrap_or_default());
        }
        merge(told, known);
    }
    for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        enrich(name, part, is_request);
    }
    if !schema.is_object() || schema.get("properties").is_none() {
        return;
    }
    if is_request && name.ends_with("Patch") {
        merge(schema, json!({"minProperties": 1}));
    }
    if NO_NULLS.contains(&name) {
        for (_, told) in super::members(schema, "properties") {
            if let Some(types) = told.get_mut("type").and_then(Value::as_array_mut) {
                types.retain(|kind| kind != "null");
            }
        }
    }
}

/// "Always `x`." and its like: one value, and no other. "`x`, `y` or `z`.": such as `x`.
fn from_description(told: &mut Value) {
    let word = told["description"].as_str().and_then(|text| text.strip_prefix('`')?.split('`').next());
    if let (Some(word), true) = (word, told["type"] == "string" && told.get("example").is_none()) {
        told["example"] = word.to_owned().into();
    }
    let Some(fixed) = told["description"].as_str().and_then(|text| text.strip_prefix("Always ")) else {
        return;
    };
    if fixed.starts_with("null") {
        told["type"] = "null".into();
    } else if fixed.starts_with("empty") {
        told["maxItems"] = 0.into();
    } else if fixed.starts_with("false") || fixed.starts_with("`true`") {
        told["enum"] = json!([fixed.starts_with('`')]);
    } else if let Some(word) = fixed.strip_prefix('`').and_then(|rest| rest.split('`').next()) {
        told["enum"] = json!([word]);
    }
}

/// Adds what `told` does not say itself. What may be null may be null still.
fn merge(told: &mut Value, known: Value) {
    let nullable = told["type"].as_array().is_some_and(|types| types.contains(&json!("null")));
    let Value::Object(known) = known else { return };
    if told["type"] == "null" {
        return;
    }
    for (key, mut value) in known {
        if let (true, "enum", Some(words)) = (nullable, key.as_str(), value.as_array_mut()) {
            words.push(Value::Null);
        }
        // A composed schema says it all by itself; that a list has texts is not all that there is to say.
        let bare = key == "items" && told["items"] == json!({"type": "string"});
        if bare || (told.get(&key).is_none() && told.get("$ref").is_none()) {
            told[&key] = value;
        }
    }
}

/// What is known of the field `property` of `schema`.
fn field(schema: &str, property: &str, is_request: bool) -> Value {
    match (schema, property) {
        ("Error", "code") => words(CODES.iter().map(|(code, _)| *code)),
        // Anything may be asked about.
        ("DoctorQuestion", _) => json!({}),
        // Texts for people, under the names of nouns.
        ("Excerpt" | "WhyCompared" | "WhyNearest", _) | ("Why", "delivery") => json!({}),
        ("ContactFields" | "ContactPatch" | "CustomField", _) => json!({}),
        _ if property.ends_with("_time") && is_request => time(),
        _ if property.ends_with("_time") => json!({"format": "date-time", "example": TIME}),
        _ if is_request => merged(text(property), reference(schema, property, true)),
        _ => merged(shown(property), reference(schema, property, false)),
    }
}

/// What a text of that name looks like in an answer.
fn shown(property: &str) -> Value {
    let example = match property {
        "time" => return json!({"format": "date-time", "example": TIME}),
        "url" => "https://hooks.northwind.example/in/bookings",
        _ if property.ends_with("_url") => "https://northwind.example/b/Q8T2ZC4M6RVA",
        "body" => "thanks",
        "detail" | "sentence" => "The receiver answered 500.",
        "name" => "CRM sync",
        "subject" => "BKNG-Q8T2ZC4M6RVA",
        "value" => "application/json",
        _ => return json!({}),
    };
    json!({"example": example})
}

/// A date, or a time with its zone.
fn time() -> Value {
    json!({"anyOf": [{"format": "date-time"}, {"format": "date"}], "example": TIME})
}

/// What a text of that name may be in a body that callers send.
fn text(property: &str) -> Value {
    let sized = |most: usize, example: &str| json!({"minLength": 1, "maxLength": most, "example": example});
    match property {
        "name" => sized(limit::NAME_CHARS, "CRM sync"),
        "first_name" => sized(limit::NAME_CHARS, "Priya"),
        "last_name" => sized(limit::NAME_CHARS, "Raman"),
        "subject" => sized(limit::SUBJECT_CHARS, "Product demo"),
        "question" | "value" => sized(2_000, "What is your name?"),
        "internal_label" => sized(limit::NAME_CHARS, "full_name"),
        "reason" | "cancellation_reason" | "reschedule_reason" => {
            json!({"maxLength": 2_000, "example": "The guest fell ill."})
        }
        "email" => json!({"format": "email", "maxLength": 254, "example": "priya.raman@northwind.example"}),
        "url" => json!({"pattern": "^https?://", "maxLength": limit::URL_CHARS,
            "example": "https://hooks.northwind.example/in/bookings"}),
        "timezone" | "guest_time_zone" => json!({"example": "Europe/Dublin"}),
        _ => json!({}),
    }
}

fn merged(mut one: Value, other: Value) -> Value {
    merge(&mut one, other);
    one
}

fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> Value {
    json!({"enum": words.into_iter().collect::<Vec<_>>()})
}

fn reference(schema: &str, property: &str, is_request: bool) -> Value {
    // Of what an event tells of, an excerpt has the names.
    if schema == "Excerpt" {
        return json!({});
    }
    let Some((_, example)) = REFERENCES.iter().find(|(name, _)| *name == property) else { return json!({}) };
    // A reference says itself that it is an id or an object.
    let told = matches!(schema, "Booking" | "Conversation")
        && matches!(property, "booking_calendar" | "bot" | "contact" | "owner" | "website");
    match (told, is_request) {
        (true, _) => json!({}),
        (false, true) => json!({"example": example}),
        (false, false) => id(example),
    }
}

/// The form of the ids of which `example` is one.
fn id(example: &str) -> Value {
    let Some((prefix, tail)) = example.split_once('-') else { return json!({}) };
    json!({"pattern": format!("^{prefix}-[0-9A-Z]{{{}}}$", tail.len()), "example": example})
}

/// Says of a parameter what its name tells; `item` is the schema of what the operation lists.
pub(super) fn enrich_parameter(item: Option<&str>, parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    merge(&mut parameter["schema"], in_query(item, &name));
    let described =
        parameter["description"].as_str().and_then(|text| text.split('`').nth(1)).map(str::to_owned);
    if let (Some(word), true) = (described, parameter["in"] == "query") {
        let plain = ["enum", "example", "default"].iter().all(|key| parameter["schema"].get(key).is_none());
        if plain && parameter.get("example").is_none() && parameter["schema"]["type"] == "string" {
            parameter["schema"]["example"] = word.into();
        }
    }
    // A parameter is given or left out; it is never null.
    if let Some(types) = parameter["schema"]["type"].as_array() {
        parameter["schema"]["type"] = types[0].clone();
    }
    if parameter["description"].as_str().is_none_or(str::is_empty) {
        parameter["description"] = describe(item, &name).into();
    }
}

/// An id of what the schema `item` describes: of a `BookingCalendar` that of a `booking_calendar`.
fn example_of(item: &str) -> &'static str {
    let plain = |name: &str| name.replace('_', "");
    let noun = item.strip_prefix("Captured").unwrap_or(item).to_lowercase();
    REFERENCES.iter().find(|(name, _)| plain(name) == noun).map_or("EVNT-3HZ7KQ51VD", |(_, example)| example)
}

fn in_query(item: Option<&str>, name: &str) -> Value {
    if name.ends_with(".gt") || name.ends_with(".lt") || name.ends_with("_time") {
        return time();
    }
    match (name, item) {
        ("after" | "before", item) => {
            json!({"minLength": 1, "example": example_of(item.unwrap_or_default())})
        }
        ("booking_page" | "event_type" | "master_page", _) => json!({"example": "BP-6Q0ZT5VW8M"}),
        ("type", None) => json!({"example": "booking.scheduled"}),
        // A filter takes any text, and finds nothing by most.
        (_, item) => match field(item.unwrap_or_default(), name, false) {
            known if known.get("enum").is_some() => known,
            known => known.get("example").map_or(json!({}), |example| json!({"example": example})),
        },
    }
}

fn describe(item: Option<&str>, name: &str) -> String {
    match (name, item) {
        ("id", _) => "The object's id.".to_owned(),
        (_, None) => format!("The id of the {name}."),
        _ => format!("Only those with this `{name}`."),
    }
}
