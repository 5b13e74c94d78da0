//! Captured requests, in PostgreSQL. Each has a number among those of its account, in the order of the commits: whoever captures for an
//! account waits for whoever did so before.

use super::client::Client;
use super::columns::{Columns, named};
use super::fault::Result;
use super::inbox::{self, hold_addressed, hold_tester};
use super::sql::{execute, maybe_row, params, row, rows};
use super::transaction::Tx;
use super::unreadable::{LeftOut, Table};
use crate::encoding::headers;
use crate::encoding::value::count;
use bytes::Bytes;
use deskbell_core::id::{AccountId, CaptureId, EventId, InboxId};
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::policy::limit::PAGE_BYTES;
use deskbell_core::store::{Captured, Cursor, Error, Filling, Keep, Listing, Page, Weight};
use deskbell_core::time::millis;
use std::collections::{BTreeSet, HashMap};
use tokio_postgres::Row;

const TABLE: Table = Table("captures", &["seq"]);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, (SELECT i.id FROM inboxes i WHERE i.seq = c.inbox), c.number, c.received, c.method, c.path, ",
            "c.remote, c.answered, c.event, c.headers, c.body, c.note, c.seq AS seq, c.inbox AS place FROM captures c ",
            $rest
        )
    };
}

/// Of the captures of one `$key` that `$list` gives in that order, up to `$2`, those up to the one with which they weigh more than `$3`,
/// and two at least: no others are read, for one may weigh as much as a page.
macro_rules! weighed {
    ($key:literal, $list:literal, $direction:literal) => {
        concat!(
            select!("WHERE c."),
            $key,
            " = $1 AND c.seq = ANY (ARRAY (SELECT seq FROM ",
            "(SELECT seq, row_number() OVER w AS n, sum(bytes) OVER w - bytes AS before ",
            "FROM (SELECT seq, bytes FROM captures WHERE ",
            $key,
            " = $1 AND ",
            $list,
            " ORDER BY seq ",
            $direction,
            " LIMIT $2) listed WINDOW w AS (ORDER BY seq ",
            $direction,
            ")) weighed WHERE n <= 2 OR before <= $3)) ORDER BY c.seq ",
            $direction
        )
    };
}

fn read(row: &Row) -> Result<Capture> {
    let mut columns = Columns::of(row);
    Ok(Capture {
        id: CaptureId::from_text(columns.get::<&str>()?),
        inbox: InboxId::from_text(columns.get::<&str>()?),
        number: columns.count()?,
        received: columns.time()?,
        method: columns.get()?,
        path: columns.get()?,
        remote: columns.maybe_name(|text| text.parse().ok())?,
        answered: columns.number()?,
        event: columns.get::<Option<&str>>()?.map(EventId::from_text),
        headers: headers::unpack(Bytes::copy_from_slice(columns.get()?))
            .ok_or_else(|| columns.damaged("headers that end too early"))?,
        body: Bytes::copy_from_slice(columns.get()?),
        note: columns.get()?,
    })
}

/// Stores a request that came to the address of `token`, or nothing.
pub(super) async fn capture(
    tx: &Tx<'_>,
    account: &AccountId,
    token: &str,
    request: &Capture,
    keep: Keep,
    per_minute: u32,
) -> Result<Captured> {
    if !hold_tester(tx, account).await? {
        return Ok(Captured::Unknown);
    }
    let Some((seq, mut inbox)) = hold_addressed(tx, account, token).await? else {
        return Ok(Captured::Unknown);
    };
    let captured = inbox.capture(request.clone(), per_minute);
    let Some(capture) = captured.stored() else { return Ok(captured) };
    {
        let notice = &mut tx.outbox().notice;
        notice.accounts.add(account.as_str());
        notice.inboxes.add(capture.inbox.as_str());
    }
    let bytes = count(capture.bytes() as u64);
    let update = "UPDATE inboxes SET captured = $2, minute_began = $3, minute_taken = $4,
                  kept_bytes = kept_bytes + $5 WHERE seq = $1";
    let minute = (millis(inbox.minute.began), i64::from(inbox.minute.taken));
    execute(tx.conn, update, params![seq, count(inbox.captured), minute.0, minute.1, bytes]).await?;
    insert(tx, seq, account, capture, bytes).await?;
    let drop_oldest = "WITH gone AS (DELETE FROM captures WHERE inbox = $1 AND seq <=
                         (SELECT seq FROM captures WHERE inbox = $1 ORDER BY seq DESC OFFSET $2 LIMIT 1)
                         RETURNING bytes)
                       UPDATE inboxes SET kept_bytes = kept_bytes - g.bytes
                       FROM (SELECT sum(bytes)::int8 AS bytes FROM gone) g WHERE seq = $1 AND g.bytes IS NOT NULL";
    execute(tx.conn, drop_oldest, params![seq, i64::from(keep.requests)]).await?;
    make_room(tx, account, keep.account_bytes).await?;
    Ok(captured)
}

