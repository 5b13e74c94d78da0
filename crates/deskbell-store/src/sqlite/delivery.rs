//! Deliveries, in SQLite: their rows. [`super::queue`] has their steps.

use super::SqliteStore;
use super::cache::{Known, number_or_none};
use super::columns::{Columns, event_key};
use super::fault::Result;
use super::list::{Key, List, Order};
use super::transaction::Transaction;
use super::unreadable::{self, LeftOut, Table};
use super::{attempt, event, webhook};
use crate::encoding::state::State;
use crate::encoding::value::code;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Outcome};
use deskbell_core::delivery::{Delivery, Epoch, Status};
use deskbell_core::event::{Event, Origin};
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, WebhookId};
use deskbell_core::place::{Place, least_since};
use deskbell_core::store::{
    self, AttemptFilter, Cancellation, Deliveries, DeliveryFilter, Listing, Page, Retried,
};
use deskbell_core::time::{from_millis, millis};
use deskbell_core::trigger::Trigger;
use rusqlite::{Connection, OptionalExtension, Row, Statement, ToSql, params};
use serde::{Deserialize, Serialize};
use std::time::Duration;

macro_rules! select {
    ($rest:literal) => {
        select!(by "", $rest)
    };
    (by $index:literal, $rest:literal) => {
        concat!(
            "SELECT c.id, e.id, w.id, e.trigger, e.subject, e.origin, d.created, d.status, d.attempts, d.tries, d.lost, ",
            "d.manual, d.first_attempt, d.last_outcome, d.last_status, d.scheduled, d.due, d.leased, d.epoch, ",
            "d.leases, d.settled, d.away, d.account, d.event, d.webhook FROM deliveries d ",
            $index,
            " CROSS JOIN events e ON e.place = d.event CROSS JOIN webhooks w ON w.seq = d.webhook ",
            "CROSS JOIN accounts c ON c.seq = d.account ",
            $rest
        )
    };
}

pub(super) const TABLE: Table = Table("deliveries", &["account", "event", "webhook"]);
/// Statuses behind this one are bad ends: *delivered*, as it is kept.
const ENDED: i64 = 1;

/// Deliveries that are cancelled in one step: a few milliseconds of the writer's.
const CANCELLED: u32 = 512;

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
        origin: columns.coded(Origin::ALL)?,
        created: columns.time()?,
        status: Status::Pending,
        attempts: 0,
        tries: 0,
        lost: 0,
        manual: 0,
        first_attempt: None,
        away: Duration::ZERO,
        last_outcome: None,
        last_status: None,
        scheduled: None,
        due: None,
        leased: None,
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
        away: columns.get()?,
    };
    state.fill(delivery).ok_or_else(|| columns.damaged("a status of an unknown number".into()))
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

/// The delivery of the event at that spot to the webhook, also one that is in no table yet.
pub(super) fn read_now(tx: &Transaction<'_>, known: &Known, spot: Spot, event: &Event) -> Result<Delivery> {
    let made = tx.pending.event(spot.event).map(|made| from_millis(made.created));
    let mut delivery = Delivery::new(event, &known.webhook.id, made.unwrap_or(event.created));
    if made.is_none() && !read_row(tx.conn, spot, &mut delivery)? {
        return Err(store::Error::Damaged("a delivery is in the queue and not there".into()).into());
    }
    let unknown = || store::Error::Damaged("a status of an unknown number".into());
    if let Some(state) = tx.pending.state(spot) {
        state.fill(&mut delivery).ok_or_else(unknown)?;
    }
    Ok(delivery)
}

/// Brings what attempts change in `delivery` up to date; `false` when there is no such row.
pub(super) fn refresh(tx: &Transaction<'_>, spot: Spot, delivery: &mut Delivery) -> Result<bool> {
    match tx.pending.state(spot) {
        Some(state) => Ok(state.fill(delivery).is_some()),
        None => read_row(tx.conn, spot, delivery),
    }
}

/// Reads what the tables know of `delivery`; `false` when there is no such row.
fn read_row(conn: &Connection, spot: Spot, delivery: &mut Delivery) -> Result<bool> {
    let select = "SELECT status, attempts, tries, lost, manual, first_attempt, last_outcome, last_status,
                  scheduled, due, leased, epoch, leases, settled, away, created FROM deliveries
                  WHERE account = ?1 AND event = ?2 AND webhook = ?3";
    let mut select = conn.prepare_cached(select)?;
    let mut rows = select.query((spot.account, spot.event, spot.webhook))?;
    let Some(row) = rows.next()? else { return Ok(false) };
    let mut columns = Columns::of(row);
    read_state(&mut columns, delivery)?;
    delivery.created = columns.time()?;
    Ok(true)
}

