//! Retention, in SQLite: a reader finds what is too old, account by account, along the account's own index; the writer looks again
//! and deletes it. The oldest of an account come first, so what is kept is never walked.
//!
//! The event's row goes first: everything else is found through it. An event with more rows than a step may delete leaves them for
//! the next steps, under its number in `leftovers`.

use super::SqliteStore;
use super::cache::number_or_none;
use super::change_feed;
use super::columns::code;
use super::fault::Result;
use super::spare;
use super::transaction::Transaction;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Status;
use deskbell_core::id::AccountId;
use deskbell_core::place::{self, Place};
use deskbell_core::store::{self, Cut, Expire, Expired, Position, Reached, Retention};
use deskbell_core::time::later;
use rusqlite::{Connection, OptionalExtension};
use std::time::Duration;
use tokio::time::Instant;

/// Accounts that one part looks at: a few milliseconds of a reader's.
const ACCOUNTS: usize = 500;
/// Rows that one part looks at and finds that they have to stay, for each that it may delete.
const LOOKED: usize = 4;
/// Bytes of events that one part deletes: each page of a long one is read, to be given back.
const BYTES: usize = 4 << 20;
/// How long one part may have the writer; what it has begun it ends.
const TIME: Duration = Duration::from_millis(20);

/// An event, and what hangs on it.
struct Old {
    account: i64,
    event: Place,
    /// Its deliveries and attempts.
    rows: usize,
    /// The last attempt; 0 when there is none.
    attempt: Place,
}

/// What a reader found.
struct Found {
    old: Vec<Old>,
    /// Rows of events that are gone wait: they go first.
    leftovers: bool,
    next: Option<Reached>,
}

fn find(conn: &Connection, part: &Expire) -> Result<Found> {
    let mut from = part.from.unwrap_or(Reached { account: 0, place: 0 });
    let leftovers = leftover(conn)?.is_some();
    let mut found = Found { old: Vec::new(), leftovers, next: Some(from) };
    if found.leftovers {
        return Ok(found);
    }
    let before = place::first_at(part.keep.events_since(part.now));
    let (mut rows, mut looked, mut bytes) = (0, 0, 0);
    for _ in 0..ACCOUNTS {
        let next = "SELECT seq FROM accounts WHERE seq >= ?1 ORDER BY seq LIMIT 1";
        let next = conn.prepare_cached(next)?.query_row([from.account], |row| row.get(0)).optional()?;
        let Some(account) = next else {
            return Ok(Found { next: None, ..found });
        };
        if account != from.account {
            from = Reached { account, place: 0 };
        }
        let oldest = "SELECT place, length(body) FROM events INDEXED BY events_account
                      WHERE account = ?1 AND place > ?2 AND place < ?3 ORDER BY place";
        let mut oldest = conn.prepare_cached(oldest)?;
        let mut oldest = oldest.query((account, from.place, before))?;
        while let Some(row) = oldest.next()? {
            let event = row.get(0)?;
            let (hanging, over) = look(conn, account, event, before)?;
            looked += 1 + hanging;
            if let Some(old) = over {
                rows += 1 + hanging;
                bytes += row.get::<_, u32>(1)? as usize;
                found.old.push(old);
            }
            if rows >= part.rows || looked >= part.rows * LOOKED || bytes >= BYTES {
                return Ok(Found { next: Some(Reached { account, place: event }), ..found });
            }
        }
        from = Reached { account: account + 1, place: 0 };
    }
    Ok(Found { next: Some(from), ..found })
}

/// How many rows hang on the event; and the event, if all of them are over and none happened since then.
fn look(conn: &Connection, account: i64, event: Place, before: Place) -> Result<(usize, Option<Old>)> {
    // `Delivery::is_over`, without reading the row's other columns.
    let deliveries =
        "SELECT count(*), coalesce(max(status = ?3 OR due IS NOT NULL OR leased > 0), 0) FROM deliveries
                      WHERE account = ?1 AND event = ?2";
    let pending = code(&Status::ALL, &Status::Pending);
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (deliveries, open): (u32, bool) =
        conn.prepare_cached(deliveries)?.query_row((account, event, pending), read)?;
    let attempts = "SELECT count(*), coalesce(max(place), 0) FROM attempts INDEXED BY attempts_number
                    WHERE account = ?1 AND event = ?2";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (attempts, attempt): (u32, Place) =
        conn.prepare_cached(attempts)?.query_row((account, event), read)?;
    let rows = deliveries as usize + attempts as usize;
    let over = !open && attempt < before;
    Ok((rows, over.then_some(Old { account, event, rows, attempt })))
}

