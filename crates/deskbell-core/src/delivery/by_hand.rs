//! What people ask of a delivery: one more attempt, or the end of a test.

use super::{Delivery, Status};
use crate::Timestamp;
use crate::webhook::{Status as WebhookStatus, Webhook};

/// What became of a retry by hand.
#[derive(Debug, Clone, PartialEq)]
pub enum Retried {
    /// One more attempt will be made.
    Queued(Box<Delivery>),
    /// There is no such delivery.
    Unknown,
    /// Its webhook is disabled, and it is no sample.
    WebhookDisabled,
    /// Its webhook is deleted.
    WebhookDeleted,
    /// The event's bytes were deleted: there is nothing to send.
    PayloadDeleted,
}

/// What became of the wish that nothing more is sent of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Cancellation {
    /// Nothing more is sent of it.
    Cancelled(Box<Delivery>),
    /// There is no such delivery.
    Unknown,
    /// It is no sample: what happened is owed.
    NotSample,
    /// Its one attempt is under way: nobody can call it back.
    UnderWay,
    /// Nothing was to be sent of it.
    Over,
}

impl Delivery {
    /// One more attempt, at once, whatever the state, and an end of the webhook's rest: whoever asks wants an answer now. A sample
    /// ends no rest, and is sent to a webhook that is off too. A leased delivery makes it right after the attempt under way.
    /// Refused, nothing changes; otherwise the caller stores both.
    pub fn retry_by_hand(&mut self, webhook: &mut Webhook, now: Timestamp) -> Retried {
        match webhook.status {
            WebhookStatus::Deleted { .. } => return Retried::WebhookDeleted,
            _ if self.is_sample() => {}
            WebhookStatus::Disabled { .. } => return Retried::WebhookDisabled,
            WebhookStatus::Enabled => webhook.health.end_rest(now),
        }
        self.manual = self.manual.saturating_add(1);
        if !self.is_leased() {
            self.queue();
        }
        Retried::Queued(Box::new(self.clone()))
    }

    /// It waits for a time within a rest that somebody ended: it is due now. The caller stores it.
    pub fn come_forward(&mut self, now: Timestamp) {
        self.scheduled = self.scheduled.map(|at| at.min(now));
        self.queue();
    }

    /// Nothing more is sent of a sample; what is under way ends and is recorded. Refused, nothing changes; otherwise the caller
    /// stores it.
    pub fn cancel_by_hand(&mut self, now: Timestamp) -> Cancellation {
        match () {
            () if !self.is_sample() => Cancellation::NotSample,
            () if self.is_leased() && self.manual <= 1 => Cancellation::UnderWay,
            () if self.is_leased() => {
                self.manual = 1;
                Cancellation::Cancelled(Box::new(self.clone()))
            }
            () if self.manual == 0 && self.status != Status::Pending => Cancellation::Over,
            () => {
                self.cancel(now);
                Cancellation::Cancelled(Box::new(self.clone()))
            }
        }
    }
}
