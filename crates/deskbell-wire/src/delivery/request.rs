//! The request of a delivery as it would be sent now, to be repeated with a tool of one's own.

use crate::bytes::BodyText;
use crate::header::Headers;
use crate::time::Time;
use crate::{fixed, id};
use deskbell_core::Timestamp;
use deskbell_core::delivery::Delivery;
use deskbell_core::event::Event;
use deskbell_core::policy::sign;
use deskbell_core::vault::Secret;
use serde::Serialize;
use utoipa::ToSchema;

/// A request that was not sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedRequest {
    /// Always `request`.
    object: fixed::Request,
    delivery: id::Delivery,
    /// Always `POST`.
    method: fixed::Post,
    /// The webhook's URL as it is now.
    #[schema(example = "https://hooks.northwind.example/in/bookings")]
    url: String,
    /// Names and values, in the order they are sent, with a signature of `signed_time`.
    headers: Headers,
    /// The event's bytes.
    #[serde(flatten)]
    body: BodyText,
    signed_time: Time,
}

impl SignedRequest {
    /// The request that delivers `event` to `url`, signed with `secret` at `now`, which has whole milliseconds.
    pub fn new(
        delivery: &Delivery,
        event: &Event,
        url: String,
        secret: &Secret,
        user_agent: &str,
        now: Timestamp,
    ) -> Self {
        Self {
            object: fixed::Request,
            delivery: (&delivery.id).into(),
            method: fixed::Post,
            url,
            headers: sign::request_headers(secret, user_agent, &event.id, event.origin, now, &event.body)
                .into(),
            body: BodyText::new(&event.body),
            signed_time: now.into(),
        }
    }
}
