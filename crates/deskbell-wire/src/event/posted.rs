//! What is posted to `/v2/events`, one event or many, and what becomes of each.

mod scanned;

use crate::body::{self, RequestBody};
use crate::json::{self, RawObject};
use crate::problem::Problem;
use crate::text::Subject;
use crate::{fixed, id, word};
use bytes::Bytes;
use deskbell_core::event::Data;
use deskbell_core::id::EventId;
use deskbell_core::policy::limit;
use deskbell_core::trigger::Trigger;
use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// An event to post, or many at once.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
pub enum PostedEvents {
    /// One event.
    One(NewEvent),
    /// Many events.
    Many(NewEvents),
}

impl PostedEvents {
    /// Reads a body. An object with `events` is a batch; every other body is one event. What is sound is read in one pass, and
    /// where it has no white space to drop, what events carry of it are slices; what is not sound is read again by those who
    /// say why.
    pub fn read(bytes: &Bytes) -> Result<Self, Problem> {
        scanned::read(bytes).map_or_else(|| Self::judge(bytes), Ok)
    }

    fn judge(bytes: &[u8]) -> Result<Self, Problem> {
        let read = |bytes: &[u8]| body::read(&json::parse(bytes)?);
        match json::batch(bytes, "events", limit::EVENTS_PER_CALL)? {
            Some(items) => {
                let events = items.into_iter().map(|item| read(item.get().as_bytes()));
                Ok(Self::Many(NewEvents { events: events.collect() }))
            }
            None => read(bytes).map(Self::One),
        }
    }
}

/// Events to post in one call.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvents {
    /// Each as if it were posted alone: what is wrong with one is told in its verdict, and stops no other.
    #[schema(value_type = Vec<Value>, min_items = 1, max_items = 1_000,
        example = json!([{"type": "booking.scheduled", "data": {"object": "booking", "id": "BKNG-Q8T2ZC4M6RVA"}}]))]
    pub events: Vec<Result<NewEvent, Problem>>,
}

/// An event to post.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEventBody, examples(json!({"type": "booking.scheduled"})))]
pub struct NewEvent {
    /// A trigger of the catalogue, never a composite.
    pub r#type: word::Trigger,
    /// The object it happened to; reaches receivers byte for byte, without insignificant white space.
    #[serde(deserialize_with = "minified")]
    #[schema(value_type = RawObject)]
    pub data: Data,
    /// What it happened to, for filters; 1 to 255 characters.
    pub subject: Option<Subject>,
}

/// The object that was given, as it is sent.
fn minified<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Data, D::Error> {
    RawObject::deserialize(deserializer).map(|object| json::minify(&object.0).into())
}

impl RequestBody for NewEvent {
    const READ_ONLY: &'static [&'static str] = &["id", "object", "creation_time", "api_version"];
}

/// What became of what was posted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EventsAccepted {
    /// The one event.
    One(EventAccepted),
    /// The many events.
    Many(EventResults),
}

/// What became of a posted event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventAccepted {
    /// Always `event`.
    object: fixed::Event,
    /// Only within a batch: 202 accepted, 200 duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    id: id::Event,
    r#type: word::Trigger,
    /// How many webhooks it is owed to; of a duplicate, as the first answer said.
    deliveries: u32,
    /// The `Idempotency-Key` was used for the same content before; nothing new was stored.
    duplicate: bool,
}

impl EventAccepted {
    /// A new event, owed to as many webhooks as there are `deliveries`.
    pub fn new(id: EventId, trigger: Trigger, deliveries: u32) -> Self {
        let (id, r#type) = (id.into(), trigger.into());
        Self { object: fixed::Event, status: None, id, r#type, deliveries, duplicate: false }
    }

    /// The event `id`, which was posted before under the same key and has so many deliveries.
    pub fn again(id: EventId, trigger: Trigger, deliveries: u32) -> Self {
        Self { duplicate: true, ..Self::new(id, trigger, deliveries) }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// How many webhooks it is owed to.
    pub fn deliveries(&self) -> u32 {
        self.deliveries
    }

    /// Whether it was posted before.
    pub fn is_duplicate(&self) -> bool {
        self.duplicate
    }

    /// The status that says so.
    pub fn status(&self) -> StatusCode {
        if self.duplicate { StatusCode::OK } else { StatusCode::ACCEPTED }
    }
}

/// The answer to many events: an [`EventAccepted`] or a problem for each, in order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventVerdicts)]
pub struct EventResults {
    /// Always `list`.
    object: fixed::List,
    /// In the order of the events.
    data: Vec<EventResult>,
}

impl FromIterator<Result<EventAccepted, Problem>> for EventResults {
    fn from_iter<I: IntoIterator<Item = Result<EventAccepted, Problem>>>(events: I) -> Self {
        Self { object: fixed::List, data: events.into_iter().map(EventResult::from).collect() }
    }
}

/// What became of one of many events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = EventVerdict)]
pub enum EventResult {
    /// It was accepted.
    Accepted(EventAccepted),
    /// It was refused.
    Refused(EventRefused),
}

impl From<Result<EventAccepted, Problem>> for EventResult {
    fn from(result: Result<EventAccepted, Problem>) -> Self {
        match result {
            Ok(event) => Self::Accepted(EventAccepted { status: Some(event.status().as_u16()), ..event }),
            Err(problem) => Self::Refused(EventRefused { status: problem.status.as_u16(), problem }),
        }
    }
}

/// Why one of many events was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventRefused {
    /// The status it would have been refused with alone.
    #[schema(example = 400)]
    status: u16,
    #[serde(flatten)]
    problem: Problem,
}

#[cfg(test)]
mod tests;
