//! Inboxes and what they captured, in PostgreSQL.

use super::PostgresStore;
use super::capture;
use super::client::Client;
use super::columns::{Columns, json};
use super::fault::Result;
use super::list::List;
use super::sql::{execute, exists, maybe_row, params, row, rows};
use super::transaction::Tx;
use super::unreadable::{self, Table};
use crate::encoding::value::count;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, CaptureId, EventId, InboxId};
use deskbell_core::inbox::{Capture, Inbox, InboxChange, Minute};
use deskbell_core::policy::limit::is_reached;
use deskbell_core::store::{self, Captured, InboxCreated, Inboxes, Keep, Listing, Page};
use deskbell_core::time::millis;
use deskbell_core::vault::Sealed;
use futures::FutureExt as _;
use std::collections::HashMap;
use tokio_postgres::Row;

const TABLE: Table = Table("inboxes", &["id"]);

/// Inboxes that one step of the sweep deletes: each may keep all that its account may.
const SWEPT_AT_ONCE: i64 = 2;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, account, token, name, script, relay, secret, created, expires, captured, script_from, ",
            "minute_began, minute_taken, seq FROM inboxes ",
            $rest
        )
    };
}

fn read_columns(columns: &mut Columns<'_>) -> Result<Inbox> {
    Ok(Inbox {
        id: InboxId::from_text(columns.get::<&str>()?),
        account: AccountId::from_text(columns.get::<&str>()?),
        token: columns.get()?,
        name: columns.get()?,
        script: columns.json()?,
        relay: columns.get()?,
        secret: columns.get::<Option<Vec<u8>>>()?.map(Sealed),
        created: columns.time()?,
        expires: columns.time()?,
        captured: columns.count()?,
        script_from: columns.count()?,
        minute: Minute { began: columns.time()?, taken: columns.number()? },
    })
}

fn read(row: &Row) -> Result<Inbox> {
    read_columns(&mut Columns::of(row))
}

fn read_placed(row: &Row) -> Result<(i64, Inbox)> {
    let mut columns = Columns::of(row);
    let inbox = read_columns(&mut columns)?;
    Ok((columns.get()?, inbox))
}

/// The inboxes at those places that can be read.
pub(super) async fn at(conn: &Client, places: &[i64]) -> Result<HashMap<i64, Inbox>> {
    let rows = rows(conn, select!("WHERE seq = ANY($1)"), params![places]).await?;
    Ok(unreadable::all(&rows, TABLE, read_placed)?.into_iter().collect())
}

/// Lets nothing else be captured for the account, and no inbox of it be made, meanwhile; `false` when it never had one.
pub(super) async fn hold_tester(tx: &Tx<'_>, account: &AccountId) -> Result<bool> {
    let hold = "SELECT 1 FROM testers WHERE account = $1 FOR NO KEY UPDATE";
    exists(tx.conn, hold, params![account.as_str()]).await
}

/// The account's inbox, which nobody else changes meanwhile.
async fn hold(tx: &Tx<'_>, account: &AccountId, id: &InboxId) -> Result<Option<(i64, Inbox)>> {
    let select = select!("WHERE id = $1 AND account = $2 FOR UPDATE");
    let found = maybe_row(tx.conn, select, params![id.as_str(), account.as_str()]).await?;
    found.as_ref().map(read_placed).transpose()
}

/// The account's inbox whose address has this token, which nobody else changes meanwhile.
pub(super) async fn hold_addressed(
    tx: &Tx<'_>,
    account: &AccountId,
    token: &str,
) -> Result<Option<(i64, Inbox)>> {
    let select = select!("WHERE token = $1 AND account = $2 FOR UPDATE");
    let found = maybe_row(tx.conn, select, params![token, account.as_str()]).await?;
    found.as_ref().map(read_placed).transpose()
}

