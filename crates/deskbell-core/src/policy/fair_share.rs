//! Fair share: who is served when more is due than can be handed out, and how much each gets. Webhooks have their turns in
//! the order they were created, one delivery a round, and the next claim begins behind the last one served.

use crate::Timestamp;
use crate::id::WebhookId;
use crate::policy::circuit_breaker;
use crate::store::Claim;
use crate::webhook::{Health, Webhook};
use std::collections::HashMap;
use std::sync::Arc;

/// A webhook with deliveries that are due. Places are the numbers of a store's rows: they grow as rows are added.
#[derive(Debug)]
pub struct Demand {
    /// The webhook's place.
    pub place: i64,
    /// The webhook as it is in this transaction.
    pub webhook: Arc<Webhook>,
    /// The places of its due deliveries, the first due first.
    pub due: Vec<i64>,
}

/// One claim while it is being filled.
#[derive(Debug)]
pub struct FairShare {
    now: Timestamp,
    per_webhook: u32,
    in_flight: HashMap<WebhookId, u32>,
    left: usize,
    /// The place of the webhook that was served last.
    behind: Option<i64>,
    last: Option<WebhookId>,
}

impl FairShare {
    /// Nothing is handed out yet. `resume` is the place of [`Claim::resume`], if there is such a webhook.
    pub fn new(claim: &Claim, resume: Option<i64>) -> Self {
        Self {
            now: claim.now,
            per_webhook: claim.per_webhook,
            in_flight: claim.in_flight.clone(),
            left: claim.limit,
            behind: resume,
            last: None,
        }
    }

    /// How many deliveries of the webhook may still be handed out: what its circuit breaker lets be in flight, without
    /// what is.
    pub fn room(&self, webhook: &Webhook) -> usize {
        let held = self.in_flight.get(&webhook.id).copied().unwrap_or_default();
        let room = circuit_breaker::room(&webhook.health, self.now, self.per_webhook).saturating_sub(held);
        usize::try_from(room).unwrap_or(usize::MAX).min(self.left)
    }

    /// Cuts each demand to its share and brings them into the order of serving; who gets nothing is left out.
    /// `demands` come in the order of their places, none with more than its [room](Self::room).
    pub fn deal(&mut self, mut demands: Vec<Demand>) -> Vec<Demand> {
        if let Some(behind) = self.behind {
            let served = demands.partition_point(|demand| demand.place <= behind);
            demands.rotate_left(served);
        }
        let wanted: Vec<usize> = demands.iter().map(|demand| demand.due.len()).collect();
        let (shares, last) = shares(self.left, &wanted);
        if let Some(last) = last {
            self.behind = Some(demands[last].place);
            self.last = Some(demands[last].webhook.id.clone());
        }
        for (demand, share) in demands.iter_mut().zip(shares) {
            demand.due.truncate(share);
        }
        demands.retain(|demand| !demand.due.is_empty());
        demands
    }

    /// A delivery of the webhook was leased. One that its lost lease ended instead leaves its place to another: then
    /// there is one more round.
    pub fn lease(&mut self, webhook: &WebhookId) {
        *self.in_flight.entry(webhook.clone()).or_default() += 1;
        self.left = self.left.saturating_sub(1);
    }

    /// The last webhook served, for [`Claimed::last`](crate::store::Claimed::last).
    pub fn last(self) -> Option<WebhookId> {
        self.last
    }
}

/// When the first of a webhook's queue, due at `earliest`, may leave: not before its rest ends.
pub fn leaves(health: &Health, earliest: Timestamp) -> Timestamp {
    health.rest_until.map_or(earliest, |rest| rest.max(earliest))
}

/// Deals out `limit` among those who want so many, one each a round. Gives each one's share, and who was served last.
fn shares(limit: usize, wanted: &[usize]) -> (Vec<usize>, Option<usize>) {
    let (mut shares, mut last, mut left) = (vec![0; wanted.len()], None, limit);
    let mut hungry: Vec<usize> = (0..wanted.len()).filter(|at| wanted[*at] > 0).collect();
    while left > 0 && !hungry.is_empty() {
        for at in hungry.iter().copied().take(left) {
            shares[at] += 1;
            last = Some(at);
        }
        left = left.saturating_sub(hungry.len());
        hungry.retain(|at| shares[*at] < wanted[*at]);
    }
    (shares, last)
}

#[cfg(test)]
mod tests;
