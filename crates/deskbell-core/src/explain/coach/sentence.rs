//! The coach's sentences. Calm, exact, in the present tense: *we* send, *they* receive, *you* read.

use super::Next;
use crate::Timestamp;
use crate::attempt::{Attempt, Outcome};
use crate::explain::words::span;
use crate::inbox::ScriptedAnswer;
use crate::policy::circuit_breaker::{self, ATTEMPTS_REMEMBERED, OVERLOADS_AMONG_LAST, OVERLOADS_IN_A_ROW};
use crate::policy::retry::Rules;
use crate::webhook::DisableReason;
use std::time::Duration;

/// An answer and what came of it.
pub(super) struct Case<'a> {
    pub(super) answer: &'a ScriptedAnswer,
    pub(super) attempt: &'a Attempt,
    pub(super) rules: &'a Rules,
    pub(super) now: Timestamp,
    /// How long we listen for the answer's head.
    pub(super) deadline: Duration,
    pub(super) next: Next,
    pub(super) rest: Option<Duration>,
}

impl Case<'_> {
    pub(super) fn sentence(&self) -> String {
        let (status, limit) = (self.answer.status, span(self.deadline));
        if self.is_late() {
            let by = self.answer.delay.saturating_sub(self.deadline);
            let late =
                if by.is_zero() { "Too late.".to_owned() } else { format!("Too late by {}.", span(by)) };
            return match self.next {
                Next::Retry(_) => format!(
                    "{late} We stop listening at {limit} and send it again, though your handler has done the work."
                ),
                _ => format!("{late} We stop listening at {limit}, and there is no other try."),
            };
        }
        match self.next {
            Next::Done => format!("Delivered. Any 2xx within {limit} is enough; it is not sent again."),
            Next::Disable(DisableReason::Gone) => {
                format!(
                    "{status} turns the webhook off at once. Nothing more is sent to it until you turn it on."
                )
            }
            Next::Disable(_) => {
                format!("{status} is a failure without another try, and turns the webhook off.")
            }
            Next::GiveUp => {
                format!("{} is a failure, and no try fits into what is left of the window.", self.name())
            }
            Next::Retry(wait) => self.retried(wait),
        }
    }

    fn retried(&self, wait: Duration) -> String {
        let (name, wait) = (self.name(), span(wait));
        match (self.attempt.outcome, self.rest, self.asked()) {
            (_, Some(rest), _) => match span(rest) {
                rest if rest == wait => {
                    format!("{name}: the whole webhook waits {rest}, not only this delivery.")
                }
                rest => format!("{name}: the whole webhook waits {rest}, and this delivery {wait}."),
            },
            (Outcome::RedirectRefused, ..) => {
                format!("{name} counts as a failure: redirects are not followed. We try again in {wait}.")
            }
            (Outcome::ResponseMalformed, ..) => {
                format!("{name} is no final answer, so it counts as a failure. We try again in {wait}.")
            }
            (_, None, Some(asked)) if !asked.is_zero() => {
                format!("{name}: this delivery waits {wait}; the webhook's others go on.")
            }
            _ => format!("{name} counts as a failure. We try again in {wait}."),
        }
    }

    pub(super) fn reason(&self) -> Option<String> {
        let limit = span(self.deadline);
        if self.is_late() {
            return Some(format!(
                "They took longer than {limit} to answer. They may have done the work, so expect a duplicate. {}",
                too_much()
            ));
        }
        let status = self.answer.status;
        match self.next {
            Next::Done => {
                let spare = self.deadline.saturating_sub(self.answer.delay);
                (spare < self.deadline / 3).then(|| {
                    format!("{} to spare: past {limit} we stop listening and send it again.", span(spare))
                })
            }
            Next::Disable(DisableReason::Gone) => Some(
                "410 says that the address is gone for good. What was still owed to it is canceled.".into(),
            ),
            Next::Disable(_) | Next::GiveUp => self.unread(),
            Next::Retry(_) if self.attempt.outcome == Outcome::RedirectRefused => Some(format!(
                "They answered {status}. Redirects are not followed; set the webhook's URL to the new address."
            )),
            Next::Retry(_) => {
                self.unread().or_else(|| self.bound()).or_else(|| self.overload()).or_else(|| self.tries())
            }
        }
    }

    fn is_late(&self) -> bool {
        self.attempt.outcome.is_timeout()
    }

    /// The status, with the `Retry-After` that counts.
    fn name(&self) -> String {
        let status = self.answer.status;
        match self.header().filter(|_| self.asked().is_some()) {
            Some(value) => format!("{status} with Retry-After {value}"),
            None => status.to_string(),
        }
    }

    fn header(&self) -> Option<&str> {
        let named = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("retry-after");
        self.answer.headers.iter().find(named).map(|(_, value)| value.trim())
    }

    /// What its `Retry-After` asks for, as the sender reads it.
    fn asked(&self) -> Option<Duration> {
        circuit_breaker::retry_after(self.attempt, self.rules, self.now)
    }

    fn unread(&self) -> Option<String> {
        (self.header().is_some() && self.asked().is_none()).then(|| {
            "Its Retry-After is ignored: it must stand once, as whole seconds or an HTTP date.".to_owned()
        })
    }

    /// Why they do not wait as long as was asked for.
    fn bound(&self) -> Option<String> {
        let (rest, asked) = (self.rest?, self.asked()?);
        if asked >= self.rules.retry_after_cap {
            return Some(format!("{} is the longest wait that a Retry-After can ask for.", span(asked)));
        }
        (rest < asked).then(|| format!("{} is the longest rest of a whole webhook.", span(rest)))
    }

    /// What it leads to if it is not the only one.
    fn overload(&self) -> Option<String> {
        (self.rest.is_none() && circuit_breaker::is_overload(self.attempt)).then(too_much)
    }

    fn tries(&self) -> Option<String> {
        let tries = self.rules.schedule.len() + 1;
        Some(format!("It is tried at most {tries} times within {}.", span(self.rules.window)))
    }
}

/// The rule that a single answer says nothing of.
fn too_much() -> String {
    format!(
        "{OVERLOADS_IN_A_ROW} overloads or time-outs in a row, or {OVERLOADS_AMONG_LAST} among the last \
         {ATTEMPTS_REMEMBERED} tries, rest the whole webhook."
    )
}
