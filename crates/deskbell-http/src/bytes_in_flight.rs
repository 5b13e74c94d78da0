//! BytesInFlight: how many bytes of request bodies are in memory at once, in all and of one account, so that nobody takes the memory
//! of all; and how many large ones are parsed at a time.

use crate::middleware::Notes;
use crate::turns::{Bounds, Turns};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bytes::Bytes;
use deskbell_core::id::AccountId;
use deskbell_core::policy::limit::{ACCOUNT_SHARE, BODIES_IN_FLIGHT_BYTES, BODIES_PER_ACCOUNT_BYTES};
use deskbell_wire::problem::Problem;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A body of no more bytes is not counted: as many are in the buffer of any connection, which is bounded by their number.
const UNCOUNTED: usize = 16 << 10;
/// A body of more bytes takes so long to be parsed that others would wait for their worker.
const PARSED_ASIDE: usize = 64 << 10;
/// One body is parsed aside at a time, for the workers want the processors too. Those that wait are bounded in bytes.
const ASIDE: Bounds =
    Bounds { at_once: 1, waiting_of_party: usize::MAX, waiting: usize::MAX, patience: Duration::MAX };
/// After so many seconds a refused call may come again: a body ends within 30, and usually at once.
const RETRY_SECONDS: u64 = 2;

/// Counts the bytes of bodies that are in memory.
#[derive(Debug)]
pub struct BytesInFlight {
    all: usize,
    per_account: usize,
    held: Mutex<Held>,
    aside: Turns<Option<AccountId>>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    /// All bodies whose account is not known are one holder's: none of those is so large that it counts.
    of: HashMap<Option<AccountId>, usize>,
}

impl Default for BytesInFlight {
    fn default() -> Self {
        Self::new(BODIES_IN_FLIGHT_BYTES, BODIES_PER_ACCOUNT_BYTES)
    }
}

impl BytesInFlight {
    /// Room for `all` bytes, and for `per_account` of one account.
    pub(super) fn new(all: usize, per_account: usize) -> Self {
        Self { all, per_account, held: Mutex::default(), aside: Turns::new(ASIDE, Problem::internal) }
    }

    /// The count that holds for the request; its own where nobody counts.
    pub fn of(parts: &Parts) -> Arc<Self> {
        parts.extensions.get::<Notes>().map_or_else(Arc::default, |notes| Arc::clone(notes.bodies()))
    }

    /// Nothing yet, of a body of `account`.
    pub(super) fn begin(self: &Arc<Self>, account: Option<AccountId>) -> Counted {
        Counted { count: Arc::clone(self), account, bytes: 0 }
    }

    /// What `parse` makes of `bytes` of `account`: of large ones beside the workers that serve, in turn by account.
    ///
    /// # Errors
    /// What `parse` refuses.
    pub async fn parse<T: Send + 'static>(
        &self,
        account: Option<AccountId>,
        bytes: Bytes,
        parse: impl FnOnce(&Bytes) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        if bytes.len() <= PARSED_ASIDE {
            return parse(&bytes);
        }
        let turn = self.aside.take(account).await?;
        turn.work(move || parse(&bytes)).await.map_err(|_| Problem::internal())?
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes of one body; they are counted until this is dropped.
#[derive(Debug)]
pub(super) struct Counted {
    count: Arc<BytesInFlight>,
    account: Option<AccountId>,
    bytes: usize,
}

impl Counted {
    /// The body has so many bytes by now.
    ///
    /// # Errors
    /// 429 when they are too many of this account; 503 when they are too many in all, or the account would hold more than its
    /// share of what is free: however many take all they can, there is room for the next.
    pub(super) fn grow_to(&mut self, bytes: usize) -> Result<(), Problem> {
        if bytes <= UNCOUNTED {
            return Ok(());
        }
        let more = bytes.saturating_sub(self.bytes);
        let mut held = self.count.lock();
        let own = held.of.get(&self.account).copied().unwrap_or(0) + more;
        if own > self.count.per_account {
            let message = format!(
                "More than {} bytes of bodies are on their way for this account; send fewer at once.",
                self.count.per_account
            );
            let refused = Problem::new(StatusCode::TOO_MANY_REQUESTS, "bodies_in_flight", message).closing();
            return Err(Problem { retry_after: Some(RETRY_SECONDS), ..refused });
        }
        let free = self.count.all.checked_sub(held.all + more);
        if free.is_none_or(|free| own > free.saturating_mul(ACCOUNT_SHARE as usize)) {
            let message = format!(
                "Of {} bytes of bodies that may be on their way to this instance, too few are free; come again.",
                self.count.all
            );
            return Err(Problem::unavailable("bodies_in_flight", message, RETRY_SECONDS).closing());
        }
        held.all += more;
        held.of.insert(self.account.clone(), own);
        self.bytes = bytes;
        Ok(())
    }

    /// `body`, counted for as long as any part of it is kept.
    pub(super) fn keep(self, body: Bytes) -> Bytes {
        if self.bytes == 0 {
            return body;
        }
        Bytes::from_owner(Kept { body, _counted: self })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut held = self.count.lock();
        held.all = held.all.saturating_sub(self.bytes);
        match held.of.get_mut(&self.account) {
            Some(own) if *own > self.bytes => *own -= self.bytes,
            _ => {
                held.of.remove(&self.account);
            }
        }
    }
}

struct Kept {
    body: Bytes,
    _counted: Counted,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use futures::poll;
    use std::pin::pin;

    fn account(name: &str) -> Option<AccountId> {
        Some(AccountId::from_text(name))
    }

