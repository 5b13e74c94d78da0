//! Step: what is noted of something that happened to an event, for the spans that are made of it later.

use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Outcome, Timings};
use deskbell_core::delivery::Leased;
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use deskbell_core::trace::{Acceptance, TraceContext, TraceId};
use std::net::SocketAddr;
use url::Url;

/// The trace that a step belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    pub(crate) id: TraceId,
    pub(crate) flags: u8,
    pub(crate) state: String,
}

impl Trace {
    /// That of whoever called.
    pub(crate) fn of(context: &TraceContext) -> Self {
        Self { id: context.trace, flags: context.flags, state: context.state.clone() }
    }

    /// One that begins here.
    pub(crate) fn begun(id: TraceId) -> Self {
        Self { id, flags: TraceContext::SAMPLED, state: String::new() }
    }
}

/// Something that happened to an event.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) trace: Trace,
    /// Of an attempt, when it began to be recorded.
    pub(crate) began: Timestamp,
    pub(crate) ended: Timestamp,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    Accepted(Box<Acceptance>),
    Claimed(Box<Claimed>),
    Attempted(Box<Attempted>),
}

/// A delivery that was claimed.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) delivery: DeliveryId,
    pub(crate) event: EventId,
    pub(crate) webhook: WebhookId,
    pub(crate) account: AccountId,
    /// Of the attempt that it was claimed for.
    pub(crate) number: u32,
}

impl Claimed {
    pub(crate) fn of(leased: &Leased) -> Self {
        let delivery = &leased.delivery;
        Self {
            delivery: delivery.id.clone(),
            event: delivery.event.clone(),
            webhook: delivery.webhook.clone(),
            account: delivery.account.clone(),
            number: leased.number(),
        }
    }
}

/// An attempt that was recorded, without what was sent and answered.
#[derive(Debug)]
pub(crate) struct Attempted {
    pub(crate) id: AttemptId,
    pub(crate) delivery: DeliveryId,
    pub(crate) event: EventId,
    pub(crate) webhook: WebhookId,
    pub(crate) account: AccountId,
    pub(crate) number: u32,
    pub(crate) manual: bool,
    pub(crate) sample: bool,
    pub(crate) started: Timestamp,
    pub(crate) outcome: Outcome,
    pub(crate) timings: Timings,
    pub(crate) address: Option<SocketAddr>,
    /// Of the URL: its path and query may be secrets.
    pub(crate) server: Option<Server>,
    pub(crate) status: Option<u16>,
}

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) scheme: String,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl Attempted {
    pub(crate) fn of(attempt: &Attempt) -> Self {
        let server = |url: Url| {
            let (scheme, port) = (url.scheme().to_owned(), url.port_or_known_default());
            Some(Server { scheme, host: url.host_str()?.to_owned(), port })
        };
        Self {
            id: attempt.id.clone(),
            delivery: attempt.delivery.clone(),
            event: attempt.event.clone(),
            webhook: attempt.webhook.clone(),
            account: attempt.account.clone(),
            number: attempt.number,
            manual: attempt.manual,
            sample: attempt.sample,
            started: attempt.started,
            outcome: attempt.outcome,
            timings: attempt.timings,
            address: attempt.address,
            server: Url::parse(&attempt.url).ok().and_then(server),
            status: attempt.response.as_ref().map(|answer| answer.status),
        }
    }

    /// What the time went into, one after another, in microseconds.
    pub(crate) fn phases(&self) -> impl DoubleEndedIterator<Item = (&'static str, u64)> {
        let Timings { name_us, connect_us, tls_us, head_us, body_us, .. } = self.timings;
        let phases = [
            ("name", name_us),
            ("connect", connect_us),
            ("tls", tls_us),
            ("head", head_us),
            ("body", body_us),
        ];
        phases.into_iter().filter_map(|(phase, us)| Some((phase, us?)))
    }
}

impl Step {
    /// How many spans are made of it.
    pub(crate) fn spans(&self) -> u64 {
        match &self.what {
            What::Accepted(_) | What::Claimed(_) => 1,
            // The attempt, its record, and its phases.
            What::Attempted(attempted) => 2 + attempted.phases().count() as u64,
        }
    }
}
