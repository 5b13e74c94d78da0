//! Deliveries, in SQLite: their rows. [`super::queue`] has their steps.

use super::SqliteStore;
use super::attempt;
use super::columns::{Columns, at, count};
use super::fault::Result;
use super::list::List;
use super::webhook;
use super::writer::Transaction;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Outcome};
use deskbell_core::delivery::{Delivery, Status};
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use deskbell_core::store::{self, AttemptFilter, Deliveries, DeliveryFilter, Listing, Page, Retried};
use deskbell_core::time::millis;
use deskbell_core::trigger::Trigger;
use deskbell_core::webhook::Webhook;
use rusqlite::{Connection, OptionalExtension, Row, params};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.account, e.id, w.id, e.trigger, e.subject, d.created, d.status, d.attempts, ",
            "d.tries, d.lost, d.manual, d.first_attempt, d.last_outcome, d.last_status, d.scheduled, d.due, ",
            "d.leased, d.leases, d.settled, d.seq, d.event, d.webhook FROM deliveries d ",
            "JOIN events e ON e.seq = d.event JOIN webhooks w ON w.seq = d.webhook ",
            $rest
        )
    };
}

/// A delivery with the places of its own row, of its event's and of its webhook's.
pub(super) struct Placed {
    pub(super) delivery: Delivery,
    pub(super) seq: i64,
    pub(super) event: i64,
    pub(super) webhook: i64,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let mut columns = Columns::of(row);
    Ok(Delivery {
        id: DeliveryId::from_text(columns.get::<String>()?),
        account: AccountId::from_text(columns.get::<String>()?),
        event: EventId::from_text(columns.get::<String>()?),
        webhook: WebhookId::from_text(columns.get::<String>()?),
        trigger: columns.name(Trigger::parse)?,
        subject: columns.get()?,
        created: columns.time()?,
        status: columns.name(Status::parse)?,
        attempts: columns.get()?,
        tries: columns.get()?,
        lost: columns.get()?,
        manual: columns.get()?,
        first_attempt: columns.maybe_time()?,
        last_outcome: columns.maybe_name(Outcome::parse)?,
        last_status: columns.get()?,
        scheduled: columns.maybe_time()?,
        due: columns.maybe_time()?,
        leased: columns.get()?,
        leases: columns.count()?,
        settled: columns.maybe_time()?,
    })
}

fn read_placed(row: &Row<'_>) -> rusqlite::Result<Placed> {
    Ok(Placed { delivery: read(row)?, seq: row.get(20)?, event: row.get(21)?, webhook: row.get(22)? })
}

/// The delivery at that place.
pub(super) fn placed(conn: &Connection, seq: i64) -> Result<Placed> {
    Ok(conn.prepare_cached(select!("WHERE d.seq = ?1"))?.query_row([seq], read_placed)?)
}

/// The deliveries of the event at that place, in the order in which they were made.
pub(super) fn of_event(conn: &Connection, event: i64) -> Result<Vec<Delivery>> {
    let mut select = conn.prepare_cached(select!("WHERE d.event = ?1 ORDER BY d.seq"))?;
    Ok(select.query_map([event], read)?.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn find(conn: &Connection, id: &DeliveryId) -> Result<Option<Placed>> {
    let mut select = conn.prepare_cached(select!("WHERE d.id = ?1"))?;
    Ok(select.query_row([id.as_str()], read_placed).optional()?)
}

/// Adds a new delivery of the event and to the webhook at those places.
pub(super) fn insert(conn: &Connection, delivery: &Delivery, event: i64, webhook: i64) -> Result<()> {
    let insert =
        "INSERT INTO deliveries (id, account, event, webhook, created, status, attempts, tries, lost,
                  manual, scheduled, due, leased, leases)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, 0, ?7, ?8, 0, 0)";
    conn.prepare_cached(insert)?.execute((
        delivery.id.as_str(),
        delivery.account.as_str(),
        event,
        webhook,
        millis(delivery.created),
        delivery.status.as_str(),
        at(delivery.scheduled),
        at(delivery.due),
    ))?;
    Ok(())
}

