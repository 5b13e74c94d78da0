//! Bookings, in SQLite.

use super::SqliteStore;
use super::columns::{Columns, json};
use super::conversation::{self, read_revision};
use super::event::accept;
use super::fault::Result;
use super::list::List;
use super::one_time_link;
use super::transaction::Transaction;
use super::unreadable::{self, PUT_OFF, Swept, Table};
use crate::encoding::body;
use crate::encoding::value::{at, count};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::booking::Booking;
use deskbell_core::id::{AccountId, BookingId, UserId};
use deskbell_core::quota::Full;
use deskbell_core::store::{
    self, Accepted, BookingChange, BookingFilter, BookingSaved, Bookings, ConversationChange,
    ConversationsSaved, Ended, Listing, Page,
};
use deskbell_core::time::{later, millis};
use rusqlite::{Connection, OptionalExtension, Row, params};

const TABLE: Table = Table("bookings", &["id"]);

/// Stores all of the changes with their events, or nothing.
fn save_all(
    tx: &mut Transaction<'_>,
    changes: &[BookingChange],
    now: Timestamp,
) -> Result<std::result::Result<BookingSaved, Full>> {
    let all = |tx: &mut Transaction<'_>| {
        for change in changes {
            let verdict = save(tx, change, now)?;
            if verdict != Ok(BookingSaved::Saved) {
                return Ok(verdict);
            }
        }
        Ok(Ok(BookingSaved::Saved))
    };
    tx.wholly(all, |verdict| *verdict == Ok(BookingSaved::Saved))
}

fn save(
    tx: &mut Transaction<'_>,
    change: &BookingChange,
    now: Timestamp,
) -> Result<std::result::Result<BookingSaved, Full>> {
    let booking = &change.booking;
    let select = "SELECT account, revision FROM bookings WHERE id = ?1";
    let select = &mut tx.conn.prepare_cached(select)?;
    let stored = select.query_row([booking.id.as_str()], read_revision).optional()?;
    let stored = stored.as_ref().map(|(account, revision)| (account, *revision));
    let overlapped = booking.status.is_active() && overlaps(tx.conn, booking)?;
    if let Some(objection) = booking.objection(stored, overlapped) {
        return Ok(Ok(objection));
    }
    if let Some(conversation) = change.conversation.clone() {
        let saved = conversation::save(tx, &[ConversationChange { conversation, event: None }], now)?;
        if saved != ConversationsSaved::Saved {
            return Ok(Ok(saved.into()));
        }
    }
    if booking.revision == 0 && !one_time_link::spend(tx.conn, booking, now)? {
        return Ok(Ok(BookingSaved::LinkSpent));
    }
    if let Some(event) = &change.event {
        // A booking without its event must not be: whatever keeps the event out keeps the booking out.
        match accept(tx, event, body::keep(&event.event.body), now)? {
            Accepted::New { .. } => {}
            Accepted::OverQuota(full) => return Ok(Err(full)),
            _ => return Ok(Ok(BookingSaved::IdTaken)),
        }
    }
    write(tx.conn, booking)?;
    Ok(Ok(BookingSaved::Saved))
}

