//! What a delivery's attempts add to the health of its webhook.

use super::{Delivery, Status};
use crate::Timestamp;
use crate::attempt::Attempt;
use crate::webhook::Score;

/// Where a delivery stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its status.
    pub status: Status,
    /// Since when, unless it was pending.
    pub settled: Option<Timestamp>,
}

impl Delivery {
    /// Where it stands, and since when.
    pub fn standing(&self) -> Standing {
        Standing { status: self.status, settled: self.settled }
    }

    /// What the attempt adds to its webhook's quarters that brought the delivery from where it stood `before` to where it stands; nothing
    /// when it had arrived already.
    pub fn score(&self, attempt: &Attempt, before: Standing) -> Option<Score> {
        let gave_up = before.status == Status::Pending && self.status == Status::Failed;
        let given_up = before.settled.filter(|_| before.status == Status::Failed);
        if before.status == Status::Delivered { None } else { Score::of(attempt, gave_up, given_up) }
    }
}
