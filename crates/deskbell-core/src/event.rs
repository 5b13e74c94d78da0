//! What happened, fixed as the exact bytes that will be signed and sent (wire contract, 4).

use crate::Timestamp;
use crate::hex;
use crate::id::{AccountId, EventId, WebhookId};
use crate::quota::Full;
use crate::time::wire;
use crate::trace::TraceContext;
use crate::trigger::Trigger;
use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// An event. Its `body` never changes: every attempt signs and sends these bytes, whatever the code has become since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id, shared by all its deliveries.
    pub id: EventId,
    /// Whose it is.
    pub account: AccountId,
    /// What happened: the `type` of the envelope.
    pub trigger: Trigger,
    /// What it happened to: the id of a booking, or whatever a platform names.
    pub subject: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// The envelope, rendered once. Empty where [damaged](Self::is_damaged) or deleted.
    pub body: Bytes,
    /// Where it came from.
    pub origin: Origin,
    /// Its body was deleted, because it was older than bodies are kept: it can be shown without, and never be sent again.
    pub payload_deleted: bool,
}

impl Event {
    /// Whether it is a test: see [`Origin::Sample`].
    pub fn is_sample(&self) -> bool {
        self.origin == Origin::Sample
    }

    /// Whether its bytes were damaged on the disk: then it has none, can be shown, and must not be signed.
    pub fn is_damaged(&self) -> bool {
        self.body.is_empty() && !self.payload_deleted
    }

    /// The SHA-256 of the body, in lowercase hex.
    pub fn digest(&self) -> String {
        hex::encode(&Sha256::digest(&self.body))
    }
}

/// Where an event came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Posted by a platform.
    Platform,
    /// A booking or conversation of the sandbox changed state.
    Sandbox,
    /// A sample, for one webhook only: a test, and no traffic. It is tried once, and nothing that webhooks are judged by knows of it.
    Sample,
}

impl Origin {
    /// Every origin.
    pub const ALL: &'static [Self] = &[Self::Platform, Self::Sandbox, Self::Sample];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Sandbox => "sandbox",
            Self::Sample => "sample",
        }
    }

    /// The origin of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|origin| origin.as_str() == text)
    }
}

/// An event on its way into the store.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The event, with its body rendered.
    pub event: Event,
    /// Set when the caller wants a repeat of the call to change nothing.
    pub idempotency: Option<Idempotency>,
    /// Deliver to this webhook only, whatever it subscribed to: a sample.
    pub only: Option<WebhookId>,
    /// The trace of the call that it comes of, if that has one.
    pub trace: Option<Arc<TraceContext>>,
}

/// What became of a new event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// It is stored, with one delivery for each of this many webhooks.
    New {
        /// How many webhooks wanted it.
        deliveries: u32,
    },
    /// Its idempotency key was used for the same content before: nothing was stored (A-112).
    Duplicate {
        /// The event of that time.
        event: EventId,
    },
    /// Its idempotency key was used for other content before: nothing was stored (A-112).
    Conflict {
        /// The event of that time.
        event: EventId,
    },
    /// Another event has this id: nothing was stored; render it again under a fresh one.
    IdTaken,
    /// The webhook it was meant for alone is gone, or disabled and it is no sample: nothing was stored.
    NoWebhook,
    /// With it the account would keep more bytes of events than it may: nothing was stored.
    OverQuota(Full),
}

/// What an event is about: an object in JSON, without insignificant white space. A clone shares its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data(Bytes);

impl Data {
    /// The object in `bytes`, which whoever read it knows to be one, and to be minified.
    pub fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// How many bytes a receiver gets of it.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never: an object has its brackets.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its bytes, as they are sent.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Box<RawValue>> for Data {
    fn from(object: Box<RawValue>) -> Self {
        Self(Bytes::from(Box::<str>::from(object).into_string()))
    }
}