async fn insert(tx: &Tx<'_>, inbox: i64, account: &AccountId, capture: &Capture, bytes: i64) -> Result<()> {
    let insert = "WITH next AS (UPDATE testers SET captured = captured + 1 WHERE account = $1 RETURNING captured)
                  INSERT INTO captures (seq, account, id, inbox, number, received, method, path, remote, answered,
                    event, headers, body, bytes)
                  SELECT captured, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM next";
    execute(
        tx.conn,
        insert,
        params![
            account.as_str(),
            capture.id.as_str(),
            inbox,
            count(capture.number),
            millis(capture.received),
            capture.method,
            capture.path,
            capture.remote.map(|remote| remote.to_string()),
            i64::from(capture.answered),
            capture.event.as_ref().map(EventId::as_str),
            headers::pack(&capture.headers),
            capture.body.as_ref(),
            bytes,
        ],
    )
    .await?;
    Ok(())
}

/// Gives up what the account's inboxes keep past so many bytes.
async fn make_room(tx: &Tx<'_>, account: &AccountId, most: u64) -> Result<()> {
    let kept = "SELECT coalesce(sum(kept_bytes), 0)::int8 FROM inboxes WHERE account = $1";
    let give_up = "WITH gone AS (DELETE FROM captures WHERE account = $1 AND seq =
                     (SELECT min(seq) FROM captures WHERE inbox =
                       (SELECT seq FROM inboxes WHERE account = $1 ORDER BY kept_bytes DESC, seq DESC LIMIT 1))
                     RETURNING inbox, bytes)
                   UPDATE inboxes i SET kept_bytes = i.kept_bytes - g.bytes FROM gone g WHERE i.seq = g.inbox";
    for _ in 0..Keep::GIVEN_UP_AT_ONCE {
        let kept = row(tx.conn, kept, params![account.as_str()]).await?;
        if Columns::of(&kept).count()? <= most
            || execute(tx.conn, give_up, params![account.as_str()]).await? == 0
        {
            break;
        }
    }
    Ok(())
}

pub(super) async fn answer(tx: &Tx<'_>, inbox: &InboxId, id: &CaptureId, status: u16) -> Result<()> {
    let update = "UPDATE captures SET answered = $3
                  WHERE id = $2 AND inbox = (SELECT seq FROM inboxes WHERE id = $1)";
    execute(tx.conn, update, params![inbox.as_str(), id.as_str(), i64::from(status)]).await?;
    Ok(())
}

/// Sets or takes away the note on one, whose account's tester is held; the bytes of its inbox follow.
pub(super) async fn note(
    tx: &Tx<'_>,
    account: &AccountId,
    inbox: &InboxId,
    id: &CaptureId,
    note: Option<&str>,
) -> Result<Option<Capture>> {
    hold_tester(tx, account).await?;
    let Some(mut capture) = find(tx.conn, account, inbox, id).await? else { return Ok(None) };
    let before = count(capture.bytes() as u64);
    capture.note = note.map(str::to_owned);
    let bytes = count(capture.bytes() as u64);
    let update = "WITH noted AS (UPDATE captures SET note = $3, bytes = $4
                    WHERE inbox = (SELECT seq FROM inboxes WHERE id = $1) AND id = $2 RETURNING inbox)
                  UPDATE inboxes i SET kept_bytes = i.kept_bytes + $5 FROM noted n WHERE i.seq = n.inbox";
    let more = bytes - before;
    execute(tx.conn, update, params![inbox.as_str(), id.as_str(), capture.note, bytes, more]).await?;
    Ok(Some(capture))
}

pub(super) async fn find(
    conn: &Client,
    account: &AccountId,
    inbox: &InboxId,
    id: &CaptureId,
) -> Result<Option<Capture>> {
    let select =
        select!("WHERE c.inbox = (SELECT seq FROM inboxes WHERE id = $1 AND account = $2) AND c.id = $3");
    let found = maybe_row(conn, select, params![inbox.as_str(), account.as_str(), id.as_str()]).await?;
    found.as_ref().map(read).transpose()
}

