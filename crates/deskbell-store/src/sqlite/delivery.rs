//! Deliveries, in SQLite: their rows. [`super::queue`] has their steps.

use super::SqliteStore;
use super::cache::number_or_none;
use super::columns::{Columns, code, event_key};
use super::due::first;
use super::entry::State;
use super::fault::Result;
use super::list::{Key, List, Order};
use super::transaction::Transaction;
use super::{attempt, event, webhook};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Outcome};
use deskbell_core::delivery::{Delivery, Epoch, Status};
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, WebhookId};
use deskbell_core::place::Place;
use deskbell_core::store::{self, AttemptFilter, Deliveries, DeliveryFilter, Listing, Page, Retried};
use deskbell_core::time::millis;
use deskbell_core::trigger::Trigger;
use rusqlite::{Connection, OptionalExtension, Row, Statement, ToSql, params};
use serde::{Deserialize, Serialize};

macro_rules! select {
    ($rest:literal) => {
        select!(by "", $rest)
    };
    (by $index:literal, $rest:literal) => {
        concat!(
            "SELECT c.id, e.id, w.id, e.trigger, e.subject, d.created, d.status, d.attempts, d.tries, d.lost, ",
            "d.manual, d.first_attempt, d.last_outcome, d.last_status, d.scheduled, d.due, d.leased, d.epoch, ",
            "d.leases, d.settled, d.account, d.event, d.webhook FROM deliveries d ",
            $index,
            " CROSS JOIN events e ON e.place = d.event CROSS JOIN webhooks w ON w.seq = d.webhook ",
            "CROSS JOIN accounts c ON c.seq = d.account ",
            $rest
        )
    };
}

/// Statuses behind this one are bad ends: *delivered*, as it is kept.
const ENDED: i64 = 1;

/// Where a delivery stands: the numbers of its account and webhook, and its event's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Spot {
    pub(super) account: i64,
    pub(super) event: Place,
    pub(super) webhook: i64,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let mut columns = Columns::of(row);
    let account = AccountId::from_text(columns.get::<String>()?);
    let event = columns.event_id()?;
    let webhook = WebhookId::from_text(columns.get::<String>()?);
    let mut delivery = Delivery {
        id: DeliveryId::of(&event, &webhook),
        account,
        event,
        webhook,
        trigger: columns.coded(Trigger::ALL)?,
        subject: columns.get()?,
        created: columns.time()?,
        status: Status::Pending,
        attempts: 0,
        tries: 0,
        lost: 0,
        manual: 0,
        first_attempt: None,
        last_outcome: None,
        last_status: None,
        scheduled: None,
        due: None,
        leased: false,
        epoch: Epoch::default(),
        leases: 0,
        settled: None,
    };
    read_state(&mut columns, &mut delivery)?;
    Ok(delivery)
}

/// What attempts change, from `status` on.
fn read_state(columns: &mut Columns<'_>, delivery: &mut Delivery) -> rusqlite::Result<()> {
    let state = State {
        status: columns.get()?,
        attempts: columns.get()?,
        tries: columns.get()?,
        lost: columns.get()?,
        manual: columns.get()?,
        first_attempt: columns.get()?,
        last_outcome: columns.get()?,
        last_status: columns.get()?,
        scheduled: columns.get()?,
        due: columns.get()?,
        leased: columns.get()?,
        epoch: columns.get()?,
        leases: columns.get()?,
        settled: columns.get()?,
    };
    state.fill(delivery).ok_or_else(|| columns.damaged("a status or outcome of an unknown number".into()))
}

pub(super) fn read_spot(row: &Row<'_>) -> rusqlite::Result<Spot> {
    Ok(Spot { account: row.get("account")?, event: row.get("event")?, webhook: row.get("webhook")? })
}

/// The delivery at that spot.
pub(super) fn read_at(conn: &Connection, spot: Spot) -> Result<Delivery> {
    let mut select =
        conn.prepare_cached(select!("WHERE d.account = ?1 AND d.event = ?2 AND d.webhook = ?3"))?;
    Ok(select.query_row((spot.account, spot.event, spot.webhook), read)?)
}

