//! Who calls: the `API-Key` header, any case (wire contract, 1). Every way to fail gives the same answer.

use super::problem::Problem;
use super::rate::Family;
use super::state::{App, Shared};
use crate::http::{LoggedAccount, Peer};
use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use deskbell_core::account::{Account, ApiKey, KeyText};
use deskbell_core::id::{AccountId, KeyId};
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// The account whose key came with the request. Extracting it is the check: a handler that takes no `Caller` is public.
pub struct Caller(pub Account);

/// The caller's address, behind the proxies that the operator trusts.
pub struct CallerAddress(pub Option<IpAddr>);

impl FromRequestParts<Shared> for CallerAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Peer>().map(|peer| app.client_address(peer.0.ip(), &parts.headers))))
    }
}

/// How long a key that was looked up is believed. A revoked key stops working within this time (A-117: one second).
const BELIEVED: Duration = Duration::from_millis(500);
/// Keys remembered at once; past it the memory starts afresh.
const REMEMBERED: usize = 10_000;

/// Keys looked up a moment ago, so that a busy caller costs no look-up a request.
#[derive(Default)]
pub struct KeyCache(Mutex<HashMap<KeyId, (Instant, ApiKey, Account)>>);

impl KeyCache {
    fn recent(&self, id: &KeyId) -> Option<(ApiKey, Account)> {
        let keys = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (at, key, account) = keys.get(id)?;
        (at.elapsed() < BELIEVED).then(|| (key.clone(), account.clone()))
    }

    /// Looks the account's keys up again: something about the account has changed.
    pub fn forget(&self, account: &AccountId) {
        let mut keys = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.retain(|_, (_, _, known)| known.id != *account);
    }

    fn remember(&self, key: &ApiKey, account: &Account) {
        let mut keys = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if keys.len() >= REMEMBERED {
            keys.clear();
        }
        keys.insert(key.id.clone(), (Instant::now(), key.clone(), account.clone()));
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let Ok(CallerAddress(peer)) = CallerAddress::from_request_parts(parts, app).await;
        let family = family(parts);
        app.rate.check_address(peer, family)?;
        let mut given = parts.headers.get_all("api-key").iter();
        let (Some(text), None) = (given.next(), given.next()) else { return Err(Problem::unauthorized()) };
        let account = app.identify(text.as_bytes()).await?;
        app.rate.check_account(&account.id, family)?;
        if let Some(logged) = parts.extensions.get::<LoggedAccount>() {
            logged.set(&account.id);
        }
        Ok(Self(account))
    }
}

impl App {
    async fn identify(&self, text: &[u8]) -> Result<Account, Problem> {
        // The checksum is in the text: a key that cannot be ours is refused without asking the store.
        let key =
            std::str::from_utf8(text).ok().and_then(KeyText::parse).ok_or_else(Problem::unauthorized)?;
        let hash = key.hash(&self.vault);
        let (stored, account) = match self.keys.recent(key.id()) {
            Some(recent) => recent,
            None => {
                let stored = self.store.key(key.id()).await?.ok_or_else(Problem::unauthorized)?;
                let account = self.store.account(&stored.account).await?.ok_or_else(Problem::unauthorized)?;
                self.keys.remember(&stored, &account);
                (stored, account)
            }
        };
        if stored.hash != hash || !stored.is_active(self.now()) {
            return Err(Problem::unauthorized());
        }
        Ok(account)
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
