//! Aside: what a sweep could not finish for a reason of its own, left alone for a while, so that it holds up no other.

use std::collections::HashSet;
use std::hash::Hash;
use std::time::Duration;
use tokio::time::Instant;

/// When it is tried again: what is missing or cannot be read may have been mended.
const AFTER: Duration = Duration::from_secs(3_600);

/// The ids of what is left alone.
pub(super) struct Aside<Id> {
    ids: HashSet<Id>,
    since: Instant,
}

impl<Id: Eq + Hash> Aside<Id> {
    pub(super) fn new() -> Self {
        Self { ids: HashSet::new(), since: Instant::now() }
    }

    /// Leaves it alone.
    pub(super) fn put(&mut self, id: Id) {
        self.ids.insert(id);
    }

    /// Whether it is left alone.
    pub(super) fn has(&self, id: &Id) -> bool {
        self.ids.contains(id)
    }

    /// How many are left alone: a look has to ask for so many more.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(u32::MAX)
    }

    /// Tries all again when their time has come.
    pub(super) fn renew(&mut self) {
        if self.since.elapsed() >= AFTER {
            *self = Self::new();
        }
    }
}
