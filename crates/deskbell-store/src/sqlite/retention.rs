//! Retention, in SQLite: a reader finds what is too old, account by account, along the account's own index; the writer looks again
//! and deletes it. The oldest of an account come first, so what is kept is never walked.
//!
//! The event's row goes first: everything else is found through it. An event with more rows than a step may delete leaves them for
//! the next steps, under its number in `leftovers`.
//!
//! An account whose rows cannot be read, for a page of the file is damaged, is passed over and named: the others' go.

use super::SqliteStore;
use super::cache::number_or_none;
use super::change_feed::number;
use super::fault::{Fault, Result};
use super::quota::Freed;
use super::spare;
use super::transaction::Transaction;
use super::unreadable::{LeftOut, Table};
use crate::encoding::body;
use crate::encoding::value::code;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Status;
use deskbell_core::id::AccountId;
use deskbell_core::place::{self, Place};
use deskbell_core::retention::{FOR_EVER, OwnKeep};
use deskbell_core::store::{self, Cut, Expire, Expired, Position, Reached, Retention};
use deskbell_core::time::later;
use rusqlite::{Connection, OptionalExtension, Row};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Accounts that one part looks at: a few milliseconds of a reader's.
const ACCOUNTS: usize = 500;
/// Rows that one part looks at and finds that they have to stay, for each that it may delete.
const LOOKED: usize = 4;
/// Events of one account that were not over when their bytes came into the age, and that one look at it sees again.
const OPEN: u32 = 1_000;
/// Bytes of events that one part deletes: each page of a long one is read, to be given back.
const BYTES: usize = 4 << 20;
/// How long one part may have the writer; what it has begun it ends.
const TIME: Duration = Duration::from_millis(20);

/// Whose rows are left out, where some of them cannot be read.
const TABLE: Table = Table("accounts", &["seq"]);

/// An event that is too old, whole or in its bytes.
#[derive(Clone, Copy)]
struct Old {
    account: i64,
    event: Place,
    /// What has to be older than this.
    before: Place,
    /// Whether only its bytes go.
    bytes_only: bool,
}

/// What hangs on an event.
struct Hanging {
    /// Its deliveries and attempts.
    rows: usize,
    /// The last attempt; 0 when there is none.
    attempt: Place,
    /// Whether one of its deliveries is not over.
    open: bool,
}

impl Hanging {
    fn of(conn: &Connection, account: i64, event: Place) -> Result<Self> {
        // `Delivery::is_over`, without reading the row's other columns.
        let deliveries = "SELECT count(*), coalesce(max(status = ?3 OR due IS NOT NULL OR leased > 0), 0)
                          FROM deliveries WHERE account = ?1 AND event = ?2";
        let pending = code(&Status::ALL, &Status::Pending);
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let (deliveries, open): (u32, bool) =
            conn.prepare_cached(deliveries)?.query_row((account, event, pending), read)?;
        let attempts = "SELECT count(*), coalesce(max(place), 0) FROM attempts INDEXED BY attempts_number
                        WHERE account = ?1 AND event = ?2";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let (attempts, attempt): (u32, Place) =
            conn.prepare_cached(attempts)?.query_row((account, event), read)?;
        Ok(Self { rows: deliveries as usize + attempts as usize, attempt, open })
    }

    /// Whether all of it is over and older than that.
    fn is_older(&self, before: Place) -> bool {
        !self.open && self.attempt < before
    }
}

/// An account whose turn it is.
struct Turn {
    account: i64,
    /// Its own times, in milliseconds.
    own: OwnKeep,
    /// The last event whose bytes were looked at.
    payload: Place,
}

/// What a reader found.
struct Found {
    /// In the order in which it is to go.
    old: Vec<Old>,
    /// Rows of events that are gone wait: they go first.
    leftovers: bool,
    next: Option<Reached>,
    rows: usize,
    looked: usize,
    bytes: usize,
}

impl Found {
    fn is_full(&self, part: &Expire) -> bool {
        self.rows >= part.rows || self.looked >= part.rows * LOOKED || self.bytes >= BYTES
    }
}

