//! Back-pressure on accepting: what waits to be written is bounded in bytes, in all and by account, so that whoever is accepted
//! is written soon. Past the bound callers wait, by account in [turn](RoundRobin), and past a second one they are told to come again.
//! And who publishes more than this machine sends to receivers that would take it, is answered a moment later, before a
//! backlog has grown.

use deskbell_core::event::NewEvent;
use deskbell_core::id::AccountId;
use deskbell_core::policy::concurrency::Crowd;
use deskbell_core::policy::round_robin::RoundRobin;
use deskbell_core::store::{Error, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

/// Bytes of events that wait to be written, from which on no more are let in: about what the writer commits in a quarter of
/// a second.
const ROOM: usize = 8 << 20;
/// The same for the events of one account: there is always room for another one.
const SHARE: usize = ROOM / 2;
/// Callers of one account that may wait for room.
const WAITING: usize = 512;
/// How long one of them waits at most.
const PATIENCE: Duration = Duration::from_secs(2);
/// When somebody who was refused should come again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Bytes of events that one caller has to be written at a time.
const PART: usize = 256 << 10;
/// How much later a caller is answered at most whose delivery stands in line for this machine.
const IN_LINE: Duration = Duration::from_millis(100);
/// How much later a caller is answered whose delivery found no place in line: with 64 callers, accepting then leaves most of the
/// processors to sending.
const BEYOND: Duration = Duration::from_millis(5);

/// Holds a caller back whose event was accepted, while this machine has more to send at once than it can: until the event is on
/// its way, so that as much is accepted as is sent, however many callers there are.
pub(crate) async fn hold_back(crowd: Crowd) {
    if let Ok(false) = timeout(IN_LINE, crowd.passed()).await {
        sleep(BEYOND).await;
    }
}

/// Events of one account that are let in together.
pub(crate) struct Part {
    pub(crate) account: AccountId,
    pub(crate) bytes: usize,
    pub(crate) events: Vec<NewEvent>,
}

/// The events in their order, cut where the account changes and where a part would have more than [`PART`] bytes.
pub(crate) fn parts(events: Vec<NewEvent>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for new in events {
        let size = new.event.body.len();
        match parts.last_mut() {
            Some(part) if part.account == new.event.account && part.bytes + size <= PART => {
                part.bytes += size;
                part.events.push(new);
            }
            _ => parts.push(Part { account: new.event.account.clone(), bytes: size, events: vec![new] }),
        }
    }
    parts
}

#[derive(Default)]
pub(crate) struct Admission(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    taken: usize,
    /// Bytes of each account that has any.
    shares: HashMap<AccountId, usize>,
    waiting: RoundRobin<AccountId, Waiter>,
}

struct Waiter {
    bytes: usize,
    turn: oneshot::Sender<Room>,
}

/// Some bytes of the room, until it is dropped.
pub(crate) struct Room {
    of: Admission,
    account: AccountId,
    bytes: usize,
}

impl Admission {
    /// Room for events of the account, of so many bytes together.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many of the account's wait for room, or there was none for 2 s.
    pub(crate) async fn admit(&self, account: &AccountId, bytes: usize) -> Result<Room> {
        self.admit_within(account, bytes, WAITING, PATIENCE).await
    }

    /// The same for what follows in a call of which something is taken already: it waits for as long as it has to.
    pub(crate) async fn admit_next(&self, account: &AccountId, bytes: usize) -> Result<Room> {
        self.admit_within(account, bytes, usize::MAX, Duration::MAX).await
    }

    async fn admit_within(
        &self,
        account: &AccountId,
        bytes: usize,
        waiting: usize,
        patience: Duration,
    ) -> Result<Room> {
        let busy = Error::Busy { retry_after: RETRY_AFTER };
        let my_turn = {
            let mut state = self.lock();
            if state.waiting.is_empty() && state.has_room(account) {
                return Ok(self.room(&mut state, account.clone(), bytes));
            }
            // Who has gone away counts no more.
            if state.waiting.retain_of(account, |one| !one.turn.is_closed()) >= waiting {
                return Err(busy);
            }
            let (turn, my_turn) = oneshot::channel();
            state.waiting.push(account.clone(), Waiter { bytes, turn });
            my_turn
        };
        // Others may wait only because their own share is full.
        self.serve();
        match timeout(patience, my_turn).await {
            Ok(Ok(room)) => Ok(room),
            _ => Err(busy),
        }
    }

    fn room(&self, state: &mut State, account: AccountId, bytes: usize) -> Room {
        state.taken += bytes;
        *state.shares.entry(account.clone()).or_default() += bytes;
        Room { of: Self(Arc::clone(&self.0)), account, bytes }
    }

    /// Lets in those whose turn it is.
    fn serve(&self) {
        while let Some((turn, room)) = self.next() {
            // Room for somebody who has gone away comes back as it is dropped.
            let _ = turn.send(room);
        }
    }

    fn next(&self) -> Option<(oneshot::Sender<Room>, Room)> {
        let state = &mut *self.lock();
        let State { taken, shares, waiting } = state;
        if *taken >= ROOM {
            return None;
        }
        let may = |account: &AccountId, one: &Waiter| one.turn.is_closed() || has_share(shares, account);
        let (account, Waiter { bytes, turn }) = loop {
            let (account, one) = waiting.next(may)?;
            if !one.turn.is_closed() {
                break (account, one);
            }
        };
        let room = self.room(state, account, bytes);
        Some((turn, room))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_room(&self, account: &AccountId) -> bool {
        self.taken < ROOM && has_share(&self.shares, account)
    }
}

fn has_share(shares: &HashMap<AccountId, usize>, account: &AccountId) -> bool {
    shares.get(account).is_none_or(|taken| *taken < SHARE)
}

impl Drop for Room {
    fn drop(&mut self) {
        {
            let mut state = self.of.lock();
            state.taken -= self.bytes;
            if let Some(share) = state.shares.get_mut(&self.account) {
                *share -= self.bytes;
                if *share == 0 {
                    state.shares.remove(&self.account);
                }
            }
        }
        self.of.serve();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    fn account(name: &str) -> AccountId {
        AccountId::from_text(name)
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_waits_for_its_share_and_another_one_does_not() {
        let (admission, many, few) = (Admission::default(), account("ACC-MANY"), account("ACC-FEW"));
        let held = admission.admit(&many, SHARE).await.unwrap();
        let mut second = Box::pin(admission.admit(&many, 1));
        assert!(second.as_mut().now_or_never().is_none(), "its share is full");
        assert!(admission.admit(&few, 1).now_or_never().is_some(), "another's is not");
        drop(held);
        assert!(second.now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn past_the_bound_callers_are_served_by_account_in_turn() {
        let (admission, names) = (Admission::default(), ["ACC-A", "ACC-B", "ACC-C"].map(account));
        let mut held = vec![
            admission.admit(&names[0], SHARE - 1).await.unwrap(),
            admission.admit(&names[1], SHARE - 1).await.unwrap(),
        ];
        held.push(admission.admit(&names[2], 2).await.unwrap());
        let mut waiting: Vec<_> =
            [0, 0, 0, 1, 2].map(|of| Box::pin(admission.admit(&names[of], ROOM))).into();
        assert!(waiting.iter_mut().all(|one| one.as_mut().now_or_never().is_none()), "there is no room");
        let mut turns = Vec::new();
        held.pop();
        while !waiting.is_empty() {
            let served = waiting
                .iter_mut()
                .enumerate()
                .find_map(|(at, one)| one.as_mut().now_or_never().map(|room| (at, room.unwrap())));
            let (at, room) = served.expect("somebody's turn");
            turns.push(room.account.clone());
            drop(waiting.remove(at));
            drop(room);
            held.clear();
        }
        let [a, b, c] = &names;
        assert_eq!(turns, [a, b, c, a, a].map(AccountId::clone));
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_begun_waits_for_as_long_as_it_takes() {
        let (admission, many) = (Admission::default(), account("ACC-MANY"));
        let held = admission.admit(&many, ROOM).await.unwrap();
        let mut next = Box::pin(admission.admit_next(&many, 1));
        assert!(timeout(100 * PATIENCE, next.as_mut()).await.is_err());
        drop(held);
        assert!(matches!(next.now_or_never(), Some(Ok(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn past_the_second_bound_callers_are_told_to_come_again() {
        let (admission, many, few) = (Admission::default(), account("ACC-MANY"), account("ACC-FEW"));
        let held = admission.admit(&many, ROOM).await.unwrap();
        let told = |answer: Result<Room>| matches!(answer, Err(Error::Busy { retry_after }) if retry_after == RETRY_AFTER);
        assert!(told(admission.admit(&many, 1).await), "no room for as long as anybody waits");
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(admission.admit(&many, 1))).collect();
        assert!(waiting.iter_mut().all(|one| one.as_mut().now_or_never().is_none()));
        assert!(told(admission.admit(&many, 1).now_or_never().expect("at once")), "too many wait");
        let mut other = Box::pin(admission.admit(&few, 1));
        assert!(other.as_mut().now_or_never().is_none(), "each account's are counted by themselves");
        waiting.pop();
        assert!(
            admission.admit(&many, 1).now_or_never().is_none(),
            "one who went away makes room for another"
        );
        drop((waiting, held));
        assert!(other.now_or_never().is_some());
        assert!(admission.admit(&many, ROOM).await.is_ok());
        let state = admission.lock();
        assert!(state.taken == 0 && state.shares.is_empty() && state.waiting.is_empty());
    }
}
