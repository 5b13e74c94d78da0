//! What a row tells: one message or several, and how they stand on the wire (WHATWG HTML, 9.2).

use super::cursor::FeedCursor;
use super::filter::Filter;
use bytes::{BufMut as _, BytesMut};
use deskbell_core::event::{Event, Origin};
use deskbell_core::store::{AttemptNews, EventNews};
use deskbell_wire::attempt::Attempt;
use deskbell_wire::delivery::Delivery;
use deskbell_wire::event as wire;
use deskbell_wire::stream::NewsKind;
use deskbell_wire::word::Words as _;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One thing to tell; `None` where the filter leaves it out. It still counts, so that a cursor means the same under every
/// filter.
pub(super) type Message = Option<(NewsKind, Vec<u8>)>;

fn message(kind: NewsKind, object: &impl Serialize) -> Message {
    // Objects of the API: nothing here can fail to serialize.
    serde_json::to_vec(object).ok().map(|json| (kind, json))
}

/// What an event tells: itself, what it happened to in the sandbox, and its deliveries.
pub(super) fn of_event(news: &EventNews, filter: &Filter) -> Vec<Message> {
    let EventNews { event, deliveries, .. } = news;
    let owed = filter.wants_one_of(deliveries.iter().map(|delivery| &delivery.webhook));
    let wants = |kind| owed && filter.wants(kind);
    let mut messages =
        vec![wants(NewsKind::Event).then(|| message(NewsKind::Event, &wire::Event::new(event))).flatten()];
    if event.origin == Origin::Sandbox {
        let kind = if event.trigger.is_booking() { NewsKind::Booking } else { NewsKind::Conversation };
        messages.push(wants(kind).then(|| message(kind, &data(event))).flatten());
    }
    messages.extend(deliveries.iter().map(|delivery| {
        let wanted = wants(NewsKind::Delivery) && filter.wants_webhook(&delivery.webhook);
        wanted.then(|| message(NewsKind::Delivery, &Delivery::new(delivery))).flatten()
    }));
    messages
}

/// What an attempt tells: itself, and its delivery.
pub(super) fn of_attempt(news: AttemptNews, filter: &Filter) -> Vec<Message> {
    let AttemptNews { attempt, delivery, .. } = news;
    let wants = |kind| filter.wants_webhook(&delivery.webhook) && filter.wants(kind);
    vec![
        wants(NewsKind::Attempt).then(|| message(NewsKind::Attempt, &Attempt::from(attempt))).flatten(),
        wants(NewsKind::Delivery).then(|| message(NewsKind::Delivery, &Delivery::new(&delivery))).flatten(),
    ]
}

/// What a capture tells: itself.
pub(super) fn of_capture(object: &impl Serialize) -> Message {
    message(NewsKind::Capture, object)
}

/// What the event happened to, as its receivers see it.
fn data(event: &Event) -> Option<Box<RawValue>> {
    #[derive(Deserialize)]
    struct Envelope {
        data: Box<RawValue>,
    }
    serde_json::from_slice::<Envelope>(&event.body).ok().map(|envelope| envelope.data)
}

/// Writes a message. JSON on one line has no line feed that could end it early.
pub(super) fn write(chunk: &mut BytesMut, kind: NewsKind, json: &[u8], cursor: &FeedCursor) {
    let head = format!("event: {}\nid: {cursor}\ndata: ", kind.as_str());
    chunk.put_slice(head.as_bytes());
    chunk.put_slice(json);
    chunk.put_slice(b"\n\n");
}

/// The first words of a stream: how soon to come back when it breaks, and where it begins.
pub(super) fn greeting(cursor: &FeedCursor) -> String {
    format!("retry: 1000\nid: {cursor}\n\n")
}

/// A comment: shows proxies and clients that the stream lives.
pub(super) const HEARTBEAT: &[u8] = b": here\n\n";