fn find(conn: &Connection, part: &Expire) -> Result<Found> {
    let mut from = part.from.unwrap_or(Reached { account: 0, place: 0 });
    let leftovers = leftover(conn)?.is_some();
    let mut found = Found { old: Vec::new(), leftovers, next: Some(from), rows: 0, looked: 0, bytes: 0 };
    if found.leftovers {
        return Ok(found);
    }
    let mut left_out = LeftOut::of(TABLE);
    for _ in 0..ACCOUNTS {
        let Some(turn) = turn(conn, from.account)? else {
            return Ok(Found { next: None, ..found });
        };
        if turn.account != from.account {
            from = Reached { account: turn.account, place: 0 };
        }
        let looked = find_of(conn, part, &turn, &mut from, &mut found);
        if left_out.sift(turn.account, looked)?.is_some() && found.is_full(part) {
            return Ok(Found { next: Some(from), ..found });
        }
        from = Reached { account: turn.account + 1, place: 0 };
    }
    Ok(Found { next: Some(from), ..found })
}

/// What of one account can go.
fn find_of(
    conn: &Connection,
    part: &Expire,
    turn: &Turn,
    from: &mut Reached,
    found: &mut Found,
) -> Result<()> {
    let keep = part.keep.of(turn.own);
    let [events, payloads] =
        [keep.events_since(part.now), keep.payloads_since(part.now)].map(place::first_at);
    find_events(conn, part, from, events, found)?;
    if payloads > events && !found.is_full(part) {
        find_payloads(conn, part, turn, payloads, found)?;
    }
    Ok(())
}

/// The next account from that number on.
fn turn(conn: &Connection, from: i64) -> Result<Option<Turn>> {
    let select = "SELECT a.seq, a.keep_events, a.keep_payloads, coalesce(c.payload, 0) FROM accounts a
                  LEFT JOIN cuts c ON c.account = a.seq WHERE a.seq >= ?1 ORDER BY a.seq LIMIT 1";
    let read = |row: &Row<'_>| {
        let own = OwnKeep { events: span(row.get(1)?), payloads: span(row.get(2)?) };
        Ok(Turn { account: row.get(0)?, own, payload: row.get(3)? })
    };
    Ok(conn.prepare_cached(select)?.query_row([from], read).optional()?)
}

/// The account's events of places behind the first and before the second, oldest first, each with the length of its bytes.
const OLDEST: &str = "SELECT place, length(body) FROM events INDEXED BY events_account
                      WHERE account = ?1 AND place > ?2 AND place < ?3 ORDER BY place";

/// The account's events that can go, as many as find place; `from` moves along.
fn find_events(
    conn: &Connection,
    part: &Expire,
    from: &mut Reached,
    before: Place,
    found: &mut Found,
) -> Result<()> {
    let mut oldest = conn.prepare_cached(OLDEST)?;
    let mut oldest = oldest.query((from.account, from.place, before))?;
    while !found.is_full(part)
        && let Some(row) = oldest.next()?
    {
        let (account, event) = (from.account, row.get(0)?);
        let hanging = Hanging::of(conn, account, event)?;
        found.looked += 1 + hanging.rows;
        if hanging.is_older(before) {
            found.rows += 1 + hanging.rows;
            found.bytes += row.get::<_, u32>(1)? as usize;
            found.old.push(Old { account, event, before, bytes_only: false });
        }
        from.place = event;
    }
    Ok(())
}

/// The account's events whose bytes can go, as many as find place: those that come into the age, and those that were not over when they
/// came.
fn find_payloads(
    conn: &Connection,
    part: &Expire,
    turn: &Turn,
    before: Place,
    found: &mut Found,
) -> Result<()> {
    let account = turn.account;
    let open = "SELECT event FROM open_payloads WHERE account = ?1 ORDER BY event LIMIT ?2";
    let mut open = conn.prepare_cached(open)?;
    let mut open = open.query((account, OPEN))?;
    while let Some(row) = open.next()? {
        let event = row.get(0)?;
        if event < before && Hanging::of(conn, account, event)?.is_older(before) {
            found.rows += 1;
            found.old.push(Old { account, event, before, bytes_only: true });
        }
    }
    let mut oldest = conn.prepare_cached(OLDEST)?;
    let mut oldest = oldest.query((account, turn.payload, before))?;
    while !found.is_full(part)
        && let Some(row) = oldest.next()?
    {
        found.looked += 1;
        found.rows += 1;
        found.bytes += row.get::<_, u32>(1)? as usize;
        found.old.push(Old { account, event: row.get(0)?, before, bytes_only: true });
    }
    Ok(())
}

