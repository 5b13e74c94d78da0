//! Deliveries and attempts, in memory.

use super::MemoryStore;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::Delivery;
use deskbell_core::id::{AccountId, AttemptId, DeliveryId};
use deskbell_core::store::{
    AttemptFilter, AttemptsOf, Cancellation, Deliveries, DeliveryFilter, Listing, Page, Result, Retried,
};

#[async_trait]
impl Deliveries for MemoryStore {
    async fn retry_delivery(&self, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<Retried> {
        let state = &mut *self.lock();
        let ours = |delivery: &&Delivery| delivery.account == *account;
        let Some(delivery) = state.deliveries.get(id.as_str()).filter(ours) else {
            return Ok(Retried::Unknown);
        };
        if state.events.get(delivery.event.as_str()).is_some_and(|event| event.payload_deleted) {
            return Ok(Retried::PayloadDeleted);
        }
        let Some(mut webhook) = state.webhooks.get(delivery.webhook.as_str()).cloned() else {
            return Ok(Retried::Unknown);
        };
        let place = state.deliveries.place(id.as_str()).unwrap_or_default();
        let retried = state.change(place, |delivery| delivery.retry_by_hand(&mut webhook, now));
        if let Some(Retried::Queued(_)) = retried {
            state.save_health(&webhook);
        }
        Ok(retried.unwrap_or(Retried::Unknown))
    }

    async fn cancel_delivery(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        now: Timestamp,
    ) -> Result<Cancellation> {
        let state = &mut *self.lock();
        let ours = state.deliveries.get(id.as_str()).is_some_and(|delivery| delivery.account == *account);
        let place = state.deliveries.place(id.as_str()).filter(|_| ours);
        let cancelled = place.and_then(|place| state.change(place, |one| one.cancel_by_hand(now)));
        Ok(cancelled.unwrap_or(Cancellation::Unknown))
    }

    async fn delivery(&self, account: &AccountId, id: &DeliveryId) -> Result<Option<Delivery>> {
        let state = self.lock();
        Ok(state.deliveries.get(id.as_str()).filter(|delivery| delivery.account == *account).cloned())
    }

    async fn deliveries(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        page: &Page,
    ) -> Result<Listing<Delivery>> {
        self.lock().deliveries.page(
            page,
            |delivery| delivery.account == *account,
            |delivery| {
                filter.webhook.as_ref().is_none_or(|webhook| delivery.webhook == *webhook)
                    && filter.event.as_ref().is_none_or(|event| delivery.event == *event)
                    && filter.trigger.is_none_or(|trigger| delivery.trigger == trigger)
                    && filter.status.is_none_or(|status| delivery.status == status)
                    && filter
                        .subject
                        .as_ref()
                        .is_none_or(|subject| delivery.subject.as_ref() == Some(subject))
                    && filter.outcome.is_none_or(|outcome| delivery.last_outcome == Some(outcome))
                    && filter.last_status.is_none_or(|status| delivery.last_status == Some(status))
                    && filter.attempts_min.is_none_or(|min| delivery.attempts >= min)
                    && filter.attempts_max.is_none_or(|max| delivery.attempts <= max)
                    && filter.created.holds(delivery.created)
            },
        )
    }

    async fn attempts_of(
        &self,
        account: &AccountId,
        deliveries: &[DeliveryId],
        each: u32,
    ) -> Result<Vec<Vec<Attempt>>> {
        let state = self.lock();
        let mut found = AttemptsOf::new(deliveries.len());
        let ours = |delivery: &&Delivery| delivery.account == *account;
        'all: for (at, delivery) in deliveries.iter().enumerate() {
            let made = state.deliveries.get(delivery.as_str()).filter(ours).map_or(0, |one| one.attempts);
            for number in made.saturating_sub(each) + 1..=made {
                let attempt = state.attempts.get(AttemptId::of(delivery, number).as_str());
                if !attempt.is_none_or(|attempt| found.push(at, attempt.clone())) {
                    break 'all;
                }
            }
        }
        Ok(found.into_vec())
    }

    async fn attempt(&self, account: &AccountId, id: &AttemptId) -> Result<Option<Attempt>> {
        let state = self.lock();
        Ok(state.attempts.get(id.as_str()).filter(|attempt| attempt.account == *account).cloned())
    }

    async fn attempts(
        &self,
        account: &AccountId,
        filter: &AttemptFilter,
        page: &Page,
    ) -> Result<Listing<Attempt>> {
        self.lock().attempts.page(
            page,
            |attempt| attempt.account == *account,
            |attempt| {
                filter.delivery.as_ref().is_none_or(|delivery| attempt.delivery == *delivery)
                    && filter.webhook.as_ref().is_none_or(|webhook| attempt.webhook == *webhook)
                    && filter.event.as_ref().is_none_or(|event| attempt.event == *event)
                    && filter.outcome.is_none_or(|outcome| attempt.outcome == outcome)
                    && filter.started.holds(attempt.started)
            },
        )
    }
}
