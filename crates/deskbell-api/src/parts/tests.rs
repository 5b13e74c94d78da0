//! Parts over a memory store, for the tests of the rooms.

use super::{Given, Parts};
use crate::auth::EnterLink;
use crate::disk::{Bounds, Disk};
use crate::metrics::Metrics;
use crate::rate_limit::{self, RateLimits};
use crate::settings::Settings;
use crate::signals::Signals;
use deskbell_core::door::SeededRandom;
use deskbell_core::policy::ssrf_guard::{self, SsrfGuard};
use deskbell_core::time::from_millis;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_http::call_log::CallLog;
use std::sync::Arc;
use tokio::sync::watch;

/// A clock that stands still.
pub(crate) struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        from_millis(1_778_072_561_300)
    }
}

/// The parts over `store`, without limits, in a process that says when it is `stopping`.
pub(crate) fn parts(store: Arc<dyn Store>, stopping: watch::Receiver<bool>) -> Parts {
    let (clock, random) = (Arc::new(StandingClock), Arc::new(SeededRandom::new(7)));
    let vault = Arc::new(Vault::new(&[7; 32]));
    let disk = Arc::new(Disk::new(Some(".".as_ref()), Bounds::default()));
    Parts::new(Given {
        calls: Arc::new(CallLog::new(clock.clone())),
        metrics: Arc::new(Metrics::new(store.clone(), clock.clone(), disk.clone(), None, None)),
        disk,
        guard: Arc::new(SsrfGuard::new(ssrf_guard::Rules::default())),
        limits: RateLimits::new(&rate_limit::Settings::off()),
        signals: Arc::new(Signals::new(stopping)),
        on_accepted: None,
        link: EnterLink::new(&*random, &vault, clock.now()).0,
        settings: Settings::default(),
        store,
        vault,
        clock,
        random,
    })
}