/// Deletes what was found, as far as that is still true and there is time.
fn delete(tx: &mut Transaction<'_>, part: &Expire, found: &Found) -> Result<Expired> {
    let began = Instant::now();
    let mut done = Expired { next: found.next, ..Expired::default() };
    let mut left = part.rows;
    if found.leftovers {
        delete_leftovers(tx, &mut left, &mut done)?;
    }
    let mut freed = Freed::default();
    for old in &found.old {
        let Old { account, event, before, bytes_only } = *old;
        // It may have been retried meanwhile, or another process may have been at it.
        let hanging = Hanging::of(tx.conn, account, event)?;
        let whole = bytes_only || hanging.rows <= left;
        let Some(bytes) = bytes(tx.conn, event)? else { continue };
        let less = if bytes_only {
            delete_payload(tx, old, &hanging, &mut done)?.then(|| bytes - body::DELETED.len() as u64)
        } else if hanging.is_older(before) {
            delete_event(tx, old, &hanging, &mut left, &mut done)?;
            Some(bytes)
        } else {
            None
        };
        if let Some(less) = less {
            freed.note(tx.conn, account, event, less)?;
        }
        if !whole || began.elapsed() >= TIME {
            // Bytes come behind all events of their account.
            done.next = Some(Reached { account, place: if bytes_only { before - 1 } else { event } });
            break;
        }
    }
    freed.take_off(tx)?;
    Ok(done)
}

/// Deletes the event's bytes, and says whether it had any, or notes that they have to be looked at again.
fn delete_payload(
    tx: &mut Transaction<'_>,
    old: &Old,
    hanging: &Hanging,
    done: &mut Expired,
) -> Result<bool> {
    let Old { account, event, before, .. } = *old;
    tx.outbox.rows += 1;
    let mut deleted = 0;
    if hanging.is_older(before) {
        let delete = "UPDATE events SET body = ?2 WHERE place = ?1 AND length(body) > length(?2)";
        deleted = tx.conn.prepare_cached(delete)?.execute((event, body::DELETED))?;
        done.payloads += deleted as u64;
        forget_open(tx.conn, account, event)?;
    } else {
        let open = "INSERT INTO open_payloads (account, event) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        tx.conn.prepare_cached(open)?.execute((account, event))?;
    }
    note_cut(tx.conn, account, (0, 0, event))?;
    Ok(deleted > 0)
}

fn forget_open(conn: &Connection, account: i64, event: Place) -> Result<()> {
    let forget = "DELETE FROM open_payloads WHERE account = ?1 AND event = ?2";
    conn.prepare_cached(forget)?.execute((account, event))?;
    Ok(())
}

/// Deletes the event with what hangs on it, or as much of that as is `left`.
fn delete_event(
    tx: &mut Transaction<'_>,
    old: &Old,
    hanging: &Hanging,
    left: &mut usize,
    done: &mut Expired,
) -> Result<()> {
    let Old { account, event, .. } = *old;
    for delete in ["DELETE FROM events WHERE place = ?1", "DELETE FROM traces WHERE event = ?1"] {
        tx.conn.prepare_cached(delete)?.execute([event])?;
    }
    forget_open(tx.conn, account, event)?;
    done.events += 1;
    tx.outbox.rows += 1;
    if hanging.rows > *left {
        let later = "INSERT INTO leftovers (event, account) VALUES (?1, ?2)";
        tx.conn.prepare_cached(later)?.execute((event, account))?;
    }
    delete_rows(tx, account, event, left, done)?;
    note_cut(tx.conn, account, (event, hanging.attempt, 0))
}

