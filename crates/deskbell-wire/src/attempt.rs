//! Attempts: every try of a delivery, with what was sent and what was answered; and which ones a list has.

use crate::bytes::BodyText;
use crate::header::Headers;
use crate::list::Identified;
use crate::parameters::Group;
use crate::time::Time;
use crate::{fixed, id, word};
use deskbell_core::attempt;
use deskbell_core::store::{AttemptFilter, Span};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// One try of a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"outcome": "delivered"})))]
pub struct Attempt {
    /// Always `attempt`.
    object: fixed::Attempt,
    id: id::Attempt,
    delivery: id::Delivery,
    event: id::Event,
    webhook: id::Webhook,
    /// 1, 2, 3 and so on.
    number: u32,
    /// Asked for by hand.
    manual: bool,
    /// Of a sample: it says nothing of how the webhook does.
    sample: bool,
    started_time: Time,
    /// `delivered`, or what went wrong, from a closed list (see docs/reference/outcomes.md).
    outcome: word::Outcome,
    /// One sentence; empty when the outcome says it all.
    #[schema(example = "The receiver answered 500.")]
    detail: String,
    /// The request may have arrived although no 2xx came back: a repeat may be a duplicate.
    possibly_received: bool,
    timings: Timings,
    request: Request,
    response: Option<Response>,
}

impl From<attempt::Attempt> for Attempt {
    fn from(attempt: attempt::Attempt) -> Self {
        Self {
            object: fixed::Attempt,
            id: attempt.id.into(),
            delivery: attempt.delivery.into(),
            event: attempt.event.into(),
            webhook: attempt.webhook.into(),
            number: attempt.number,
            manual: attempt.manual,
            sample: attempt.sample,
            started_time: attempt.started.into(),
            outcome: attempt.outcome.into(),
            detail: attempt.detail,
            possibly_received: attempt.possibly_received,
            timings: attempt.timings.into(),
            request: Request {
                method: fixed::Post,
                url: attempt.url,
                address: attempt.address.map(|address| address.to_string()),
                headers: attempt.request_headers.into(),
            },
            response: attempt.response.map(Response::from),
        }
    }
}

impl Identified for Attempt {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// Where the time went, in microseconds; null for a phase that did not take place.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timings {
    name_us: Option<u64>,
    connect_us: Option<u64>,
    tls_us: Option<u64>,
    /// From a ready connection to the last byte of the answer's head.
    head_us: Option<u64>,
    body_us: Option<u64>,
    total_us: u64,
    /// A kept connection was used.
    reused_connection: bool,
}

impl From<attempt::Timings> for Timings {
    fn from(timings: attempt::Timings) -> Self {
        let attempt::Timings { name_us, connect_us, tls_us, head_us, body_us, total_us, reused } = timings;
        Self { name_us, connect_us, tls_us, head_us, body_us, total_us, reused_connection: reused }
    }
}

/// What was sent; its body is the event's payload.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttemptRequest)]
struct Request {
    /// Always `POST`.
    method: fixed::Post,
    #[schema(example = "https://hooks.northwind.example/in/bookings")]
    url: String,
    /// The address that was dialled.
    address: Option<String>,
    /// Names and values, in order. On the wire `Host`, `Content-Length` and `Accept-Encoding: identity` stand beside them.
    headers: Headers,
}

/// What was answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttemptResponse)]
struct Response {
    status_code: u16,
    /// Names and values, in order.
    headers: Headers,
    /// The first 16 KiB of the body, never decoded.
    #[serde(flatten)]
    body: BodyText,
    /// There was more than is kept.
    body_truncated: bool,
    /// The connection ended before the body did.
    body_incomplete: bool,
}

impl From<attempt::Response> for Response {
    fn from(answer: attempt::Response) -> Self {
        Self {
            status_code: answer.status,
            body: BodyText::new(&answer.body),
            headers: Headers(answer.headers),
            body_truncated: answer.truncated,
            body_incomplete: answer.incomplete,
        }
    }
}

/// Which attempts a list has.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttemptQuery {
    /// Only those with this `delivery`.
    #[param(inline)]
    delivery: Option<id::given::Delivery>,
    /// Only those with this `webhook`.
    #[param(inline)]
    webhook: Option<id::given::Webhook>,
    /// Only those with this `event`.
    #[param(inline)]
    event: Option<id::given::Event>,
    /// Only those with this `outcome`.
    #[param(inline)]
    outcome: Option<word::Outcome>,
}

impl Group for AttemptQuery {}

impl AttemptQuery {
    /// The filter for attempts of the span `started`.
    pub fn filter(self, started: Span) -> AttemptFilter {
        AttemptFilter {
            delivery: self.delivery.map(|delivery| delivery.0),
            webhook: self.webhook.map(|webhook| webhook.0),
            event: self.event.map(|event| event.0),
            outcome: self.outcome.map(|word| word.0),
            started,
        }
    }
}
