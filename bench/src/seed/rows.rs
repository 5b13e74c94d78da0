//! Rows: events that were delivered, that sleep until a retry, and that wait, many at a time.

use super::{Seed, join, now};
use crate::load::{Ticket, event_data};
use anyhow::ensure;
use deskbell_core::attempt::{Attempt, Header, Outcome, Response, Timings};
use deskbell_core::delivery::Leased;
use deskbell_core::event::{Data, Event, NewEvent, Origin, render};
use deskbell_core::id::{AccountId, AttemptId, WebhookId};
use deskbell_core::policy::retry::Rules;
use deskbell_core::policy::sign;
use deskbell_core::store::{Finished, Queue as _};
use deskbell_core::trigger::Trigger;
use deskbell_core::vault::Secret;
use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::Duration;

/// Deliveries that are made in one step, about.
const BATCH: u32 = 2_000;
/// How long what failed sleeps.
const SLEEP: Duration = Duration::from_secs(6 * 3_600);

impl Seed {
    /// Publishes `count` events with `trigger`, which `fan_out` webhooks of the account want, and delivers each at once.
    ///
    /// # Errors
    /// When the store fails, or has other webhooks.
    pub async fn delivered(
        &self,
        account: &AccountId,
        trigger: Trigger,
        fan_out: u32,
        count: u32,
    ) -> anyhow::Result<()> {
        for some in batches(count, fan_out) {
            let events = (0..some).map(|_| self.event(account, trigger, None)).collect();
            self.accept(events, some * fan_out).await?;
            self.end_all(Outcome::Delivered).await?;
        }
        Ok(())
    }

    /// Publishes an event to each of the webhooks, and has it fail once: each has one retry that is due in six hours.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn asleep(&self, account: &AccountId, webhooks: &[WebhookId]) -> anyhow::Result<()> {
        for some in webhooks.chunks(usize::try_from(BATCH)?) {
            let of = |webhook| self.event(account, Trigger::BookingScheduled, Some(webhook));
            self.accept(some.iter().map(of).collect(), u32::try_from(some.len())?).await?;
            self.end_all(Outcome::HttpStatus).await?;
        }
        Ok(())
    }

    /// Publishes `count` events with `trigger`, which `fan_out` webhooks of the account want, and leaves them due.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn waiting(
        &mut self,
        account: &AccountId,
        trigger: Trigger,
        fan_out: u32,
        count: u32,
    ) -> anyhow::Result<()> {
        // Without a machine that takes it, what is accepted is due.
        self.store.leave(self.epoch, now()).await?;
        for some in batches(count, fan_out) {
            let events = (0..some).map(|_| self.event(account, trigger, None)).collect();
            self.accept(events, 0).await?;
        }
        self.epoch = join(&self.store, &self.handed).await?;
        Ok(())
    }

    fn event(&self, account: &AccountId, trigger: Trigger, only: Option<&WebhookId>) -> NewEvent {
        let created = now();
        let id = self.ids.next(created, &self.random);
        let data = event_data(trigger.as_str(), Ticket { number: 0, due: 0 });
        let event = Event {
            body: render(&id, created, trigger, &Data::new(data)),
            id,
            account: account.clone(),
            trigger,
            subject: None,
            created,
            origin: Origin::Platform,
            payload_deleted: false,
        };
        NewEvent { event, idempotency: None, only: only.cloned(), trace: None }
    }

    /// Accepts the events, of which `handed` deliveries must come into our hands.
    async fn accept(&self, events: Vec<NewEvent>, handed: u32) -> anyhow::Result<()> {
        self.store.accept(events, now()).await?;
        let held = self.handed.lock().unwrap_or_else(PoisonError::into_inner).len();
        ensure!(held == usize::try_from(handed)?, "{held} deliveries were handed over, {handed} meant");
        Ok(())
    }

    /// Ends all that is in our hands.
    async fn end_all(&self, outcome: Outcome) -> anyhow::Result<()> {
        let held = std::mem::take(&mut *self.handed.lock().unwrap_or_else(PoisonError::into_inner));
        let mut signed = HashMap::new();
        let finished = held.into_iter().map(|leased| {
            let headers = signed.entry(leased.delivery.event.clone()).or_insert_with(|| signed_for(&leased));
            Finished {
                place: leased.place,
                randomness: 0.5,
                attempt: attempt(&leased, outcome, headers.clone()).into(),
                delivery: leased.delivery,
            }
        });
        let rules = Rules { schedule: vec![SLEEP; 2], jitter: 0.0, ..Rules::default() };
        self.store.finish(finished.collect(), &rules, now()).await?;
        Ok(())
    }
}

/// `count` events in steps of about [`BATCH`] deliveries.
fn batches(count: u32, fan_out: u32) -> impl Iterator<Item = u32> {
    let step = (BATCH / fan_out.max(1)).max(1);
    (0..count.div_ceil(step)).map(move |number| step.min(count - number * step))
}

/// The headers of an attempt: those of one secret do for all, since nobody verifies them.
fn signed_for(leased: &Leased) -> Vec<Header> {
    let secret = Secret::new("00000000000000000000000000000000".into());
    let (agent, delivery) = ("Deskbell-Webhooks/seed", &leased.delivery);
    sign::request_headers(&secret, agent, &delivery.event, delivery.origin, now(), &leased.body)
}

/// An attempt of so many kept bytes as one that was made on the loopback address.
fn attempt(leased: &Leased, outcome: Outcome, request_headers: Vec<Header>) -> Attempt {
    let delivery = &leased.delivery;
    let status = if outcome == Outcome::Delivered { 204 } else { 500 };
    Attempt {
        id: AttemptId::of(&delivery.id, leased.number()),
        delivery: delivery.id.clone(),
        event: delivery.event.clone(),
        webhook: delivery.webhook.clone(),
        account: delivery.account.clone(),
        number: leased.number(),
        manual: false,
        sample: false,
        started: now(),
        outcome,
        detail: String::new(),
        possibly_received: false,
        timings: Timings { head_us: Some(700), total_us: 900, reused: true, ..Timings::default() },
        address: Some(([127, 0, 0, 1], 9).into()),
        url: leased.webhook.url.clone(),
        request_headers,
        response: Some(Response {
            status,
            headers: vec![("date".into(), "Sat, 28 Nov 2026 12:00:00 GMT".into())],
            body: bytes::Bytes::new(),
            truncated: false,
            incomplete: false,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_all_of_it_and_none_is_large() {
        for (count, fan_out) in [(0, 1), (1, 1), (2_000, 1), (2_001, 1), (999, 10), (7, 5_000)] {
            let sizes: Vec<u32> = batches(count, fan_out).collect();
            assert_eq!(sizes.iter().sum::<u32>(), count);
            assert!(sizes.iter().all(|size| *size > 0 && (*size == 1 || size * fan_out <= BATCH)));
        }
    }
}
