//! Coach: what the sender will do with an answer, said before the answer is ever given.
//!
//! It has no rules of its own: the answer is played through the step that concludes a real attempt, at any try of a delivery to
//! a healthy webhook, and what came of it is put into words.

mod sentence;

use crate::Timestamp;
use crate::attempt::{Attempt, Outcome, Response, Timings};
use crate::delivery::{Delivery, Epoch, Status};
use crate::door::Deadlines;
use crate::event::Origin;
use crate::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use crate::inbox::ScriptedAnswer;
use crate::policy::retry::Rules;
use crate::time::{earlier, until};
use crate::trigger::Trigger;
use crate::webhook::{DisableReason, Health};
use std::time::Duration;

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
    /// It was delivered.
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
    /// What the sender does next.
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
/// when it comes at `now` to try `number` (1 is the first), every try before it having failed at once.
pub fn coach(
    answer: &ScriptedAnswer,
    number: u32,
    deadlines: &Deadlines,
    rules: &Rules,
    now: Timestamp,
) -> Advice {
    let deadline = deadlines.head.min(deadlines.total);
    let attempt = attempt(answer, number, deadlines, now);
    let mut delivery = before_try(number, rules, now);
    // A webhook that is healthy and has succeeded before.
    let mut health = Health { last_success: Some(now), ..Health::default() };
    let disabled = delivery.conclude(true, &mut health, &attempt, rules, 0.5, now);
    let next = match (disabled, delivery.status, delivery.scheduled) {
        (Some(reason), _, _) => Next::Disable(reason),
        (_, Status::Delivered, _) => Next::Done,
        (_, _, Some(at)) => Next::Retry(until(now, at)),
        _ => Next::GiveUp,
    };
    let rest = health.rest_until.map(|end| until(now, end)).filter(|rest| !rest.is_zero());
    let case = sentence::Case { answer, attempt: &attempt, rules, now, deadline, next, rest };
    Advice { outcome: attempt.outcome, next, rest, sentence: case.sentence(), reason: case.reason() }
}

/// The attempt that this answer makes. Nothing is read of an answer that begins too late.
fn attempt(answer: &ScriptedAnswer, number: u32, deadlines: &Deadlines, now: Timestamp) -> Attempt {
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
        number,
        manual: false,
        sample: false,
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

/// A delivery before that try.
fn before_try(number: u32, rules: &Rules, now: Timestamp) -> Delivery {
    let made = number.saturating_sub(1);
    let waits = rules.schedule.iter().take(usize::try_from(made).unwrap_or(usize::MAX));
    let first = earlier(now, waits.sum());
    Delivery {
        id: DeliveryId::from_text(""),
        account: AccountId::from_text(""),
        event: EventId::from_text(""),
        webhook: WebhookId::from_text(""),
        trigger: Trigger::ALL[0],
        subject: None,
        origin: Origin::Platform,
        created: now,
        status: Status::Pending,
        attempts: made,
        tries: made,
        lost: 0,
        manual: 0,
        first_attempt: (made > 0).then_some(first),
        away: Duration::ZERO,
        last_outcome: None,
        last_status: None,
        scheduled: Some(now),
        due: Some(now),
        leased: Some(now),
        epoch: Epoch::default(),
        leases: number.into(),
        settled: None,
    }
}

#[cfg(test)]
mod tests;
