//! Matcher: does a delivery answer to a search? From its row as long as that will do, then from its payload and attempts.

use super::{Search, Token, Want};
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::Delivery;
use deskbell_core::event::Event;
use deskbell_core::policy::matching;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;

impl Search {
    /// Whether the row alone rules nothing out.
    pub(super) fn fits_row(&self, delivery: &Delivery) -> bool {
        self.all(|want| want.of_row(delivery))
    }

    /// Whether the payload has to be read.
    pub(super) fn reads_payload(&self) -> bool {
        self.0.iter().any(|token| matches!(token.want, Want::Body(..) | Want::Word(_)))
    }

    /// Whether the payload rules nothing out.
    pub(super) fn fits_payload(&self, delivery: &Delivery, event: &Event) -> bool {
        let payload = Payload::new(event);
        self.all(|want| match want {
            Want::Body(path, value) => Some(payload.value.is_some_and(|payload| is_at(payload, path, value))),
            Want::Word(word) => Some(payload.text.contains(word) || is_named(delivery, word)),
            _ => None,
        })
    }

    /// Whether the attempts have to be read.
    pub(super) fn reads_attempts(&self) -> bool {
        self.0.iter().any(|token| matches!(token.want, Want::Header(..)))
    }

    /// Whether the attempts rule nothing out.
    pub(super) fn fits_attempts(&self, attempts: &[Attempt]) -> bool {
        self.all(|want| match want {
            Want::Header(name, value) => {
                Some(attempts.iter().any(|attempt| has_header(attempt, name, value)))
            }
            _ => None,
        })
    }

    /// Whether every token holds of which `holds` can tell.
    fn all(&self, holds: impl Fn(&Want) -> Option<bool>) -> bool {
        self.0.iter().all(|Token { negated, want }| holds(want).is_none_or(|holds| holds != *negated))
    }
}

impl Want {
    /// Whether the row has it; `None` when the row does not tell.
    fn of_row(&self, delivery: &Delivery) -> Option<bool> {
        Some(match self {
            Self::Type(kind) => matching::wants(&[*kind], delivery.trigger),
            Self::Status(status) => delivery.status == *status,
            Self::Code(code) => delivery.last_status == Some(*code),
            Self::Outcome(outcome) => delivery.last_outcome == Some(*outcome),
            Self::Attempts(min, max) => (*min..=*max).contains(&delivery.attempts),
            Self::Webhook(_, ids) => ids.contains(&delivery.webhook),
            Self::Event(event) => delivery.event == *event,
            Self::Subject(subject) => {
                delivery.subject.as_ref().is_some_and(|given| given.to_lowercase() == *subject)
            }
            Self::After(at) => delivery.created > *at,
            Self::Before(at) => delivery.created < *at,
            Self::Header(..) | Self::Body(..) | Self::Word(_) => return None,
        })
    }
}

/// An envelope, made ready to be searched.
struct Payload<'a> {
    /// As it was sent: a number is found by its digits. Nothing when it is no JSON.
    value: Option<&'a RawValue>,
    /// Its text in lower case; what is escaped in it stands behind it unescaped.
    text: String,
}

impl<'a> Payload<'a> {
    fn new(event: &'a Event) -> Self {
        let mut text = String::from_utf8_lossy(&event.body).to_lowercase();
        if text.contains('\\') {
            unescaped(&serde_json::from_slice(&event.body).unwrap_or_default(), &mut text);
        }
        Self { value: serde_json::from_slice(&event.body).ok(), text }
    }
}

/// Adds every text of `value`, each on a line.
fn unescaped(value: &Value, text: &mut String) {
    match value {
        Value::String(part) => {
            text.push('\n');
            text.push_str(&part.to_lowercase());
        }
        Value::Array(items) => items.iter().for_each(|item| unescaped(item, text)),
        Value::Object(fields) => fields.values().for_each(|field| unescaped(field, text)),
        _ => {}
    }
}

/// What a value is made of; each part keeps its text.
enum Parts<'a> {
    Object(HashMap<String, &'a RawValue>),
    Array(Vec<&'a RawValue>),
    Text(String),
    /// A number, true, false or null, as it was written.
    Word(&'a str),
}

impl<'a> Parts<'a> {
    fn of(value: &'a RawValue) -> Self {
        let text = value.get();
        match text.as_bytes().first() {
            Some(b'{') => Self::Object(serde_json::from_str(text).unwrap_or_default()),
            Some(b'[') => Self::Array(serde_json::from_str(text).unwrap_or_default()),
            Some(b'"') => Self::Text(serde_json::from_str(text).unwrap_or_default()),
            _ => Self::Word(text),
        }
    }
}

/// Whether `wanted` stands at `path`: names with dots between them, a number or nothing for a place in a list. A name may
/// have dots in itself.
fn is_at(value: &RawValue, path: &str, wanted: &str) -> bool {
    match Parts::of(value) {
        Parts::Object(fields) => fields.iter().any(|(name, value)| {
            let rest = path.strip_prefix(name.as_str());
            rest.is_some_and(|rest| match rest.strip_prefix('.') {
                Some(rest) => is_at(value, rest, wanted),
                None => rest.is_empty() && is(value, wanted),
            })
        }),
        Parts::Array(items) => {
            let (first, rest) = path.split_once('.').unwrap_or((path, ""));
            match first.parse::<usize>().ok().and_then(|at| items.get(at)) {
                Some(item) if rest.is_empty() => is(item, wanted),
                Some(item) => is_at(item, rest, wanted),
                None => items.iter().any(|item| is_at(item, path, wanted)),
            }
        }
        _ => false,
    }
}

/// Whether the value, or one of a list, reads as `wanted`.
fn is(value: &RawValue, wanted: &str) -> bool {
    match Parts::of(value) {
        Parts::Text(text) => text.to_lowercase() == wanted,
        Parts::Word(word) => word.to_lowercase() == wanted,
        Parts::Array(items) => items.iter().any(|item| is(item, wanted)),
        Parts::Object(_) => false,
    }
}

/// Whether the word is one of the row's own ids.
fn is_named(delivery: &Delivery, word: &str) -> bool {
    let ids = [delivery.id.as_str(), delivery.event.as_str(), delivery.webhook.as_str()];
    ids.iter().any(|id| id.eq_ignore_ascii_case(word))
}

/// Whether a header of that name, sent or answered, has `value` in its own.
fn has_header(attempt: &Attempt, name: &str, value: &str) -> bool {
    let sent = attempt.request_headers.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let answered = attempt.response.iter().flat_map(|answer| &answer.headers);
    let answered = answered.map(|(name, text)| (name.as_str(), text.as_str()));
    sent.chain(answered)
        .any(|(given, text)| given.eq_ignore_ascii_case(name) && text.to_lowercase().contains(value))
}
