//! Members and their sessions, kept.

use super::{AccountCreated, Result};
use crate::Timestamp;
use crate::account::Account;
use crate::id::MemberId;
use crate::member::{Member, PasswordHash};
use crate::sandbox::Sandbox;
use crate::session::Session;
use crate::token::TokenHash;
use async_trait::async_trait;

/// What became of a new e-mail address and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginSet {
    /// They are the member's; this is the member as it is now.
    Set(Member),
    /// Another member has this e-mail address, in any case.
    EmailTaken,
    /// There is no such member.
    NoMember,
}

/// Members and their sessions.
#[async_trait]
pub trait Members: Send + Sync {
    /// Adds an account with its sandbox and its owner, in one step. The address is taken when an account or another
    /// member has it.
    async fn sign_up(&self, account: Account, sandbox: Sandbox, owner: Member) -> Result<AccountCreated>;

    /// The owner of `member.account`: the oldest one there is, or else `member`, who is then added.
    async fn owner_or(&self, member: Member) -> Result<Member>;

    /// The member of that e-mail address, in any case.
    async fn member_by_email(&self, email: &str) -> Result<Option<Member>>;

    /// Sets e-mail address and password, and ends all of the member's sessions but `keep`.
    async fn set_login(
        &self,
        id: &MemberId,
        email: &str,
        password: PasswordHash,
        keep: &TokenHash,
    ) -> Result<LoginSet>;

    /// Adds a session. Of the member's sessions only the newest `max` are left.
    async fn create_session(&self, session: Session, max: u32) -> Result<()>;

    /// The session of that hash, live or not, with its member.
    async fn session(&self, hash: &TokenHash) -> Result<Option<(Session, Member)>>;

    /// Notes that the session called at `now`; nothing happens when it is gone.
    async fn note_session(&self, hash: &TokenHash, now: Timestamp) -> Result<()>;

    /// Ends a session; `false` when there is none.
    async fn end_session(&self, hash: &TokenHash) -> Result<bool>;

    /// Deletes the sessions that are not live at `now`; gives how many.
    async fn sweep_sessions(&self, now: Timestamp) -> Result<u64>;
}