/// Deletes what is left of events that are gone, as much as is `left`.
fn delete_leftovers(tx: &mut Transaction<'_>, left: &mut usize, done: &mut Expired) -> Result<()> {
    while *left > 0
        && let Some((event, account)) = leftover(tx.conn)?
    {
        delete_rows(tx, account, event, left, done)?;
        if *left > 0 {
            forget_leftover(tx.conn, event)?;
        }
    }
    Ok(())
}

fn forget_leftover(conn: &Connection, event: Place) -> Result<()> {
    conn.prepare_cached("DELETE FROM leftovers WHERE event = ?1")?.execute([event])?;
    Ok(())
}

/// How many bytes are kept of the event; `None` when it is not there.
fn bytes(conn: &Connection, event: Place) -> Result<Option<u64>> {
    let select = "SELECT length(body) FROM events WHERE place = ?1";
    let bytes = conn.prepare_cached(select)?.query_row([event], |row| row.get::<_, u32>(0)).optional()?;
    Ok(bytes.map(u64::from))
}

fn leftover(conn: &Connection) -> Result<Option<(Place, i64)>> {
    let first = "SELECT event, account FROM leftovers ORDER BY event LIMIT 1";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    Ok(conn.prepare_cached(first)?.query_row([], read).optional()?)
}

/// Deletes attempts and deliveries of the event, as many as are `left`.
fn delete_rows(
    tx: &mut Transaction<'_>,
    account: i64,
    event: Place,
    left: &mut usize,
    done: &mut Expired,
) -> Result<()> {
    let attempts = "DELETE FROM attempts WHERE (account, place) IN
                    (SELECT account, place FROM attempts INDEXED BY attempts_number
                     WHERE account = ?1 AND event = ?2 LIMIT ?3)";
    let deliveries = "DELETE FROM deliveries WHERE (account, event, webhook) IN
                      (SELECT account, event, webhook FROM deliveries WHERE account = ?1 AND event = ?2 LIMIT ?3)";
    for (delete, deleted) in [(attempts, &mut done.attempts), (deliveries, &mut done.deliveries)] {
        if *left > 0 {
            let limit = i64::try_from(*left).unwrap_or(i64::MAX);
            let rows = tx.conn.prepare_cached(delete)?.execute((account, event, limit))?;
            *left -= rows;
            tx.outbox.rows += rows;
            *deleted += rows as u64;
        }
    }
    Ok(())
}

/// Notes the last event, attempt and bytes of the account that are gone; 0 is none.
fn note_cut(conn: &Connection, account: i64, (event, attempt, payload): (Place, Place, Place)) -> Result<()> {
    let note = "INSERT INTO cuts (account, event, attempt, payload) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (account) DO UPDATE SET event = max(event, ?2), attempt = max(attempt, ?3),
                payload = max(payload, ?4)";
    conn.prepare_cached(note)?.execute((account, event, attempt, payload))?;
    Ok(())
}

/// A span of time as it is kept, in milliseconds; longer ones are for ever.
fn span(kept: Option<i64>) -> Option<Duration> {
    let millis = kept.map(|kept| u64::try_from(kept).unwrap_or_default())?;
    Some(if millis == i64::MAX.unsigned_abs() { FOR_EVER } else { Duration::from_millis(millis) })
}

