//! News of recorded attempts: a bell for each account, and a line in the log for each attempt.

use deskbell_core::attempt::{Attempt, Outcome};
use deskbell_core::delivery::Status;
use deskbell_core::id::AccountId;
use deskbell_core::store::Lost;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Tells of them, and rings the bells of accounts.
#[derive(Clone)]
pub(crate) struct News {
    pub(crate) recorded: Arc<dyn Fn(&AccountId) + Send + Sync>,
}

impl News {
    /// Tells of lost attempts that a claim recorded.
    pub(crate) fn tell(&self, lost: &[Lost]) {
        lost.iter().for_each(|lost| log(&lost.attempt, lost.became));
        self.ring(lost.iter().map(|lost| &lost.attempt));
    }

    /// Attempts were recorded: rings once for each account.
    pub(crate) fn ring<'a>(&self, attempts: impl Iterator<Item = &'a Attempt>) {
        let accounts: BTreeSet<&AccountId> = attempts.map(|attempt| &attempt.account).collect();
        accounts.into_iter().for_each(|account| (self.recorded)(account));
    }
}

/// One wide line for a recorded attempt, at `debug` for one that went well: no bodies, no header values, and of the URL the
/// host only (catalogue 6.7).
pub(crate) fn log(attempt: &Attempt, became: Status) {
    // A macro, for the level of a line is fixed where it stands.
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: "attempts",
                delivery = %attempt.delivery, event = %attempt.event, webhook = %attempt.webhook,
                account = %attempt.account, number = attempt.number, manual = attempt.manual,
                outcome = attempt.outcome.as_str(),
                status = attempt.response.as_ref().map(|answer| answer.status),
                total_ms = attempt.timings.total_us / 1_000, host = host(&attempt.url),
                became = became.as_str(),
                "attempt recorded"
            )
        };
    }
    if attempt.outcome == Outcome::Delivered {
        line!(debug);
    } else {
        line!(info);
    }
}

/// The host and port of `url`: the path and the query may hold a receiver's secrets.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
