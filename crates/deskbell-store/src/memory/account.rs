//! Accounts, their keys and their sandboxes, in memory.

use super::{MemoryStore, State, id_taken};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, ApiKey, PayloadStyle, folded};
use deskbell_core::id::{AccountId, KeyId};
use deskbell_core::policy::limit::is_reached;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{AccountCreated, Accounts, KeyCreated, Result};

impl State {
    /// The account of that address, which is [`folded`].
    pub(super) fn account_with(&self, email: &str) -> Option<&Account> {
        self.accounts.all().find(|account| folded(&account.email) == email)
    }
}

#[async_trait]
impl Accounts for MemoryStore {
    async fn create_account(&self, account: Account, sandbox: Sandbox) -> Result<AccountCreated> {
        let mut state = self.lock();
        if state.account_with(&folded(&account.email)).is_some() {
            return Ok(AccountCreated::EmailTaken);
        }
        let id = account.id.clone();
        state.accounts.add(id.as_str(), account).ok_or_else(|| id_taken(id.as_str()))?;
        for object in sandbox.into_objects() {
            state.add_object(&id, object);
        }
        Ok(AccountCreated::Created)
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>> {
        Ok(self.lock().accounts.get(id.as_str()).cloned())
    }

    async fn first_account(&self) -> Result<Option<Account>> {
        Ok(self.lock().accounts.all().next().cloned())
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        Ok(self.lock().accounts.all().cloned().collect())
    }

    async fn account_by_email(&self, email: &str) -> Result<Option<Account>> {
        Ok(self.lock().account_with(&folded(email)).cloned())
    }

    async fn set_payload_style(&self, id: &AccountId, style: PayloadStyle) -> Result<Option<Account>> {
        let mut state = self.lock();
        let Some(account) = state.accounts.get_mut(id.as_str()) else { return Ok(None) };
        account.payload_style = style;
        let changed = account.clone();
        state.generation += 1;
        Ok(Some(changed))
    }

    async fn sandbox(&self, account: &AccountId) -> Result<Option<Sandbox>> {
        let state = self.lock();
        let known = state.accounts.get(account.as_str()).is_some();
        Ok(known.then(|| Sandbox::of(state.sandbox(account).cloned())))
    }

    async fn create_key(&self, key: ApiKey, max_active: u32) -> Result<KeyCreated> {
        let mut state = self.lock();
        if state.accounts.get(key.account.as_str()).is_none() {
            return Ok(KeyCreated::NoAccount);
        }
        let active = |other: &&ApiKey| other.account == key.account && other.is_active(key.created);
        if is_reached(state.keys.all().filter(active).count() as u64, max_active) {
            return Ok(KeyCreated::TooMany);
        }
        let id = key.id.clone();
        state.keys.add(id.as_str(), key).ok_or_else(|| id_taken(id.as_str()))?;
        Ok(KeyCreated::Created)
    }

    async fn key(&self, id: &KeyId) -> Result<Option<ApiKey>> {
        Ok(self.lock().keys.get(id.as_str()).cloned())
    }

    async fn keys(&self, account: &AccountId) -> Result<Vec<ApiKey>> {
        Ok(self.lock().keys.all().filter(|key| key.account == *account).cloned().collect())
    }

    async fn revoke_key(&self, id: &KeyId, now: Timestamp) -> Result<bool> {
        let mut state = self.lock();
        let Some(key) = state.keys.get_mut(id.as_str()).filter(|key| key.revoked.is_none()) else {
            return Ok(false);
        };
        key.revoked = Some(now);
        state.generation += 1;
        Ok(true)
    }

    async fn note_key(&self, id: &KeyId, now: Timestamp) -> Result<()> {
        if let Some(key) = self.lock().keys.get_mut(id.as_str()) {
            key.last_used = key.last_used.max(Some(now));
        }
        Ok(())
    }

    fn generation(&self) -> Option<i64> {
        Some(self.lock().generation)
    }

    async fn master_fingerprint(&self, fingerprint: [u8; 32]) -> Result<[u8; 32]> {
        Ok(*self.lock().master.get_or_insert(fingerprint))
    }
}