pub(super) fn write(conn: &Connection, booking: &Booking) -> Result<()> {
    let upsert =
        "INSERT INTO bookings (id, account, owner, contact, calendar, status, created, updated, starts, ends,
                               completes, active, revision, document, booking_page, master_page, event_type)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
         ON CONFLICT (id) DO UPDATE SET owner = ?3, contact = ?4, calendar = ?5, status = ?6, updated = ?8,
           starts = ?9, ends = ?10, completes = ?11, active = ?12, revision = ?13, document = ?14,
           booking_page = ?15, master_page = ?16, event_type = ?17";
    conn.prepare_cached(upsert)?.execute(params![
        booking.id.as_str(),
        booking.account.as_str(),
        booking.owner.as_str(),
        booking.contact.as_ref().map(|contact| contact.as_str()),
        booking.calendar.as_str(),
        booking.status.as_str(),
        millis(booking.created),
        millis(booking.updated),
        millis(booking.starts),
        millis(booking.ends()),
        at(booking.completes()),
        booking.status.is_active(),
        count(booking.revision),
        json(booking)?,
        booking.classic.booking_page.as_ref().map(|page| page.as_str()),
        booking.classic.master_page.as_ref().map(|page| page.as_str()),
        booking.classic.event_type.as_ref().map(|kind| kind.as_str()),
    ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Booking> {
    Columns::of(row).json()
}

/// The booking of that id, whoever has it.
pub(super) fn of_any_account(conn: &Connection, id: &BookingId) -> Result<Option<Booking>> {
    let select = "SELECT document FROM bookings WHERE id = ?1";
    Ok(conn.prepare_cached(select)?.query_row([id.as_str()], read).optional()?)
}

/// [`Booking::overlaps`], looked up by the index.
pub(super) fn overlaps(conn: &Connection, booking: &Booking) -> Result<bool> {
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
    async fn save_bookings(
        &self,
        changes: Vec<BookingChange>,
        now: Timestamp,
    ) -> store::Result<BookingSaved> {
        let Some(account) = changes.first().map(|change| change.booking.account.clone()) else {
            return Ok(BookingSaved::Saved);
        };
        Ok(self.main.write_for(&account, move |tx| save_all(tx, &changes, now)).await??)
    }

    async fn booking(&self, account: &AccountId, id: &BookingId) -> store::Result<Option<Booking>> {
        let (of, id) = (account.clone(), id.clone());
        let work = move |conn: &Connection| {
            let select = "SELECT document FROM bookings WHERE id = ?1 AND account = ?2";
            let mut select = conn.prepare_cached(select)?;
            let key = (id.as_str(), of.as_str());
            Ok(select.query_row(key, read).optional()?)
        };
        self.main.read_for(account, work).await
    }

    async fn bookings(
        &self,
        account: &AccountId,
        filter: &BookingFilter,
        page: &Page,
    ) -> store::Result<Listing<Booking>> {
        let (of, filter, page) = (account.clone(), filter.clone(), page.clone());
        let work = move |conn: &Connection| {
            let select = "SELECT b.document, b.id FROM bookings b ";
            let cursor = "SELECT seq FROM bookings WHERE id = ?1 AND account = ?2";
            List::of(TABLE, select, "b.account =", of.as_str().to_owned())
                .only("b.status =", filter.status.map(|status| status.as_str().to_owned()))
                .only("b.owner =", filter.owner.map(|owner| owner.as_str().to_owned()))
                .only("b.contact =", filter.contact.map(|contact| contact.as_str().to_owned()))
                .only("b.calendar =", filter.calendar.map(|calendar| calendar.as_str().to_owned()))
                .only("b.booking_page =", filter.booking_page.map(|page| page.as_str().to_owned()))
                .only("b.master_page =", filter.master_page.map(|page| page.as_str().to_owned()))
                .only("b.event_type =", filter.event_type.map(|kind| kind.as_str().to_owned()))
                .within("b.created >", "b.created <", &filter.created)
                .within("b.starts >", "b.starts <", &filter.starts)
                .within("b.updated >", "b.updated <", &filter.updated)
                .page(conn, &page, cursor, "b.seq", read, |one| one.id.as_str())
        };
        self.main.read_for(account, work).await
    }

    async fn ended_bookings(&self, now: Timestamp, limit: u32) -> store::Result<Ended> {
        let work = move |conn: &Connection| {
            let mut select = conn.prepare_cached(
                "SELECT document, id, seq FROM bookings WHERE completes <= ?1 ORDER BY completes, seq",
            )?;
            let Swept { found: bookings, unreadable } =
                unreadable::sweep(select.query([millis(now)])?, limit, TABLE, read)?;
            let next = "SELECT min(completes) FROM bookings WHERE completes > ?1";
            let read = |row: &Row<'_>| Columns::of(row).maybe_time();
            let next = conn.prepare_cached(next)?.query_row([millis(now)], read)?;
            Ok((Ended { bookings, next }, unreadable))
        };
        let (ended, unreadable) = self.main.read(work).await?;
        if !unreadable.is_empty() {
            let (update, until) = ("UPDATE bookings SET completes = ?2 WHERE seq = ?1", later(now, PUT_OFF));
            self.main.write(move |tx| unreadable::put_off(tx.conn, update, &unreadable, until)).await?;
        }
        Ok(ended)
    }

    async fn taken(
        &self,
        account: &AccountId,
        host: &UserId,
        from: Timestamp,
        to: Timestamp,
    ) -> store::Result<Vec<(Timestamp, Timestamp)>> {
        let (of, host) = (account.clone(), host.clone());
        let work = move |conn: &Connection| {
            let mut select = conn.prepare_cached(
                "SELECT starts, ends FROM bookings WHERE account = ?1 AND owner = ?2 AND active = 1
                 AND starts < ?4 AND ends > ?3 ORDER BY starts, ends",
            )?;
            let key = (of.as_str(), host.as_str(), millis(from), millis(to));
            let rows = select.query_map(key, |row| {
                let mut columns = Columns::of(row);
                Ok((columns.time()?, columns.time()?))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        };
        self.main.read_for(account, work).await
    }
}
