//! Imports, in PostgreSQL.

use super::fault::Result;
use super::transaction::Tx;
use super::{PostgresStore, booking, conversation, sandbox};
use async_trait::async_trait;
use deskbell_core::booking::Booking;
use deskbell_core::conversation::Conversation;
use deskbell_core::id::AccountId;
use deskbell_core::import::{Import, ImportSaved, Objection, Outcome, outcome};
use deskbell_core::store::{self, Found, Imports, ObjectAdded};
use futures::FutureExt as _;

/// What became of one event, or what keeps all of them out.
type Verdict = std::result::Result<Outcome, Objection>;

/// Takes all of them, or nothing.
async fn import_all(tx: &Tx<'_>, account: &AccountId, imports: &[Import], max: u32) -> Result<ImportSaved> {
    tx.lock_id(account).await?;
    let mut outcomes = Vec::new();
    for (at, import) in imports.iter().enumerate() {
        match take(tx, account, import, max).await? {
            Ok(outcome) => outcomes.push(outcome),
            Err(objection) => {
                tx.take_back();
                return Ok(ImportSaved::Refused(at, objection));
            }
        }
    }
    Ok(ImportSaved::Saved(outcomes))
}

async fn take(tx: &Tx<'_>, account: &AccountId, import: &Import, max: u32) -> Result<Verdict> {
    for object in &import.objects {
        if sandbox::find(tx.conn, account, object.kind(), object.id()).await? != Found::Unknown {
            continue;
        }
        match sandbox::add_new(tx, account, object, max).await? {
            ObjectAdded::TooMany => return Ok(Err(Objection::TooMany(object.kind()))),
            ObjectAdded::Known(by) => return Ok(Err(Objection::Known(object.kind(), by))),
            ObjectAdded::Added | ObjectAdded::IdTaken => {}
        }
    }
    let mut verdict = Ok(Outcome::Kept);
    if let Some(new) = &import.conversation {
        verdict = take_conversation(tx, account, new).await?;
    }
    if let (Ok(_), Some(new)) = (verdict, &import.booking) {
        verdict = take_booking(tx, account, new).await?;
    }
    Ok(verdict)
}

async fn take_conversation(tx: &Tx<'_>, account: &AccountId, new: &Conversation) -> Result<Verdict> {
    let stored = conversation::of_any_account(tx.conn, &new.id).await?;
    let verdict =
        outcome(account, new.updated, stored.as_ref().map(|stored| (&stored.account, stored.updated)));
    if matches!(verdict, Ok(Outcome::Created | Outcome::Updated)) {
        let revision = stored.map_or(0, |stored| stored.revision + 1);
        if !conversation::write(tx, &Conversation { revision, ..new.clone() }).await? {
            return Ok(Err(Objection::IdTaken));
        }
    }
    Ok(verdict)
}

async fn take_booking(tx: &Tx<'_>, account: &AccountId, new: &Booking) -> Result<Verdict> {
    let stored = booking::of_any_account(tx.conn, &new.id).await?;
    let verdict =
        outcome(account, new.updated, stored.as_ref().map(|stored| (&stored.account, stored.updated)));
    if matches!(verdict, Ok(Outcome::Created | Outcome::Updated)) {
        if new.status.is_active() && booking::overlaps(tx, new).await? {
            return Ok(Err(Objection::SlotTaken));
        }
        let revision = stored.map_or(0, |stored| stored.revision + 1);
        if !booking::write(tx, &Booking { revision, ..new.clone() }).await? {
            return Ok(Err(Objection::IdTaken));
        }
    }
    Ok(verdict)
}

#[async_trait]
impl Imports for PostgresStore {
    async fn import(
        &self,
        account: &AccountId,
        imports: Vec<Import>,
        max: u32,
    ) -> store::Result<ImportSaved> {
        self.write_for(account, (account.clone(), imports, max), |tx, (account, imports, max)| {
            import_all(tx, account, imports, *max).boxed()
        })
        .await
    }
}