    /// A body of so many KiB.
    fn body(
        count: &Arc<BytesInFlight>,
        account: Option<AccountId>,
        kibibytes: usize,
    ) -> Result<Bytes, (u16, bool)> {
        let mut counted = count.begin(account);
        // As pieces come.
        for part in 1..=kibibytes {
            let refused = |problem: Problem| (problem.status.as_u16(), problem.retry_after.is_some());
            counted.grow_to(part << 10).map_err(refused)?;
        }
        Ok(counted.keep(vec![7; kibibytes << 10].into()))
    }

    #[test]
    fn who_has_too_many_bytes_under_way_is_refused_and_others_are_not() {
        let count = Arc::new(BytesInFlight::new(300 << 10, 100 << 10));
        let first = body(&count, account("ACC-1"), 60).unwrap();
        assert_eq!(body(&count, account("ACC-1"), 41).unwrap_err(), (429, true));
        let _second = body(&count, account("ACC-1"), 40).expect("what was refused takes no room");
        let _theirs = body(&count, account("ACC-2"), 99).expect("another account has room of its own");
        assert_eq!(body(&count, account("ACC-3"), 90).unwrap_err(), (503, true), "too many in all");
        drop(first);
        assert!(body(&count, account("ACC-3"), 90).is_ok(), "what is let go is free");
    }

    /// As many as would fill it, were what each may hold fixed.
    #[test]
    fn however_many_take_all_they_can_there_is_room_for_the_next() {
        let count = Arc::new(BytesInFlight::new(640 << 10, 160 << 10));
        let mut held = Vec::new();
        for name in ["ACC-1", "ACC-2", "ACC-3", "ACC-4"] {
            held.extend(std::iter::from_fn(|| body(&count, account(name), 20).ok()));
        }
        let of = |name: &str| count.lock().of.get(&account(name)).copied().unwrap_or(0) >> 10;
        assert_eq!((of("ACC-1"), of("ACC-2"), of("ACC-3")), (160, 160, 160), "all that one may hold");
        assert_eq!(of("ACC-4"), 120, "three times what is left free");
        let _next = body(&count, account("ACC-5"), 20).expect("the next one has room");
        assert_eq!(body(&count, account("ACC-4"), 20).unwrap_err(), (503, true));
    }

    #[test]
    fn a_part_that_is_kept_counts_as_the_whole_and_small_bodies_do_not_count() {
        let count = Arc::new(BytesInFlight::new(100 << 10, 100 << 10));
        let part = body(&count, account("ACC-1"), 60).unwrap().slice(..10);
        assert_eq!(count.lock().all, 60 << 10);
        let small: Vec<Bytes> =
            (0..100).map(|_| body(&count, account("ACC-1"), 16).expect("small")).collect();
        drop((part, small));
        assert!(count.lock().of.is_empty() && count.lock().all == 0, "nobody is remembered");
    }

    #[tokio::test]
    async fn a_large_body_is_parsed_on_another_thread() {
        let count = BytesInFlight::default();
        let parsed_here = async |bytes: usize| {
            let here = std::thread::current().id();
            let there = count.parse(None, vec![7; bytes].into(), |_| Ok(std::thread::current().id())).await;
            there == Ok(here)
        };
        assert_eq!((parsed_here(PARSED_ASIDE).await, parsed_here(PARSED_ASIDE + 1).await), (true, false));
    }

    #[tokio::test]
    async fn who_leaves_keeps_its_turn_until_its_body_is_parsed() {
        let count = Arc::new(BytesInFlight::default());
        let large = Bytes::from(vec![7; PARSED_ASIDE + 1]);
        let ((begun, has_begun), (end, ends)) = (tokio::sync::oneshot::channel(), std::sync::mpsc::channel());
        let first = tokio::spawn({
            let (count, large) = (Arc::clone(&count), large.clone());
            async move {
                let parse = move |_: &Bytes| {
                    let _ = begun.send(());
                    // Ends with its sender.
                    let _: Result<(), _> = ends.recv();
                    Ok(())
                };
                count.parse(account("ACC-1"), large, parse).await
            }
        });
        has_begun.await.unwrap();
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        let mut next = pin!(count.parse(None, large, |_| Ok(7)));
        assert!(poll!(&mut next).is_pending(), "it is still being parsed");
        drop(end);
        assert_eq!(next.await, Ok(7), "and then the next one is");
    }

    #[tokio::test]
    async fn large_bodies_of_one_account_are_parsed_behind_those_of_others() {
        let (count, large) = (BytesInFlight::default(), Bytes::from(vec![7; PARSED_ASIDE + 1]));
        let (end, ends) = std::sync::mpsc::channel::<()>();
        let mut held = pin!(count.parse(account("ACC-MANY"), large.clone(), move |_| {
            let _ended = ends.recv();
            Ok(())
        }));
        assert!(poll!(&mut held).is_pending());
        let parsed: Arc<Mutex<Vec<&str>>> = Arc::default();
        let parse = |name: &'static str| {
            let parsed = Arc::clone(&parsed);
            // While it is parsed: one is at a time.
            count.parse(account(name), large.clone(), move |_| {
                parsed.lock().unwrap().push(name);
                Ok(())
            })
        };
        let many = join_all(["ACC-MANY", "ACC-MANY", "ACC-MANY", "ACC-FEW"].map(parse));
        let mut many = pin!(many);
        assert!(poll!(&mut many).is_pending());
        drop(end);
        held.await.unwrap();
        assert!(many.await.iter().all(Result::is_ok));
        assert_eq!(*parsed.lock().unwrap(), ["ACC-FEW", "ACC-MANY", "ACC-MANY", "ACC-MANY"]);
    }
}
