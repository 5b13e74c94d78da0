//! Shares, in memory.

use super::{MemoryStore, id_taken};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, ShareId};
use deskbell_core::policy::limit::is_reached;
use deskbell_core::share::Share;
use deskbell_core::store::{Listing, Page, Result, ShareCreated, Shares};
use deskbell_core::token::TokenHash;
use deskbell_core::vault::Sealed;

#[async_trait]
impl Shares for MemoryStore {
    async fn create_share(&self, share: Share, frozen: Sealed, max: u32) -> Result<ShareCreated> {
        let mut state = self.lock();
        let live =
            |other: &&(Share, Sealed)| other.0.account == share.account && other.0.is_live(share.created);
        if is_reached(state.shares.all().filter(live).count() as u64, max) {
            return Ok(ShareCreated::TooMany);
        }
        if state.shares.all().any(|(other, _)| other.hash == share.hash) {
            return Err(id_taken("of the link"));
        }
        let id = share.id.clone();
        state.shares.add(id.as_str(), (share, frozen)).ok_or_else(|| id_taken(id.as_str()))?;
        Ok(ShareCreated::Created)
    }

    async fn shares(&self, account: &AccountId, page: &Page) -> Result<Listing<Share>> {
        let state = self.lock();
        let found = state.shares.page(page, |(share, _)| share.account == *account, |_| true)?;
        Ok(found.map(|(share, _)| share))
    }

    async fn shared(&self, hash: &TokenHash, now: Timestamp) -> Result<Option<(Share, Sealed)>> {
        let state = self.lock();
        Ok(state.shares.all().find(|(share, _)| share.hash == *hash && share.is_live(now)).cloned())
    }

    async fn revoke_share(&self, account: &AccountId, id: &ShareId) -> Result<bool> {
        let mut state = self.lock();
        let ours = state.shares.get(id.as_str()).is_some_and(|(share, _)| share.account == *account);
        Ok(ours && state.shares.remove(id.as_str()).is_some())
    }

    async fn sweep_shares(&self, before: Timestamp) -> Result<u64> {
        let mut state = self.lock();
        let gone: Vec<ShareId> = state
            .shares
            .all()
            .filter(|(share, _)| share.expires < before)
            .map(|(share, _)| share.id.clone())
            .collect();
        Ok(gone.iter().filter(|id| state.shares.remove(id.as_str()).is_some()).count() as u64)
    }
}
