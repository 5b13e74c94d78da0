//! Imports, in memory.

use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::booking::Booking;
use deskbell_core::conversation::Conversation;
use deskbell_core::id::AccountId;
use deskbell_core::import::{Import, ImportSaved, Objection, Outcome, outcome};
use deskbell_core::policy::limit::is_reached;
use deskbell_core::store::{Imports, Result};

/// What became of one event, or what keeps all of them out.
type Verdict = std::result::Result<Outcome, Objection>;

impl State {
    fn take(&mut self, account: &AccountId, import: Import, max: u32) -> Verdict {
        for object in import.objects {
            let table = self.objects.entry((account.clone(), object.kind())).or_default();
            if table.get(object.id()).is_some() {
                continue;
            }
            if let Some(by) = self.known(account, None, &object) {
                return Err(Objection::Known(object.kind(), by));
            }
            let table = self.objects.entry((account.clone(), object.kind())).or_default();
            if is_reached(table.all().flatten().count() as u64, max) {
                return Err(Objection::TooMany(object.kind()));
            }
            self.add_object(account, object);
        }
        let mut verdict = Ok(Outcome::Kept);
        if let Some(conversation) = import.conversation {
            verdict = self.take_conversation(account, conversation);
        }
        match import.booking {
            Some(booking) if verdict.is_ok() => self.take_booking(account, booking),
            _ => verdict,
        }
    }

    fn take_conversation(&mut self, account: &AccountId, new: Conversation) -> Verdict {
        let stored = self.conversations.get(new.id.as_str());
        let verdict = outcome(account, new.updated, stored.map(|stored| (&stored.account, stored.updated)))?;
        if verdict != Outcome::Kept {
            let revision = stored.map_or(0, |stored| stored.revision + 1);
            self.put_conversation(Conversation { revision, ..new });
        }
        Ok(verdict)
    }

    fn take_booking(&mut self, account: &AccountId, new: Booking) -> Verdict {
        let stored = self.bookings.get(new.id.as_str());
        let verdict = outcome(account, new.updated, stored.map(|stored| (&stored.account, stored.updated)))?;
        if verdict != Outcome::Kept {
            if self.bookings.all().any(|other| new.overlaps(other)) {
                return Err(Objection::SlotTaken);
            }
            let revision = stored.map_or(0, |stored| stored.revision + 1);
            self.put_booking(Booking { revision, ..new });
        }
        Ok(verdict)
    }
}

#[async_trait]
impl Imports for MemoryStore {
    async fn import(&self, account: &AccountId, imports: Vec<Import>, max: u32) -> Result<ImportSaved> {
        let mut state = self.lock();
        let before = (state.objects.clone(), state.conversations.clone(), state.bookings.clone());
        let mut outcomes = Vec::new();
        for (at, import) in imports.into_iter().enumerate() {
            match state.take(account, import, max) {
                Ok(outcome) => outcomes.push(outcome),
                Err(objection) => {
                    (state.objects, state.conversations, state.bookings) = before;
                    return Ok(ImportSaved::Refused(at, objection));
                }
            }
        }
        Ok(ImportSaved::Saved(outcomes))
    }
}