async fn find(conn: &Client, account: &AccountId, id: &InboxId) -> Result<Option<(i64, Inbox)>> {
    let select = select!("WHERE id = $1 AND account = $2");
    let found = maybe_row(conn, select, params![id.as_str(), account.as_str()]).await?;
    found.as_ref().map(read_placed).transpose()
}

async fn create(tx: &Tx<'_>, inbox: &Inbox, max: u32) -> Result<InboxCreated> {
    let account = inbox.account.as_str();
    let tester = "INSERT INTO testers (account) VALUES ($1) ON CONFLICT (account) DO NOTHING";
    execute(tx.conn, tester, params![account]).await?;
    hold_tester(tx, &inbox.account).await?;
    // `Inbox::is_live`, counted by the index.
    let live = "SELECT count(*) FROM inboxes WHERE account = $1 AND expires > $2";
    let live = row(tx.conn, live, params![account, millis(inbox.created)]).await?;
    if is_reached(Columns::of(&live).count()?, max) {
        return Ok(InboxCreated::TooMany);
    }
    let insert =
        "INSERT INTO inboxes (id, account, token, name, script, relay, secret, created, expires, captured,
                  script_from, minute_began, minute_taken)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    execute(
        tx.conn,
        insert,
        params![
            inbox.id.as_str(),
            account,
            inbox.token,
            inbox.name,
            json(&inbox.script)?,
            inbox.relay,
            inbox.secret.as_ref().map(|secret| secret.0.as_slice()),
            millis(inbox.created),
            millis(inbox.expires),
            count(inbox.captured),
            count(inbox.script_from),
            millis(inbox.minute.began),
            i64::from(inbox.minute.taken),
        ],
    )
    .await?;
    Ok(InboxCreated::Created)
}

async fn change(
    tx: &Tx<'_>,
    account: &AccountId,
    id: &InboxId,
    change: &InboxChange,
) -> Result<Option<Inbox>> {
    let Some((seq, mut inbox)) = hold(tx, account, id).await? else { return Ok(None) };
    inbox.change(change.clone());
    let update = "UPDATE inboxes SET name = $2, script = $3, script_from = $4, secret = $5, expires = $6 WHERE seq = $1";
    let secret = inbox.secret.as_ref().map(|secret| secret.0.as_slice());
    execute(
        tx.conn,
        update,
        params![
            seq,
            inbox.name,
            json(&inbox.script)?,
            count(inbox.script_from),
            secret,
            millis(inbox.expires)
        ],
    )
    .await?;
    Ok(Some(inbox))
}

/// Deletes what the account's inbox captured; `None` when there is no such inbox.
async fn empty(
    tx: &Tx<'_>,
    account: &AccountId,
    id: &InboxId,
    one: Option<&CaptureId>,
) -> Result<Option<u64>> {
    hold_tester(tx, account).await?;
    let Some((seq, _)) = hold(tx, account, id).await? else { return Ok(None) };
    capture::delete(tx, seq, one).await.map(Some)
}

#[async_trait]
impl Inboxes for PostgresStore {
    async fn create_inbox(&self, inbox: Inbox, max: u32) -> store::Result<InboxCreated> {
        let account = inbox.account.clone();
        self.write_tester(Some(&account), (inbox, max), |tx, (inbox, max)| create(tx, inbox, *max).boxed())
            .await
    }

    async fn inbox(&self, account: &AccountId, id: &InboxId) -> store::Result<Option<Inbox>> {
        let conn = self.read_for(account).await?;
        Ok(find(&conn, account, id).await?.map(|(_, inbox)| inbox))
    }

    async fn inbox_of_token(&self, token: &str) -> store::Result<Option<Inbox>> {
        let conn = self.read().await?;
        let found = maybe_row(&conn, select!("WHERE token = $1"), params![token]).await?;
        Ok(found.as_ref().map(read).transpose()?)
    }

