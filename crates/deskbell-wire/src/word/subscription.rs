//! What a webhook subscribes to, and names of triggers that there are not.

use super::{Word, Words};
use crate::broken::Broken;
use crate::problem::reading::not_known;
use crate::schema::{value, words};
use deskbell_core::policy::limit;
use deskbell_core::trigger::Subscription;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use utoipa::openapi::schema::ArrayBuilder;

/// The `events` of a body: not empty, known names, repeats dropped, order kept (wire contract, decision 5).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Subscriptions(pub Vec<Subscription>);

impl TryFrom<Vec<String>> for Subscriptions {
    type Error = Broken;

    fn try_from(given: Vec<String>) -> Result<Self, Broken> {
        if given.is_empty() {
            return Err(Broken::new("events_required", "Required fields are missing."));
        }
        if given.len() > limit::SUBSCRIPTIONS {
            let message =
                format!("{} events were given; at most {} are allowed.", given.len(), limit::SUBSCRIPTIONS);
            return Err(Broken::new("events_too_many", message));
        }
        let mut subscriptions = Vec::new();
        for text in given {
            let subscription =
                Subscription::parse(&text).ok_or_else(|| <Subscription as Words>::unknown(&text))?;
            if !subscriptions.contains(&subscription) {
                subscriptions.push(subscription);
            }
        }
        Ok(Self(subscriptions))
    }
}

value!(Subscriptions, list(limit::SUBSCRIPTIONS));

/// The `events` of an answer, as they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribed(pub Vec<Subscription>);

impl Serialize for Subscribed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().copied().map(Word))
    }
}

value!(Subscribed, list(Subscription::names().count()));

fn list(most: usize) -> ArrayBuilder {
    ArrayBuilder::new()
        .items(words(Subscription::names()))
        .min_items(Some(1))
        .max_items(Some(most))
        .examples([Value::from_iter(["booking.scheduled", "conversation"])])
}

/// What is said of a name that is none of `known`.
pub(super) fn unknown(text: &str, known: &[&str]) -> Broken {
    let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_'));
    let code = match () {
        () if text.contains('*') => "event_wildcard_invalid",
        () if text.len() > 128 || !plain => "event_type_invalid",
        () => "event_type_unknown",
    };
    Broken::new(code, not_known(text, known))
}