/// Deletes what was found, as far as that is still true and there is time.
fn delete(tx: &mut Transaction<'_>, part: &Expire, found: Found) -> Result<Expired> {
    let began = Instant::now();
    let mut done = Expired { next: found.next, ..Expired::default() };
    let mut left = part.rows;
    if found.leftovers {
        delete_leftovers(tx, &mut left, &mut done)?;
    }
    let before = place::first_at(part.keep.events_since(part.now));
    let mut cut: Option<Old> = None;
    for old in found.old {
        // It may have been retried meanwhile.
        let (_, Some(old)) = look(tx.conn, old.account, old.event, before)? else { continue };
        if !is_there(tx.conn, &old)? {
            continue;
        }
        if let Some(last) = cut.take_if(|last| last.account != old.account) {
            note_cut(tx.conn, &last)?;
        }
        let attempt = cut.map_or(0, |last| last.attempt).max(old.attempt);
        let reached = Reached { account: old.account, place: old.event };
        let whole = old.rows <= left;
        delete_event(tx, &old, &mut left, &mut done)?;
        cut = Some(Old { attempt, ..old });
        if !whole || began.elapsed() >= TIME {
            done.next = Some(reached);
            break;
        }
    }
    if let Some(last) = &cut {
        note_cut(tx.conn, last)?;
    }
    Ok(done)
}

/// Deletes the event with what hangs on it, or as much of that as is `left`.
fn delete_event(tx: &mut Transaction<'_>, old: &Old, left: &mut usize, done: &mut Expired) -> Result<()> {
    tx.conn.prepare_cached("DELETE FROM events WHERE place = ?1")?.execute([old.event])?;
    done.events += 1;
    tx.outbox.rows += 1;
    if old.rows > *left {
        let later = "INSERT INTO leftovers (event, account) VALUES (?1, ?2)";
        tx.conn.prepare_cached(later)?.execute((old.event, old.account))?;
    }
    delete_rows(tx, old.account, old.event, left, done)
}

/// Deletes what is left of events that are gone, as much as is `left`.
fn delete_leftovers(tx: &mut Transaction<'_>, left: &mut usize, done: &mut Expired) -> Result<()> {
    while *left > 0
        && let Some((event, account)) = leftover(tx.conn)?
    {
        delete_rows(tx, account, event, left, done)?;
        if *left > 0 {
            tx.conn.prepare_cached("DELETE FROM leftovers WHERE event = ?1")?.execute([event])?;
        }
    }
    Ok(())
}

/// Another process may have been at it.
fn is_there(conn: &Connection, old: &Old) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT 1 FROM events WHERE place = ?1")?.exists([old.event])?)
}

fn leftover(conn: &Connection) -> Result<Option<(Place, i64)>> {
    let first = "SELECT event, account FROM leftovers ORDER BY event LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
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

fn note_cut(conn: &Connection, last: &Old) -> Result<()> {
    let note = "INSERT INTO cuts (account, event, attempt) VALUES (?1, ?2, ?3)
                ON CONFLICT (account) DO UPDATE SET event = max(event, ?2), attempt = max(attempt, ?3)";
    conn.prepare_cached(note)?.execute((last.account, last.event, last.attempt))?;
    Ok(())
}

#[async_trait]
impl Retention for SqliteStore {
    async fn expire(&self, part: Expire) -> store::Result<Expired> {
        let found = self.main.read(move |conn| find(conn, &part)).await?;
        if found.old.is_empty() && !found.leftovers {
            return Ok(Expired { next: found.next, ..Expired::default() });
        }
        self.main.write(move |tx| delete(tx, &part, found)).await
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

    async fn cut(&self, account: &AccountId) -> store::Result<Cut> {
        let of = account.clone();
        let work = move |conn: &Connection| {
            let select = "SELECT event, attempt FROM cuts WHERE account = ?1";
            let number = number_or_none(conn, &of)?;
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let cut: Option<(Place, Place)> =
                conn.prepare_cached(select)?.query_row([number], read).optional()?;
            let known = |(event, attempt)| Cut {
                events: Some(later(place::time_of(event), Duration::from_millis(1))),
                last: Position {
                    event: change_feed::number(event),
                    attempt: change_feed::number(attempt),
                    capture: 0,
                },
            };
            Ok(cut.map(known).unwrap_or_default())
        };
        self.main.read_for(account, work).await
    }
}
