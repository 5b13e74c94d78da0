//! Signals: what wakes those who wait. A bell hangs for each account and each inbox that somebody waits for, and rings for
//! its own news alone; what happened is read from the store.

pub(crate) mod bells;

use bells::{Bell, Bells};
use deskbell_core::id::{AccountId, InboxId};
use deskbell_core::store::{Elsewhere, Position};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::Instant;

/// What an account's bell has told since it hangs. A count may stand for many changes, and never for a lost one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// Changes whenever events were accepted here.
    pub events: u64,
    /// Changes whenever attempts were recorded here.
    pub attempts: u64,
    /// Changes whenever one of the account's inboxes captured something here.
    pub captures: u64,
    /// The end of the account's rows, as the last look by the clock found it: it may hold what nobody announced.
    pub end: Position,
    /// When that look began.
    pub looked: Option<Instant>,
}

/// What this process tells whoever waits for news.
pub struct Signals {
    accounts: Arc<Bells<AccountId, News>>,
    /// Counts what each inbox captured.
    inboxes: Arc<Bells<InboxId, u64>>,
    /// Turns true when the server stops.
    stopping: watch::Receiver<bool>,
}

impl Signals {
    /// The signals of a process that says when it is `stopping`.
    pub fn new(stopping: watch::Receiver<bool>) -> Self {
        Self { accounts: Arc::default(), inboxes: Arc::default(), stopping }
    }

    /// The account may have new events and deliveries. The engine hears of them from the store.
    pub fn announce_events(&self, account: &AccountId) {
        self.accounts.ring(account, |news| news.events = news.events.wrapping_add(1));
    }

    /// Attempts of the account were recorded.
    pub fn announce_attempts(&self, account: &AccountId) {
        self.accounts.ring(account, |news| news.attempts = news.attempts.wrapping_add(1));
    }

    /// The account's inbox captured something.
    pub fn announce_capture(&self, account: &AccountId, inbox: &InboxId) {
        self.accounts.ring(account, |news| news.captures = news.captures.wrapping_add(1));
        self.inboxes.ring(inbox, |count| *count = count.wrapping_add(1));
    }

    /// Another process wrote something.
    pub fn hear(&self, elsewhere: Elsewhere<'_>) {
        let any = |news: &mut News| {
            for count in [&mut news.events, &mut news.attempts, &mut news.captures] {
                *count = count.wrapping_add(1);
            }
        };
        match elsewhere {
            Elsewhere::Account(account) => self.accounts.ring(account, any),
            Elsewhere::Inbox(inbox) => self.inboxes.ring(inbox, |count| *count = count.wrapping_add(1)),
            Elsewhere::AnyAccount => self.accounts.ring_all(any),
            Elsewhere::AnyInbox => self.inboxes.ring_all(|count| *count = count.wrapping_add(1)),
        }
    }

    /// The bell of an account.
    pub(crate) fn account(&self, account: &AccountId) -> Bell<AccountId, News> {
        self.accounts.hang(account)
    }

    /// The bell of an inbox. All anonymous inboxes have one owner: its bell would wake everybody who waits at one of them.
    pub(crate) fn inbox(&self, inbox: &InboxId) -> Bell<InboxId, u64> {
        self.inboxes.hang(inbox)
    }

    /// True once the server stops, so that a waiting call ends early.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.clone()
    }
}

#[cfg(test)]
mod tests;
