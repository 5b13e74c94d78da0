//! Webhook: what a receiver is sent, each trigger by its name (`webhooks` of OpenAPI 3.1), so that a generator makes models
//! of events too. An event carries the objects that the calls answer, a booking with slightly other keys (wire contract, 5.1).

use super::{Object, example, reference};
use deskbell_core::trigger::Trigger;
use serde_json::{Value, json};

/// What a booking of the API has and one in an event has not.
const FOR_CLIENTS: [&str; 3] = ["contact", "utm_params", "actions"];

/// Adds the shapes of events to `schemas`, which are complete otherwise, and tells every trigger.
pub(super) fn complete(schemas: &mut Object) -> Value {
    let mut booking = received(&schemas["Booking"], &FOR_CLIENTS);
    booking["properties"]["cancel_reschedule_url"] = json!({
        "type": "string",
        "description": "Where the guest cancels or moves it.",
        "example": "https://northwind.example/b/Q8T2ZC4M6RVA",
    });
    let conversation = received(&schemas["Conversation"], &["actions"]);
    schemas.insert("EventBooking".into(), booking);
    schemas.insert("EventConversation".into(), conversation);
    schemas.insert("BookingEvent".into(), envelope(true));
    schemas.insert("ConversationEvent".into(), envelope(false));
    Trigger::ALL.iter().map(|trigger| (trigger.to_string(), rung(*trigger, schemas))).collect()
}

/// An object without what only clients of the API get.
fn received(schema: &Value, without: &[&str]) -> Value {
    let mut schema = schema.clone();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.retain(|name, _| !without.contains(&name.as_str()));
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| !without.iter().any(|gone| name == gone));
    }
    schema
}

/// The envelope (wire contract, 4) of the events about bookings, or of those about conversations.
fn envelope(is_booking: bool) -> Value {
    let of_kind = Trigger::ALL.iter().filter(|trigger| trigger.is_booking() == is_booking);
    let triggers: Vec<&str> = of_kind.map(|trigger| trigger.as_str()).collect();
    let data = if is_booking { "EventBooking" } else { "EventConversation" };
    json!({
        "type": "object",
        "description": "What happened: the body of a delivery, as it is signed.",
        "properties": {
            "id": {
                "type": "string",
                "description": "The same on every attempt.",
                "pattern": "^EVNT-[0-9A-Z]{10}$",
                "example": "EVNT-3HZ7KQ51VD",
            },
            "object": {"type": "string", "enum": ["event"]},
            "creation_time": {"type": "string", "format": "date-time", "example": "2026-05-06T13:02:41.300Z"},
            "type": {"type": "string", "enum": triggers},
            "api_version": {"type": "string", "enum": ["v2"]},
            "data": {"$ref": reference(data)},
        },
        "required": ["id", "object", "creation_time", "type", "api_version", "data"],
    })
}

/// The POST that tells a receiver.
fn rung(trigger: Trigger, schemas: &Object) -> Value {
    let event = if trigger.is_booking() { "BookingEvent" } else { "ConversationEvent" };
    let schema = json!({"$ref": reference(event)});
    let mut sample = example::of(&schema, schemas);
    sample["type"] = trigger.as_str().into();
    json!({"post": {
        "summary": trigger.meaning(),
        "parameters": [
            header("Oncehub-Signature", "`t=<seconds>,s=<hex>`: HMAC-SHA256 of `<seconds>.<body>`, keyed by the secret's text."),
            header("Webhook-Id", "The event's id (Standard Webhooks)."),
            header("Webhook-Timestamp", "When this attempt was signed, in seconds."),
            header("Webhook-Signature", "`v1,<base64>`, keyed by the secret's text."),
        ],
        "requestBody": {"required": true, "content": {"application/json": {"schema": schema, "example": sample}}},
        "responses": {"2XX": {"description": "Taken. Anything else is tried again."}},
    }})
}

fn header(name: &str, description: &str) -> Value {
    json!({
        "name": name,
        "in": "header",
        "required": true,
        "description": description,
        "schema": {"type": "string"},
    })
}
