//! What a row tells: one message or several, and how they stand on the wire (WHATWG HTML, 9.2).

use super::cursor::FeedCursor;
use super::filter::Filter;
use crate::delivery::Outlook;
use bytes::{BufMut as _, BytesMut};
use deskbell_core::event::{Event, Origin};
use deskbell_core::id::DeliveryId;
use deskbell_core::store::{AttemptNews, EventNews};
use deskbell_wire::attempt::Attempt;
use deskbell_wire::event as wire;
use deskbell_wire::inbox::capture::CapturedRequest;
use deskbell_wire::stream::NewsKind;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One thing to tell. Where the filter leaves it out it still counts, so that a cursor means the same under every filter.
pub(super) struct Message {
    /// What stands on the wire; `None` where it is left out.
    pub told: Option<(NewsKind, Vec<u8>)>,
    /// The delivery whose state it tells.
    pub delivery: Option<DeliveryId>,
}

impl Message {
    /// An `object` of `kind`, if it is `wanted`.
    fn new(kind: NewsKind, wanted: bool, object: impl FnOnce() -> Option<Vec<u8>>) -> Self {
        let told = wanted.then(object).flatten().map(|json| (kind, json));
        Self { told, delivery: None }
    }

    fn of_delivery(delivery: &deskbell_core::delivery::Delivery, outlook: &Outlook, wanted: bool) -> Self {
        let message = Self::new(NewsKind::Delivery, wanted, || json(&outlook.show(delivery)));
        Self { delivery: Some(delivery.id.clone()), ..message }
    }

    /// What it takes on the wire, less its head.
    pub(super) fn bytes(&self) -> usize {
        self.told.as_ref().map(|(_, json)| json.len()).unwrap_or_default()
    }
}

/// Objects of the API: nothing here can fail to serialize.
fn json(object: &impl Serialize) -> Option<Vec<u8>> {
    serde_json::to_vec(object).ok()
}

/// What an event tells: itself, what it happened to in the sandbox, and its deliveries.
pub(super) fn of_event(news: &EventNews, outlook: &Outlook, filter: &Filter) -> Vec<Message> {
    let EventNews { event, deliveries, .. } = news;
    let owed = filter.wants_one_of(deliveries.iter().map(|delivery| &delivery.webhook));
    let wants = |kind| owed && filter.wants(kind);
    let mut messages =
        vec![Message::new(NewsKind::Event, wants(NewsKind::Event), || json(&wire::Event::new(event)))];
    if event.origin == Origin::Sandbox {
        let kind = if event.trigger.is_booking() { NewsKind::Booking } else { NewsKind::Conversation };
        messages.push(Message::new(kind, wants(kind), || json(&data(event))));
    }
    messages.extend(deliveries.iter().map(|delivery| {
        let wanted = wants(NewsKind::Delivery) && filter.wants_webhook(&delivery.webhook);
        Message::of_delivery(delivery, outlook, wanted)
    }));
    messages
}

/// What an attempt tells: itself, and its delivery.
pub(super) fn of_attempt(news: AttemptNews, outlook: &Outlook, filter: &Filter) -> Vec<Message> {
    let AttemptNews { attempt, delivery, .. } = news;
    let wants = |kind| filter.wants_webhook(&delivery.webhook) && filter.wants(kind);
    vec![
        Message::new(NewsKind::Attempt, wants(NewsKind::Attempt), || json(&Attempt::from(attempt))),
        Message::of_delivery(&delivery, outlook, wants(NewsKind::Delivery)),
    ]
}

/// What a capture tells: itself; without an `object` it is left out.
pub(super) fn of_capture(object: Option<CapturedRequest>) -> Vec<Message> {
    vec![Message::new(NewsKind::Capture, object.is_some(), || json(&object))]
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
pub(super) fn write(chunk: &mut BytesMut, kind: &str, json: &[u8], cursor: &FeedCursor) {
    let head = format!("event: {kind}\nid: {cursor}\ndata: ");
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
