//! Members and their sessions, in memory.

use super::{MemoryStore, State, id_taken};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, folded};
use deskbell_core::id::MemberId;
use deskbell_core::member::{Member, PasswordHash, Role};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::session::Session;
use deskbell_core::store::{AccountCreated, LoginSet, Members, Result};
use deskbell_core::token::TokenHash;

impl State {
    /// The member of that address, which is [`folded`].
    fn member_with(&self, email: &str) -> Option<&Member> {
        let has = |member: &&Member| member.email.as_ref().is_some_and(|own| folded(own) == email);
        self.members.all().find(has)
    }

    fn end_sessions(&mut self, ended: impl Fn(&Session) -> bool) -> u64 {
        let before = self.sessions.len();
        self.sessions.retain(|session| !ended(session));
        (before - self.sessions.len()) as u64
    }
}

#[async_trait]
impl Members for MemoryStore {
    async fn sign_up(&self, account: Account, sandbox: Sandbox, owner: Member) -> Result<AccountCreated> {
        let mut state = self.lock();
        let email = folded(&account.email);
        if state.member_with(&email).is_some() || state.account_with(&email).is_some() {
            return Ok(AccountCreated::EmailTaken);
        }
        let id = account.id.clone();
        if state.members.get(owner.id.as_str()).is_some() {
            return Err(id_taken(owner.id.as_str()));
        }
        state.accounts.add(id.as_str(), account).ok_or_else(|| id_taken(id.as_str()))?;
        for object in sandbox.into_objects() {
            state.add_object(&id, object);
        }
        state.members.add(owner.id.clone().as_str(), owner);
        Ok(AccountCreated::Created)
    }

    async fn owner_or(&self, member: Member) -> Result<Member> {
        let mut state = self.lock();
        let owns = |other: &&Member| other.account == member.account && other.role == Role::Owner;
        if let Some(owner) = state.members.all().find(owns) {
            return Ok(owner.clone());
        }
        let id = member.id.clone();
        state.members.add(id.as_str(), member.clone()).ok_or_else(|| id_taken(id.as_str()))?;
        Ok(member)
    }

    async fn member_by_email(&self, email: &str) -> Result<Option<Member>> {
        Ok(self.lock().member_with(&folded(email)).cloned())
    }

    async fn set_login(
        &self,
        id: &MemberId,
        email: &str,
        password: PasswordHash,
        keep: &TokenHash,
    ) -> Result<LoginSet> {
        let mut state = self.lock();
        let Some(member) = state.members.get(id.as_str()) else { return Ok(LoginSet::NoMember) };
        let wanted = folded(email);
        let taken = state.member_with(&wanted).is_some_and(|other| other.id != *id)
            || state.account_with(&wanted).is_some_and(|other| other.id != member.account);
        if taken {
            return Ok(LoginSet::EmailTaken);
        }
        state.end_sessions(|session| session.member == *id && session.hash != *keep);
        let Some(member) = state.members.get_mut(id.as_str()) else { return Ok(LoginSet::NoMember) };
        member.email = Some(email.to_owned());
        member.password = Some(password);
        Ok(LoginSet::Set(member.clone()))
    }

    async fn create_session(&self, session: Session, max: u32) -> Result<()> {
        let mut state = self.lock();
        let member = session.member.clone();
        state.sessions.push(session);
        let own = state.sessions.iter().filter(|session| session.member == member).count();
        let mut extra = own.saturating_sub(max as usize);
        state.sessions.retain(|session| {
            let goes = session.member == member && extra > 0;
            extra -= usize::from(goes);
            !goes
        });
        Ok(())
    }

    async fn session(&self, hash: &TokenHash) -> Result<Option<(Session, Member)>> {
        let state = self.lock();
        let Some(session) = state.sessions.iter().find(|session| session.hash == *hash) else {
            return Ok(None);
        };
        Ok(state.members.get(session.member.as_str()).map(|member| (session.clone(), member.clone())))
    }

    async fn note_session(&self, hash: &TokenHash, now: Timestamp) -> Result<()> {
        let mut state = self.lock();
        if let Some(session) = state.sessions.iter_mut().find(|session| session.hash == *hash) {
            session.seen = session.seen.max(now);
        }
        Ok(())
    }

    async fn end_session(&self, hash: &TokenHash) -> Result<bool> {
        Ok(self.lock().end_sessions(|session| session.hash == *hash) > 0)
    }

    async fn sweep_sessions(&self, now: Timestamp) -> Result<u64> {
        Ok(self.lock().end_sessions(|session| !session.is_live(now)))
    }
}
