//! Descriptors: how many files and sockets this process may have open. Most systems give a thousand at first and a multiple to
//! whoever asks.

use crate::config::Config;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is open besides connections: databases with their logs, listeners, files that are being served; and a few kept back.
const OTHERS: u64 = 200;

/// Asks for as many as may be had, and warns when what the settings allow does not fit.
pub(crate) fn raise(config: &Config) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
    {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
    let needed = needed(config);
    // No limit is enough.
    if let Some(limit) = getrlimit(Resource::Nofile).current.filter(|limit| *limit < needed) {
        tracing::warn!(
            limit,
            needed,
            "this process may open fewer files than its settings allow connections: raise its limit (LimitNOFILE, ulimit -n), \
             or lower server.max_connections and delivery.in_flight"
        );
    }
}

/// As many as the settings allow: callers, attempts, and as many connections again that are kept for the next attempt.
fn needed(config: &Config) -> u64 {
    let callers = u64::try_from(config.server.max_connections).unwrap_or(u64::MAX);
    callers.saturating_add(2 * u64::from(config.delivery.in_flight)).saturating_add(OTHERS)
}
