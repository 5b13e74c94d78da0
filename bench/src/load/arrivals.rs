//! What arrived at the receiver, and that it is all of it, once each.

use super::{Ticket, stamp};
use crate::program::Plan;
use crate::receiver::{Arrival, Reaction, Receiver};
use crate::seed::Seed;
use anyhow::ensure;
use deskbell_core::trigger::{Subscription, Trigger};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long nothing may arrive while something is missing.
const PATIENCE: Duration = Duration::from_secs(30);

/// The arrivals of one run: a lock round a list is enough for what two cores can send.
#[derive(Debug, Default)]
pub struct Arrivals(Mutex<Vec<Delivered>>);

/// One arrival.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The event's number.
    pub number: u32,
    /// The path it came to.
    pub path: String,
    /// From the moment at which it was meant to be published to its first byte here, in microseconds.
    pub micros: u64,
    /// When it arrived, in microseconds since the epoch.
    pub at: u64,
}

impl Arrivals {
    /// A receiver that takes everything in, and answers 204 at once.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn listen(self: &Arc<Self>) -> anyhow::Result<Receiver> {
        let arrivals = Arc::clone(self);
        Receiver::listen(move |arrival| {
            arrivals.take(arrival);
            std::future::ready(Reaction::Answer(204))
        })
        .await
    }

    /// The arrivals at a webhook of the first account of a program that has stopped, while the receiver lives.
    ///
    /// # Errors
    /// When no port can be had, or the webhook cannot be made.
    pub async fn at_webhook(plan: &Plan) -> anyhow::Result<(Arc<Self>, Receiver)> {
        let arrivals = Arc::new(Self::default());
        let receiver = arrivals.listen().await?;
        let seed = Seed::open(&plan.data()).await?;
        let account = seed.first_account().await?;
        let wants = Subscription::One(Trigger::BookingScheduled);
        seed.webhooks(&account, 1, &receiver.url(""), wants).await?;
        seed.close().await?;
        Ok((arrivals, receiver))
    }

    /// Takes an arrival in; a body without a stamp is not counted, so it shows as missing.
    pub fn take(&self, arrival: Arrival) {
        let Some(Ticket { number, due }) = stamp(&arrival.body) else { return };
        let micros = arrival.at.saturating_sub(due);
        self.lock().push(Delivered { number, path: arrival.path, micros, at: arrival.at });
    }

    /// Waits until `count` have arrived and hands them over.
    ///
    /// # Errors
    /// When nothing arrives for 30 s and some are still missing; when there are more than `count`, or one came twice.
    pub async fn complete(&self, count: usize) -> anyhow::Result<Vec<Delivered>> {
        let all = self.gather(count).await;
        ensure!(all.len() >= count, "{} of {count} deliveries arrived, then no more", all.len());
        let mut pairs: Vec<_> = all.iter().map(|one| (one.number, one.path.as_str())).collect();
        pairs.sort_unstable();
        pairs.dedup();
        ensure!(
            pairs.len() == count && all.len() == count,
            "{} arrivals, {} pairs, {count} due",
            all.len(),
            pairs.len()
        );
        Ok(all)
    }

    /// Waits until `count` have arrived, or nothing has for 30 s, and hands over what there is.
    pub async fn gather(&self, count: usize) -> Vec<Delivered> {
        let (mut seen, mut since) = (0, Instant::now());
        loop {
            let now = self.lock().len();
            if now > seen {
                (seen, since) = (now, Instant::now());
            }
            if now >= count || since.elapsed() >= PATIENCE {
                return std::mem::take(&mut *self.lock());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Delivered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::event;

    #[tokio::test]
    async fn arrivals_that_come_twice_are_refused_and_latency_counts_from_the_intended_moment() {
        let arrivals = Arrivals::default();
        let arrival = || Arrival {
            at: 5_000_700,
            path: "/a".into(),
            headers: hyper::header::HeaderMap::new(),
            body: event("booking.scheduled", Ticket { number: 1, due: 5_000_000 }),
        };
        arrivals.take(arrival());
        assert_eq!(arrivals.complete(1).await.unwrap()[0].micros, 700);
        arrivals.take(arrival());
        arrivals.take(arrival());
        assert!(arrivals.complete(2).await.is_err());
    }
}
