//! What attempts change in a delivery, as it is kept: numbers only.

use super::value::{at, code, count, named};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::{Delivery, Epoch, Status};
use deskbell_core::time::{from_millis, millis};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What attempts change in a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) status: i64,
    pub(crate) attempts: u32,
    pub(crate) tries: u32,
    pub(crate) lost: u32,
    pub(crate) manual: u32,
    pub(crate) first_attempt: Option<i64>,
    pub(crate) last_outcome: Option<i64>,
    pub(crate) last_status: Option<u16>,
    pub(crate) scheduled: Option<i64>,
    pub(crate) due: Option<i64>,
    /// When the machine that holds it got it; 0 is nobody's.
    pub(crate) leased: i64,
    pub(crate) epoch: i64,
    pub(crate) leases: i64,
    pub(crate) settled: Option<i64>,
    /// In milliseconds.
    pub(crate) away: i64,
}

impl State {
    pub(crate) fn of(delivery: &Delivery) -> Self {
        Self {
            status: code(&Status::ALL, &delivery.status),
            attempts: delivery.attempts,
            tries: delivery.tries,
            lost: delivery.lost,
            manual: delivery.manual,
            first_attempt: at(delivery.first_attempt),
            last_outcome: delivery.last_outcome.map(|outcome| code(Outcome::ALL, &outcome)),
            last_status: delivery.last_status,
            scheduled: at(delivery.scheduled),
            due: at(delivery.due),
            leased: delivery.leased.map_or(0, millis),
            epoch: count(delivery.epoch.0),
            leases: count(delivery.leases),
            settled: at(delivery.settled),
            away: i64::try_from(delivery.away.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// Brings `delivery` into this state; `None` when its status is not in the list.
    pub(crate) fn fill(self, delivery: &mut Delivery) -> Option<()> {
        let number = |number: i64| u64::try_from(number).unwrap_or_default();
        delivery.status = named(&Status::ALL, self.status)?;
        delivery.attempts = self.attempts;
        delivery.tries = self.tries;
        delivery.lost = self.lost;
        delivery.manual = self.manual;
        delivery.first_attempt = self.first_attempt.map(from_millis);
        // One of a newer release is as none until then.
        delivery.last_outcome = self.last_outcome.and_then(|code| named(Outcome::ALL, code));
        delivery.last_status = self.last_status;
        delivery.scheduled = self.scheduled.map(from_millis);
        delivery.due = self.due.map(from_millis);
        delivery.leased = (self.leased > 0).then(|| from_millis(self.leased));
        delivery.epoch = Epoch(number(self.epoch));
        delivery.leases = number(self.leases);
        delivery.settled = self.settled.map(from_millis);
        delivery.away = Duration::from_millis(number(self.away));
        Some(())
    }
}
