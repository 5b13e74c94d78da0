//! What stands in a delivery beyond itself, for who asks for it with `expand`: its event, its attempts, what is to come.

use crate::parameters::{Expand, Group};
use crate::time::Time;
use crate::word::Words;
use crate::{id, word};
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::{Delivery, Status};
use deskbell_core::policy::retry::Rules;
use deskbell_core::time::wire;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What a delivery is shown with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryExpand {
    /// `event`, `attempts`, `policy`, separated by commas
    #[param(inline)]
    expand: Option<Expandable>,
}

impl Group for DeliveryExpand {}

impl DeliveryExpand {
    /// The event in place of its id.
    pub fn event(&self) -> bool {
        self.has(Property::Event)
    }

    /// Its attempts in short.
    pub fn attempts(&self) -> bool {
        self.has(Property::Attempts)
    }

    /// What the schedule still has for it.
    pub fn policy(&self) -> bool {
        self.has(Property::Policy)
    }

    fn has(&self, property: Property) -> bool {
        self.expand.as_ref().is_some_and(|expand| expand.has(property))
    }
}

type Expandable = Expand<Property>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    Event,
    Attempts,
    Policy,
}

impl Words for Property {
    fn all() -> Vec<Self> {
        vec![Self::Event, Self::Attempts, Self::Policy]
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Attempts => "attempts",
            Self::Policy => "policy",
        }
    }
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
    /// What `rules` still have for `delivery`.
    pub fn new(delivery: &Delivery, rules: &Rules) -> Self {
        let next = delivery.scheduled.filter(|_| delivery.status == Status::Pending);
        let next = next.map(|next| rules.ahead(delivery.tries, delivery.first_attempt.unwrap_or(next), next));
        Self {
            max_attempts: rules.schedule.len() + 1,
            next: next.unwrap_or_default().into_iter().map(wire).collect(),
        }
    }
}
