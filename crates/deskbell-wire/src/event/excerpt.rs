//! Excerpt: the few values of a payload that tell a person which booking or conversation it is. A platform's data may have
//! any form: what is not there, or is not what it should be, is left out.

use deskbell_core::event::Event;
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use utoipa::ToSchema;

/// Characters of one text.
const TEXT_CHARS: usize = 120;

/// What a row of a list shows of an event.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Excerpt {
    /// The guest's name, else their address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Ines Carvalho")]
    guest: Option<String>,
    /// When the booking starts, as the payload says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    /// Names of the booking's hosts, or their ids where the payload has no more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hosts: Vec<String>,
    /// Why it was canceled.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The visitor's name, else their address.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    /// The chatbot's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    bot: Option<String>,
    /// How many questions the visitor answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<usize>,
}

/// An object's fields, unread.
type Fields<'a> = HashMap<String, &'a RawValue>;

impl Excerpt {
    /// The excerpt of an envelope.
    pub(super) fn new(event: &Event) -> Self {
        let envelope: Option<Fields<'_>> = serde_json::from_slice(&event.body).ok();
        let Some(data) = envelope.as_ref().and_then(|envelope| fields(envelope, "data")) else {
            return Self::default();
        };
        if !event.trigger.is_booking() {
            return Self {
                contact: fields(&data, "contact").and_then(|contact| person(&contact)),
                bot: fields(&data, "bot").and_then(|bot| text(&bot, "name")),
                answers: data.get("answers").and_then(|list| count(list)),
                ..Self::default()
            };
        }
        let form = fields(&data, "form_submission").unwrap_or_default();
        let cancellation = fields(&data, "cancel_reschedule_information").unwrap_or_default();
        Self {
            guest: person(&form),
            start: text(&data, "starting_time"),
            hosts: hosts(&data),
            reason: text(&cancellation, "reason"),
            ..Self::default()
        }
    }
}

/// The owner, as an id or an object.
fn hosts(data: &Fields<'_>) -> Vec<String> {
    let named = fields(data, "owner").and_then(|owner| person(&owner).or_else(|| text(&owner, "id")));
    named.or_else(|| text(data, "owner")).into_iter().collect()
}

/// A name in one piece or two, else an address.
fn person(fields: &Fields<'_>) -> Option<String> {
    let parts: Vec<String> =
        ["first_name", "last_name"].iter().filter_map(|field| text(fields, field)).collect();
    let name = text(fields, "name").or_else(|| (!parts.is_empty()).then(|| parts.join(" ")));
    name.or_else(|| text(fields, "email"))
}

fn fields<'a>(object: &Fields<'a>, name: &str) -> Option<Fields<'a>> {
    serde_json::from_str(object.get(name)?.get()).ok()
}

/// How many items a list has.
fn count(list: &RawValue) -> Option<usize> {
    serde_json::from_str::<Vec<&RawValue>>(list.get()).ok().map(|items| items.len())
}

/// A text that says something, its start at least.
fn text(object: &Fields<'_>, name: &str) -> Option<String> {
    let text: String = serde_json::from_str(object.get(name)?.get()).ok()?;
    let text = text.trim();
    let end = text.char_indices().nth(TEXT_CHARS).map_or(text.len(), |(at, _)| at);
    let more = if end < text.len() { "…" } else { "" };
    (!text.is_empty()).then(|| format!("{}{more}", &text[..end]))
}

#[cfg(test)]
mod tests;
