//! Answers that may be large: written beside the threads that serve, in turn by account, so that nobody's call waits while
//! megabytes of another one's are put into JSON.

use crate::bandwidth::Bandwidth;
use deskbell_core::id::AccountId;
use deskbell_core::policy::limit::{LARGE_ANSWER_BURST_BYTES, LARGE_ANSWER_BYTES_PER_SECOND};
use deskbell_http::turns::{Bounds, Turns};
use deskbell_wire::problem::Problem;
use std::time::Duration;

/// What is made of more bytes takes so long that others would wait for their worker.
const ASIDE_BYTES: usize = 64 << 10;
/// Each that waits holds what it is made of: a page, of a megabyte at most.
const BOUNDS: Bounds =
    Bounds { at_once: 1, waiting_of_party: 32, waiting: 128, patience: Duration::from_secs(10) };

/// An answer waits no longer for its account's bandwidth, for it holds what it is made of.
const BANDWIDTH_PATIENCE: Duration = Duration::from_secs(3);

/// Writes answers.
pub struct Answers {
    turns: Turns<AccountId>,
    bandwidth: Bandwidth,
}

impl Default for Answers {
    fn default() -> Self {
        let bandwidth =
            Bandwidth::new(LARGE_ANSWER_BYTES_PER_SECOND, LARGE_ANSWER_BURST_BYTES, BANDWIDTH_PATIENCE);
        Self { turns: Turns::new(BOUNDS, busy), bandwidth }
    }
}

impl Answers {
    /// What `write` makes of so many `bytes` of the account's: of few at once, of many when they are earned and its turn comes.
    ///
    /// # Errors
    /// 429 and 503 when too many wait already, or for too long.
    pub async fn write<T: Send + 'static>(
        &self,
        account: &AccountId,
        bytes: usize,
        write: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        if bytes <= ASIDE_BYTES {
            return Ok(write());
        }
        self.bandwidth.take(account, bytes).await?;
        let turn = self.turns.take(account.clone()).await?;
        turn.work(write).await.map_err(|error| {
            tracing::error!(%error, "an answer could not be written");
            Problem::internal()
        })
    }
}

fn busy() -> Problem {
    let message = "Too many large answers are written at this moment. Try again in a few seconds.";
    Problem::unavailable("answers_busy", message, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use futures::poll;
    use std::pin::pin;
    use std::sync::{Arc, Mutex};
    use std::thread;

    fn account(name: &str) -> AccountId {
        AccountId::from_text(name)
    }

    #[tokio::test]
    async fn a_large_answer_is_written_on_another_thread_and_a_small_one_here() {
        let (answers, here) = (Answers::default(), thread::current().id());
        let is_here = async |bytes| {
            answers.write(&account("ACC-1"), bytes, || thread::current().id()).await == Ok(here)
        };
        assert_eq!((is_here(ASIDE_BYTES).await, is_here(ASIDE_BYTES + 1).await), (true, false));
    }

    #[tokio::test]
    async fn many_large_answers_of_an_account_keep_no_other_one_waiting() {
        let (answers, written) = (Answers::default(), Arc::new(Mutex::new(Vec::new())));
        let (end, ends) = std::sync::mpsc::channel::<()>();
        let (many, large) = (account("ACC-MANY"), ASIDE_BYTES + 1);
        let mut first = pin!(answers.write(&many, large, move || ends.recv().is_err()));
        assert!(poll!(&mut first).is_pending());
        let write = async |name: &'static str| {
            let written = Arc::clone(&written);
            let note = move || written.lock().unwrap().push(name);
            answers.write(&account(name), large, note).await.unwrap();
        };
        let names = std::iter::repeat_n("ACC-MANY", 24).chain(["ACC-SELDOM"]);
        let mut all = pin!(join_all(names.map(write)));
        assert!(poll!(&mut all).is_pending());
        drop(end);
        assert_eq!(first.await, Ok(true));
        all.await;
        let written = written.lock().unwrap();
        let seldom = written.iter().position(|name| *name == "ACC-SELDOM");
        assert!(seldom <= Some(1) && written.len() == 25, "{written:?}");
    }
}
