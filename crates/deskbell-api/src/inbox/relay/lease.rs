//! Lease: one listener at a time takes an inbox's requests, as long as it comes again. In memory, as the requests that wait are.

use deskbell_core::id::InboxId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Between two calls a listener has this long. One that died is followed by another so soon.
const GRACE: Duration = Duration::from_secs(2);

/// Who takes the requests of which inbox.
#[derive(Debug, Default)]
pub struct Leases(Mutex<HashMap<InboxId, Lease>>);

#[derive(Debug)]
struct Lease {
    listener: String,
    /// Calls of it that are under way.
    calls: u32,
    /// It lasts until then when there is none.
    until: Instant,
}

impl Lease {
    fn lasts(&self, now: Instant) -> bool {
        self.calls > 0 || self.until > now
    }
}

impl Leases {
    /// A call of `listener` at the inbox begins; `None` while another one has it. It ends when what is given here is dropped.
    pub fn enter(&self, inbox: &InboxId, listener: &str) -> Option<Entered<'_>> {
        let (mut held, now) = (self.held(), Instant::now());
        // As many stay as listen: whoever comes clears away who has gone.
        held.retain(|_, lease| lease.lasts(now));
        let fresh = || Lease { listener: listener.to_owned(), calls: 0, until: now };
        let lease = held.entry(inbox.clone()).or_insert_with(fresh);
        if lease.listener != listener {
            return None;
        }
        lease.calls += 1;
        Some(Entered { leases: self, inbox: inbox.clone() })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<InboxId, Lease>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call of the listener that has the lease.
#[derive(Debug)]
pub struct Entered<'a> {
    leases: &'a Leases,
    inbox: InboxId,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(lease) = self.leases.held().get_mut(&self.inbox) {
            lease.calls = lease.calls.saturating_sub(1);
            lease.until = Instant::now() + GRACE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_listener_has_an_inbox_until_it_does_not_come_again() {
        let (leases, inbox) = (Leases::default(), InboxId::from_text("INB-1"));
        let first = leases.enter(&inbox, "one").unwrap();
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(leases.enter(&inbox, "two").is_none(), "its call is under way, however long");
        assert!(leases.enter(&InboxId::from_text("INB-2"), "two").is_some(), "another inbox");
        drop(leases.enter(&inbox, "one").unwrap());
        drop(first);
        assert!(leases.enter(&inbox, "two").is_none(), "it may come again");
        tokio::time::advance(GRACE).await;
        assert!(leases.enter(&inbox, "two").is_some());
        assert!(leases.enter(&inbox, "one").is_none(), "its place is taken");
        tokio::time::advance(GRACE).await;
        drop(leases.enter(&InboxId::from_text("INB-3"), "three"));
        assert_eq!(leases.held().len(), 1, "who has gone is forgotten");
    }
}
