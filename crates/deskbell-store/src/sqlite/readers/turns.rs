//! Whose read is next. What is no account's comes first: the machine's own reads, and those that have yet to find out whose call it
//! is (by key, session or token), but not with all readers while an account's read waits: strangers' requests are among it.
//! Accounts take [turns](RoundRobin), and never have all readers: one is left for what comes first.
//! One account has half of them at most, so that another's read does not wait for its slow ones.

use super::READERS;
use deskbell_core::id::AccountId;
use deskbell_core::policy::round_robin::RoundRobin;
use deskbell_core::store::{Error, Result};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Readers that accounts may have together.
const OF_ACCOUNTS: usize = READERS - 1;
/// Readers that one account may have.
const OF_ACCOUNT: usize = READERS / 2;
/// Reads of one account that may wait: more than its streams make together.
const WAITING_OF_ACCOUNT: usize = 1_024;
/// Reads of all accounts that may wait, and so many that are no account's.
const WAITING: usize = 4_096;
/// When somebody whose read was refused should come again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

#[derive(Default, Clone)]
pub(super) struct Turns(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    /// Whose reads are being done, one for each reader that is taken.
    reading: Vec<Option<AccountId>>,
    own: VecDeque<Waiter>,
    others: RoundRobin<AccountId, Waiter>,
}

type Waiter = oneshot::Sender<Turn>;

/// A reader is taken until this is dropped.
pub(super) struct Turn {
    of: Turns,
    account: Option<AccountId>,
}

impl Turn {
    /// Whose it is.
    pub(super) fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }
}

impl Turns {
    /// The next turn of the account, or of what is no account's.
    ///
    /// # Errors
    /// [`Error::Busy`] when as many wait as may.
    pub(super) async fn take(&self, account: Option<&AccountId>) -> Result<Turn> {
        let (turn, my_turn) = oneshot::channel();
        self.lock().wait(account, turn)?;
        self.serve();
        my_turn.await.map_err(|_| Error::Unavailable("the store is closed".into()))
    }

    fn serve(&self) {
        loop {
            let Some((account, waiter)) = self.lock().next() else { return };
            // The turn of somebody who has just left comes back as it is dropped.
            let _ = waiter.send(Turn { of: self.clone(), account });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn wait(&mut self, account: Option<&AccountId>, turn: Waiter) -> Result<()> {
        if !self.has_room(account) {
            // Who has gone away counts no more.
            self.own.retain(|waiter| !waiter.is_closed());
            self.others.retain(|waiter| !waiter.is_closed());
            if !self.has_room(account) {
                return Err(Error::Busy { retry_after: RETRY_AFTER });
            }
        }
        match account {
            None => self.own.push_back(turn),
            Some(account) => self.others.push(account.clone(), turn),
        }
        Ok(())
    }

    /// Whether another read may wait.
    fn has_room(&self, account: Option<&AccountId>) -> bool {
        match account {
            None => self.own.len() < WAITING,
            Some(account) => self.others.len_of(account) < WAITING_OF_ACCOUNT && self.others.len() < WAITING,
        }
    }

    /// Gives a free reader to whose turn it is.
    fn next(&mut self) -> Option<(Option<AccountId>, Waiter)> {
        if self.reading.len() >= READERS {
            return None;
        }
        let own = self.reading.iter().filter(|of| of.is_none()).count();
        let (account, waiter) = if own < READERS - 1 {
            self.next_of_own().or_else(|| self.next_of_others())?
        } else {
            self.next_of_others().or_else(|| self.next_of_own())?
        };
        self.reading.push(account.clone());
        Some((account, waiter))
    }

    fn next_of_own(&mut self) -> Option<(Option<AccountId>, Waiter)> {
        let own = std::iter::from_fn(|| self.own.pop_front()).find(|waiter| !waiter.is_closed());
        own.map(|waiter| (None, waiter))
    }

    fn next_of_others(&mut self) -> Option<(Option<AccountId>, Waiter)> {
        let Self { reading, others, .. } = self;
        let readers_of = |account: &AccountId| reading.iter().flatten().filter(|of| *of == account).count();
        let all = reading.iter().flatten().count();
        let may = |account: &AccountId, waiter: &Waiter| {
            waiter.is_closed() || all < OF_ACCOUNTS && readers_of(account) < OF_ACCOUNT
        };
        loop {
            let (account, waiter) = others.next(may)?;
            if !waiter.is_closed() {
                return Some((Some(account), waiter));
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        {
            let reading = &mut self.of.lock().reading;
            if let Some(mine) = reading.iter().position(|of| *of == self.account) {
                reading.swap_remove(mine);
            }
        }
        self.of.serve();
    }
}

#[cfg(test)]
mod tests;
