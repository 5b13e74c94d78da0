//! Bookings, in SQLite.

use super::SqliteStore;
use super::columns::{Columns, count, json};
use super::event::accept;
use super::fault::Result;
use super::writer::Desk;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::booking::Booking;
use deskbell_core::event::NewEvent;
use deskbell_core::id::{AccountId, BookingId, UserId};
use deskbell_core::store::{self, Accepted, BookingSaved, Bookings};
use deskbell_core::time::millis;
use rusqlite::{Connection, OptionalExtension, params};

fn save(desk: &mut Desk<'_>, booking: &Booking, event: &NewEvent, now: Timestamp) -> Result<BookingSaved> {
    let stored = "SELECT account, revision FROM bookings WHERE id = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let stored: Option<(String, i64)> =
        desk.conn.prepare_cached(stored)?.query_row([booking.id.as_str()], read).optional()?;
    match booking.revision.checked_sub(1) {
        None if stored.is_some() => return Ok(BookingSaved::IdTaken),
        None => {}
        Some(before) => {
            let unchanged = |(account, revision): (String, i64)| {
                account == booking.account.as_str() && revision == count(before)
            };
            if !stored.is_some_and(unchanged) {
                return Ok(BookingSaved::Changed);
            }
        }
    }
    if booking.status.is_active() && overlaps(desk.conn, booking)? {
        return Ok(BookingSaved::SlotTaken);
    }
    // A booking without its event must not be: whatever keeps the event out keeps the booking out.
    let Accepted::New { .. } = accept(desk, event, now)? else { return Ok(BookingSaved::IdTaken) };
    let upsert = "INSERT INTO bookings (id, account, owner, starts, ends, active, revision, document)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                  ON CONFLICT (id) DO UPDATE SET owner = ?3, starts = ?4, ends = ?5, active = ?6,
                  revision = ?7, document = ?8";
    desk.conn.prepare_cached(upsert)?.execute(params![
        booking.id.as_str(),
        booking.account.as_str(),
        booking.owner.as_str(),
        millis(booking.starts),
        millis(booking.ends()),
        booking.status.is_active(),
        count(booking.revision),
        json(booking)?,
    ])?;
    Ok(BookingSaved::Saved)
}

fn overlaps(conn: &Connection, booking: &Booking) -> Result<bool> {
    let taken = "SELECT 1 FROM bookings WHERE account = ?1 AND owner = ?2 AND active = 1
                 AND starts < ?4 AND ends > ?3 AND id <> ?5";
    Ok(conn.prepare_cached(taken)?.exists((
        booking.account.as_str(),
        booking.owner.as_str(),
        millis(booking.starts),
        millis(booking.ends()),
        booking.id.as_str(),
    ))?)
}

#[async_trait]
impl Bookings for SqliteStore {
    async fn save_booking(
        &self,
        booking: Booking,
        event: NewEvent,
        now: Timestamp,
    ) -> store::Result<BookingSaved> {
        self.main.write(move |desk| save(desk, &booking, &event, now)).await
    }

    async fn booking(&self, account: &AccountId, id: &BookingId) -> store::Result<Option<Booking>> {
        let (account, id) = (account.clone(), id.clone());
        let work = move |conn: &Connection| {
            let select = "SELECT document FROM bookings WHERE id = ?1 AND account = ?2";
            let mut select = conn.prepare_cached(select)?;
            let key = (id.as_str(), account.as_str());
            Ok(select.query_row(key, |row| Columns::of(row).json()).optional()?)
        };
        self.main.read(work).await
    }

    async fn taken(
        &self,
        account: &AccountId,
        host: &UserId,
        from: Timestamp,
        to: Timestamp,
    ) -> store::Result<Vec<(Timestamp, Timestamp)>> {
        let (account, host) = (account.clone(), host.clone());
        let work = move |conn: &Connection| {
            let mut select = conn.prepare_cached(
                "SELECT starts, ends FROM bookings WHERE account = ?1 AND owner = ?2 AND active = 1
                 AND starts < ?4 AND ends > ?3 ORDER BY starts, ends",
            )?;
            let key = (account.as_str(), host.as_str(), millis(from), millis(to));
            let rows = select.query_map(key, |row| {
                let mut columns = Columns::of(row);
                Ok((columns.time()?, columns.time()?))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        };
        self.main.read(work).await
    }
}