    async fn inboxes(&self, account: &AccountId, page: &Page) -> store::Result<Listing<Inbox>> {
        let conn = self.read_for(account).await?;
        let cursor = "SELECT seq FROM inboxes WHERE id = $1 AND account = $2";
        let list = List::of(TABLE, select!(""), "account =", account.as_str());
        Ok(list.page(&conn, page, cursor, "seq", read, |one| one.id.as_str()).await?)
    }

    async fn change_inbox(
        &self,
        account: &AccountId,
        id: &InboxId,
        change: InboxChange,
    ) -> store::Result<Option<Inbox>> {
        self.write_tester(
            Some(account),
            (account.clone(), id.clone(), change),
            |tx, (account, id, change)| self::change(tx, account, id, change).boxed(),
        )
        .await
    }

    async fn delete_inbox(&self, account: &AccountId, id: &InboxId) -> store::Result<bool> {
        let deleted = self.write_tester(Some(account), (account.clone(), id.clone()), |tx, (account, id)| {
            async move {
                hold_tester(tx, account).await?;
                let delete = "DELETE FROM inboxes WHERE id = $1 AND account = $2";
                execute(tx.conn, delete, params![id.as_str(), account.as_str()]).await
            }
            .boxed()
        });
        Ok(deleted.await? > 0)
    }

    async fn capture(
        &self,
        account: &AccountId,
        token: &str,
        request: Capture,
        keep: Keep,
        per_minute: u32,
    ) -> store::Result<Captured> {
        let input = (account.clone(), token.to_owned(), request, keep, per_minute);
        self.write_tester(Some(account), input, |tx, (account, token, request, keep, per_minute)| {
            capture::capture(tx, account, token, request, *keep, *per_minute).boxed()
        })
        .await
    }

    async fn answer_capture(&self, inbox: &InboxId, id: &CaptureId, status: u16) -> store::Result<()> {
        let answered =
            self.write_tester(None, (inbox.clone(), id.clone(), status), |tx, (inbox, id, status)| {
                capture::answer(tx, inbox, id, *status).boxed()
            });
        answered.await
    }

    async fn note_capture(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        id: &CaptureId,
        note: Option<&str>,
    ) -> store::Result<Option<Capture>> {
        let input = (account.clone(), inbox.clone(), id.clone(), note.map(str::to_owned));
        self.write_tester(Some(account), input, |tx, (account, inbox, id, note)| {
            capture::note(tx, account, inbox, id, note.as_deref()).boxed()
        })
        .await
    }

    async fn captured(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        id: &CaptureId,
    ) -> store::Result<Option<Capture>> {
        let conn = self.read_for(account).await?;
        Ok(capture::find(&conn, account, inbox, id).await?)
    }

    async fn captures(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        page: &Page,
    ) -> store::Result<Option<Listing<Capture>>> {
        let conn = self.read_for(account).await?;
        let Some((seq, _)) = find(&conn, account, inbox).await? else { return Ok(None) };
        Ok(Some(capture::list(&conn, seq, None, page).await?))
    }

    async fn captures_of(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        event: &EventId,
        page: &Page,
    ) -> store::Result<Option<Listing<Capture>>> {
        let conn = self.read_for(account).await?;
        let Some((seq, _)) = find(&conn, account, inbox).await? else { return Ok(None) };
        Ok(Some(capture::list(&conn, seq, Some(event), page).await?))
    }

    async fn delete_captures(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        id: Option<&CaptureId>,
    ) -> store::Result<Option<u64>> {
        self.write_tester(
            Some(account),
            (account.clone(), inbox.clone(), id.cloned()),
            |tx, (account, inbox, id)| empty(tx, account, inbox, id.as_ref()).boxed(),
        )
        .await
    }

    async fn sweep_inboxes(&self, before: Timestamp) -> store::Result<u64> {
        let sweep = "DELETE FROM inboxes WHERE seq = ANY (ARRAY (
                     SELECT seq FROM inboxes WHERE expires < $1 ORDER BY expires LIMIT $2))";
        self.sweep(sweep, [millis(before), SWEPT_AT_ONCE]).await
    }
}
