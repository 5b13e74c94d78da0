//! Captured requests: the object, the delivery that one is, and how a list waits for more of them.

use crate::body::RequestBody;
use crate::bytes::{BodyText, HeaderText};
use crate::list::Identified;
use crate::number::{Integer, out_of_range};
use crate::optional::Nullable;
use crate::parameters::Group;
use crate::problem::Problem;
use crate::schema::value;
use crate::text::Note;
use crate::time::Time;
use crate::{fixed, id, word};
use deskbell_core::id::EventId;
use deskbell_core::inbox::{Capture, Provenance, SignatureCheck};
use deskbell_core::policy::limit::{PAGE_MAX, WAIT};
use deskbell_core::vault::Secret;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// A captured request.
#[derive(Serialize, ToSchema)]
pub struct CapturedRequest {
    /// Always `request`.
    object: fixed::Request,
    id: id::Capture,
    inbox: id::Inbox,
    /// 1 for the inbox's first, and so on.
    number: u64,
    received_time: Time,
    method: String,
    /// What stood behind the inbox's address: a path and a query, or nothing.
    path: String,
    /// As they came: order, case, duplicates.
    headers: Vec<HeaderText>,
    #[serde(flatten)]
    body: BodyText,
    body_bytes: usize,
    /// The SHA-256 of the body's bytes, in hex.
    #[schema(example = "1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014")]
    body_sha256: String,
    /// Who sent it.
    remote_address: Option<String>,
    /// The status it was answered with; null while it waits for its relay.
    answered_status: Option<u16>,
    /// Set when it is a delivery of this account's webhooks.
    delivery_of: Option<DeliveryOf>,
    /// What its `Oncehub-Signature` is worth by the secret that the inbox was given: `valid`, `mismatch`, `malformed` or
    /// `missing`. Null where the inbox has none.
    signature: Option<word::SignatureCheck>,
    /// What somebody wrote beside it. Null where nobody did.
    #[schema(example = "the one that came twice")]
    note: Option<String>,
}

impl CapturedRequest {
    /// The request as it was stored, the delivery that it is, and the secret that its inbox was given.
    pub fn new(capture: &Capture, provenance: Option<Provenance>, secret: Option<&Secret>) -> Self {
        Self {
            object: fixed::Request,
            id: (&capture.id).into(),
            inbox: (&capture.inbox).into(),
            number: capture.number,
            received_time: capture.received.into(),
            method: capture.method.clone(),
            path: capture.path.clone(),
            headers: capture.headers.iter().map(|(name, value)| HeaderText::new(name, value)).collect(),
            body: BodyText::new(&capture.body),
            body_bytes: capture.body.len(),
            body_sha256: capture.digest(),
            remote_address: capture.remote.map(|address| address.to_string()),
            answered_status: Some(capture.answered).filter(|status| *status > 0),
            delivery_of: provenance.map(DeliveryOf::from),
            signature: secret.map(|secret| SignatureCheck::of(capture, Some(secret)).into()),
            note: capture.note.clone(),
        }
    }
}

impl Identified for CapturedRequest {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// A change to a captured request: of what came nothing changes, what is written beside it does.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"note": "the one that came twice"})))]
pub struct RequestPatch {
    /// At most 500 characters, in one line or more; null or an empty text takes it away.
    note: Nullable<Note>,
}

impl RequestBody for RequestPatch {
    const READ_ONLY: &'static [&'static str] = &[
        "object",
        "id",
        "inbox",
        "number",
        "received_time",
        "method",
        "path",
        "headers",
        "body",
        "body_encoding",
        "body_bytes",
        "body_sha256",
        "remote_address",
        "answered_status",
        "delivery_of",
        "signature",
    ];
}

impl RequestPatch {
    /// The note that it is to have, if any.
    pub fn note(self) -> Option<String> {
        self.note.0.map(String::from).filter(|note| !note.is_empty())
    }
}

/// The delivery that a captured request is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"signature": "valid"})))]
pub struct DeliveryOf {
    event: id::Event,
    webhook: id::Webhook,
    delivery: id::Delivery,
    /// The attempt, once it is recorded: null while its answer is still under way.
    attempt: Option<id::Attempt>,
    /// `valid`; `mismatch` (another secret, time or body); `malformed`; `missing`; `unknown` (the webhook is deleted, and
    /// its secret with it).
    signature: word::SignatureCheck,
    /// The body is, byte for byte, the one that was signed.
    same_bytes: bool,
}

impl From<Provenance> for DeliveryOf {
    fn from(provenance: Provenance) -> Self {
        Self {
            event: provenance.event.into(),
            webhook: provenance.webhook.into(),
            delivery: provenance.delivery.into(),
            attempt: provenance.attempt.map(id::Attempt::from),
            signature: provenance.signature.into(),
            same_bytes: provenance.same_bytes,
        }
    }
}

/// How many captured requests were deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cleared {
    deleted: u64,
}

impl Cleared {
    /// `deleted` requests are gone.
    pub fn new(deleted: u64) -> Self {
        Self { deleted }
    }
}

/// Seconds that a call waits at most.
pub type WaitSeconds = Integer<0, { WAIT.as_secs() as i64 }>;

/// Long polling: a list that is answered when it has something to tell.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LongPoll {
    /// Seconds, 0 to 60
    #[param(inline)]
    wait: Option<WaitSeconds>,
    /// 1 to `limit`; 1 when left out
    #[param(inline)]
    count: Option<Count>,
    /// Only those that claim to be deliveries of this event. Not together with `wait`.
    #[param(inline)]
    event: Option<id::given::Event>,
}

impl Group for LongPoll {}

impl LongPoll {
    /// How long to wait.
    pub fn wait(&self) -> Duration {
        Duration::from_secs(self.wait.map_or(0, u64::from))
    }

    /// The event whose deliveries alone are asked for.
    ///
    /// # Errors
    /// It was asked to wait for them too.
    pub fn event(&self) -> Result<Option<&EventId>, Problem> {
        if self.event.is_some() && !self.wait().is_zero() {
            return Err(Problem::invalid("event", "value_invalid", "Give one of event and wait, not both."));
        }
        Ok(self.event.as_ref().map(|event| &event.0))
    }

    /// For how many requests, on a page of `limit`.
    ///
    /// # Errors
    /// The page cannot have so many.
    pub fn count(&self, limit: u32) -> Result<usize, Problem> {
        let Some(Count(given)) = &self.count else { return Ok(1) };
        let digits = given.bytes().all(|byte| byte.is_ascii_digit());
        let count = given.parse().ok().filter(|count| digits && (1..=u64::from(limit)).contains(count));
        let refused = || out_of_range("count", given, &format!("between 1 and {limit}")).of("count");
        count.map(|count| usize::try_from(count).unwrap_or(usize::MAX)).ok_or_else(refused)
    }
}

/// A number of requests, read when the page's limit is known.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Count(String);

value!(Count as Integer<1, { PAGE_MAX as i64 }>);