/// The deliveries of the account's event at that place, in the order in which they were made.
pub(super) fn of_event(conn: &Connection, account: i64, event: Place) -> Result<Vec<Delivery>> {
    let mut select =
        conn.prepare_cached(select!("WHERE d.account = ?1 AND d.event = ?2 ORDER BY d.webhook"))?;
    unreadable::all(select.query((account, event))?, TABLE, read)
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

/// Takes a delivery out of the queue for good without reading it: it, its event or the event's bytes cannot be read. What it has
/// come to before stays as it is.
pub(super) fn set_aside(tx: &mut Transaction<'_>, spot: Spot, now: Timestamp) -> Result<()> {
    end(tx.conn, spot, Status::Quarantined, now)?;
    tx.outbox.tally.set_aside();
    Ok(())
}

/// Takes a delivery out of the queue without a try: a pending one ends as `status`, and a settled one stays what it was.
fn end(conn: &Connection, spot: Spot, status: Status, now: Timestamp) -> Result<()> {
    let update = "UPDATE deliveries SET manual = 0, scheduled = NULL, due = NULL,
                  epoch = iif(leased > 0, 0, epoch), leased = 0,
                  settled = iif(status = ?5, ?4, settled), status = iif(status = ?5, ?6, status)
                  WHERE account = ?1 AND event = ?2 AND webhook = ?3";
    let [pending, ended] = [Status::Pending, status].map(|status| code(&Status::ALL, &status));
    let row = (spot.account, spot.event, spot.webhook, millis(now), pending, ended);
    conn.prepare_cached(update)?.execute(row)?;
    Ok(())
}

/// Adds a new delivery.
pub(super) fn insert(conn: &Connection, spot: Spot, created: i64, state: &State) -> Result<()> {
    let insert = "INSERT INTO deliveries (account, event, webhook, created, status, attempts, tries, lost,
                  manual, first_attempt, last_outcome, last_status, scheduled, due, leased, epoch, leases,
                  settled, away)
                  VALUES (?1, ?2, ?3, ?19, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    let mut insert = conn.prepare_cached(insert)?;
    bind(&mut insert, spot, state)?;
    insert.raw_bind_parameter(19, created)?;
    insert.raw_execute()?;
    Ok(())
}

/// Stores what became of a delivery.
pub(super) fn update(conn: &Connection, spot: Spot, state: &State) -> Result<()> {
    let update = "UPDATE deliveries SET status = ?4, attempts = ?5, tries = ?6, lost = ?7, manual = ?8,
                  first_attempt = ?9, last_outcome = ?10, last_status = ?11, scheduled = ?12, due = ?13,
                  leased = ?14, epoch = ?15, leases = ?16, settled = ?17, away = ?18
                  WHERE account = ?1 AND event = ?2 AND webhook = ?3";
    let mut update = conn.prepare_cached(update)?;
    bind(&mut update, spot, state)?;
    update.raw_execute()?;
    Ok(())
}

/// Binds the first 18 parameters.
fn bind(statement: &mut Statement<'_>, spot: Spot, state: &State) -> rusqlite::Result<()> {
    let values: [&dyn ToSql; 18] = [
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
        &state.away,
    ];
    (1..).zip(values).try_for_each(|(at, value)| statement.raw_bind_parameter(at, value))
}

/// The same, and when its webhook's queue is due now.
pub(super) fn save(tx: &mut Transaction<'_>, spot: Spot, delivery: &Delivery) -> Result<()> {
    update(tx.conn, spot, &State::of(delivery))?;
    if let Some(due) = delivery.due {
        tx.due.sooner(spot.webhook, due, due);
    }
    Ok(())
}

/// [`Delivery::cancel`] for what waits for a webhook that is off, or for a part of it: then `false`, and claims go on with the
/// rest. Leased deliveries end by themselves, and a settled one that waited for a retry by hand stays what it was.
pub(super) fn cancel_queue(tx: &mut Transaction<'_>, webhook: i64, now: Timestamp) -> Result<bool> {
    let select = "SELECT account, event, webhook FROM deliveries INDEXED BY deliveries_queue
                  WHERE webhook = ?1 AND due IS NOT NULL AND leased = 0 LIMIT ?2";
    let mut select = tx.conn.prepare_cached(select)?;
    let spots =
        select.query_map((webhook, CANCELLED), read_spot)?.collect::<rusqlite::Result<Vec<Spot>>>()?;
    for spot in &spots {
        end(tx.conn, *spot, Status::Cancelled, now)?;
    }
    let all = spots.len() < CANCELLED as usize;
    if !all {
        tx.emptying.insert(webhook);
        tx.outbox.wake = true;
    }
    tx.outbox.rows += spots.len();
    let left = tx.first_due(webhook)?;
    tx.due.set(webhook, left);
    Ok(all)
}

/// [`Delivery::come_forward`] for what waits for a time up to the `end` of the webhook's rest, or for a part of it: the others come by
/// then. A rest that a retry by hand prolonged left what was put off to its first end.
pub(super) fn bring_forward(
    tx: &mut Transaction<'_>,
    webhook: i64,
    end: Timestamp,
    now: Timestamp,
) -> Result<()> {
    tx.settle()?;
    let select = "SELECT account, event, webhook FROM deliveries INDEXED BY deliveries_queue
                  WHERE webhook = ?1 AND due > ?2 AND due <= ?3 AND leased = 0 LIMIT ?4";
    let mut select = tx.conn.prepare_cached(select)?;
    let spots = select.query_map((webhook, millis(now), millis(end), CANCELLED), read_spot)?;
    let spots = spots.collect::<rusqlite::Result<Vec<Spot>>>()?;
    let mut left_out = LeftOut::of(TABLE);
    for spot in &spots {
        let read = read_at(tx.conn, *spot);
        // One that cannot be read is set aside when it is claimed.
        let Some(mut delivery) = left_out.sift(spot.event, read)? else { continue };
        delivery.come_forward(now);
        save(tx, *spot, &delivery)?;
    }
    tx.outbox.rows += spots.len();
    Ok(())
}

fn retry(tx: &mut Transaction<'_>, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<Retried> {
    let number = tx.webhooks.number(tx.conn, account)?;
    let Some(spot) = find(tx.conn, number, id)? else { return Ok(Retried::Unknown) };
    if !event::has_body(tx.conn, spot.event)? {
        return Ok(Retried::PayloadDeleted);
    }
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

fn cancel(
    tx: &mut Transaction<'_>,
    account: &AccountId,
    id: &DeliveryId,
    now: Timestamp,
) -> Result<Cancellation> {
    let number = tx.webhooks.number(tx.conn, account)?;
    let Some(spot) = find(tx.conn, number, id)? else { return Ok(Cancellation::Unknown) };
    let mut delivery = read_at(tx.conn, spot)?;
    let cancelled = delivery.cancel_by_hand(now);
    if let Cancellation::Cancelled(_) = cancelled {
        save(tx, spot, &delivery)?;
    }
    Ok(cancelled)
}

#[async_trait]
impl Deliveries for SqliteStore {
    async fn retry_delivery(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        now: Timestamp,
    ) -> store::Result<Retried> {
        let (of, id) = (account.clone(), id.clone());
        self.main.write_for(account, move |tx| retry(tx, &of, &id, now)).await
    }

    async fn cancel_delivery(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        now: Timestamp,
    ) -> store::Result<Cancellation> {
        let (of, id) = (account.clone(), id.clone());
        self.main.write_for(account, move |tx| cancel(tx, &of, &id, now)).await
    }

    async fn delivery(&self, account: &AccountId, id: &DeliveryId) -> store::Result<Option<Delivery>> {
        let (of, id) = (account.clone(), id.clone());
        let work = move |conn: &Connection| {
            let spot = find(conn, number_or_none(conn, &of)?, &id)?;
            spot.map(|spot| read_at(conn, spot)).transpose()
        };
        self.main.read_for(account, work).await
    }

    async fn deliveries(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        page: &Page,
    ) -> store::Result<Listing<Delivery>> {
        let (of, filter, page) = (account.clone(), filter.clone(), page.clone());
        self.main.read_for(account, move |conn| list(conn, &of, filter, &page)).await
    }

    async fn attempts_of(
        &self,
        account: &AccountId,
        deliveries: &[DeliveryId],
        each: u32,
    ) -> store::Result<Vec<Vec<Attempt>>> {
        let (of, deliveries) = (account.clone(), deliveries.to_vec());
        let work = move |conn: &Connection| attempt::of(conn, number_or_none(conn, &of)?, &deliveries, each);
        self.main.read_for(account, work).await
    }

    async fn attempt(&self, account: &AccountId, id: &AttemptId) -> store::Result<Option<Attempt>> {
        let (of, id) = (account.clone(), id.clone());
        self.main.read_for(account, move |conn| attempt::find(conn, number_or_none(conn, &of)?, &id)).await
    }

    async fn attempts(
        &self,
        account: &AccountId,
        filter: &AttemptFilter,
        page: &Page,
    ) -> store::Result<Listing<Attempt>> {
        let (of, filter, page) = (account.clone(), filter.clone(), page.clone());
        self.main.read_for(account, move |conn| attempt::list(conn, &of, filter, &page)).await
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
    let list = List::of(TABLE, select, "d.account =", number)
        .seek("d.event =", event)
        .seek("d.webhook =", webhook)
        .seek("d.event >=", filter.created.after.map(least_since))
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
