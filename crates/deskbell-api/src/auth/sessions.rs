//! Sessions: who is signed in with a browser.

use super::cache::Cache;
use super::cookie::{self, Cookies};
use crate::public_url::PublicUrl;
use axum::http::{HeaderMap, HeaderValue};
use deskbell_core::account::Account;
use deskbell_core::id::AccountId;
use deskbell_core::member::{DeviceToken, Member};
use deskbell_core::policy::limit;
use deskbell_core::session::Session;
use deskbell_core::token::{Token, TokenHash};
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Random, Store, Timestamp, store};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// A member whose browser has a session that is live.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The account that they act for.
    pub account: Account,
    /// Who they are.
    pub member: Member,
    /// The session that says so.
    pub session: Session,
}

impl SignedIn {
    /// Refuses what a session may do only shortly after its sign-in (T-50).
    ///
    /// # Errors
    /// 403 when the sign-in is older.
    pub fn check_recent(&self, now: Timestamp) -> Result<(), Problem> {
        if self.session.is_recent(now) {
            return Ok(());
        }
        let message = "Your session is older than 10 minutes. Sign in again.";
        Err(Problem::forbidden("session_too_old", message))
    }
}

/// The sessions of browsers.
pub struct Sessions {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    cookies: Cookies,
    cache: Cache<TokenHash, SignedIn>,
}

impl Sessions {
    /// The sessions that `store` keeps, of an instance that is reached at `public_url`.
    pub fn new(
        store: Arc<dyn Store>,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        public_url: PublicUrl,
    ) -> Self {
        Self { store, vault, clock, random, cookies: Cookies::new(&public_url), cache: Cache::default() }
    }

    /// How our cookies are written here.
    pub fn cookies(&self) -> &Cookies {
        &self.cookies
    }

    /// Whose session came with the request, if one did and is live. Two cookies of the name are none: one of them is not ours.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, Problem> {
        let mut given = cookie::values(headers, self.cookies.session());
        let (Some(text), None) = (given.next(), given.next()) else { return Ok(None) };
        let Some(token) = Token::parse(text) else { return Ok(None) };
        let (hash, now) = (token.hash(&self.vault), self.clock.now());
        let found = match self.cache.recent(&hash) {
            Some(recent) => recent,
            None => {
                let Some((session, member)) = self.store.session(&hash).await? else { return Ok(None) };
                let Some(account) = self.store.account(&member.account).await? else { return Ok(None) };
                if session.is_live(now)
                    && session.is_to_be_noted(now)
                    && let Err(error) = self.store.note_session(&hash, now).await
                {
                    // The call itself may still go well.
                    tracing::debug!(%error, "a session's call could not be noted");
                }
                let found = SignedIn { account, member, session };
                self.cache.remember(hash, found.clone());
                found
            }
        };
        Ok(found.session.is_live(now).then_some(found))
    }

    /// Whether the session of that hash is still live.
    ///
    /// # Errors
    /// When the store does not know.
    pub async fn is_live(&self, hash: &TokenHash) -> store::Result<bool> {
        let now = self.clock.now();
        Ok(self.store.session(hash).await?.is_some_and(|(session, _)| session.is_live(now)))
    }

    /// Signs a browser in as `member`, and gives the cookie that says so. `by` names how, for the audit log.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn begin(&self, member: &Member, by: &str) -> Result<HeaderValue, Problem> {
        let token = Token::new(&*self.random);
        let session = Session::new(token.hash(&self.vault), member.id.clone(), self.clock.now());
        self.store.create_session(session, limit::SESSIONS_PER_MEMBER).await?;
        tracing::info!(target: "audit", member = %member.id, account = %member.account, by, "signed in");
        Ok(self.cookies.sign_in(&token))
    }

    /// The cookie by which a browser is known when `member` signs in with it again; one that is `known` already stays the same
    /// browser, so that signing in often gives no further tries.
    pub(super) fn know(&self, member: &Member, known: Option<&DeviceToken>) -> Option<HeaderValue> {
        let device = DeviceToken::new(member, known, &self.vault, &*self.random, self.clock.now());
        device.map(|device| self.cookies.know(&device))
    }

    /// By which sign-in of `member` the browser that sent `headers` is known, if it is.
    pub(super) fn device(&self, headers: &HeaderMap, member: &Member) -> Option<DeviceToken> {
        let now = self.clock.now();
        let mut given = cookie::values(headers, self.cookies.device());
        given.find_map(|text| DeviceToken::read(text, member, &self.vault, now))
    }

    /// Ends the session that came with the request, at once and everywhere within half a second.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn end(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if let Some(signed_in) = self.signed_in(headers).await? {
            let hash = &signed_in.session.hash;
            self.store.end_session(hash).await?;
            self.cache.forget(|known, _| known == hash);
            tracing::info!(target: "audit", member = %signed_in.member.id, "signed out");
        }
        Ok(())
    }

    /// Looks the account's sessions up again: something about it has changed.
    pub fn forget(&self, account: &AccountId) {
        self.cache.forget(|_, known| known.account.id == *account);
    }
}
