//! Accounts and their keys, kept.

use super::Result;
use crate::Timestamp;
use crate::account::{Account, ApiKey, PayloadStyle};
use crate::id::{AccountId, KeyId};
use crate::sandbox::Sandbox;
use async_trait::async_trait;

/// What became of a new account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountCreated {
    /// It is there, with its sandbox.
    Created,
    /// Another account has this e-mail address, in any case.
    EmailTaken,
}

/// What became of a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyCreated {
    /// It is there.
    Created,
    /// The account has as many active keys as it may have.
    TooMany,
    /// There is no such account.
    NoAccount,
}

/// Accounts, their keys and their sandboxes.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Adds an account together with its sandbox.
    async fn create_account(&self, account: Account, sandbox: Sandbox) -> Result<AccountCreated>;

    /// The account of that id.
    async fn account(&self, id: &AccountId) -> Result<Option<Account>>;

    /// The oldest account.
    async fn first_account(&self) -> Result<Option<Account>>;

    /// All accounts, oldest first.
    async fn accounts(&self) -> Result<Vec<Account>>;

    /// The account of that e-mail address, in any case.
    async fn account_by_email(&self, email: &str) -> Result<Option<Account>>;

    /// Changes the shape of the account's payloads, and gives the account as it is then; `None` when there is none.
    async fn set_payload_style(&self, id: &AccountId, style: PayloadStyle) -> Result<Option<Account>>;

    /// The account's sandbox.
    async fn sandbox(&self, account: &AccountId) -> Result<Option<Sandbox>>;

    /// Adds a key unless the account already has `max_active` that are active when it is made ([`ApiKey::is_active`]). Counting and adding are one step.
    async fn create_key(&self, key: ApiKey, max_active: u32) -> Result<KeyCreated>;

    /// The key of that id, revoked or not.
    async fn key(&self, id: &KeyId) -> Result<Option<ApiKey>>;

    /// The account's keys, oldest first, revoked ones too.
    async fn keys(&self, account: &AccountId) -> Result<Vec<ApiKey>>;

    /// Revokes an active key; `false` when there is no such active key.
    async fn revoke_key(&self, id: &KeyId, now: Timestamp) -> Result<bool>;

    /// Notes that the key was used at `now`; nothing happens when it is gone.
    async fn note_key(&self, id: &KeyId, now: Timestamp) -> Result<()>;

    /// A number that has moved when an account or a key has changed, whichever process changed it and before its verb
    /// returns: what was read at one number is right for as long as this gives the same. Where the store is on another machine, it moves
    /// within a second of what another process changed. A new account or key need not move
    /// it, nor does a noted use. Cheap enough to be asked at every call, on any thread; `None` when the store cannot say, and
    /// then nothing that was read before may be believed.
    fn generation(&self) -> Option<i64>;

    /// Remembers `fingerprint` on the first call and gives what is remembered: a store opens under one master key only.
    async fn master_fingerprint(&self, fingerprint: [u8; 32]) -> Result<[u8; 32]>;
}