/// A page of what the inbox at that place captured, or of what of it claims to be a delivery of that event: an inbox keeps few enough to
/// look at each.
pub(super) async fn list(
    conn: &Client,
    inbox: i64,
    event: Option<&EventId>,
    page: &Page,
) -> Result<Listing<Capture>> {
    let older = weighed!("inbox", "seq < $4 AND ($5 IS NULL OR event = $5)", "DESC");
    let newer = weighed!("inbox", "seq > $4 AND ($5 IS NULL OR event = $5)", "ASC");
    let (mut behind, select) = match &page.cursor {
        None => (i64::MAX, older),
        Some(Cursor::After(id)) => (place(conn, inbox, id).await?, older),
        Some(Cursor::Before(id)) => (place(conn, inbox, id).await?, newer),
    };
    let event = event.map(EventId::as_str);
    let (mut found, mut left_out) = (Filling::of(page), LeftOut::of(TABLE));
    // One more than the page has tells whether there are more. What cannot be read takes no other's place.
    while !found.is_full() {
        let asked = i64::from(page.limit) + 1;
        let rows = rows(conn, select, params![inbox, asked, PAGE_BYTES as i64, behind, event]).await?;
        let Some(last) = rows.last() else { break };
        behind = named(last, "seq")?;
        let mut whole = true;
        for row in &rows {
            match left_out.row(row, read)? {
                Some(one) if !found.is_full() => found.push(one),
                Some(_) => {}
                None => whole = false,
            }
        }
        if whole {
            break;
        }
    }
    Ok(found.listing(page))
}

/// The place of the inbox's capture of that id.
async fn place(conn: &Client, inbox: i64, id: &str) -> Result<i64> {
    let select = "SELECT seq FROM captures WHERE inbox = $1 AND id = $2";
    let found = maybe_row(conn, select, params![inbox, id]).await?;
    Columns::of(&found.ok_or(Error::UnknownCursor)?).get()
}

/// Deletes one, or all, of the inbox's, whose account's tester is held; gives how many.
pub(super) async fn delete(tx: &Tx<'_>, inbox: i64, id: Option<&CaptureId>) -> Result<u64> {
    let delete = "WITH gone AS (DELETE FROM captures WHERE inbox = $1 AND ($2::text IS NULL OR id = $2) RETURNING bytes),
                       less AS (UPDATE inboxes SET kept_bytes = kept_bytes - (SELECT coalesce(sum(bytes), 0) FROM gone)
                                WHERE seq = $1)
                  SELECT count(*) FROM gone";
    let gone = row(tx.conn, delete, params![inbox, id.map(CaptureId::as_str)]).await?;
    Columns::of(&gone).count()
}

/// The number of the account's last capture.
pub(super) async fn last(conn: &Client, account: &AccountId) -> Result<i64> {
    let select = "SELECT captured FROM testers WHERE account = $1";
    let found = maybe_row(conn, select, params![account.as_str()]).await?;
    Ok(found.map(|row| Columns::of(&row).get()).transpose()?.unwrap_or_default())
}

/// What the account's inboxes captured at numbers behind the first and up to the second, with these and the inboxes, oldest
/// first; one that cannot be read, or whose inbox cannot, is left out.
pub(super) async fn between(
    conn: &Client,
    account: &AccountId,
    (mut after, upto): (i64, i64),
    limit: u32,
) -> Result<Vec<(i64, Capture, Inbox)>> {
    let select = weighed!("account", "seq > $4 AND seq <= $5", "ASC");
    let (mut found, mut bytes, mut left_out) = (Vec::new(), 0, LeftOut::of(TABLE));
    // What cannot be read takes no other's place: as much again is looked for behind it.
    while found.len() < limit as usize {
        let wanted = i64::from(limit) - found.len() as i64;
        let name = account.as_str();
        let rows = rows(conn, select, params![name, wanted, PAGE_BYTES as i64, after, upto]).await?;
        let Some(last) = rows.last() else { break };
        after = named(last, "seq")?;
        let (inboxes, before) = (inboxes(conn, &rows).await?, found.len());
        for row in &rows {
            let Some(capture) = left_out.row(row, read)? else { continue };
            let Some(inbox) = inboxes.get(&named::<i64>(row, "place")?) else { continue };
            bytes += capture.bytes();
            found.push((named(row, "seq")?, capture, inbox.clone()));
            if bytes >= PAGE_BYTES {
                return Ok(found);
            }
        }
        let whole = found.len() - before == rows.len();
        if whole && (rows.len() as i64) < wanted {
            break;
        }
    }
    Ok(found)
}

/// The inboxes that took these captures, by their place.
async fn inboxes(conn: &Client, captures: &[Row]) -> Result<HashMap<i64, Inbox>> {
    let places: Result<BTreeSet<i64>> = captures.iter().map(|row| named(row, "place")).collect();
    inbox::at(conn, &places?.into_iter().collect::<Vec<_>>()).await
}
