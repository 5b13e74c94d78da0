//! Who is calling: the `API-Key` header, any case (wire contract, 1), or the cookie of a session. Every way to fail gives the
//! same answer.
//!
//! A handler says with its extractor who may call and whose rate limits hold: [`Caller`] for our own calls, [`VendorCaller`]
//! for the vendor's, [`SessionCaller`] for what takes a person. One that takes none of them is public. A session has our
//! limits everywhere.

mod cache;
pub mod cookie;
pub mod csrf;
mod enter_link;
mod known_keys;
mod login_throttle;
mod passwords;
mod sessions;
mod sign_in;

pub use enter_link::EnterLink;
pub use sessions::{Sessions, SignedIn};
pub use sign_in::{SignIn, email_taken};

use crate::rate_limit::{Family, RateLimits};
use crate::settings::Settings;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use csrf::{OwnOrigin, RequestOrigin};
use deskbell_core::account::{Account, KeyText};
use deskbell_core::id::KeyId;
use deskbell_core::token::TokenHash;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Store, store};
use deskbell_http::{Notes, Peer, client_address};
use deskbell_wire::problem::Problem;
pub use known_keys::KnownKey;
use known_keys::KnownKeys;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

/// The account that one of our own calls speaks for.
pub struct Caller(pub Arc<Account>);

/// The account that one of the vendor's calls speaks for, with the vendor's rate limits for a key and our own for a session.
pub struct VendorCaller(pub Arc<Account>);

/// Whoever signed in with a browser. An API key is not enough for what takes this: it refuses one with 403.
pub struct SessionCaller(pub SignedIn);

/// In the extensions of a request that this process makes itself, for a caller whom it has recognised and counted already.
#[derive(Clone)]
pub struct Recognised(pub SignedIn);

/// Who is calling: the credential that was accepted, with the account that it speaks for.
pub enum Identity {
    /// A program, with an API key of the account.
    Key(Arc<KnownKey>),
    /// A member, with the session of the browser that they signed in with.
    Session(Box<SignedIn>),
}

/// What can be looked up again to see whether the caller is still let in: a key may be revoked, a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A key, by its id.
    Key(KeyId),
    /// A session, by the hash of its token.
    Session(TokenHash),
}

impl Identity {
    /// Whom the request speaks for.
    pub fn account(&self) -> &Account {
        match self {
            Self::Key(known) => &known.account,
            Self::Session(signed_in) => &signed_in.account,
        }
    }

    /// What it came with.
    pub fn credential(&self) -> Credential {
        match self {
            Self::Key(known) => Credential::Key(known.key.id.clone()),
            Self::Session(signed_in) => Credential::Session(signed_in.session.hash.clone()),
        }
    }

    fn into_account(self) -> Arc<Account> {
        match self {
            Self::Key(known) => Arc::clone(&known.account),
            Self::Session(signed_in) => Arc::new(signed_in.account),
        }
    }
}

/// Tells who is calling.
pub struct Callers {
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    sessions: Arc<Sessions>,
    limits: Arc<RateLimits>,
    settings: Arc<Settings>,
    own_origin: OwnOrigin,
    keys: KnownKeys,
}

impl Callers {
    /// Callers with keys and sessions that `store` keeps, each within `limits`.
    pub fn new(
        store: Arc<dyn Store>,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        sessions: Arc<Sessions>,
        limits: Arc<RateLimits>,
        settings: Arc<Settings>,
    ) -> Self {
        Self {
            keys: KnownKeys::new(store),
            vault,
            clock,
            sessions,
            limits,
            own_origin: OwnOrigin {
                public: settings.public_url.origin(),
                is_given: settings.public_url.is_given(),
            },
            settings,
        }
    }

