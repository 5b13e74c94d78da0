//! What the writer has to find again of entries that are in no table.

use crate::encoding::state::State;
use crate::sqlite::delivery::Spot;
use crate::sqlite::entry::Entry;
use deskbell_core::id::EventId;
use std::collections::{HashMap, HashSet};

/// An idempotency key that was used: the digest of what was asked, and the event.
pub(super) type Used = ([u8; 32], EventId);

#[derive(Default)]
pub(super) struct Found {
    /// The deliveries that were made or changed.
    pub(super) states: HashMap<Spot, State>,
    /// When the first of each webhook's deliveries is due, in milliseconds.
    pub(super) due: HashMap<i64, i64>,
    pub(super) ids: HashSet<EventId>,
    pub(super) keys: HashMap<(i64, String), Used>,
}

impl Found {
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut found = Self::default();
        entries.iter().for_each(|entry| found.add(entry));
        found
    }

    /// Nothing, with room for as much as is here.
    pub(super) fn with_room(&self) -> Self {
        Self {
            states: HashMap::with_capacity(self.states.len()),
            ids: HashSet::with_capacity(self.ids.len()),
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, entry: &Entry) {
        for (spot, state) in entry.states() {
            self.states.insert(spot, state);
            if let Some(at) = state.due {
                self.due.entry(spot.webhook).and_modify(|first| *first = at.min(*first)).or_insert(at);
            }
        }
        if let Entry::Accepted(accepted) = entry {
            self.ids.insert(accepted.id.clone());
            if let Some((key, digest)) = &accepted.key {
                self.keys.insert((accepted.account, key.clone()), (*digest, accepted.id.clone()));
            }
        }
    }
}
