//! The queue, in PostgreSQL: joining, accepting, finishing and giving back. [`super::claim`] hands out.

use super::PostgresStore;
use super::missing::yet;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Epoch};
use deskbell_core::event::NewEvent;
use deskbell_core::meter::Meter;
use deskbell_core::place::Place;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{self, Accepted, Claim, Claimed, Finished, Hands, Queue, Recorded, SetBack};
use std::sync::Arc;

#[async_trait]
impl Queue for PostgresStore {
    async fn join(&self, hands: Arc<Hands>, now: Timestamp, until: Timestamp) -> store::Result<Epoch> {
        self.begin_epoch(hands, now, until).await
    }

    async fn beat(&self, epoch: Epoch, now: Timestamp, until: Timestamp) -> store::Result<bool> {
        self.prolong_epoch(epoch, now, until).await
    }

    async fn leave(&self, epoch: Epoch, now: Timestamp) -> store::Result<()> {
        self.leave_epoch(epoch, now).await
    }

    async fn take_over(&self, epoch: Epoch, now: Timestamp, limit: usize) -> store::Result<usize> {
        self.take_over_all(epoch, now, limit).await
    }

    async fn accept(&self, _: Vec<NewEvent>, _: Timestamp) -> store::Result<Vec<Accepted>> {
        yet()
    }

    async fn claim(&self, _: Claim, _: &Rules) -> store::Result<Claimed> {
        yet()
    }

    async fn finish(&self, _: Vec<Finished>, _: &Rules, _: Timestamp) -> store::Result<Vec<Recorded>> {
        yet()
    }

    async fn release(&self, _: Vec<(Place, Box<Delivery>)>, _: Timestamp) -> store::Result<()> {
        yet()
    }

    async fn set_back(&self, _: SetBack, _: &Rules) -> store::Result<Option<SetBack>> {
        yet()
    }

    fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.database.meter)
    }
}
