//! The newest id of an event in the tables: one that comes behind it is no event's there. Ids of events say when they were made, so
//! that nearly every new one does, and needs no look into the tables.

use super::columns::Columns;
use super::entry::Entry;
use super::fault::Result;
use super::tables::Tables;
use deskbell_core::id::EventId;
use deskbell_core::store::Error;
use rusqlite::{Connection, OptionalExtension as _};

/// `None` while it is not known. It may be later than any in the tables, never earlier, unless another process wrote since the tables
/// were settled last: none writes events while this one has the store.
#[derive(Default)]
pub(super) struct Newest(Option<EventId>);

impl Newest {
    /// Another process wrote.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The tables are about to have these.
    pub(super) fn take_in(&mut self, entries: &[Entry]) {
        let Some(newest) = &mut self.0 else { return };
        for entry in entries {
            if let Entry::Accepted(event) = entry
                && event.id > *newest
            {
                *newest = event.id.clone();
            }
        }
    }

    /// Whether no event in the tables has that id, as far as can be said without a look for it.
    pub(super) fn is_before(&mut self, tables: &Tables, id: &EventId) -> Result<bool> {
        // While they are lent, more is on its way to them than can be seen.
        if self.0.is_none() && !tables.is_lent() {
            self.0 = match look(tables.conn()).map_err(Error::from) {
                Ok(newest) => Some(newest),
                // One that makes no sense keeps no other from being accepted: each is looked up.
                Err(Error::Damaged(_)) => None,
                Err(error) => return Err(error.into()),
            };
        }
        Ok(self.0.as_ref().is_some_and(|newest| newest < id))
    }
}

fn look(conn: &Connection) -> Result<EventId> {
    // Those that are kept as numbers are ordered as their texts are, and stand before all that are kept as texts.
    let numbers = "SELECT id FROM events WHERE id < '' ORDER BY id DESC LIMIT 1";
    let texts = "SELECT id FROM events WHERE id >= '' ORDER BY id DESC LIMIT 1";
    let newest = |select| {
        let mut select = conn.prepare_cached(select)?;
        select.query_row([], |row| Columns::of(row).event_id()).optional()
    };
    Ok(newest(numbers)?.max(newest(texts)?).unwrap_or_else(|| EventId::from_text("")))
}
