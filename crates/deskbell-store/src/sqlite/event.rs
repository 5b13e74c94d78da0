//! Events, in SQLite.

use super::SqliteStore;
use super::columns::Columns;
use super::delivery;
use super::fault::Result;
use super::list::List;
use super::writer::Transaction;
use async_trait::async_trait;
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Delivery;
use deskbell_core::event::{Event, Idempotency, NewEvent, Origin};
use deskbell_core::id::{AccountId, EventId};
use deskbell_core::policy::matching;
use deskbell_core::store::{self, Accepted, EventFilter, Events, Listing, Page};
use deskbell_core::time::millis;
use deskbell_core::trigger::Trigger;
use rusqlite::{Connection, OptionalExtension, Row};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT e.id, e.account, e.trigger, e.subject, e.created, e.origin, e.body, e.seq AS seq FROM events e ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<Event> {
    let mut columns = Columns::of(row);
    Ok(Event {
        id: EventId::from_text(columns.get::<String>()?),
        account: AccountId::from_text(columns.get::<String>()?),
        trigger: columns.name(Trigger::parse)?,
        subject: columns.get()?,
        created: columns.time()?,
        origin: columns.name(Origin::parse)?,
        body: Bytes::from(columns.get::<Vec<u8>>()?),
    })
}

/// Stores one event with its deliveries, or nothing.
pub(super) fn accept(tx: &mut Transaction<'_>, new: &NewEvent, now: Timestamp) -> Result<Accepted> {
    let NewEvent { event, idempotency, only } = new;
    if let Some(used) = idempotency
        && let Some(verdict) = used_before(tx.conn, &event.account, used)?
    {
        return Ok(verdict);
    }
    let mut webhooks = tx.webhooks.of(tx.conn, &event.account)?;
    webhooks.retain(|(_, webhook)| matching::is_owed(new, webhook));
    if only.is_some() && webhooks.is_empty() {
        let taken = "SELECT 1 FROM events WHERE id = ?1";
        let taken = tx.conn.prepare_cached(taken)?.exists([event.id.as_str()])?;
        return Ok(if taken { Accepted::IdTaken } else { Accepted::NoWebhook });
    }
    let Some(seq) = insert(tx.conn, event)? else { return Ok(Accepted::IdTaken) };
    for (webhook, known) in &webhooks {
        delivery::insert(tx.conn, &Delivery::new(event, &known.id, now), seq, *webhook)?;
    }
    if let Some(used) = idempotency {
        let remember = "INSERT INTO idempotency (account, key, digest, event) VALUES (?1, ?2, ?3, ?4)";
        let row = (event.account.as_str(), &used.key, used.digest.as_slice(), seq);
        tx.conn.prepare_cached(remember)?.execute(row)?;
    }
    let deliveries = u32::try_from(webhooks.len()).unwrap_or(u32::MAX);
    tx.tally.accepted(deliveries);
    Ok(Accepted::New { deliveries })
}

/// What is to be said when the idempotency key is known.
fn used_before(conn: &Connection, account: &AccountId, used: &Idempotency) -> Result<Option<Accepted>> {
    let select = "SELECT i.digest, e.id FROM idempotency i JOIN events e ON e.seq = i.event
                  WHERE i.account = ?1 AND i.key = ?2";
    let known: Option<([u8; 32], String)> = conn
        .prepare_cached(select)?
        .query_row((account.as_str(), &used.key), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(known.map(|(digest, id)| used.used_for(EventId::from_text(id), digest)))
}

/// The new event's place; `None` when its id is taken.
fn insert(conn: &Connection, event: &Event) -> Result<Option<i64>> {
    let insert = "INSERT INTO events (id, account, trigger, subject, created, origin, body)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING";
    let inserted = conn.prepare_cached(insert)?.execute((
        event.id.as_str(),
        event.account.as_str(),
        event.trigger.as_str(),
        &event.subject,
        millis(event.created),
        event.origin.as_str(),
        event.body.as_ref(),
    ))?;
    Ok((inserted > 0).then(|| conn.last_insert_rowid()))
}

/// The account's events of places behind the first and up to the second, with their places, oldest first.
pub(super) fn between(
    conn: &Connection,
    account: &AccountId,
    (after, upto): (i64, i64),
    limit: u32,
) -> Result<Vec<(i64, Event)>> {
    let select = select!("WHERE e.account = ?1 AND e.seq > ?2 AND e.seq <= ?3 ORDER BY e.seq LIMIT ?4");
    let mut select = conn.prepare_cached(select)?;
    let key = (account.as_str(), after, upto, limit);
    let rows = select.query_map(key, |row| Ok((row.get("seq")?, read(row)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[async_trait]
impl Events for SqliteStore {
    async fn event(&self, account: &AccountId, id: &EventId) -> store::Result<Option<Event>> {
        let (account, id) = (account.clone(), id.clone());
        let work = move |conn: &Connection| {
            let mut select = conn.prepare_cached(select!("WHERE e.id = ?1 AND e.account = ?2"))?;
            Ok(select.query_row((id.as_str(), account.as_str()), read).optional()?)
        };
        self.main.read(work).await
    }

    async fn events(
        &self,
        account: &AccountId,
        filter: &EventFilter,
        page: &Page,
    ) -> store::Result<Listing<Event>> {
        let (account, filter, page) = (account.clone(), filter.clone(), page.clone());
        let work = move |conn: &Connection| {
            let cursor = "SELECT seq FROM events WHERE id = ?1 AND account = ?2";
            let owed = "EXISTS (SELECT 1 FROM deliveries d JOIN webhooks w ON w.seq = d.webhook
                        WHERE d.event = e.seq AND w.id =";
            List::of(select!(""), "e.account =", account.as_str().to_owned())
                .only("e.trigger =", filter.trigger.map(|trigger| trigger.as_str().to_owned()))
                .only("e.subject =", filter.subject)
                .only(owed, filter.webhook.map(|webhook| webhook.as_str().to_owned()))
                .within("e.created >", "e.created <", &filter.created)
                .page(conn, &page, cursor, "e.seq", read)
        };
        self.main.read(work).await
    }
}