/// What makes a repeated call harmless (A-112).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key, unique in the account.
    pub key: String,
    /// SHA-256 of what was asked, to tell a repeat from another call with the same key.
    pub digest: [u8; 32],
}

impl Idempotency {
    /// The key with the digest of `trigger`, `subject` and `data`.
    pub fn new(key: String, trigger: Trigger, subject: Option<&str>, data: &Data) -> Self {
        let mut hash = Sha256::new();
        for part in [trigger.as_str().as_bytes(), subject.unwrap_or("\0none").as_bytes(), data.as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self { key, digest: hash.finalize().into() }
    }

    /// What the call is told when its key was used before, for that event, with content of that digest.
    pub fn used_for(&self, event: EventId, digest: [u8; 32]) -> Accepted {
        if digest == self.digest { Accepted::Duplicate { event } } else { Accepted::Conflict { event } }
    }
}

/// Bytes of an envelope around its data, by far.
const ENVELOPE_BYTES: usize = 256;

/// Renders the envelope: one line, no white space, keys in the vendor's order (wire contract, 4), `data` byte for byte. It is
/// the one copy that is made of the data.
pub fn render(id: &EventId, created: Timestamp, trigger: Trigger, data: &Data) -> Bytes {
    #[derive(Serialize)]
    struct Head<'a> {
        id: &'a EventId,
        object: &'static str,
        creation_time: String,
        r#type: Trigger,
        api_version: &'static str,
    }
    let head = Head { id, object: "event", creation_time: wire(created), r#type: trigger, api_version: "v2" };
    let mut body = Vec::with_capacity(ENVELOPE_BYTES + data.len());
    // Strings and no maps, into memory: nothing here can fail to serialize.
    serde_json::to_writer(&mut body, &head).unwrap_or_else(|_| unreachable!("an envelope always serializes"));
    // The data goes in before the bracket that closes the head.
    body.pop();
    body.extend_from_slice(b",\"data\":");
    body.extend_from_slice(data.as_bytes());
    body.push(b'}');
    Bytes::from(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_millis;

    #[test]
    fn the_digest_is_that_of_the_bytes() {
        let event = Event {
            id: EventId::from_text("EVNT-1"),
            account: AccountId::from_text("ACC-1"),
            trigger: Trigger::BookingScheduled,
            subject: None,
            created: from_millis(0),
            body: Bytes::from_static(b"abc"),
            origin: Origin::Platform,
            payload_deleted: false,
        };
        // FIPS 180-4, the example of one block.
        assert_eq!(event.digest(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_key_used_again_is_a_repeat_for_the_same_content_only() {
        let data = |text: &str| Data::from(RawValue::from_string(text.into()).unwrap());
        let of = |data: &Data| Idempotency::new("key".into(), Trigger::BookingScheduled, None, data);
        let (first, event) = (of(&data("1")), EventId::from_text("EVNT-1"));
        let again = |digest| first.used_for(event.clone(), digest);
        assert_eq!(again(of(&data("1")).digest), Accepted::Duplicate { event: event.clone() }, "A-112");
        assert_eq!(again(of(&data("2")).digest), Accepted::Conflict { event: event.clone() }, "A-112");
    }

    #[test]
    fn the_envelope_has_the_vendors_order_and_keeps_the_data_as_it_came() {
        let data =
            RawValue::from_string(r#"{"z":9007199254740993,"a":1.0,"m":1e-7,"name":"Zoë"}"#.into()).unwrap();
        let body = render(
            &EventId::from_text("EVNT-3HZ7KQ51VD"),
            from_millis(1_778_072_561_300),
            Trigger::BookingScheduled,
            &data.into(),
        );
        assert_eq!(
            std::str::from_utf8(&body).unwrap(),
            r#"{"id":"EVNT-3HZ7KQ51VD","object":"event","creation_time":"2026-05-06T13:02:41.300Z","type":"booking.scheduled","api_version":"v2","data":{"z":9007199254740993,"a":1.0,"m":1e-7,"name":"Zoë"}}"#
        );
    }
}
