//! Coach: what the sender will do with an answer, said before the answer is ever given.
//!
//! It has no rules of its own: the answer is played through the step that concludes a real attempt, at the first try of
//! a healthy webhook, and what came of it is put into words.

mod words;

use crate::Timestamp;
use crate::attempt::{Attempt, Outcome};
use crate::delivery::{Delivery, Status};
use crate::door::{Deadlines, Response, Timings};
use crate::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use crate::inbox::Answer;
use crate::policy::retry::Rules;
use crate::time::until;
use crate::trigger::Trigger;
use crate::vault::Sealed;
use crate::webhook::{DisableReason, Health, Status as WebhookStatus, Webhook};
use std::time::Duration;

pub use words::span;

/// What follows an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it was delivered.
    Done,
    /// Another try after this long, in the middle of its jitter.
    Retry(Duration),
    /// No other try: the schedule or its window is used up.
    GiveUp,
    /// The webhook is turned off.
    Disable(DisableReason),
}

/// How an answer looks to who reads about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Delivered.
    Good,
    /// A failure, with tries to come.
    Wait,
    /// A failure, and it is over.
    Bad,
}

impl Tone {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Wait => "wait",
            Self::Bad => "bad",
        }
    }
}

/// What the sender will do with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// How the attempt is judged.
    pub outcome: Outcome,
    /// What follows.
    pub next: Next,
    /// How long the whole webhook rests, if it does.
    pub rest: Option<Duration>,
    /// One or two sentences.
    pub sentence: String,
    /// What else is worth knowing, if anything is.
    pub reason: Option<String>,
}

impl Advice {
    /// How it looks.
    pub fn tone(&self) -> Tone {
        match self.next {
            Next::Done => Tone::Good,
            Next::Retry(_) => Tone::Wait,
            Next::GiveUp | Next::Disable(_) => Tone::Bad,
        }
    }
}

/// What a sender with these `deadlines` and `rules` does with `answer`, whose delay runs from the request's last byte,
/// when it comes at `now` to the first try.
pub fn coach(answer: &Answer, deadlines: &Deadlines, rules: &Rules, now: Timestamp) -> Advice {
    let patience = deadlines.head.min(deadlines.total);
    let attempt = attempt(answer, deadlines, now);
    let (mut delivery, mut webhook) = first_try(now);
    delivery.conclude(&mut webhook, &attempt, rules, 0.5, now);
    let next = match (webhook.status, delivery.status, delivery.scheduled) {
        (WebhookStatus::Disabled { reason, .. }, _, _) => Next::Disable(reason),
        (_, Status::Delivered, _) => Next::Done,
        (_, _, Some(at)) => Next::Retry(until(now, at)),
        _ => Next::GiveUp,
    };
    let rest = webhook.health.rest_until.map(|end| until(now, end)).filter(|rest| !rest.is_zero());
    let case = words::Case { answer, attempt: &attempt, rules, now, patience, next, rest };
    Advice { outcome: attempt.outcome, next, rest, sentence: case.sentence(), reason: case.reason() }
}

/// The attempt that this answer makes. Nothing is read of an answer that begins too late.
fn attempt(answer: &Answer, deadlines: &Deadlines, now: Timestamp) -> Attempt {
    let late = (answer.delay >= deadlines.total.min(deadlines.head))
        .then(|| if deadlines.head < deadlines.total { Outcome::HeadTimeout } else { Outcome::TotalTimeout });
    let response = Response {
        status: answer.status,
        headers: answer.headers.clone(),
        body: bytes::Bytes::new(),
        truncated: false,
        incomplete: false,
    };
    Attempt {
        id: AttemptId::from_text(""),
        delivery: DeliveryId::from_text(""),
        event: EventId::from_text(""),
        webhook: WebhookId::from_text(""),
        account: AccountId::from_text(""),
        number: 1,
        manual: false,
        started: now,
        outcome: late.unwrap_or(Outcome::of_status(answer.status)),
        detail: String::new(),
        possibly_received: late.is_some(),
        timings: Timings::default(),
        address: None,
        url: String::new(),
        request_headers: Vec::new(),
        response: late.is_none().then_some(response),
    }
}

/// A delivery before its first try, to a webhook that is healthy and has succeeded before.
fn first_try(now: Timestamp) -> (Delivery, Webhook) {
    let webhook = Webhook {
        id: WebhookId::from_text(""),
        account: AccountId::from_text(""),
        name: String::new(),
        url: String::new(),
        events: Vec::new(),
        created: now,
        secret: Sealed(Vec::new()),
        status: WebhookStatus::Enabled,
        health: Health { last_success: Some(now), ..Health::default() },
    };
    let delivery = Delivery {
        id: DeliveryId::from_text(""),
        account: AccountId::from_text(""),
        event: EventId::from_text(""),
        webhook: WebhookId::from_text(""),
        trigger: Trigger::ALL[0],
        subject: None,
        created: now,
        status: Status::Pending,
        attempts: 0,
        tries: 0,
        lost: 0,
        manual: 0,
        first_attempt: None,
        last_outcome: None,
        last_status: None,
        scheduled: Some(now),
        due: Some(now),
        leased: true,
        leases: 1,
        settled: None,
    };
    (delivery, webhook)
}

#[cfg(test)]
mod tests;
