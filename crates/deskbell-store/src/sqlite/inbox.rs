//! Inboxes and what they captured, in the tester's own file.

use super::SqliteStore;
use super::capture;
use super::columns::{Columns, json};
use super::fault::Result;
use super::file::PAGE_BYTES;
use super::list::List;
use super::transaction::Transaction;
use super::unreadable::Table;
use crate::encoding::value::count;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, CaptureId, EventId, InboxId};
use deskbell_core::inbox::{Capture, Inbox, InboxChange, Minute};
use deskbell_core::policy::limit::is_reached;
use deskbell_core::store::{self, Captured, InboxCreated, Inboxes, Keep, Listing, Page, Weight};
use deskbell_core::time::millis;
use deskbell_core::vault::Sealed;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

const TABLE: Table = Table("inboxes", &["id"]);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, account, token, name, script, relay, secret, created, expires, captured, script_from, ",
            "minute_began, minute_taken, seq FROM inboxes ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<Inbox> {
    let mut columns = Columns::of(row);
    Ok(Inbox {
        id: InboxId::from_text(columns.get::<String>()?),
        account: AccountId::from_text(columns.get::<String>()?),
        token: columns.get()?,
        name: columns.get()?,
        script: columns.json()?,
        relay: columns.get()?,
        secret: columns.get::<Option<Vec<u8>>>()?.map(Sealed),
        created: columns.time()?,
        expires: columns.time()?,
        captured: columns.count()?,
        script_from: columns.count()?,
        minute: Minute { began: columns.time()?, taken: columns.get()? },
    })
}

fn read_placed(row: &Row<'_>) -> rusqlite::Result<(i64, Inbox)> {
    Ok((row.get("seq")?, read(row)?))
}

fn find(conn: &Connection, account: &AccountId, id: &InboxId) -> Result<Option<(i64, Inbox)>> {
    let mut select = conn.prepare_cached(select!("WHERE id = ?1 AND account = ?2"))?;
    Ok(select.query_row((id.as_str(), account.as_str()), read_placed).optional()?)
}

/// The inbox whose address has this token, with its place.
pub(super) fn addressed(conn: &Connection, token: &str) -> Result<Option<(i64, Inbox)>> {
    let mut select = conn.prepare_cached(select!("WHERE token = ?1"))?;
    Ok(select.query_row([token], read_placed).optional()?)
}

/// The inbox at that place.
pub(super) fn at(conn: &Connection, seq: i64) -> Result<Inbox> {
    Ok(conn.prepare_cached(select!("WHERE seq = ?1"))?.query_row([seq], read)?)
}

fn create(conn: &Connection, inbox: &Inbox, max: u32) -> Result<InboxCreated> {
    // `Inbox::is_live`, counted by the index.
    let live = "SELECT count(*) FROM inboxes WHERE account = ?1 AND expires > ?2";
    let key = (inbox.account.as_str(), millis(inbox.created));
    let live: u32 = conn.prepare_cached(live)?.query_row(key, |row| row.get(0))?;
    if is_reached(live.into(), max) {
        return Ok(InboxCreated::TooMany);
    }
    let insert =
        "INSERT INTO inboxes (id, account, token, name, script, relay, secret, created, expires, captured, script_from,
                  minute_began, minute_taken) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    conn.prepare_cached(insert)?.execute(params![
        inbox.id.as_str(),
        inbox.account.as_str(),
        inbox.token,
        inbox.name,
        json(&inbox.script)?,
        inbox.relay,
        inbox.secret.as_ref().map(|secret| &secret.0),
        millis(inbox.created),
        millis(inbox.expires),
        count(inbox.captured),
        count(inbox.script_from),
        millis(inbox.minute.began),
        inbox.minute.taken,
    ])?;
    Ok(InboxCreated::Created)
}

fn change(
    conn: &Connection,
    account: &AccountId,
    id: &InboxId,
    change: InboxChange,
) -> Result<Option<Inbox>> {
    let Some((seq, mut inbox)) = find(conn, account, id)? else { return Ok(None) };
    inbox.change(change);
    let update = "UPDATE inboxes SET name = ?2, script = ?3, script_from = ?4, secret = ?5, expires = ?6 WHERE seq = ?1";
    let secret = inbox.secret.as_ref().map(|secret| &secret.0);
    let row =
        (seq, &inbox.name, json(&inbox.script)?, count(inbox.script_from), secret, millis(inbox.expires));
    conn.prepare_cached(update)?.execute(row)?;
    Ok(Some(inbox))
}

/// Deletes by one value; captures go with their inbox.
fn delete(conn: &Connection, statement: &str, value: impl ToSql) -> Result<u64> {
    Ok(conn.prepare_cached(statement)?.execute([value])? as u64)
}

#[async_trait]
impl Inboxes for SqliteStore {
    async fn create_inbox(&self, inbox: Inbox, max: u32) -> store::Result<InboxCreated> {
        let account = inbox.account.clone();
        self.tester.write_for(&account, move |tx| create(tx.conn, &inbox, max)).await
    }

    async fn inbox(&self, account: &AccountId, id: &InboxId) -> store::Result<Option<Inbox>> {
        let (of, id) = (account.clone(), id.clone());
        self.tester.read_for(account, move |conn| Ok(find(conn, &of, &id)?.map(|(_, inbox)| inbox))).await
    }

