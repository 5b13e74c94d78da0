//! App: every part at once, for handlers that do not name theirs yet.

use crate::auth::{Callers, Sessions, SignIn};
use crate::inbox::relay::Relay;
use crate::metrics::Metrics;
use crate::pagination::Pagination;
use crate::publisher::Publisher;
use crate::rate_limit::RateLimits;
use crate::sandbox::SandboxObjects;
use crate::settings::Settings;
use crate::signals::Signals;
use deskbell_core::policy::ssrf_guard::SsrfGuard;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Random, Store, Timestamp};
use std::sync::Arc;

/// The handlers' state.
pub type Shared = Arc<App>;

#[allow(missing_docs)]
pub struct App {
    pub store: Arc<dyn Store>,
    pub vault: Arc<Vault>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub guard: Arc<SsrfGuard>,
    pub limits: Arc<RateLimits>,
    pub signals: Arc<Signals>,
    pub metrics: Arc<Metrics>,
    pub settings: Arc<Settings>,
    pub sessions: Arc<Sessions>,
    pub callers: Arc<Callers>,
    pub sign_in: Arc<SignIn>,
    pub publisher: Arc<Publisher>,
    pub sandbox: Arc<SandboxObjects>,
    pub relay: Arc<Relay>,
    pub pagination: Arc<Pagination>,
}

impl App {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
