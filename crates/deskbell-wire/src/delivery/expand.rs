//! What stands in a delivery beyond itself, for who asks for it with `expand`: its event, its attempts, what is to come.

use crate::parameters::expands;
use crate::time::Time;
use crate::{id, word};
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::{Delivery, Status};
use deskbell_core::explain::next::NextTry;
use deskbell_core::policy::retry::Rules;
use deskbell_core::time::wire;
use serde::Serialize;
use utoipa::ToSchema;

expands! {
    /// What a delivery is shown with.
    DeliveryExpand: " `event`, `attempts`, `policy`, separated by commas";
    /// The event in place of its id.
    event = "event";
    /// Its attempts in short.
    attempts = "attempts";
    /// What the schedule still has for it.
    policy = "policy";
}

/// One attempt in short; `GET /v2/attempts/{id}` has all of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptMade {
    id: id::Attempt,
    number: u32,
    outcome: word::Outcome,
    status_code: Option<u16>,
    started_time: Time,
    total_us: u64,
    /// Asked for by hand.
    manual: bool,
}

impl AttemptMade {
    pub(super) fn new(attempt: &Attempt) -> Self {
        Self {
            id: (&attempt.id).into(),
            number: attempt.number,
            outcome: attempt.outcome.into(),
            status_code: attempt.response.as_ref().map(|answer| answer.status),
            started_time: attempt.started.into(),
            total_us: attempt.timings.total_us,
            manual: attempt.manual,
        }
    }
}

/// What the schedule still has for a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryPolicy)]
pub struct Policy {
    /// Attempts that the schedule makes at most, those by hand not counted.
    max_attempts: usize,
    /// When they are made if each fails at once, jitter left out; empty once the delivery is settled.
    next: Vec<String>,
}

impl Policy {
    /// What `rules` still have for `delivery`, which is tried `next`. Where that depends on a person, its own time counts.
    pub fn new(delivery: &Delivery, rules: &Rules, next: Option<NextTry>) -> Self {
        let scheduled = delivery.scheduled.filter(|_| delivery.status == Status::Pending);
        let held = next.and_then(|next| next.at);
        let next = scheduled.map(|own| held.map_or(own, |held| held.max(own)));
        let next =
            next.map(|next| rules.ahead(delivery.tries, delivery.window_opened().unwrap_or(next), next));
        Self {
            max_attempts: rules.schedule.len() + 1,
            next: next.unwrap_or_default().into_iter().map(wire).collect(),
        }
    }
}
