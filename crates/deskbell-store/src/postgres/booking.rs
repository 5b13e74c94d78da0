//! Bookings, in PostgreSQL.

use super::PostgresStore;
use super::client::Client;
use super::columns::{Columns, json};
use super::conversation::{self, read_revision, ring};
use super::fault::Result;
use super::list::List;
use super::one_time_link;
use super::sql::{execute, exists, maybe_row, params, row, rows};
use super::sweep::Look;
use super::transaction::Tx;
use super::unreadable::Table;
use crate::encoding::value::{at, count};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::booking::Booking;
use deskbell_core::event::NewEvent;
use deskbell_core::id::{AccountId, BookingId, UserId};
use deskbell_core::store::{
    self, BookingChange, BookingFilter, BookingSaved, Bookings, ConversationChange, ConversationsSaved,
    Ended, Listing, Page,
};
use deskbell_core::time::millis;
use futures::FutureExt as _;
use tokio_postgres::Row;

const TABLE: Table = Table("bookings", &["id"]);

/// Stores the changes in their order, then their events; whoever is told otherwise takes the transaction back.
async fn save_all(tx: &Tx<'_>, changes: &[BookingChange], now: Timestamp) -> Result<BookingSaved> {
    conversation::lock(tx, changes.iter().map(|change| &change.booking.account)).await?;
    for change in changes {
        let saved = save(tx, change, now).await?;
        if saved != BookingSaved::Saved {
            return Ok(saved);
        }
    }
    // A booking without its event must not be: whatever keeps the event out keeps the booking out.
    let events: Vec<&NewEvent> = changes.iter().filter_map(|change| change.event.as_ref()).collect();
    Ok(if ring(tx, &events, now).await? { BookingSaved::Saved } else { BookingSaved::IdTaken })
}

/// Stores the change without its event, or says what keeps it out.
async fn save(tx: &Tx<'_>, change: &BookingChange, now: Timestamp) -> Result<BookingSaved> {
    let booking = &change.booking;
    let select = "SELECT account, revision FROM bookings WHERE id = $1";
    let stored = maybe_row(tx.conn, select, params![booking.id.as_str()]).await?;
    let stored = stored.as_ref().map(read_revision).transpose()?;
    let stored = stored.as_ref().map(|(account, revision)| (account, *revision));
    let overlapped = booking.status.is_active() && overlaps(tx, booking).await?;
    if let Some(objection) = booking.objection(stored, overlapped) {
        return Ok(objection);
    }
    if let Some(conversation) = change.conversation.clone() {
        let saved = conversation::save(tx, &[ConversationChange { conversation, event: None }]).await?;
        if saved != ConversationsSaved::Saved {
            return Ok(saved.into());
        }
    }
    if booking.revision == 0 && !one_time_link::spend(tx, booking, now).await? {
        return Ok(BookingSaved::LinkSpent);
    }
    Ok(if write(tx, booking).await? { BookingSaved::Saved } else { BookingSaved::IdTaken })
}

/// Stores it in the place of its account's one of that id, if there is any; `false` when another account has that id.
pub(super) async fn write(tx: &Tx<'_>, booking: &Booking) -> Result<bool> {
    let upsert = "INSERT INTO bookings AS b (id, account, owner, contact, calendar, status, created, updated, starts,
                    ends, completes, active, revision, document, booking_page, master_page, event_type)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                  ON CONFLICT (id) DO UPDATE SET owner = $3, contact = $4, calendar = $5, status = $6, updated = $8,
                    starts = $9, ends = $10, completes = $11, active = $12, revision = $13, document = $14,
                    booking_page = $15, master_page = $16, event_type = $17 WHERE b.account = $2";
    Ok(execute(
        tx.conn,
        upsert,
        params![
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
        ],
    )
    .await?
        > 0)
}

fn read(row: &Row) -> Result<Booking> {
    Columns::of(row).json()
}

/// The booking of that id, whoever has it.
pub(super) async fn of_any_account(conn: &Client, id: &BookingId) -> Result<Option<Booking>> {
    let select = "SELECT document FROM bookings WHERE id = $1";
    maybe_row(conn, select, params![id.as_str()]).await?.as_ref().map(read).transpose()
}

