//! Spans out: what becomes of each event, step by step, told to an OpenTelemetry collector by OTLP over HTTP (binary protobuf).
//!
//! - `queue` stands before the store's queue, and notes what is claimed, attempted and recorded.
//! - `step` is what is noted of a step, as little as that: a step is noted where others wait.
//! - `span` makes spans of a step: that and all that follows is done in a task of its own.
//! - `exporter` gathers, sends, tries again, and counts what nobody takes.
//! - `client` is the way to the collector.
//!
//! What waits is bounded: nobody waits for a collector, and what it does not take in time is dropped and counted. Nothing of an event's bytes, of a
//! path or query of a webhook's URL, or of a header is in any span.

mod client;
mod exporter;
mod queue;
mod span;
mod step;

pub use exporter::Exporter;
pub use queue::TracedQueue;

use client::Client;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Leased;
use deskbell_core::id::EventId;
use deskbell_core::trace::{Acceptance, SpanCount, TraceContext, TraceId};
use http::{HeaderName, HeaderValue};
use std::sync::Arc;
use step::{Attempted, Claimed, Step, What};
use tokio::sync::mpsc::{self, Sender};
use url::Url;

/// Steps that wait for the collector at most, some 4 MiB.
const WAITING: usize = 8_192;

/// Where spans go, and how many of them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The collector: `v1/traces` behind it takes spans.
    pub endpoint: Url,
    /// Headers of each request; their values are secrets.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Which share of the events that came without a trace has one; 0 to 1. Of others their publisher decides.
    pub ratio: f64,
    /// What this process is called among those that serve.
    pub instance: String,
}

/// Asks the collector whether it takes spans, and gives it none.
///
/// # Errors
/// Why not, as the end of a sentence.
pub async fn probe(settings: &Settings) -> Result<(), String> {
    let client = Client::new(settings)?;
    client.post(bytes::Bytes::new()).await.map(drop).map_err(|refused| refused.why)
}

/// Takes notes of steps. Its clones are one.
#[derive(Debug, Clone)]
pub struct Spans {
    steps: Sender<Step>,
    count: Arc<SpanCount>,
    ratio: Ratio,
}

impl Spans {
    /// Starts to tell the collector on the current tokio runtime.
    ///
    /// # Errors
    /// Why it cannot be called at all.
    pub fn start(settings: &Settings, count: Arc<SpanCount>) -> Result<(Self, Exporter), String> {
        let (steps, waiting) = mpsc::channel(WAITING);
        let exporter =
            Exporter::start(Client::new(settings)?, &settings.instance, waiting, Arc::clone(&count));
        Ok((Self { steps, count, ratio: Ratio::new(settings.ratio) }, exporter))
    }

    /// An event is on disk since `ended`.
    pub fn accepted(&self, event: Acceptance, ended: Timestamp) {
        let Some(trace) = self.traced(event.trace.as_deref(), &event.event) else { return };
        self.note(Step { trace, began: event.began, ended, what: What::Accepted(Box::new(event)) });
    }

    fn claimed(&self, leased: &Leased, began: Timestamp, ended: Timestamp) {
        let Some(trace) = self.traced(leased.trace.as_deref(), &leased.delivery.event) else { return };
        self.note(Step { trace, began, ended, what: What::Claimed(Box::new(Claimed::of(leased))) });
    }

    fn attempted(&self, attempt: &deskbell_core::attempt::Attempt, began: Timestamp, ended: Timestamp) {
        let told = TraceContext::of_headers(&attempt.request_headers);
        let Some(trace) = self.traced(told.as_ref(), &attempt.event) else { return };
        self.note(Step { trace, began, ended, what: What::Attempted(Box::new(Attempted::of(attempt))) });
    }

    /// The trace that spans of the event belong to; `None` where nobody records it.
    fn traced(&self, context: Option<&TraceContext>, event: &EventId) -> Option<step::Trace> {
        match context {
            Some(context) => context.is_sampled().then(|| step::Trace::of(context)),
            None => {
                let id = TraceId::of_event(event);
                self.ratio.takes(id).then(|| step::Trace::begun(id))
            }
        }
    }

    fn note(&self, step: Step) {
        if let Err(mpsc::error::TrySendError::Full(step) | mpsc::error::TrySendError::Closed(step)) =
            self.steps.try_send(step)
        {
            self.count.drop_spans(step.spans());
        }
    }
}

/// Which traces are taken: those whose id, as a number, is low enough. So each process takes the same ones.
#[derive(Debug, Clone, Copy)]
struct Ratio(u64);

impl Ratio {
    /// The bits of an id that are compared: those that the standard wants to be random.
    const BITS: u32 = 56;

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of 2^56 is whole and not negative"
    )]
    fn new(ratio: f64) -> Self {
        Self((ratio.clamp(0.0, 1.0) * f64::from(2_u32).powi(Self::BITS.cast_signed())) as u64)
    }

    fn takes(self, TraceId(id): TraceId) -> bool {
        let [.., a, b, c, d, e, f, g] = id;
        u64::from_be_bytes([0, a, b, c, d, e, f, g]) < self.0
    }
}

#[cfg(test)]
mod tests;