fn kept(span: Option<Duration>) -> Option<i64> {
    span.map(|span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

fn cut(conn: &Connection, account: i64) -> Result<Cut> {
    let select = "SELECT event, attempt, payload FROM cuts WHERE account = ?1";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let cut: Option<(Place, Place, Place)> =
        conn.prepare_cached(select)?.query_row([account], read).optional()?;
    let (event, attempt, payload) = cut.unwrap_or_default();
    // Before the next millisecond.
    let time = |place| (place > 0).then(|| later(place::time_of(place), Duration::from_millis(1)));
    let last = Position { event: number(event), attempt: number(attempt), capture: 0 };
    Ok(Cut { events: time(event), payloads: time(payload), last })
}

impl SqliteStore {
    async fn delete(&self, part: Expire, found: &Arc<Found>) -> store::Result<Expired> {
        let found = Arc::clone(found);
        self.main.write(move |tx| delete(tx, &part, &found)).await
    }

    /// The same for the first account alone, after some of the rows could not be read: a damaged page spoils all that is deleted with
    /// it. An account that has it is passed over, and the first event of the leftovers forgotten: what is left of it stays.
    async fn delete_apart(&self, part: Expire, found: &Found, error: store::Error) -> store::Result<Expired> {
        let mut left_out = LeftOut::of(TABLE);
        if found.leftovers {
            let forget = |tx: &mut Transaction<'_>| {
                let Some((event, account)) = leftover(tx.conn)? else { return Ok(0) };
                forget_leftover(tx.conn, event)?;
                Ok(account)
            };
            let account = self.main.write(forget).await?;
            left_out.sift::<()>(account, Err(error.into()))?;
            return Ok(Expired { next: found.next, ..Expired::default() });
        }
        let account = found.old.first().map_or(0, |old| old.account);
        let old = found.old.iter().take_while(|old| old.account == account).copied().collect();
        let next = Some(Reached { account: account + 1, place: 0 });
        let alone = Found { old, next, leftovers: false, ..*found };
        let done = self.delete(part, &Arc::new(alone)).await.map_err(Fault::from);
        Ok(left_out.sift(account, done)?.unwrap_or(Expired { next, ..Expired::default() }))
    }
}

#[async_trait]
impl Retention for SqliteStore {
    async fn expire(&self, part: Expire) -> store::Result<Expired> {
        let found = self.main.read(move |conn| find(conn, &part)).await?;
        if found.old.is_empty() && !found.leftovers {
            return Ok(Expired { next: found.next, ..Expired::default() });
        }
        let found = Arc::new(found);
        match self.delete(part, &found).await {
            Err(error @ store::Error::Damaged(_)) => self.delete_apart(part, &found, error).await,
            other => other,
        }
    }

    async fn forget_keys(&self, before: Timestamp, limit: u32) -> store::Result<u64> {
        let work = move |conn: &Connection| -> Result<u64> {
            let delete = "DELETE FROM idempotency WHERE (account, key) IN
                          (SELECT account, key FROM idempotency INDEXED BY idempotency_event WHERE event < ?1 LIMIT ?2)";
            Ok(conn.prepare_cached(delete)?.execute((place::first_at(before), limit))? as u64)
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    async fn give_back(&self, bytes: u64) -> store::Result<u64> {
        let main = self.main.write(move |tx| spare::give_back(tx, bytes)).await?;
        let tester = self.tester.write(move |tx| spare::give_back(tx, bytes)).await?;
        Ok(main + tester)
    }

    async fn own_keep(&self, account: &AccountId) -> store::Result<OwnKeep> {
        let of = account.clone();
        let work = move |conn: &Connection| {
            let select = "SELECT keep_events, keep_payloads FROM accounts WHERE id = ?1";
            let read = |row: &Row<'_>| Ok(OwnKeep { events: span(row.get(0)?), payloads: span(row.get(1)?) });
            let own = conn.prepare_cached(select)?.query_row([of.as_str()], read).optional()?;
            Ok(own.unwrap_or_default())
        };
        self.main.read_for(account, work).await
    }

    async fn set_own_keep(&self, account: &AccountId, own: OwnKeep) -> store::Result<bool> {
        let of = account.clone();
        let work = move |conn: &Connection| -> Result<bool> {
            let set = "UPDATE accounts SET keep_events = ?2, keep_payloads = ?3 WHERE id = ?1";
            let row = (of.as_str(), kept(own.events), kept(own.payloads));
            Ok(conn.prepare_cached(set)?.execute(row)? > 0)
        };
        self.main.write_for(account, move |tx| work(tx.conn)).await
    }

    async fn cut(&self, account: &AccountId) -> store::Result<Cut> {
        let of = account.clone();
        self.main.read_for(account, move |conn| cut(conn, number_or_none(conn, &of)?)).await
    }
}
