//! Events, in SQLite.

use super::SqliteStore;
use super::cache::number_or_none;
use super::columns::{Columns, event_key};
use super::entry::{Entry, EventRow, Owed, TraceRow};
use super::fault::Result;
use super::list::{Key, List, Order};
use super::quota;
use super::transaction::Transaction;
use super::unreadable::{self, LeftOut, Table};
use super::webhook;
use crate::encoding::body;
use crate::encoding::state::State;
use crate::encoding::trace;
use crate::encoding::value::code;
use async_trait::async_trait;
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Leased};
use deskbell_core::event::{Event, Idempotency, NewEvent, Origin};
use deskbell_core::id::{AccountId, EventId};
use deskbell_core::place::{Place, least_since};
use deskbell_core::store::{
    self, Accepted, EventFilter, Events, Handed, Listing, Page, Weight, page_of_bytes,
};
use deskbell_core::time::millis;
use deskbell_core::trace::TraceContext;
use deskbell_core::trigger::Trigger;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::sync::Arc;

const TABLE: Table = Table("events", &["place"]);
const TRACES: Table = Table("traces", &["event"]);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT e.id, c.id, e.trigger, e.subject, e.created, e.origin, e.body, e.place FROM events e ",
            "CROSS JOIN accounts c ON c.seq = e.account ",
            $rest
        )
    };
}

/// One whose bytes are damaged has none, and keeps nobody from seeing the others.
fn read(row: &Row<'_>) -> rusqlite::Result<Event> {
    let mut columns = Columns::of(row);
    let event = Event {
        id: columns.event_id()?,
        account: AccountId::from_text(columns.get::<String>()?),
        trigger: columns.coded(Trigger::ALL)?,
        subject: columns.get()?,
        created: columns.time()?,
        origin: columns.coded(Origin::ALL)?,
        payload_deleted: false,
        body: Bytes::new(),
    };
    let damaged = |error| tracing::error!(event = %event.id, %error, "the bytes of an event are damaged");
    let body = columns.maybe_body().map_err(damaged).unwrap_or_else(|_| Some(Bytes::new()));
    Ok(Event { payload_deleted: body.is_none(), body: body.unwrap_or_default(), ..event })
}

fn id_of(event: &Event) -> &str {
    event.id.as_str()
}

/// Stores one event, whose bytes are to be `kept` like this, with its deliveries, or nothing. What there is room for is this
/// machine's own from now on.
pub(super) fn accept(
    tx: &mut Transaction<'_>,
    new: &NewEvent,
    kept: Bytes,
    now: Timestamp,
) -> Result<Accepted> {
    let NewEvent { event, idempotency, only, trace } = new;
    tx.pending.check_ours()?;
    let account = tx.webhooks.number(tx.conn, &event.account)?;
    if let Some(used) = idempotency
        && let Some(verdict) = used_before(tx, account, used)?
    {
        return Ok(verdict);
    }
    let webhooks = tx.webhooks.owed(tx.conn, new)?;
    let in_tables = !tx.newest.is_before(tx.tables, &event.id)? && is_taken(tx.conn, &event.id)?;
    if in_tables || tx.pending.has(&event.id) {
        return Ok(Accepted::IdTaken);
    }
    if only.is_some() && webhooks.is_empty() {
        return Ok(Accepted::NoWebhook);
    }
    if let Some(full) = quota::refusal(tx, account, new, kept.len())? {
        return Ok(Accepted::OverQuota(full));
    }
    let place = tx.places.next(tx.conn, now)?;
    let mut owed = Vec::with_capacity(webhooks.len());
    for (webhook, known) in &webhooks {
        let mut delivery = Box::new(Delivery::new(event, &known.webhook.id, now));
        let mut permit = tx.permit(*webhook, known, &delivery, event.body.len(), now)?;
        let crowd = match (&mut permit, &*tx.machine) {
            (Some(permit), Some(machine)) => {
                delivery.hand_over(machine.epoch, now);
                permit.crowd()
            }
            (_, machine) => {
                machine.as_ref().and_then(|machine| machine.hands.concurrency.crowd(&known.webhook.id))
            }
        };
        tx.outbox.crowd = crowd.or(tx.outbox.crowd.take());
        let state = State::of(&delivery);
        owed.push(Owed { webhook: *webhook, created: millis(delivery.created), state });
        if let Some(permit) = permit {
            let webhook = known.webhook.clone();
            let leased = Leased { delivery, place, body: event.body.clone(), trace: trace.clone(), webhook };
            tx.outbox.handed.push(Handed { leased, permit });
        }
    }
    tx.push(Entry::Accepted(EventRow {
        place,
        account,
        id: event.id.clone(),
        trigger: code(Trigger::ALL, &event.trigger),
        subject: event.subject.clone(),
        created: millis(event.created),
        origin: code(Origin::ALL, &event.origin),
        body: kept,
        key: idempotency.as_ref().map(|used| (used.key.clone(), used.digest)),
        owed,
    }))?;
    if let Some(trace) = trace {
        tx.push(Entry::Traced(TraceRow { account, event: place, context: trace::keep(trace).into() }))?;
    }
    let deliveries = u32::try_from(webhooks.len()).unwrap_or(u32::MAX);
    tx.outbox.tally.accepted(deliveries);
    Ok(Accepted::New { deliveries })
}

