//! A wall clock that was set back, in memory: tries and rests that were planned by the time before follow it.

use super::State;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Delivery;
use deskbell_core::policy::circuit_breaker;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Queued, SetBack};

impl State {
    /// One part of it; gives the next.
    pub(super) fn set_back(&mut self, back: SetBack, rules: &Rules) -> Option<SetBack> {
        if self.end_rests(&back, rules) == back.limit {
            return Some(back);
        }
        let rows = self.queue.iter().flat_map(|(webhook, rows)| {
            rows.iter().map(|(due, place)| Queued { webhook: *webhook, due: *due, place: *place })
        });
        let rows: Vec<Queued> =
            rows.filter(|row| back.behind.is_none_or(|behind| *row > behind)).take(back.limit).collect();
        for row in &rows {
            let planned = self.deliveries.at(row.place).and_then(|delivery| self.planned(delivery));
            if let Some(planned) = planned {
                self.change(row.place, |delivery| {
                    delivery.set_back(planned, back.by, back.earlier, back.now)
                });
            }
        }
        let last = rows.last().filter(|_| rows.len() == back.limit);
        last.map(|row| SetBack { behind: Some(*row), ..back })
    }

    /// When its last attempt started, or it was made.
    fn planned(&self, delivery: &Delivery) -> Option<Timestamp> {
        let last = deskbell_core::id::AttemptId::of(&delivery.id, delivery.attempts);
        match delivery.attempts {
            0 => Some(delivery.created),
            _ => self.attempts.get(last.as_str()).map(|attempt| attempt.started),
        }
    }

    /// Rests that would be longer than any may be; gives how many there were.
    fn end_rests(&mut self, back: &SetBack, rules: &Rules) -> usize {
        let latest = circuit_breaker::latest(back.now, rules);
        let resting = self.webhooks.all().filter(|webhook| webhook.health.rest_until > Some(latest));
        let resting: Vec<_> = resting.take(back.limit).cloned().collect();
        let count = resting.len();
        for mut webhook in resting {
            circuit_breaker::set_back(&mut webhook.health, back.by, back.now, rules);
            self.save_webhook(webhook, back.now);
        }
        count
    }
}
