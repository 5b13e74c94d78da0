//! Captured requests, in the tester's own file.

use super::columns::Columns;
use super::fault::Result;
use super::inbox::{self, addressed};
use super::list::List;
use super::unreadable::{LeftOut, Table};
use crate::encoding::headers;
use crate::encoding::value::count;
use bytes::Bytes;
use deskbell_core::id::{AccountId, CaptureId, EventId, InboxId};
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::policy::limit::PAGE_BYTES;
use deskbell_core::store::{Captured, Keep, Listing, Page, Weight};
use deskbell_core::time::millis;
use rusqlite::{Connection, OptionalExtension, Row, params};

const TABLE: Table = Table("captures", &["seq"]);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, i.id, c.number, c.received, c.method, c.path, c.remote, c.answered, c.event, ",
            "c.headers, c.body, c.note, c.seq AS seq, c.inbox AS place FROM captures c JOIN inboxes i ON i.seq = c.inbox ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<Capture> {
    let mut columns = Columns::of(row);
    Ok(Capture {
        id: CaptureId::from_text(columns.get::<String>()?),
        inbox: InboxId::from_text(columns.get::<String>()?),
        number: columns.count()?,
        received: columns.time()?,
        method: columns.get()?,
        path: columns.get()?,
        remote: columns.maybe_name(|text| text.parse().ok())?,
        answered: columns.get()?,
        event: columns.get::<Option<String>>()?.map(EventId::from_text),
        headers: headers::unpack(Bytes::from(columns.get::<Vec<u8>>()?))
            .ok_or_else(|| columns.damaged("headers that end too early".into()))?,
        body: Bytes::from(columns.get::<Vec<u8>>()?),
        note: columns.get()?,
    })
}

/// Stores a request that came to the address of `token`, or nothing.
pub(super) fn capture(
    conn: &Connection,
    account: &AccountId,
    token: &str,
    request: Capture,
    keep: Keep,
    per_minute: u32,
) -> Result<Captured> {
    let addressed = addressed(conn, token)?.filter(|(_, inbox)| inbox.account == *account);
    let Some((seq, mut inbox)) = addressed else { return Ok(Captured::Unknown) };
    let captured = inbox.capture(request, per_minute);
    let Some(capture) = captured.stored() else { return Ok(captured) };
    let update = "UPDATE inboxes SET captured = ?2, minute_began = ?3, minute_taken = ?4 WHERE seq = ?1";
    let minute = (millis(inbox.minute.began), inbox.minute.taken);
    conn.prepare_cached(update)?.execute((seq, count(inbox.captured), minute.0, minute.1))?;
    insert(conn, seq, capture)?;
    let drop_oldest = "DELETE FROM captures WHERE seq IN (SELECT seq FROM captures INDEXED BY captures_inbox
                       WHERE inbox = ?1 ORDER BY seq DESC LIMIT -1 OFFSET ?2)";
    conn.prepare_cached(drop_oldest)?.execute((seq, keep.requests))?;
    make_room(conn, &inbox.account, keep.account_bytes)?;
    Ok(captured)
}

/// Gives up what the account's inboxes keep past so many bytes.
fn make_room(conn: &Connection, account: &AccountId, most: u64) -> Result<()> {
    let kept = "SELECT coalesce(sum(kept_bytes), 0) FROM inboxes INDEXED BY inboxes_kept WHERE account = ?1";
    let give_up = "DELETE FROM captures WHERE seq = (SELECT min(seq) FROM captures INDEXED BY captures_inbox
                   WHERE inbox = (SELECT seq FROM inboxes INDEXED BY inboxes_kept WHERE account = ?1
                                  ORDER BY kept_bytes DESC, seq DESC LIMIT 1))";
    for _ in 0..Keep::GIVEN_UP_AT_ONCE {
        let kept: i64 = conn.prepare_cached(kept)?.query_row([account.as_str()], |row| row.get(0))?;
        if kept <= count(most) {
            break;
        }
        conn.prepare_cached(give_up)?.execute([account.as_str()])?;
    }
    Ok(())
}

pub(super) fn answer(conn: &Connection, inbox: &InboxId, id: &CaptureId, status: u16) -> Result<()> {
    let update = "UPDATE captures SET answered = ?3
                  WHERE id = ?2 AND inbox = (SELECT seq FROM inboxes WHERE id = ?1)";
    conn.prepare_cached(update)?.execute((inbox.as_str(), id.as_str(), status))?;
    Ok(())
}

