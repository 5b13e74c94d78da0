//! Whose turn it is to have one of a few connections. What is no account's comes first: the machine's own work, and what has yet to find
//! out whose call it is (by key, session or token), but not with all connections while an account waits: strangers' requests are among
//! it. Accounts take [turns](RoundRobin), and never have all connections: one is left for what comes first. One account has no more than a
//! share of them, so that another one does not wait for its slow ones.

use deskbell_core::id::AccountId;
use deskbell_core::policy::round_robin::RoundRobin;
use deskbell_core::store::{Error, Result};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Steps of all accounts that may wait, and so many that are no account's.
pub(crate) const WAITING: usize = 4_096;
/// When somebody who was refused should come again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(crate) struct Turns(Arc<Mutex<Table>>);

struct Table {
    /// Connections in all; accounts have one less together.
    connections: usize,
    /// Connections that one account may have.
    of_account: usize,
    /// Steps of one account that may wait.
    waiting_of_account: usize,
    /// Who has them, once for each.
    taken: Vec<Option<AccountId>>,
    own: VecDeque<Waiter>,
    others: RoundRobin<AccountId, Waiter>,
}

type Waiter = oneshot::Sender<Turn>;

/// A connection is taken until this is dropped.
pub(crate) struct Turn {
    of: Turns,
    account: Option<AccountId>,
}

impl Turn {
    /// Whose it is.
    pub(crate) fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }
}

impl Turns {
    /// Turns for so many connections, of which one account has `of_account` at most while so many of its steps may wait.
    pub(crate) fn new(connections: usize, of_account: usize, waiting_of_account: usize) -> Self {
        let (taken, own, others) = (Vec::new(), VecDeque::new(), RoundRobin::default());
        let table = Table { connections, of_account, waiting_of_account, taken, own, others };
        Self(Arc::new(Mutex::new(table)))
    }

    /// The next turn of the account, or of what is no account's.
    ///
    /// # Errors
    /// [`Error::Busy`] when as many wait as may.
    pub(crate) async fn take(&self, account: Option<&AccountId>) -> Result<Turn> {
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

    /// Whether another one may wait.
    fn has_room(&self, account: Option<&AccountId>) -> bool {
        match account {
            None => self.own.len() < WAITING,
            Some(account) => {
                self.others.len_of(account) < self.waiting_of_account && self.others.len() < WAITING
            }
        }
    }

    /// Gives a free connection to whose turn it is.
    fn next(&mut self) -> Option<(Option<AccountId>, Waiter)> {
        if self.taken.len() >= self.connections {
            return None;
        }
        let own = self.taken.iter().filter(|of| of.is_none()).count();
        let (account, waiter) = if own + 1 < self.connections {
            self.next_of_own().or_else(|| self.next_of_others())?
        } else {
            self.next_of_others().or_else(|| self.next_of_own())?
        };
        self.taken.push(account.clone());
        Some((account, waiter))
    }

    fn next_of_own(&mut self) -> Option<(Option<AccountId>, Waiter)> {
        let own = std::iter::from_fn(|| self.own.pop_front()).find(|waiter| !waiter.is_closed());
        own.map(|waiter| (None, waiter))
    }

    fn next_of_others(&mut self) -> Option<(Option<AccountId>, Waiter)> {
        let Self { connections, of_account, taken, others, .. } = self;
        let taken_by = |account: &AccountId| taken.iter().flatten().filter(|of| *of == account).count();
        let all = taken.iter().flatten().count();
        let may = |account: &AccountId, waiter: &Waiter| {
            waiter.is_closed() || all + 1 < *connections && taken_by(account) < *of_account
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
            let taken = &mut self.of.lock().taken;
            if let Some(mine) = taken.iter().position(|of| *of == self.account) {
                taken.swap_remove(mine);
            }
        }
        self.of.serve();
    }
}

#[cfg(test)]
mod tests;
