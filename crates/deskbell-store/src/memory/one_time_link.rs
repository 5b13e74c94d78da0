//! One-time links, in memory.

use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::booking::Booking;
use deskbell_core::id::OneTimeLinkId;
use deskbell_core::one_time_link::{OneTimeLink, Standing};
use deskbell_core::policy::limit::is_reached;
use deskbell_core::store::{ObjectAdded, OneTimeLinks, Result};

impl State {
    /// Whether the account of a new `booking` can book with the link that it names.
    pub(super) fn can_be_spent(&self, booking: &Booking, now: Timestamp) -> bool {
        let link = booking.one_time_link.as_ref().and_then(|id| self.one_time_links.get(id.as_str()));
        link.is_some_and(|link| link.account == booking.account && link.standing(now) == Standing::Open)
    }

    /// Spends the link of a new `booking`, if it names one.
    pub(super) fn spend_link(&mut self, booking: &Booking) {
        let link = booking.one_time_link.as_ref().and_then(|id| self.one_time_links.get_mut(id.as_str()));
        if let Some(link) = link {
            link.spent = true;
        }
    }
}

#[async_trait]
impl OneTimeLinks for MemoryStore {
    async fn add_one_time_link(&self, link: OneTimeLink, max: u32) -> Result<ObjectAdded> {
        let mut state = self.lock();
        let open = |other: &&OneTimeLink| {
            other.account == link.account && other.standing(link.created) == Standing::Open
        };
        if is_reached(state.one_time_links.all().filter(open).count() as u64, max) {
            return Ok(ObjectAdded::TooMany);
        }
        let id = link.id.clone();
        let added = state.one_time_links.add(id.as_str(), link);
        Ok(added.map_or(ObjectAdded::IdTaken, |_| ObjectAdded::Added))
    }

    async fn one_time_link(&self, id: &OneTimeLinkId) -> Result<Option<OneTimeLink>> {
        Ok(self.lock().one_time_links.get(id.as_str()).cloned())
    }

    async fn sweep_one_time_links(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let mut state = self.lock();
        let old = state.one_time_links.all().filter(|link| link.created < before);
        let old: Vec<OneTimeLinkId> = old.take(limit as usize).map(|link| link.id.clone()).collect();
        Ok(old.iter().filter(|id| state.one_time_links.remove(id.as_str()).is_some()).count() as u64)
    }
}
