//! What is kept of an account, as the step that has its lock finds it and changes it.

use crate::postgres::columns::Columns;
use crate::postgres::fault::Result;
use deskbell_core::event::Event;
use deskbell_core::place::Place;
use deskbell_core::quota::{Full, Kept, holds_for};

/// What is kept of an account, in a transaction that has its lock.
#[derive(Debug)]
pub(in crate::postgres) struct Keeping {
    pub(in crate::postgres) kept: Kept,
    /// Places of events that are not counted: behind the first, up to the second.
    uncounted: (Place, Place),
    added: u64,
    freed: u64,
}

impl Keeping {
    /// Of the columns `bytes`, `counted`, `upto` and `quota`.
    pub(in crate::postgres) fn read(columns: &mut Columns<'_>) -> Result<Self> {
        let (bytes, uncounted): (u64, (Place, Place)) = (columns.count()?, (columns.get()?, columns.get()?));
        let own = columns.get::<Option<i64>>()?.map(|own| u64::try_from(own).unwrap_or_default());
        let kept = Kept { bytes, own, is_partial: uncounted.0 < uncounted.1 };
        Ok(Self { kept, uncounted, added: 0, freed: 0 })
    }

    /// Counts a new event, unless it is kept out.
    pub(in crate::postgres) fn admit(
        &mut self,
        event: &Event,
        bytes: usize,
        instance: u64,
    ) -> std::result::Result<(), Full> {
        let now = (self.kept.bytes + self.added).saturating_sub(self.freed);
        let refusal = Kept { bytes: now, ..self.kept }.refusal(bytes as u64, instance);
        match refusal.filter(|_| holds_for(event)) {
            Some(full) => Err(full),
            None => {
                self.added += bytes as u64;
                Ok(())
            }
        }
    }

    /// So many bytes were deleted of those that are counted.
    pub(in crate::postgres) fn free(&mut self, bytes: u64) {
        self.freed += bytes;
    }

    pub(in crate::postgres) fn uncounted(&self) -> (Place, Place) {
        self.uncounted
    }

    /// What is to be added to what is kept.
    pub(in crate::postgres) fn more(&self) -> i64 {
        self.added.cast_signed() - self.freed.cast_signed()
    }
}
