//! One attempt: sign, send, and say what happened.

use deskbell_core::attempt::{Attempt, Outcome, Timings};
use deskbell_core::delivery::Leased;
use deskbell_core::door::{Deadlines, Request, Sent};
use deskbell_core::id::AttemptId;
use deskbell_core::policy::sign::Signers;
use deskbell_core::time::whole;
use deskbell_core::trace::SpanId;
use deskbell_core::{Clock, Transport};
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A transport ends by itself at the total deadline. One that does not, is cut off this much later, well before the
/// machine's epoch may end; and after a time in which this process was stopped not before it had as long to look at what came.
const CUT_AFTER: Duration = Duration::from_secs(1);

/// What an attempt needs besides its lease.
pub(crate) struct Sender {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) signers: Signers,
    pub(crate) deadlines: Deadlines,
    pub(crate) user_agent: String,
}

impl Sender {
    /// Makes the attempt that `leased` asks for. It always ends, at the latest a second after the total deadline.
    pub(crate) async fn make(&self, leased: &Leased) -> Attempt {
        let (began, started) = (Instant::now(), whole(self.clock.now()));
        let (webhook, delivery) = (&leased.webhook, &leased.delivery);
        let id = AttemptId::of(&delivery.id, leased.number());
        let mut request = Request {
            webhook: webhook.id.clone(),
            url: webhook.url.clone(),
            headers: Vec::new(),
            body: leased.body.clone(),
            deadlines: self.deadlines,
        };
        let sent = match self.signers.of(webhook) {
            Ok(signer) => {
                request.headers = signer.request_headers(
                    &self.user_agent,
                    &delivery.event,
                    delivery.origin,
                    started,
                    &leased.body,
                );
                if let Some(trace) = &leased.trace {
                    request.headers.extend(trace.headers(SpanId::of_attempt(&id)));
                }
                self.send(&request).await
            }
            Err(_) => fault("The webhook's signing secret does not open; nothing was sent.", false),
        };
        let total_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Attempt {
            id,
            delivery: delivery.id.clone(),
            event: delivery.event.clone(),
            webhook: request.webhook,
            account: delivery.account.clone(),
            number: leased.number(),
            manual: leased.is_manual(),
            sample: delivery.is_sample(),
            started,
            outcome: sent.outcome,
            detail: sent.detail,
            possibly_received: sent.possibly_received,
            // What was cut off or panicked left no timings behind.
            timings: Timings { total_us: sent.timings.total_us.max(total_us), ..sent.timings },
            address: sent.address,
            url: request.url,
            request_headers: request.headers,
            response: sent.response,
        }
    }

    async fn send(&self, request: &Request) -> Sent {
        // A payload that makes the sender panic is this attempt's misfortune and nobody else's (T-41, C-42).
        let sending = AssertUnwindSafe(async { self.transport.send(request).await }).catch_unwind();
        let mut sending = pin!(sending);
        let cut = Instant::now() + self.deadlines.total.saturating_add(CUT_AFTER);
        let mut sent = timeout_at(cut, &mut sending).await;
        if sent.is_err() && Instant::now() > cut + CUT_AFTER {
            sent = timeout_at(Instant::now() + CUT_AFTER, sending).await;
        }
        match sent {
            Ok(Ok(sent)) => sent,
            Ok(Err(_)) => {
                fault("The sender itself failed on this request; the request may have been sent.", true)
            }
            Err(_) => Sent {
                outcome: Outcome::TotalTimeout,
                ..fault("The sender did not end at its deadline and was cut off.", true)
            },
        }
    }
}

/// A fault of ours, with nothing known but `detail`.
fn fault(detail: &str, possibly_received: bool) -> Sent {
    Sent {
        outcome: Outcome::SenderFailed,
        detail: detail.into(),
        timings: Timings::default(),
        address: None,
        response: None,
        possibly_received,
    }
}