    async fn inbox_of_token(&self, token: &str) -> store::Result<Option<Inbox>> {
        let token = token.to_owned();
        self.tester.read(move |conn| Ok(addressed(conn, &token)?.map(|(_, inbox)| inbox))).await
    }

    async fn inboxes(&self, account: &AccountId, page: &Page) -> store::Result<Listing<Inbox>> {
        let (of, page) = (account.clone(), page.clone());
        let work = move |conn: &Connection| {
            let cursor = "SELECT seq FROM inboxes WHERE id = ?1 AND account = ?2";
            let list = List::of(TABLE, select!(""), "account =", of.as_str().to_owned());
            list.page(conn, &page, cursor, "seq", read, |one| one.id.as_str())
        };
        self.tester.read_for(account, work).await
    }

    async fn change_inbox(
        &self,
        account: &AccountId,
        id: &InboxId,
        change: InboxChange,
    ) -> store::Result<Option<Inbox>> {
        let (of, id) = (account.clone(), id.clone());
        self.tester.write_for(account, move |tx| self::change(tx.conn, &of, &id, change)).await
    }

    async fn delete_inbox(&self, account: &AccountId, id: &InboxId) -> store::Result<bool> {
        let (of, id) = (account.clone(), id.clone());
        let work = move |conn: &Connection| {
            let Some((seq, _)) = find(conn, &of, &id)? else { return Ok(false) };
            Ok(delete(conn, "DELETE FROM inboxes WHERE seq = ?1", seq)? > 0)
        };
        self.tester.write_for(account, move |tx| work(tx.conn)).await
    }

    async fn capture(
        &self,
        account: &AccountId,
        token: &str,
        request: Capture,
        keep: Keep,
        per_minute: u32,
    ) -> store::Result<Captured> {
        let (of, token) = (account.clone(), token.to_owned());
        let work = move |tx: &mut Transaction<'_>| {
            // Its pages cost a commit as much as so many rows do.
            tx.outbox.rows += request.bytes().div_ceil(PAGE_BYTES.into());
            capture::capture(tx.conn, &of, &token, request, keep, per_minute)
        };
        self.tester.write_for(account, work).await
    }

    async fn answer_capture(&self, inbox: &InboxId, id: &CaptureId, status: u16) -> store::Result<()> {
        let (inbox, id) = (inbox.clone(), id.clone());
        self.tester.write(move |tx| capture::answer(tx.conn, &inbox, &id, status)).await
    }

    async fn note_capture(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        id: &CaptureId,
        note: Option<&str>,
    ) -> store::Result<Option<Capture>> {
        let (of, inbox, id, note) = (account.clone(), inbox.clone(), id.clone(), note.map(str::to_owned));
        let work = move |conn: &Connection| {
            let Some((seq, _)) = find(conn, &of, &inbox)? else { return Ok(None) };
            capture::note(conn, seq, &id, note.as_deref())
        };
        self.tester.write_for(account, move |tx| work(tx.conn)).await
    }

    async fn captured(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        id: &CaptureId,
    ) -> store::Result<Option<Capture>> {
        let (of, inbox, id) = (account.clone(), inbox.clone(), id.clone());
        let work = move |conn: &Connection| {
            let Some((seq, _)) = find(conn, &of, &inbox)? else { return Ok(None) };
            capture::find(conn, seq, &id)
        };
        self.tester.read_for(account, work).await
    }

    async fn captures(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        page: &Page,
    ) -> store::Result<Option<Listing<Capture>>> {
        let (of, inbox, page) = (account.clone(), inbox.clone(), page.clone());
        let work = move |conn: &Connection| {
            let Some((seq, _)) = find(conn, &of, &inbox)? else { return Ok(None) };
            capture::list(conn, seq, None, &page).map(Some)
        };
        self.tester.read_for(account, work).await
    }

    async fn captures_of(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        event: &EventId,
        page: &Page,
    ) -> store::Result<Option<Listing<Capture>>> {
        let (of, inbox, event, page) = (account.clone(), inbox.clone(), event.clone(), page.clone());
        let work = move |conn: &Connection| {
            let Some((seq, _)) = find(conn, &of, &inbox)? else { return Ok(None) };
            capture::list(conn, seq, Some(&event), &page).map(Some)
        };
        self.tester.read_for(account, work).await
    }

    async fn delete_captures(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        id: Option<&CaptureId>,
    ) -> store::Result<Option<u64>> {
        let (of, inbox, id) = (account.clone(), inbox.clone(), id.cloned());
        let work = move |conn: &Connection| {
            let Some((seq, _)) = find(conn, &of, &inbox)? else { return Ok(None) };
            capture::delete(conn, seq, id.as_ref()).map(Some)
        };
        self.tester.write_for(account, move |tx| work(tx.conn)).await
    }

    async fn sweep_inboxes(&self, before: Timestamp) -> store::Result<u64> {
        let gone = "DELETE FROM inboxes WHERE expires < ?1";
        self.tester.write(move |tx| delete(tx.conn, gone, millis(before))).await
    }
}
