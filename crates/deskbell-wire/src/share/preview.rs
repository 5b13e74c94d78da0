//! Preview: what the link of a share would show, to its owner before there is one.

use crate::attempt::Timings;
use crate::bytes::BodyText;
use crate::header::Headers;
use crate::time::Time;
use crate::{fixed, id};
use serde::Serialize;
use utoipa::ToSchema;

/// All that a share of a delivery would show. What is masked is `…`, here as there.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharePreview {
    /// Always `share_preview`.
    pub object: fixed::SharePreview,
    /// The delivery.
    pub delivery: id::Delivery,
    /// As the delivery's own.
    #[schema(example = "delivered")]
    pub status: String,
    /// Its event.
    pub event: id::Event,
    /// The event's trigger.
    #[schema(example = "booking.scheduled")]
    pub r#type: String,
    /// When the event was accepted.
    pub creation_time: Time,
    /// What the webhook is called.
    #[schema(example = "CRM sync")]
    pub webhook: String,
    /// The event's body, whole, as every attempt sent it.
    #[serde(flatten)]
    pub body: BodyText,
    /// Oldest first.
    pub attempts: Vec<SharedAttempt>,
    /// What the inbox received, when the webhook points to one; oldest first.
    pub received: Vec<SharedRequest>,
}

/// An attempt as a share shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedAttempt {
    /// 1, 2, 3 and so on.
    pub number: u32,
    /// When it started.
    pub started_time: Time,
    /// As the attempt's own.
    #[schema(example = "delivered")]
    pub outcome: String,
    /// One sentence; empty when the outcome says it all.
    #[schema(example = "The receiver answered 500.")]
    pub detail: String,
    /// Where it was posted to, up to where the address could be a secret.
    #[schema(example = "https://hooks.northwind.example/in/…")]
    pub url: String,
    /// What was sent.
    pub headers: Headers,
    /// Where the time went.
    pub timings: Timings,
    /// The answer, if there was one.
    pub response: Option<SharedAnswer>,
}

/// A receiver's answer as a share shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedAnswer {
    /// The status.
    pub status_code: u16,
    /// Its headers.
    pub headers: Headers,
    /// The first 16 KiB of the body.
    #[serde(flatten)]
    pub body: BodyText,
}

/// A request that an inbox received, as a share shows it: its body is the event's, or `same_bytes` says that it is not.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedRequest {
    /// When it came.
    pub received_time: Time,
    /// `valid`, `mismatch`, `malformed`, `missing` or `unknown`.
    #[schema(example = "valid")]
    pub signature: String,
    /// The body is, byte for byte, the one that was signed.
    pub same_bytes: bool,
    /// As they came.
    pub headers: Headers,
    /// How many bytes its body has.
    pub body_bytes: usize,
    /// The status it was answered with; 0 while it is not.
    pub answered_status: u16,
}
