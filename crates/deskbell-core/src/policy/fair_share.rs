//! Fair share: who is served when more is due than can be handed out, and how much each gets. Webhooks have their turns in
//! the order they were created, one delivery a round, and the next claim begins behind the last one served.

use crate::Timestamp;
use crate::id::WebhookId;
use crate::place::Place;
use crate::store::Claim;
use crate::webhook::{Health, Webhook};
use std::sync::Arc;

/// A webhook with deliveries that are due.
#[derive(Debug)]
pub struct Demand {
    /// The number under which the store keeps the webhook: it grows as webhooks are created.
    pub number: i64,
    /// The webhook.
    pub webhook: Arc<Webhook>,
    /// The places of its due deliveries, the first due first.
    pub due: Vec<Place>,
}

/// One claim while it is being filled.
#[derive(Debug)]
pub struct FairShare<'c> {
    claim: &'c Claim,
    left: usize,
    /// The number of the webhook that was served last.
    behind: Option<i64>,
    last: Option<WebhookId>,
}

impl<'c> FairShare<'c> {
    /// Nothing is handed out yet. `resume` is the number of [`Claim::resume`], if there is such a webhook.
    pub fn new(claim: &'c Claim, resume: Option<i64>) -> Self {
        Self { claim, left: claim.limit.min(claim.concurrency.left()), behind: resume, last: None }
    }

    /// Behind which webhook the next round begins.
    pub fn behind(&self) -> Option<i64> {
        self.behind
    }

    /// How many deliveries may still be handed out in all.
    pub fn left(&self) -> usize {
        self.left
    }

    /// How many deliveries of each of so many `webhooks` are worth reading, when so many are `found`: enough that all that may still be
    /// handed out comes from them, each giving as many. Where some have fewer, it takes another look at the others.
    pub fn depth(&self, found: usize, webhooks: usize) -> usize {
        self.left.saturating_sub(found).div_ceil(webhooks.max(1))
    }

    /// How many deliveries of the webhook may still be handed out.
    pub fn room(&self, webhook: &Webhook, health: &Health) -> usize {
        let Claim { concurrency, now, .. } = self.claim;
        concurrency.room(&webhook.account, &webhook.id, health, *now).min(self.left)
    }

    /// Cuts each demand to its share and brings them into the order of serving; who gets nothing is left out.
    /// `demands` come in the order of their numbers, none with more than its [room](Self::room). A queue may be read in part: then all
    /// together have what may be handed out, and none was read deeper than it.
    pub fn deal(&mut self, mut demands: Vec<Demand>) -> Vec<Demand> {
        if let Some(behind) = self.behind {
            let served = demands.partition_point(|demand| demand.number <= behind);
            demands.rotate_left(served);
        }
        let wanted: Vec<usize> = demands.iter().map(|demand| demand.due.len()).collect();
        let (shares, last) = shares(self.left, &wanted);
        if let Some(last) = last {
            self.behind = Some(demands[last].number);
            self.last = Some(demands[last].webhook.id.clone());
        }
        for (demand, share) in demands.iter_mut().zip(shares) {
            demand.due.truncate(share);
        }
        demands.retain(|demand| !demand.due.is_empty());
        demands
    }

    /// A delivery was leased. One that its lost lease ended instead leaves its place to another: then there is one more
    /// round.
    pub fn lease(&mut self) {
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
