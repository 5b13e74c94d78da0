//! Imports, in SQLite.

use super::fault::Result;
use super::transaction::Transaction;
use super::{SqliteStore, booking, conversation, sandbox};
use async_trait::async_trait;
use deskbell_core::booking::Booking;
use deskbell_core::conversation::Conversation;
use deskbell_core::id::AccountId;
use deskbell_core::import::{Import, ImportSaved, Objection, Outcome, outcome};
use deskbell_core::store::{self, Found, Imports, ObjectAdded};
use rusqlite::Connection;

/// What became of one event, or what keeps all of them out.
type Verdict = std::result::Result<Outcome, Objection>;

/// Takes all of them, or nothing.
fn import_all(
    tx: &mut Transaction<'_>,
    account: &AccountId,
    imports: &[Import],
    max: u32,
) -> Result<ImportSaved> {
    let all = |tx: &mut Transaction<'_>| {
        let mut outcomes = Vec::new();
        for (at, import) in imports.iter().enumerate() {
            match take(tx.conn, account, import, max)? {
                Ok(outcome) => outcomes.push(outcome),
                Err(objection) => return Ok(ImportSaved::Refused(at, objection)),
            }
        }
        Ok(ImportSaved::Saved(outcomes))
    };
    tx.wholly(all, |saved| matches!(saved, ImportSaved::Saved(_)))
}

fn take(conn: &Connection, account: &AccountId, import: &Import, max: u32) -> Result<Verdict> {
    for object in &import.objects {
        if sandbox::find(conn, account, object.kind(), object.id())? != Found::Unknown {
            continue;
        }
        match sandbox::add_new(conn, account, object, max)? {
            ObjectAdded::TooMany => return Ok(Err(Objection::TooMany(object.kind()))),
            ObjectAdded::Known(by) => return Ok(Err(Objection::Known(object.kind(), by))),
            ObjectAdded::Added | ObjectAdded::IdTaken => {}
        }
    }
    let mut verdict = Ok(Outcome::Kept);
    if let Some(new) = &import.conversation {
        verdict = take_conversation(conn, account, new)?;
    }
    if let (Ok(_), Some(new)) = (verdict, &import.booking) {
        verdict = take_booking(conn, account, new)?;
    }
    Ok(verdict)
}

fn take_conversation(conn: &Connection, account: &AccountId, new: &Conversation) -> Result<Verdict> {
    let stored = conversation::of_any_account(conn, &new.id)?;
    let verdict =
        outcome(account, new.updated, stored.as_ref().map(|stored| (&stored.account, stored.updated)));
    if matches!(verdict, Ok(Outcome::Created | Outcome::Updated)) {
        let revision = stored.map_or(0, |stored| stored.revision + 1);
        conversation::write(conn, &Conversation { revision, ..new.clone() })?;
    }
    Ok(verdict)
}

fn take_booking(conn: &Connection, account: &AccountId, new: &Booking) -> Result<Verdict> {
    let stored = booking::of_any_account(conn, &new.id)?;
    let verdict =
        outcome(account, new.updated, stored.as_ref().map(|stored| (&stored.account, stored.updated)));
    if matches!(verdict, Ok(Outcome::Created | Outcome::Updated)) {
        if new.status.is_active() && booking::overlaps(conn, new)? {
            return Ok(Err(Objection::SlotTaken));
        }
        let revision = stored.map_or(0, |stored| stored.revision + 1);
        booking::write(conn, &Booking { revision, ..new.clone() })?;
    }
    Ok(verdict)
}

#[async_trait]
impl Imports for SqliteStore {
    async fn import(
        &self,
        account: &AccountId,
        imports: Vec<Import>,
        max: u32,
    ) -> store::Result<ImportSaved> {
        let of = account.clone();
        self.main.write_for(account, move |tx| import_all(tx, &of, &imports, max)).await
    }
}
