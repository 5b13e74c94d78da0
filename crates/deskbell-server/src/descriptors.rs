//! Descriptors: how many files and sockets this process may have open. Most systems give a thousand at first and a multiple to
//! whoever asks.

use crate::config::Config;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is open besides connections: databases with their logs, listeners, files that are being served; and a few kept back.
const OTHERS: u64 = 200;

/// Asks for as many as may be had, and gives how many connections of callers fit. Where that is less than the settings allow it
/// warns, and callers get their share and no more: what is kept open for deliveries and the databases stays theirs.
pub(crate) fn raise(config: &Config) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
    {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
    let needed = needed(config);
    // No limit is enough.
    let Some(limit) = getrlimit(Resource::Nofile).current.filter(|limit| *limit < needed) else {
        return config.server.max_connections;
    };
    let callers = share_of_callers(limit, config);
    tracing::warn!(
        limit,
        needed,
        callers,
        "this process may open fewer files than its settings allow connections: raise its limit (LimitNOFILE, ulimit -n), \
         or lower server.max_connections and delivery.in_flight"
    );
    callers
}

/// As many as the settings allow: callers, attempts, and as many connections again that are kept for the next attempt.
pub(crate) fn needed(config: &Config) -> u64 {
    let callers = u64::try_from(config.server.max_connections).unwrap_or(u64::MAX);
    callers.saturating_add(2 * u64::from(config.delivery.in_flight)).saturating_add(OTHERS)
}

/// The connections of callers, at least one, out of `limit` descriptors that are fewer than needed.
fn share_of_callers(limit: u64, config: &Config) -> usize {
    let (callers, left) = (config.server.max_connections as u128, u128::from(limit.saturating_sub(OTHERS)));
    let share = callers * left / u128::from(needed(config).saturating_sub(OTHERS)).max(1);
    // Not more than the settings allow, which is a usize.
    usize::try_from(share).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;

    #[test]
    fn callers_leave_descriptors_to_deliveries_and_databases() {
        let config = Config::load(&Flags::default(), std::iter::empty()).unwrap().config;
        assert_eq!(needed(&config), 18_392);
        let share = |limit| share_of_callers(limit, &config);
        assert_eq!((share(100), share(1_000), share(4_096)), (1, 439, 2_141));
        for limit in [300, 1_000, 4_096, 18_391] {
            assert!(share(limit) as u64 <= limit - OTHERS, "{limit}");
        }
    }
}
