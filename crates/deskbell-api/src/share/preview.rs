//! Preview: a frozen delivery as an answer to its owner.

use super::frozen::{Frozen, FrozenAttempt, FrozenCapture};
use deskbell_core::id::{DeliveryId, EventId};
use deskbell_wire::bytes::BodyText;
use deskbell_wire::fixed;
use deskbell_wire::header::Headers;
use deskbell_wire::share::{SharePreview, SharedAnswer, SharedAttempt, SharedRequest};

impl From<Frozen> for SharePreview {
    fn from(frozen: Frozen) -> Self {
        Self {
            object: fixed::SharePreview,
            delivery: DeliveryId::from_text(&frozen.delivery).into(),
            status: frozen.status,
            event: EventId::from_text(&frozen.event).into(),
            r#type: frozen.trigger,
            creation_time: frozen.created.into(),
            webhook: frozen.webhook,
            body: BodyText::new(&frozen.body.get()),
            attempts: frozen.attempts.into_iter().map(attempt).collect(),
            received: frozen.received.into_iter().map(request).collect(),
        }
    }
}

fn attempt(frozen: FrozenAttempt) -> SharedAttempt {
    SharedAttempt {
        number: frozen.number,
        started_time: frozen.started.into(),
        outcome: frozen.outcome,
        detail: frozen.detail,
        url: frozen.url,
        headers: Headers(frozen.headers),
        timings: frozen.timings.into(),
        response: frozen.answer.map(|answer| SharedAnswer {
            status_code: answer.status,
            headers: Headers(answer.headers),
            body: BodyText::new(&answer.body.get()),
        }),
    }
}

fn request(frozen: FrozenCapture) -> SharedRequest {
    SharedRequest {
        received_time: frozen.received.into(),
        signature: frozen.signature,
        same_bytes: frozen.same_bytes,
        headers: Headers(frozen.headers),
        body_bytes: frozen.body_bytes,
        answered_status: frozen.answered,
    }
}