/// Brings what attempts change in `delivery` up to date; `false` when there is no such row.
pub(super) fn refresh(tx: &Transaction<'_>, spot: Spot, delivery: &mut Delivery) -> Result<bool> {
    if let Some(state) = tx.pending.state(spot) {
        return Ok(state.fill(delivery).is_some());
    }
    let select = "SELECT status, attempts, tries, lost, manual, first_attempt, last_outcome, last_status,
                  scheduled, due, leased, epoch, leases, settled FROM deliveries
                  WHERE account = ?1 AND event = ?2 AND webhook = ?3";
    let mut select = tx.conn.prepare_cached(select)?;
    let mut rows = select.query((spot.account, spot.event, spot.webhook))?;
    let Some(row) = rows.next()? else { return Ok(false) };
    read_state(&mut Columns::of(row), delivery)?;
    Ok(true)
}

/// The deliveries of the account's event at that place, in the order in which they were made.
pub(super) fn of_event(conn: &Connection, account: i64, event: Place) -> Result<Vec<Delivery>> {
    let mut select =
        conn.prepare_cached(select!("WHERE d.account = ?1 AND d.event = ?2 ORDER BY d.webhook"))?;
    Ok(select.query_map((account, event), read)?.collect::<rusqlite::Result<_>>()?)
}

/// Where the account's delivery of that id stands.
pub(super) fn find(conn: &Connection, account: i64, id: &DeliveryId) -> Result<Option<Spot>> {
    let Some((event, webhook)) = id.pair() else { return Ok(None) };
    let select = "SELECT d.account, d.event, d.webhook FROM events e CROSS JOIN webhooks w
                  CROSS JOIN deliveries d ON d.account = ?3 AND d.event = e.place AND d.webhook = w.seq
                  WHERE e.id = ?1 AND w.id = ?2";
    let key = params![event_key(&event), webhook.as_str(), account];
    Ok(conn.prepare_cached(select)?.query_row(key, read_spot).optional()?)
}

/// Adds a new delivery.
pub(super) fn insert(conn: &Connection, spot: Spot, created: i64, state: &State) -> Result<()> {
    let insert = "INSERT INTO deliveries (account, event, webhook, created, status, attempts, tries, lost,
                  manual, first_attempt, last_outcome, last_status, scheduled, due, leased, epoch, leases,
                  settled) VALUES (?1, ?2, ?3, ?18, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    let mut insert = conn.prepare_cached(insert)?;
    bind(&mut insert, spot, state)?;
    insert.raw_bind_parameter(18, created)?;
    insert.raw_execute()?;
    Ok(())
}

/// Stores what became of a delivery.
pub(super) fn update(conn: &Connection, spot: Spot, state: &State) -> Result<()> {
    let update = "UPDATE deliveries SET status = ?4, attempts = ?5, tries = ?6, lost = ?7, manual = ?8,
                  first_attempt = ?9, last_outcome = ?10, last_status = ?11, scheduled = ?12, due = ?13,
                  leased = ?14, epoch = ?15, leases = ?16, settled = ?17
                  WHERE account = ?1 AND event = ?2 AND webhook = ?3";
    let mut update = conn.prepare_cached(update)?;
    bind(&mut update, spot, state)?;
    update.raw_execute()?;
    Ok(())
}

/// Binds the first 17 parameters.
fn bind(statement: &mut Statement<'_>, spot: Spot, state: &State) -> rusqlite::Result<()> {
    let values: [&dyn ToSql; 17] = [
        &spot.account,
        &spot.event,
        &spot.webhook,
        &state.status,
        &state.attempts,
        &state.tries,
        &state.lost,
        &state.manual,
        &state.first_attempt,
        &state.last_outcome,
        &state.last_status,
        &state.scheduled,
        &state.due,
        &state.leased,
        &state.epoch,
        &state.leases,
        &state.settled,
    ];
    (1..).zip(values).try_for_each(|(at, value)| statement.raw_bind_parameter(at, value))
}

/// The same, and when its webhook's queue is due now.
pub(super) fn save(tx: &mut Transaction<'_>, spot: Spot, delivery: &Delivery) -> Result<()> {
    update(tx.conn, spot, &State::of(delivery))?;
    if let Some(due) = delivery.due {
        tx.due.sooner(spot.webhook, due);
    }
    Ok(())
}

/// [`Delivery::cancel`] for all that waits for the webhook: leased deliveries end by themselves, and a settled one that
/// waited for a retry by hand stays what it was.
pub(super) fn cancel_queue(tx: &mut Transaction<'_>, webhook: i64, now: Timestamp) -> Result<()> {
    let update = "UPDATE deliveries INDEXED BY deliveries_queue SET manual = 0, scheduled = NULL, due = NULL,
                  settled = iif(status = ?3, ?2, settled), status = iif(status = ?3, ?4, status)
                  WHERE webhook = ?1 AND due IS NOT NULL AND leased = 0";
    let states = [Status::Pending, Status::Cancelled].map(|status| code(&Status::ALL, &status));
    tx.conn.prepare_cached(update)?.execute((webhook, millis(now), states[0], states[1]))?;
    let left = first(tx.conn, webhook)?;
    tx.due.set(webhook, left);
    Ok(())
}

