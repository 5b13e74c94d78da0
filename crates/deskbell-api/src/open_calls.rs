//! OpenCalls: how many calls of one party are held open at a time. Each holds a connection for as long as it lasts, and those are
//! everybody's.

use crate::party::Party;
use deskbell_core::policy::limit;
use deskbell_wire::problem::Problem;
use http::StatusCode;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Why a call is held open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    /// Its caller follows, waits for something to come, or saves a file.
    Follow,
    /// Its answer is due later: a relay gives it, or a script delays it.
    Answer,
}

/// Counts the calls that are held open, and refuses those past the limit of their party.
#[derive(Default)]
pub struct OpenCalls(Arc<Mutex<Counts>>);

type Counts = HashMap<(Party, Purpose), usize>;

/// A call that is held open, until this is dropped.
pub(crate) struct OpenCall {
    counts: Arc<Mutex<Counts>>,
    of: (Party, Purpose),
}

impl OpenCalls {
    /// Holds a call of `party` open.
    ///
    /// # Errors
    /// 429 that names the limit, when as many are open as may be.
    pub(crate) fn enter(&self, party: Party, purpose: Purpose) -> Result<OpenCall, Problem> {
        let most = most(&party, purpose);
        let mut counts = lock(&self.0);
        let open = counts.get(&(party.clone(), purpose)).copied().unwrap_or(0);
        if open >= most {
            return Err(refusal(&party, purpose, most));
        }
        counts.insert((party.clone(), purpose), open + 1);
        Ok(OpenCall { counts: Arc::clone(&self.0), of: (party, purpose) })
    }

    /// The same for a call that waits for something to come, at most for `wait`; none is held open that does not wait.
    ///
    /// # Errors
    /// As [`OpenCalls::enter`].
    pub(crate) fn enter_to_wait(&self, party: Party, wait: Duration) -> Result<Option<OpenCall>, Problem> {
        if wait.is_zero() { Ok(None) } else { self.enter(party, Purpose::Follow).map(Some) }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        match counts.get_mut(&self.of) {
            Some(open) if *open > 1 => *open -= 1,
            _ => {
                counts.remove(&self.of);
            }
        }
    }
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

fn most(party: &Party, purpose: Purpose) -> usize {
    match (party, purpose) {
        (Party::Account(_), Purpose::Follow) => limit::OPEN_PER_ACCOUNT,
        (Party::Account(_), Purpose::Answer) => limit::HELD_PER_ACCOUNT,
        (Party::Inbox(_), _) => limit::OPEN_PER_ANONYMOUS_INBOX,
        (Party::Network(_), _) => limit::ANONYMOUS_OPEN_PER_NETWORK,
    }
}

fn refusal(party: &Party, purpose: Purpose, most: usize) -> Problem {
    let whose = match party {
        Party::Account(_) => "The account has",
        Party::Inbox(_) => "This inbox has",
        Party::Network(_) => "Your network has",
    };
    let what = match purpose {
        Purpose::Follow => "streams, exports and waiting calls open",
        Purpose::Answer => "requests to its inboxes open that are answered later",
    };
    let message = format!("{whose} {most} {what}, which is the limit. Try again when one of them has ended.");
    let refusal = Problem::new(StatusCode::TOO_MANY_REQUESTS, "open_calls_too_many", message);
    Problem { retry_after: Some(5), ..refusal }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::id::AccountId;

    #[test]
    fn one_account_cannot_hold_what_others_need() {
        let calls = OpenCalls::default();
        let enter = |name: &str, purpose| calls.enter(Party::Account(AccountId::from_text(name)), purpose);
        let mut open: Vec<_> =
            (0..limit::OPEN_PER_ACCOUNT).map(|_| enter("MEAN", Purpose::Follow).ok().unwrap()).collect();
        let refused = enter("MEAN", Purpose::Follow).err().unwrap();
        assert_eq!((refused.status.as_u16(), refused.code), (429, "open_calls_too_many"));
        assert_eq!(refused.retry_after, Some(5));
        assert!(refused.message.contains("The account has 200 streams"), "{}", refused.message);
        assert!(enter("GOOD", Purpose::Follow).is_ok(), "another account");
        let mean = Party::Account(AccountId::from_text("MEAN"));
        assert!(calls.enter_to_wait(mean.clone(), Duration::from_secs(1)).is_err());
        assert!(calls.enter_to_wait(mean, Duration::ZERO).is_ok(), "what does not wait is not held open");
        assert!(enter("MEAN", Purpose::Answer).is_ok(), "what its inboxes answer is counted apart");
        open.pop();
        assert!(enter("MEAN", Purpose::Follow).is_ok(), "one has ended");
        drop(open);
        assert!(lock(&calls.0).is_empty(), "nobody is remembered");
    }
}