/// Stores what became of a delivery.
pub(super) fn save(conn: &Connection, seq: i64, delivery: &Delivery) -> Result<()> {
    let update = "UPDATE deliveries SET status = ?2, attempts = ?3, tries = ?4, lost = ?5, manual = ?6,
                  first_attempt = ?7, last_outcome = ?8, last_status = ?9, scheduled = ?10, due = ?11,
                  leased = ?12, leases = ?13, settled = ?14 WHERE seq = ?1";
    conn.prepare_cached(update)?.execute(params![
        seq,
        delivery.status.as_str(),
        delivery.attempts,
        delivery.tries,
        delivery.lost,
        delivery.manual,
        at(delivery.first_attempt),
        delivery.last_outcome.map(Outcome::as_str),
        delivery.last_status,
        at(delivery.scheduled),
        at(delivery.due),
        delivery.leased,
        count(delivery.leases),
        at(delivery.settled),
    ])?;
    Ok(())
}

/// [`Delivery::cancel`] for all that waits for the webhook: leased deliveries end by themselves, and a settled one that
/// waited for a retry by hand stays what it was.
pub(super) fn cancel_queue(conn: &Connection, webhook: i64, now: Timestamp) -> Result<()> {
    let update = "UPDATE deliveries INDEXED BY deliveries_queue SET manual = 0, scheduled = NULL, due = NULL,
                  settled = iif(status = 'pending', ?2, settled),
                  status = iif(status = 'pending', 'cancelled', status)
                  WHERE webhook = ?1 AND due IS NOT NULL AND leased = 0";
    conn.prepare_cached(update)?.execute((webhook, millis(now)))?;
    Ok(())
}

fn retry(tx: &mut Transaction<'_>, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<Retried> {
    let found = find(tx.conn, id)?.filter(|placed| placed.delivery.account == *account);
    let Some(Placed { mut delivery, seq, webhook: webhook_seq, .. }) = found else {
        return Ok(Retried::Unknown);
    };
    let known = tx.webhooks.get(tx.conn, webhook_seq)?;
    let mut webhook = Webhook::clone(&known);
    let retried = delivery.retry_by_hand(&mut webhook, now);
    if let Retried::Queued(_) = retried {
        save(tx.conn, seq, &delivery)?;
        if webhook != *known {
            webhook::save(tx, webhook_seq, webhook, now)?;
        }
    }
    Ok(retried)
}

#[async_trait]
impl Deliveries for SqliteStore {
    async fn retry_delivery(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        now: Timestamp,
    ) -> store::Result<Retried> {
        let (account, id) = (account.clone(), id.clone());
        self.main.write(move |tx| retry(tx, &account, &id, now)).await
    }

    async fn delivery(&self, account: &AccountId, id: &DeliveryId) -> store::Result<Option<Delivery>> {
        let (account, id) = (account.clone(), id.clone());
        let ours = move |placed: &Placed| placed.delivery.account == account;
        let work = move |conn: &Connection| Ok(find(conn, &id)?.filter(ours).map(|placed| placed.delivery));
        self.main.read(work).await
    }

    async fn deliveries(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        page: &Page,
    ) -> store::Result<Listing<Delivery>> {
        let (account, filter, page) = (account.clone(), filter.clone(), page.clone());
        let work = move |conn: &Connection| {
            let cursor = "SELECT seq FROM deliveries WHERE id = ?1 AND account = ?2";
            List::of(select!(""), "d.account =", account.as_str().to_owned())
                .only("w.id =", filter.webhook.map(|webhook| webhook.as_str().to_owned()))
                .only("e.id =", filter.event.map(|event| event.as_str().to_owned()))
                .only("e.trigger =", filter.trigger.map(|trigger| trigger.as_str().to_owned()))
                .only("d.status =", filter.status.map(|status| status.as_str().to_owned()))
                .only("e.subject =", filter.subject)
                .only("d.last_outcome =", filter.outcome.map(|outcome| outcome.as_str().to_owned()))
                .only("d.last_status =", filter.last_status)
                .only("d.attempts >=", filter.attempts_min)
                .only("d.attempts <=", filter.attempts_max)
                .within("d.created >", "d.created <", &filter.created)
                .page(conn, &page, cursor, "d.seq", read)
        };
        self.main.read(work).await
    }

    async fn attempt(&self, account: &AccountId, id: &AttemptId) -> store::Result<Option<Attempt>> {
        let (account, id) = (account.clone(), id.clone());
        self.main.read(move |conn| attempt::find(conn, &account, &id)).await
    }

    async fn attempts(
        &self,
        account: &AccountId,
        filter: &AttemptFilter,
        page: &Page,
    ) -> store::Result<Listing<Attempt>> {
        let (account, filter, page) = (account.clone(), filter.clone(), page.clone());
        self.main.read(move |conn| attempt::list(conn, &account, filter, &page)).await
    }
}