fn retry(tx: &mut Transaction<'_>, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<Retried> {
    let number = tx.webhooks.number(tx.conn, account)?;
    let Some(spot) = find(tx.conn, number, id)? else { return Ok(Retried::Unknown) };
    let mut delivery = read_at(tx.conn, spot)?;
    let known = tx.webhooks.get(tx.conn, spot.webhook)?;
    let mut webhook = known.today();
    let retried = delivery.retry_by_hand(&mut webhook, now);
    if let Retried::Queued(_) = retried {
        save(tx, spot, &delivery)?;
        if webhook.health != known.health {
            webhook::save(tx, spot.webhook, webhook, now)?;
        }
        tx.outbox.wake = true;
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
        let work = move |conn: &Connection| {
            let spot = find(conn, number_or_none(conn, &account)?, &id)?;
            spot.map(|spot| read_at(conn, spot)).transpose()
        };
        self.main.read(work).await
    }

    async fn deliveries(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        page: &Page,
    ) -> store::Result<Listing<Delivery>> {
        let (account, filter, page) = (account.clone(), filter.clone(), page.clone());
        self.main.read(move |conn| list(conn, &account, filter, &page)).await
    }

    async fn attempts_of(
        &self,
        account: &AccountId,
        deliveries: &[DeliveryId],
        each: u32,
    ) -> store::Result<Vec<Vec<Attempt>>> {
        let (account, deliveries) = (account.clone(), deliveries.to_vec());
        let work =
            move |conn: &Connection| attempt::of(conn, number_or_none(conn, &account)?, &deliveries, each);
        self.main.read(work).await
    }

    async fn attempt(&self, account: &AccountId, id: &AttemptId) -> store::Result<Option<Attempt>> {
        let (account, id) = (account.clone(), id.clone());
        self.main.read(move |conn| attempt::find(conn, number_or_none(conn, &account)?, &id)).await
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

fn id_of(delivery: &Delivery) -> &str {
    delivery.id.as_str()
}

/// A list is read in the order of the key, from whichever index serves the filter.
fn list(
    conn: &Connection,
    account: &AccountId,
    filter: DeliveryFilter,
    page: &Page,
) -> Result<Listing<Delivery>> {
    let number = number_or_none(conn, account)?;
    let find = |id: &str| -> Result<Option<Key>> {
        let spot = find(conn, number, &DeliveryId::from_text(id))?;
        Ok(spot.map(|spot| vec![spot.event, spot.webhook]))
    };
    let order = Order { columns: &["d.event", "d.webhook"], find, id: id_of };
    let event = filter.event.map(|event| event::place_or_none(conn, &event)).transpose()?;
    let webhook = filter.webhook.map(|webhook| webhook::number_or_none(conn, &webhook)).transpose()?;
    let status = filter.status.map(|status| code(&Status::ALL, &status));
    // What came to a bad end has an index of its own.
    let ended = status.filter(|status| *status > ENDED && event.is_none() && webhook.is_none());
    let select = match (ended, event, webhook) {
        (Some(_), ..) => select!(by "INDEXED BY deliveries_ended", ""),
        (_, None, Some(_)) => select!(by "INDEXED BY deliveries_webhook", ""),
        _ => select!(""),
    };
    let list = List::of(select, "d.account =", number)
        .seek("d.event =", event)
        .seek("d.webhook =", webhook)
        .only("e.trigger =", filter.trigger.map(|trigger| code(Trigger::ALL, &trigger)))
        .only("e.subject =", filter.subject)
        .only("d.last_outcome =", filter.outcome.map(|outcome| code(Outcome::ALL, &outcome)))
        .only("d.last_status =", filter.last_status)
        .only("d.attempts >=", filter.attempts_min)
        .only("d.attempts <=", filter.attempts_max)
        .within("d.created >", "d.created <", &filter.created);
    let list = match ended {
        Some(status) => list.seek("d.status > 1 AND d.status =", Some(status)),
        None => list.only("d.status =", status),
    };
    list.page_by(conn, page, &order, read)
}