/// Sets or takes away the note on one; the bytes of its inbox follow.
pub(super) fn note(
    conn: &Connection,
    inbox: i64,
    id: &CaptureId,
    note: Option<&str>,
) -> Result<Option<Capture>> {
    let Some(mut capture) = find(conn, inbox, id)? else { return Ok(None) };
    capture.note = note.map(str::to_owned);
    let update = "UPDATE captures SET note = ?3, bytes = ?4 WHERE inbox = ?1 AND id = ?2";
    let row = (inbox, id.as_str(), &capture.note, count(capture.bytes() as u64));
    conn.prepare_cached(update)?.execute(row)?;
    Ok(Some(capture))
}

fn insert(conn: &Connection, inbox: i64, capture: &Capture) -> Result<()> {
    let insert = "INSERT INTO captures (id, inbox, number, received, method, path, remote, answered, event,
                  headers, body, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    conn.prepare_cached(insert)?.execute(params![
        capture.id.as_str(),
        inbox,
        count(capture.number),
        millis(capture.received),
        capture.method,
        capture.path,
        capture.remote.map(|remote| remote.to_string()),
        capture.answered,
        capture.event.as_ref().map(EventId::as_str),
        headers::pack(&capture.headers),
        capture.body.as_ref(),
        count(capture.bytes() as u64),
    ])?;
    Ok(())
}

pub(super) fn find(conn: &Connection, inbox: i64, id: &CaptureId) -> Result<Option<Capture>> {
    let mut select = conn.prepare_cached(select!("WHERE c.inbox = ?1 AND c.id = ?2"))?;
    Ok(select.query_row((inbox, id.as_str()), read).optional()?)
}

/// What an inbox captured, or what of it claims to be a delivery of that event: an inbox keeps few enough to look at each.
pub(super) fn list(
    conn: &Connection,
    inbox: i64,
    event: Option<&EventId>,
    page: &Page,
) -> Result<Listing<Capture>> {
    let cursor = "SELECT seq FROM captures WHERE id = ?1 AND inbox = ?2";
    List::of(TABLE, select!(""), "c.inbox =", inbox)
        .only("c.event =", event.map(|event| event.as_str().to_owned()))
        .page(conn, page, cursor, "c.seq", read, |one| one.id.as_str())
}

/// Deletes one, or all; gives how many.
pub(super) fn delete(conn: &Connection, inbox: i64, id: Option<&CaptureId>) -> Result<u64> {
    let gone = match id {
        Some(id) => conn
            .prepare_cached("DELETE FROM captures WHERE inbox = ?1 AND id = ?2")?
            .execute((inbox, id.as_str()))?,
        None => conn.prepare_cached("DELETE FROM captures WHERE inbox = ?1")?.execute([inbox])?,
    };
    Ok(gone as u64)
}

/// What the account's inboxes captured at places behind the first and up to the second, with these and the inboxes, oldest
/// first; one that cannot be read, or whose inbox cannot, is left out. Goes from inbox to inbox, so that other accounts'
/// captures cost nothing.
pub(super) fn between(
    conn: &Connection,
    account: &AccountId,
    (mut after, upto): (i64, i64),
    limit: u32,
) -> Result<Vec<(i64, Capture, Inbox)>> {
    let mut select = conn.prepare_cached(select!(
        "WHERE c.seq IN (SELECT k.seq FROM inboxes o CROSS JOIN captures k INDEXED BY captures_inbox
         WHERE o.account = ?1 AND k.inbox = o.seq AND k.seq > ?2 AND k.seq <= ?3 ORDER BY k.seq LIMIT ?4)
         ORDER BY c.seq"
    ))?;
    let whole = |row: &Row<'_>| -> Result<_> {
        Ok((row.get("seq")?, read(row)?, inbox::at(conn, row.get("place")?)?))
    };
    let (mut found, mut bytes, mut left_out) = (Vec::new(), 0, LeftOut::of(TABLE));
    // What cannot be read takes no other's place: as much again is looked for behind it.
    loop {
        let wanted = limit as usize - found.len();
        let (mut rows, mut looked) = (select.query((account.as_str(), after, upto, wanted as u32))?, 0);
        while let Some(row) = rows.next()? {
            looked += 1;
            after = row.get("seq")?;
            let Some(one) = left_out.row(row, whole)? else { continue };
            bytes += one.1.bytes();
            found.push(one);
            if bytes >= PAGE_BYTES {
                return Ok(found);
            }
        }
        if looked < wanted || found.len() == limit as usize {
            return Ok(found);
        }
    }
}
