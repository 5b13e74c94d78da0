//! Events: the object, and which ones a list has. What is posted, and what becomes of it, stands in [`posted`].

mod excerpt;
pub mod posted;

pub use excerpt::Excerpt;

use crate::json::RawObject;
use crate::list::Identified;
use crate::parameters::Group;
use crate::schema::{text, value};
use crate::time::Time;
use crate::{fixed, id, word};
use deskbell_core::event;
use deskbell_core::store::{EventFilter, Span};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

/// An event as it was accepted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"type": "booking.scheduled", "origin": "platform"})))]
pub struct Event {
    /// Always `event`.
    object: fixed::Event,
    id: id::Event,
    r#type: word::Trigger,
    /// What it happened to.
    #[schema(example = "BKNG-Q8T2ZC4M6RVA")]
    subject: Option<String>,
    creation_time: Time,
    /// `platform`, `sandbox` or `sample`.
    origin: word::Origin,
    /// The few values of the payload that tell a person what it is about; what the payload lacks is left out.
    excerpt: Excerpt,
    /// The envelope. Only when one event is asked for, as the three fields below.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<RawObject>,
    /// The same as a text: byte for byte what every delivery signs and sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_text: Option<String>,
    /// How many bytes that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_bytes: Option<usize>,
    /// The SHA-256 of these bytes, in lowercase hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_sha256: Option<String>,
    /// True when the bytes were deleted, because they were older than they are kept; then the four fields above are never there.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_deleted: Option<bool>,
}

impl Event {
    /// The event without its envelope, as lists and deliveries show it.
    pub fn new(event: &event::Event) -> Self {
        Self {
            object: fixed::Event,
            id: (&event.id).into(),
            r#type: event.trigger.into(),
            subject: event.subject.clone(),
            creation_time: event.created.into(),
            origin: event.origin.into(),
            excerpt: Excerpt::new(event),
            payload: None,
            payload_text: None,
            payload_bytes: None,
            payload_sha256: None,
            payload_deleted: event.payload_deleted.then_some(true),
        }
    }

    /// The event with its envelope.
    pub fn with_payload(event: &event::Event) -> Self {
        if event.payload_deleted {
            return Self::new(event);
        }
        let text = std::str::from_utf8(&event.body).ok();
        Self {
            payload: text.and_then(|text| RawValue::from_string(text.to_owned()).ok()).map(RawObject),
            payload_text: text.map(str::to_owned),
            payload_bytes: Some(event.body.len()),
            payload_sha256: Some(event.digest()),
            ..Self::new(event)
        }
    }
}

impl Identified for Event {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// Which events a list has.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Only those with this `type`.
    #[param(inline)]
    r#type: Option<word::Trigger>,
    /// Only those with this `subject`.
    #[param(inline)]
    subject: Option<AnySubject>,
    /// Only events owed to this webhook
    #[param(inline)]
    webhook: Option<id::given::Webhook>,
}

impl Group for EventQuery {}

impl EventQuery {
    /// The filter for events of the span `created`.
    pub fn filter(self, created: Span) -> EventFilter {
        EventFilter {
            trigger: self.r#type.map(|word| word.0),
            subject: self.subject.map(|subject| subject.0),
            webhook: self.webhook.map(|webhook| webhook.0),
            created,
        }
    }
}

/// A subject to look for: any text, for one that no event can have finds nothing.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct AnySubject(pub String);

value!(AnySubject, text("BKNG-Q8T2ZC4M6RVA"));