/// [`Booking::overlaps`], looked up by the index. The account is locked.
pub(super) async fn overlaps(tx: &Tx<'_>, booking: &Booking) -> Result<bool> {
    let taken = "SELECT 1 FROM bookings WHERE account = $1 AND owner = $2 AND active
                 AND starts < $4 AND ends > $3 AND id <> $5 LIMIT 1";
    let (starts, ends) = (millis(booking.starts), millis(booking.ends()));
    exists(
        tx.conn,
        taken,
        params![booking.account.as_str(), booking.owner.as_str(), starts, ends, booking.id.as_str()],
    )
    .await
}

#[async_trait]
impl Bookings for PostgresStore {
    async fn save_bookings(
        &self,
        changes: Vec<BookingChange>,
        now: Timestamp,
    ) -> store::Result<BookingSaved> {
        let Some(account) = changes.first().map(|change| change.booking.account.clone()) else {
            return Ok(BookingSaved::Saved);
        };
        let saved = self.write_for(&account, (changes, now), |tx, (changes, now)| {
            async move {
                let saved = save_all(tx, changes, *now).await?;
                if saved != BookingSaved::Saved {
                    tx.take_back();
                }
                Ok(saved)
            }
            .boxed()
        });
        saved.await
    }

    async fn booking(&self, account: &AccountId, id: &BookingId) -> store::Result<Option<Booking>> {
        let (conn, select) =
            (self.read_for(account).await?, "SELECT document FROM bookings WHERE id = $1 AND account = $2");
        let found = maybe_row(&conn, select, params![id.as_str(), account.as_str()]).await?;
        Ok(found.as_ref().map(read).transpose()?)
    }

    async fn bookings(
        &self,
        account: &AccountId,
        filter: &BookingFilter,
        page: &Page,
    ) -> store::Result<Listing<Booking>> {
        let conn = self.read_for(account).await?;
        let select = "SELECT b.document, b.id FROM bookings b ";
        let cursor = "SELECT seq FROM bookings WHERE id = $1 AND account = $2";
        let list = List::of(TABLE, select, "b.account =", account.as_str())
            .only("b.status =", filter.status.map(|status| status.as_str()))
            .only("b.owner =", filter.owner.as_ref().map(|owner| owner.as_str()))
            .only("b.contact =", filter.contact.as_ref().map(|contact| contact.as_str()))
            .only("b.calendar =", filter.calendar.as_ref().map(|calendar| calendar.as_str()))
            .only("b.booking_page =", filter.booking_page.as_ref().map(|page| page.as_str()))
            .only("b.master_page =", filter.master_page.as_ref().map(|page| page.as_str()))
            .only("b.event_type =", filter.event_type.as_ref().map(|kind| kind.as_str()))
            .within("b.created >", "b.created <", &filter.created)
            .within("b.starts >", "b.starts <", &filter.starts)
            .within("b.updated >", "b.updated <", &filter.updated);
        Ok(list.page(&conn, page, cursor, "b.seq", read, |one| one.id.as_str()).await?)
    }

    async fn ended_bookings(&self, now: Timestamp, limit: u32) -> store::Result<Ended> {
        let next = "SELECT min(completes) FROM bookings WHERE completes > $1";
        let next = Columns::of(&row(&*self.read().await?, next, params![millis(now)]).await?).maybe_time()?;
        let look = Look {
            table: TABLE,
            select: "SELECT document, id, completes AS at, seq FROM bookings
                     WHERE completes <= $1 AND (completes, seq) > ($2, $3) ORDER BY completes, seq LIMIT $4",
            put_off: "UPDATE bookings SET completes = $2 WHERE id = ANY($1) AND completes <= $3",
        };
        Ok(Ended { bookings: self.look(look, now, limit).await?, next })
    }

    async fn taken(
        &self,
        account: &AccountId,
        host: &UserId,
        from: Timestamp,
        to: Timestamp,
    ) -> store::Result<Vec<(Timestamp, Timestamp)>> {
        let conn = self.read_for(account).await?;
        let taken = "SELECT starts, ends FROM bookings WHERE account = $1 AND owner = $2 AND active
                     AND starts < $4 AND ends > $3 ORDER BY starts, ends";
        let span = |row: &Row| {
            let mut columns = Columns::of(row);
            Ok((columns.time()?, columns.time()?))
        };
        rows(&conn, taken, params![account.as_str(), host.as_str(), millis(from), millis(to)])
            .await?
            .iter()
            .map(span)
            .collect()
    }
}