    /// Who calls, from which address: behind the proxies that the operator trusts.
    pub fn address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        client_address(peer, headers, &self.settings.trusted_proxies)
    }

    /// Where the page stands that made the request.
    pub fn origin(&self, headers: &HeaderMap) -> RequestOrigin {
        self.own_origin.of(headers)
    }

    /// Whether the credential still opens the door.
    ///
    /// # Errors
    /// When the store does not know.
    pub async fn is_good(&self, credential: &Credential) -> store::Result<bool> {
        match credential {
            Credential::Key(id) => {
                let now = self.clock.now();
                Ok(self.keys.find(id).await?.is_some_and(|known| known.key.is_active(now)))
            }
            Credential::Session(hash) => self.sessions.is_live(hash).await,
        }
    }

    async fn identity(&self, parts: &Parts, family: Family) -> Result<Identity, Problem> {
        if let Some(Recognised(signed_in)) = parts.extensions.get::<Recognised>() {
            return Ok(Identity::Session(Box::new(signed_in.clone())));
        }
        let has_session = cookie::values(&parts.headers, self.sessions.cookies().session()).next().is_some();
        // The vendor has no sessions: somebody who works in the page does so within our own limits, and takes nothing
        // from the account's programs.
        let family = if has_session { Family::Own } else { family };
        self.limits.check_address(self.peer(parts), family)?;
        let mut given = parts.headers.get_all("api-key").iter();
        let identity = match (given.next(), given.next()) {
            (Some(_), _) if has_session => {
                let message = "The call came with an API key and with a session; send one of them.";
                return Err(Problem::bad_request("credentials_ambiguous", message));
            }
            (Some(text), None) => self.of_key(text.as_bytes()).await?,
            (None, _) if has_session => self.of_session(parts).await?,
            _ => return Err(Problem::unauthorized()),
        };
        let account = &identity.account().id;
        if let Some(notes) = parts.extensions.get::<Notes>() {
            notes.set_account(account);
            if let Identity::Key(known) = &identity {
                notes.set_key(&known.key.name);
            }
        }
        self.limits.check_account(account, family)?;
        Ok(identity)
    }

    fn peer(&self, parts: &Parts) -> Option<IpAddr> {
        parts.extensions.get::<Peer>().map(|peer| self.address(peer.0.ip(), &parts.headers))
    }

    async fn of_key(&self, text: &[u8]) -> Result<Identity, Problem> {
        // The checksum is in the text: a key that cannot be ours is refused without asking the store.
        let key =
            std::str::from_utf8(text).ok().and_then(KeyText::parse).ok_or_else(Problem::unauthorized)?;
        let (hash, now) = (key.hash(&self.vault), self.clock.now());
        let known = self.keys.find(key.id()).await?.ok_or_else(Problem::unauthorized)?;
        if known.key.hash != hash || !known.key.is_active(now) {
            return Err(Problem::unauthorized());
        }
        self.keys.note(&known, now).await;
        Ok(Identity::Key(known))
    }

    /// Whose session it is. A browser sends the cookie along with whatever any page has it call: a call that changes
    /// something proves that it came from a page of ours (A-122, T-19).
    async fn of_session(&self, parts: &Parts) -> Result<Identity, Problem> {
        let signed_in = self.sessions.signed_in(&parts.headers).await?.ok_or_else(Problem::unauthorized)?;
        // Another origin's page cannot send this header without asking us first, and we never allow it.
        let marked = parts.headers.get("x-deskbell").is_some_and(|mark| mark == "1");
        let proven = match self.origin(&parts.headers) {
            RequestOrigin::Ours => parts.method.is_safe() || marked,
            RequestOrigin::Foreign => false,
            RequestOrigin::Unsaid => parts.method.is_safe(),
        };
        if !proven {
            let message = "A call with a session that changes something needs `X-Deskbell: 1` and our own Origin; \
                           with another Origin nothing is answered.";
            return Err(Problem::forbidden("origin_unproven", message));
        }
        Ok(Identity::Session(Box::new(signed_in)))
    }
}

/// The caller's address, behind the proxies that the operator trusts; `None` where there is no connection.
pub struct CallerAddress(pub Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for CallerAddress
where
    Arc<Callers>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(Arc::<Callers>::from_ref(state).peer(parts)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Identity
where
    Arc<Callers>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Arc::<Callers>::from_ref(state).identity(parts, Family::Own).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Arc<Callers>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self(Identity::from_request_parts(parts, state).await?.into_account()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for VendorCaller
where
    Arc<Callers>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let callers = Arc::<Callers>::from_ref(state);
        Ok(Self(callers.identity(parts, Family::Vendor).await?.into_account()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SessionCaller
where
    Arc<Callers>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Identity::from_request_parts(parts, state).await? {
            Identity::Session(signed_in) => Ok(Self(*signed_in)),
            Identity::Key(_) => {
                let message = "This takes a session of the dashboard; an API key cannot do it.";
                Err(Problem::forbidden("session_required", message))
            }
        }
    }
}