/// What is to be said when the idempotency key is known.
fn used_before(tx: &Transaction<'_>, account: i64, used: &Idempotency) -> Result<Option<Accepted>> {
    if let Some((digest, id)) = tx.pending.used(account, &used.key) {
        return Ok(Some(used.used_for(id.clone(), *digest)));
    }
    let select = "SELECT i.digest, e.id FROM idempotency i JOIN events e ON e.place = i.event
                  WHERE i.account = ?1 AND i.key = ?2";
    let read = |row: &Row<'_>| {
        let mut columns = Columns::of(row);
        Ok((columns.get::<[u8; 32]>()?, columns.event_id()?))
    };
    let known = tx.conn.prepare_cached(select)?.query_row((account, &used.key), read).optional()?;
    Ok(known.map(|(digest, id)| used.used_for(id, digest)))
}

/// Whether another event in the tables has this id.
pub(super) fn is_taken(conn: &Connection, id: &EventId) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT 1 FROM events WHERE id = ?1")?.exists([event_key(id)])?)
}

/// Adds the new event to its tables.
pub(super) fn insert(conn: &Connection, event: &EventRow) -> Result<()> {
    let insert = "INSERT INTO events (place, account, id, trigger, subject, created, origin, body)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    conn.prepare_cached(insert)?.execute(params![
        event.place,
        event.account,
        event_key(&event.id),
        event.trigger,
        event.subject,
        event.created,
        event.origin,
        event.body.as_ref(),
    ])?;
    if let Some((key, digest)) = &event.key {
        // One that named an event which is gone is free again.
        let remember = "INSERT INTO idempotency (account, key, digest, event) VALUES (?1, ?2, ?3, ?4)
                        ON CONFLICT (account, key) DO UPDATE SET digest = ?3, event = ?4";
        conn.prepare_cached(remember)?.execute((event.account, key, digest.as_slice(), event.place))?;
    }
    Ok(())
}

/// An event as its deliveries are read and sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) event: Event,
    pub(super) trace: Option<Arc<TraceContext>>,
}

/// The account's event at that place, also one that is in no table yet.
///
/// # Errors
/// [`Damaged`](store::Error::Damaged) when its bytes are not what was accepted.
pub(super) fn sent(tx: &Transaction<'_>, account: &AccountId, place: Place) -> Result<Sent> {
    if let Some(made) = tx.pending.event(place) {
        return made.sent(account);
    }
    let select = "SELECT id, trigger, subject, created, origin, body FROM events WHERE place = ?1";
    let read = |row: &Row<'_>| {
        let mut columns = Columns::of(row);
        Ok(Event {
            id: columns.event_id()?,
            account: account.clone(),
            trigger: columns.coded(Trigger::ALL)?,
            subject: columns.get()?,
            created: columns.time()?,
            origin: columns.coded(Origin::ALL)?,
            payload_deleted: false,
            body: columns.body()?,
        })
    };
    let event = tx.conn.prepare_cached(select)?.query_row([place], read)?;
    // An event is sent without the trace that cannot be read.
    let trace = LeftOut::of(TRACES).sift(place, read_trace(tx.conn, place))?.flatten();
    Ok(Sent { event, trace: trace.map(Arc::new) })
}

fn read_trace(conn: &Connection, place: Place) -> Result<Option<TraceContext>> {
    let select = "SELECT context FROM traces WHERE event = ?1";
    let kept = conn.prepare_cached(select)?.query_row([place], |row| row.get::<_, Vec<u8>>(0)).optional()?;
    Ok(kept.and_then(|kept| trace::restore(&kept)))
}

