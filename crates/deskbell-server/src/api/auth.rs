//! Who calls: the `API-Key` header, any case (wire contract, 1), or the cookie of a session. Every way to fail gives the
//! same answer.

mod recent;

pub use recent::Recent;

use super::problem::Problem;
use super::rate::Family;
use super::state::{App, Shared};
use crate::dashboard::SignedIn;
use crate::dashboard::cookie;
use crate::dashboard::origin::Origin;
use crate::http::{LoggedAccount, Peer};
use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use deskbell_core::account::{Account, ApiKey, KeyText};
use deskbell_core::id::{AccountId, KeyId};
use deskbell_core::token::TokenHash;
use std::convert::Infallible;
use std::net::IpAddr;

/// The account that the request speaks for. Extracting it is the check: a handler that takes no `Caller` is public.
pub struct Caller(pub Account);

/// Whoever signed in with a browser. An API key is not enough for what takes this: it refuses one with 403.
pub struct SessionCaller(pub SignedIn);

/// What opened the door, with the account it opened it for.
pub enum Identity {
    /// A key.
    Key(KeyId, Box<Account>),
    /// A session.
    Session(Box<SignedIn>),
}

/// What can be looked up again to see whether the door is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A key.
    Key(KeyId),
    /// A session.
    Session(TokenHash),
}

impl Identity {
    /// Whom the request speaks for.
    pub fn account(&self) -> &Account {
        match self {
            Self::Key(_, account) => account,
            Self::Session(signed_in) => &signed_in.account,
        }
    }

    /// What it came with.
    pub fn credential(&self) -> Credential {
        match self {
            Self::Key(id, _) => Credential::Key(id.clone()),
            Self::Session(signed_in) => Credential::Session(signed_in.session.hash.clone()),
        }
    }
}

/// The caller's address, behind the proxies that the operator trusts.
pub struct CallerAddress(pub Option<IpAddr>);

impl FromRequestParts<Shared> for CallerAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Peer>().map(|peer| app.client_address(peer.0.ip(), &parts.headers))))
    }
}

/// Keys looked up a moment ago.
pub type KeyCache = Recent<KeyId, (ApiKey, Account)>;
/// Sessions looked up a moment ago.
pub type SessionCache = Recent<TokenHash, SignedIn>;

impl FromRequestParts<Shared> for Identity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let Ok(CallerAddress(peer)) = CallerAddress::from_request_parts(parts, app).await;
        let family = family(parts);
        app.rate.check_address(peer, family)?;
        let mut given = parts.headers.get_all("api-key").iter();
        let has_session = cookie::values(&parts.headers, app.cookie_name()).next().is_some();
        let identity = match (given.next(), given.next()) {
            (Some(_), _) if has_session => {
                let message = "The call came with an API key and with a session; send one of them.";
                return Err(Problem::bad_request("credentials_ambiguous", message));
            }
            (Some(text), None) => app.identify(text.as_bytes()).await?,
            (None, _) if has_session => app.recognise(parts).await?,
            _ => return Err(Problem::unauthorized()),
        };
        let account = &identity.account().id;
        app.rate.check_account(account, family)?;
        if let Some(logged) = parts.extensions.get::<LoggedAccount>() {
            logged.set(account);
        }
        Ok(identity)
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        Ok(Self(match Identity::from_request_parts(parts, app).await? {
            Identity::Key(_, account) => *account,
            Identity::Session(signed_in) => signed_in.account,
        }))
    }
}

impl FromRequestParts<Shared> for SessionCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        match Identity::from_request_parts(parts, app).await? {
            Identity::Session(signed_in) => Ok(Self(*signed_in)),
            Identity::Key(..) => {
                let message = "This takes a session of the dashboard; an API key cannot do it.";
                Err(Problem::forbidden("session_required", message))
            }
        }
    }
}

impl App {
    async fn identify(&self, text: &[u8]) -> Result<Identity, Problem> {
        // The checksum is in the text: a key that cannot be ours is refused without asking the store.
        let key =
            std::str::from_utf8(text).ok().and_then(KeyText::parse).ok_or_else(Problem::unauthorized)?;
        let (hash, now) = (key.hash(&self.vault), self.now());
        let known = self.keys.recent(key.id());
        let is_fresh = known.is_none();
        let (stored, account) = match known {
            Some(recent) => recent,
            None => {
                let stored = self.store.key(key.id()).await?.ok_or_else(Problem::unauthorized)?;
                let account = self.store.account(&stored.account).await?.ok_or_else(Problem::unauthorized)?;
                self.keys.remember(stored.id.clone(), (stored.clone(), account.clone()));
                (stored, account)
            }
        };
        if stored.hash != hash || !stored.is_active(now) {
            return Err(Problem::unauthorized());
        }
        if is_fresh
            && stored.is_to_be_noted(now)
            && let Err(error) = self.store.note_key(&stored.id, now).await
        {
            // The call itself may still go well.
            tracing::debug!(%error, "a key's use could not be noted");
        }
        Ok(Identity::Key(stored.id, Box::new(account)))
    }

    /// Whose session it is. A browser sends the cookie along with whatever any page has it call: a call that changes
    /// something proves that it came from a page of ours (A-122, T-19).
    async fn recognise(&self, parts: &Parts) -> Result<Identity, Problem> {
        let signed_in = self.signed_in(&parts.headers).await?.ok_or_else(Problem::unauthorized)?;
        // Another origin's page cannot send this header without asking us first, and we never allow it.
        let marked = parts.headers.get("x-deskbell").is_some_and(|mark| mark == "1");
        let proven = match self.origin(&parts.headers) {
            Origin::Ours => parts.method.is_safe() || marked,
            Origin::Foreign => false,
            Origin::Unsaid => parts.method.is_safe(),
        };
        if !proven {
            let message = "A call with a session that changes something needs `X-Deskbell: 1` and our own Origin; \
                           with another Origin nothing is answered.";
            return Err(Problem::forbidden("origin_unproven", message));
        }
        Ok(Identity::Session(Box::new(signed_in)))
    }

    /// Whether the credential still opens the door.
    ///
    /// # Errors
    /// When the store does not know.
    pub async fn is_good(&self, credential: &Credential) -> deskbell_core::store::Result<bool> {
        let now = self.now();
        Ok(match credential {
            Credential::Key(id) => self.store.key(id).await?.is_some_and(|key| key.is_active(now)),
            Credential::Session(hash) => {
                self.store.session(hash).await?.is_some_and(|(session, _)| session.is_live(now))
            }
        })
    }

    /// Looks the account up again: something about it has changed.
    pub fn forget(&self, account: &AccountId) {
        self.keys.forget(|_, (_, known)| known.id == *account);
        self.entrance.sessions.forget(|_, known| known.account.id == *account);
    }
}

/// Whose limits hold: the vendor's on the vendor's calls, a generous one on our own.
fn family(parts: &Parts) -> Family {
    let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let vendors = match path {
        "/v2/test" | "/v2/webhooks" => true,
        "/v2/webhooks/{id}" => parts.method != http::Method::PATCH,
        "/v2/bookings/{id}/reschedule"
        | "/v2/bookings/{id}/approve"
        | "/v2/bookings/{id}/decline"
        | "/v2/bookings/{id}/complete" => false,
        _ => path.starts_with("/v2/bookings") || path.starts_with("/v2/booking-calendars"),
    };
    if vendors { Family::Vendor } else { Family::Own }
}
