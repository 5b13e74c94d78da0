//! What every handler can reach. Made once in [`crate::serve`], shared by all.

use super::auth::KeyCache;
use super::rate::{Rate, client_address};
use crate::config::Config;
use crate::dashboard::Entrance;
use crate::inbox::relay::Relay;
use crate::metrics::Metrics;
use deskbell_core::policy::ssrf_guard::SsrfGuard;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Random, Store, Timestamp};
use deskbell_engine::Waker;
use http::HeaderMap;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// The handlers' state.
pub type Shared = Arc<App>;

/// Everything a handler may use. Handlers never send and never decide when to retry: they write an intention to the
/// store and wake the engine.
pub struct App {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// Seals and opens secrets.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub random: Arc<dyn Random>,
    /// Judges targets.
    pub guard: Arc<SsrfGuard>,
    /// Wakes the engine.
    pub waker: Waker,
    /// Counts requests.
    pub rate: Rate,
    /// Keys that were looked up a moment ago.
    pub keys: KeyCache,
    /// Where people sign in.
    pub entrance: Entrance,
    /// Bumped by [`App::announce`].
    pub accepted: watch::Sender<u64>,
    /// Bumped whenever an inbox captured something, so that a waiting call looks again.
    pub captured: watch::Sender<u64>,
    /// The requests that wait for a relay.
    pub relay: Relay,
    /// Bumped by the engine whenever attempts were recorded.
    pub recorded: watch::Receiver<u64>,
    /// Turns true when the server stops, so that a waiting call ends early.
    pub stopping: watch::Receiver<bool>,
    /// What is counted and measured.
    pub metrics: Arc<Metrics>,
    /// The settings in force.
    pub config: Config,
    /// How clients reach this instance, without a slash at the end.
    pub public_url: String,
}

impl App {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells the engine, and who follows the stream, that there may be new events and deliveries.
    pub fn announce(&self) {
        self.waker.wake();
        self.accepted.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Who calls, behind the proxies that the operator trusts.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        client_address(peer, headers, &self.config.server.trusted_proxies)
    }
}
