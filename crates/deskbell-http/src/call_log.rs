//! Call log: calls of API keys that sent nothing on, or not all they had, because they were refused, repeated an earlier one, or had an
//! event that is owed to nobody. The newest of each account, in memory: a call that fails costs no write. No bodies, no ids of paths, no
//! secrets.

use deskbell_core::call::Outcome;
use deskbell_core::id::AccountId;
use deskbell_core::time::earlier;
use deskbell_core::{Clock, Timestamp};
use deskbell_wire::call::Facts;
use deskbell_wire::problem::Problem;
use lru::LruCache;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a call is told of.
pub const CALLS_KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// Calls that are kept of an account; several alike in a row are one.
const CALLS: usize = 100;
/// Accounts whose calls are kept; the one that was silent longest makes room.
const ACCOUNTS: usize = 500;
/// Bytes of a sentence at most: callers' values stand in it.
const MESSAGE_BYTES: usize = 500;

/// What came of a call, where its status does not say: in the extensions of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What became of it.
    pub outcome: Outcome,
    /// The refusal's stable name.
    pub code: Option<&'static str>,
    /// The parameter at fault.
    pub param: Option<String>,
    /// What happened, in a sentence.
    pub message: String,
}

impl From<Problem> for Remark {
    fn from(problem: Problem) -> Self {
        Self {
            outcome: Outcome::Refused,
            code: Some(problem.code),
            param: problem.param,
            message: problem.message,
        }
    }
}

/// What calls that are told of as one have in common: all but the id and the time.
fn common(call: &Facts) -> impl PartialEq {
    let Facts { method, path, status, key, outcome, code, param, message, .. } = call;
    (method, path, status, key, outcome, code, param, message)
}

/// The calls of an account.
struct Calls {
    /// Oldest first.
    kept: VecDeque<Facts>,
    /// What came before is not known.
    since: Timestamp,
}

/// The newest calls of each account.
pub struct CallLog {
    clock: Arc<dyn Clock>,
    accounts: Mutex<Accounts>,
}

struct Accounts {
    /// By when they were last called for.
    calls: LruCache<AccountId, Calls>,
    /// Since when the calls of an account are known that has none here.
    since: Timestamp,
}

impl CallLog {
    /// Nothing was called yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let since = clock.now();
        Self { clock, accounts: Mutex::new(Accounts { calls: LruCache::unbounded(), since }) }
    }

    /// Notes a call; `call` is given the time.
    pub(super) fn note(&self, account: &AccountId, call: impl FnOnce(Timestamp) -> Facts) {
        let mut call = call(self.clock.now());
        call.message.truncate(call.message.floor_char_boundary(MESSAGE_BYTES));
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.of(account).take(call);
    }

    /// The account's calls of the last [`CALLS_KEPT_FOR`], newest first, and since when they are known.
    pub fn read(&self, account: &AccountId) -> (Vec<Facts>, Timestamp) {
        let oldest = earlier(self.clock.now(), CALLS_KEPT_FOR);
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        match accounts.calls.peek(account) {
            None => (Vec::new(), accounts.since.max(oldest)),
            Some(calls) => {
                let kept = calls.kept.iter().rev().filter(|call| call.at >= oldest).cloned();
                (kept.collect(), calls.since.max(oldest))
            }
        }
    }
}

impl Accounts {
    fn of(&mut self, account: &AccountId) -> &mut Calls {
        if self.calls.len() >= ACCOUNTS
            && !self.calls.contains(account)
            && let Some((_, gone)) = self.calls.pop_lru()
        {
            self.since = gone.kept.back().map_or(self.since, |last| self.since.max(last.at));
        }
        let since = self.since;
        self.calls.get_or_insert_mut_ref(account, || Calls { kept: VecDeque::new(), since })
    }
}

impl Calls {
    fn take(&mut self, call: Facts) {
        if let Some(last) = self.kept.back_mut().filter(|last| common(last) == common(&call)) {
            *last = Facts { times: last.times.saturating_add(1), ..call };
            return;
        }
        if self.kept.len() >= CALLS
            && let Some(gone) = self.kept.pop_front()
        {
            self.since = self.since.max(gone.at);
        }
        self.kept.push_back(call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::time::{from_millis, later};
    use std::sync::atomic::{AtomicI64, Ordering};

    #[derive(Debug, Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    fn note(log: &CallLog, clock: &Hand, account: &str, message: &str) {
        clock.0.fetch_add(1_000, Ordering::Relaxed);
        log.note(&AccountId::from_text(account), |at| Facts {
            id: at.to_string(),
            at,
            method: "POST".into(),
            path: "/v2/events".into(),
            status: 404,
            key: "CI".into(),
            outcome: Outcome::Refused,
            code: Some("not_found"),
            param: None,
            message: message.into(),
            times: 1,
        });
    }

    fn fresh() -> (CallLog, Arc<Hand>) {
        let clock = Arc::new(Hand::default());
        (CallLog::new(Arc::<Hand>::clone(&clock)), clock)
    }

    fn read(log: &CallLog, account: &str) -> (Vec<(String, u32)>, Timestamp) {
        let (calls, since) = log.read(&AccountId::from_text(account));
        (calls.into_iter().map(|call| (call.message, call.times)).collect(), since)
    }

    #[test]
    fn an_account_reads_its_own_calls_newest_first_and_those_alike_in_a_row_as_one() {
        let (log, clock) = fresh();
        for message in ["one", "two", "two", "one"] {
            note(&log, &clock, "ACC-1", message);
        }
        note(&log, &clock, "ACC-2", "another's");
        let said = [("one", 1), ("two", 2), ("one", 1)].map(|(text, times)| (text.to_owned(), times));
        assert_eq!(read(&log, "ACC-1"), (said.to_vec(), from_millis(0)));
        assert_eq!(read(&log, "ACC-3"), (Vec::new(), from_millis(0)));
    }

    #[test]
    fn calls_are_bounded_in_number_in_bytes_and_in_time_and_it_is_said_since_when_they_are_known() {
        let (log, clock) = fresh();
        for number in 0..CALLS + 2 {
            note(&log, &clock, "ACC-1", &format!("{number} {}", "ü".repeat(MESSAGE_BYTES)));
        }
        let (calls, since) = read(&log, "ACC-1");
        assert_eq!((calls.len(), since), (CALLS, from_millis(2_000)), "two made room");
        assert!(calls.iter().all(|(message, _)| message.len() <= MESSAGE_BYTES));
        let day = i64::try_from(CALLS_KEPT_FOR.as_millis()).unwrap();
        clock.0.fetch_add(day - 1_000, Ordering::Relaxed);
        let (calls, since) = read(&log, "ACC-1");
        assert_eq!(
            (calls.len(), since),
            (2, later(from_millis(1_000), Duration::from_secs(100))),
            "a day ago"
        );
    }

    #[test]
    fn of_many_accounts_the_one_that_was_silent_longest_makes_room() {
        let (log, clock) = fresh();
        for number in 0..ACCOUNTS {
            note(&log, &clock, &format!("ACC-{number}"), "refused");
        }
        note(&log, &clock, "ACC-0", "again");
        note(&log, &clock, "ACC-new", "refused");
        assert_eq!(read(&log, "ACC-0").0.len(), 2);
        assert_eq!(
            read(&log, "ACC-1"),
            (Vec::new(), from_millis(2_000)),
            "what it called until then is not known"
        );
        assert_eq!(read(&log, "ACC-new").0.len(), 1);
    }
}
