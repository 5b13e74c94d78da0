//! Quotas, in memory.

use super::{MemoryStore, State};
use crate::encoding::body;
use async_trait::async_trait;
use deskbell_core::event::{Event, NewEvent};
use deskbell_core::id::AccountId;
use deskbell_core::quota::{Full, Keeper, Kept, UNBOUNDED, holds_for};
use deskbell_core::store::{Quotas, Result};

/// The bytes that the event is counted with.
fn size(event: &Event) -> u64 {
    let bytes = if event.payload_deleted { body::DELETED.len() } else { body::keep(&event.body).len() };
    bytes as u64
}

impl State {
    /// What keeps the events, of one account, out.
    pub(super) fn refusal<'e>(&self, events: impl IntoIterator<Item = &'e NewEvent>) -> Option<Full> {
        let (instance, mut more) = (self.quota?, 0);
        events.into_iter().find_map(|NewEvent { event, .. }| {
            more += size(event);
            let kept = self.kept_of(&event.account);
            kept.refusal(more, instance).filter(|_| holds_for(event))
        })
    }

    fn kept_of(&self, account: &AccountId) -> Kept {
        let own = self.own_quotas.get(account).copied();
        let operator = || self.accounts.get(account.as_str()).is_some_and(|account| account.operator);
        let own = own.unwrap_or_else(|| operator().then_some(UNBOUNDED));
        Kept { bytes: self.kept.get(account).copied().unwrap_or_default(), own, is_partial: false }
    }

    /// The event is kept from now on.
    pub(super) fn keep(&mut self, event: &Event) {
        *self.kept.entry(event.account.clone()).or_default() += size(event);
    }

    /// The event was deleted, or is without its bytes.
    pub(super) fn keep_less(&mut self, before: &Event, after: Option<&Event>) {
        if let Some(kept) = self.kept.get_mut(&before.account) {
            *kept -= size(before) - after.map_or(0, size);
        }
    }
}

#[async_trait]
impl Quotas for MemoryStore {
    async fn set_quota(&self, bytes: u64) -> Result<()> {
        self.lock().quota = Some(bytes);
        Ok(())
    }

    fn quota(&self) -> u64 {
        self.lock().quota.unwrap_or(UNBOUNDED)
    }

    async fn set_own_quota(&self, account: &AccountId, own: Option<u64>) -> Result<bool> {
        let mut state = self.lock();
        let known = state.accounts.get(account.as_str()).is_some();
        if known {
            state.own_quotas.insert(account.clone(), own);
        }
        Ok(known)
    }

    async fn kept(&self, account: &AccountId) -> Result<Kept> {
        Ok(self.lock().kept_of(account))
    }

    async fn fullest(&self, limit: u32) -> Result<Vec<Keeper>> {
        let state = self.lock();
        let instance = state.quota.unwrap_or(UNBOUNDED);
        let keeper = |account: &deskbell_core::account::Account| Keeper {
            account: account.id.clone(),
            email: account.email.clone(),
            kept: state.kept_of(&account.id),
        };
        let mut all: Vec<Keeper> =
            state.accounts.all().map(keeper).filter(|one| one.kept.bytes > 0).collect();
        // Exactly, by the parts: bytes of the one times the quota of the other.
        let part = |one: &Keeper, other: &Keeper| {
            u128::from(one.kept.bytes) * u128::from(other.kept.quota(instance).max(1))
        };
        all.sort_by(|one, other| part(other, one).cmp(&part(one, other)));
        all.truncate(limit as usize);
        Ok(all)
    }

    async fn count_older(&self, _: u32) -> Result<bool> {
        Ok(false)
    }
}