/// Adds the trace of a new event.
pub(super) fn insert_trace(conn: &Connection, TraceRow { account, event, context }: &TraceRow) -> Result<()> {
    let insert = "INSERT INTO traces (event, account, context) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(insert)?.execute((event, account, context.as_ref()))?;
    Ok(())
}

/// Whether the event's bytes are there.
pub(super) fn has_body(conn: &Connection, place: Place) -> Result<bool> {
    // Its length alone: a long one is not read.
    let select = "SELECT 1 FROM events WHERE place = ?1 AND length(body) > length(?2)";
    Ok(conn.prepare_cached(select)?.exists((place, body::DELETED))?)
}

/// The place of that event for a filter: that of one which is not there finds nothing.
pub(super) fn place_or_none(conn: &Connection, id: &EventId) -> Result<Place> {
    let select = "SELECT place FROM events WHERE id = ?1";
    let place = conn.prepare_cached(select)?.query_row([event_key(id)], |row| row.get(0)).optional()?;
    Ok(place.unwrap_or_default())
}

/// The account's events of places behind the first and up to the second, with their places, oldest first.
pub(super) fn between(
    conn: &Connection,
    account: i64,
    (after, upto): (Place, Place),
    limit: u32,
) -> Result<Vec<(Place, Event)>> {
    let select = select!("WHERE e.account = ?1 AND e.place > ?2 AND e.place <= ?3 ORDER BY e.place");
    let mut select = conn.prepare_cached(select)?;
    let placed = |row: &Row<'_>| -> Result<_> { Ok((row.get("place")?, read(row)?)) };
    unreadable::first(select.query((account, after, upto))?, limit, TABLE, placed, |(_, event)| event.bytes())
}

fn find(conn: &Connection, account: &AccountId, id: &EventId) -> Result<Option<Event>> {
    let mut select = conn.prepare_cached(select!("WHERE e.id = ?1 AND c.id = ?2"))?;
    Ok(select.query_row((event_key(id), account.as_str()), read).optional()?)
}

#[async_trait]
impl Events for SqliteStore {
    async fn event(&self, account: &AccountId, id: &EventId) -> store::Result<Option<Event>> {
        let (of, id) = (account.clone(), id.clone());
        self.main.read_for(account, move |conn| find(conn, &of, &id)).await
    }

    async fn events_of(&self, account: &AccountId, ids: &[EventId]) -> store::Result<Vec<Option<Event>>> {
        let (of, ids) = (account.clone(), ids.to_vec());
        let work = move |conn: &Connection| {
            let mut left_out = LeftOut::of(TABLE);
            let read = |id| Ok(left_out.sift(id, find(conn, &of, id))?.flatten());
            page_of_bytes(ids.iter().map(read), |event: &Option<Event>| event.bytes())
        };
        self.main.read_for(account, work).await
    }

    async fn events(
        &self,
        account: &AccountId,
        filter: &EventFilter,
        page: &Page,
    ) -> store::Result<Listing<Event>> {
        let (of, filter, page) = (account.clone(), filter.clone(), page.clone());
        self.main.read_for(account, move |conn| list(conn, &of, filter, &page)).await
    }
}

fn list(conn: &Connection, account: &AccountId, filter: EventFilter, page: &Page) -> Result<Listing<Event>> {
    let number = number_or_none(conn, account)?;
    let find = |id: &str| -> Result<Option<Key>> {
        let select = "SELECT place FROM events WHERE id = ?1 AND account = ?2";
        let key = (event_key(&EventId::from_text(id)), number);
        let place = conn.prepare_cached(select)?.query_row(key, |row| row.get(0)).optional()?;
        Ok(place.map(|place| vec![place]))
    };
    let webhook = filter.webhook.map(|webhook| webhook::number_or_none(conn, &webhook)).transpose()?;
    let owed = "EXISTS (SELECT 1 FROM deliveries d WHERE d.account = e.account AND d.event = e.place
                AND d.webhook =";
    List::of(TABLE, select!(""), "e.account =", number)
        .seek("e.subject =", filter.subject)
        .seek("e.place >=", filter.created.after.map(least_since))
        .only("e.trigger =", filter.trigger.map(|trigger| code(Trigger::ALL, &trigger)))
        .only(owed, webhook)
        .within("e.created >", "e.created <", &filter.created)
        .page_by(conn, page, &Order { columns: &["e.place"], find, id: id_of }, read)
}
