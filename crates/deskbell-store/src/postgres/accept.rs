//! Accepting: events with a delivery for each webhook that wants them, stored wholly or not at all.

use super::columns::Columns;
use super::fault::Result;
use super::known::{self, Known};
use super::machine::Machine;
use super::spot::{self, Spot};
use super::sql::{execute, params, rows};
use super::transaction::Tx;
use crate::encoding::body;
use crate::encoding::state::State;
use crate::encoding::value::code;
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Leased};
use deskbell_core::event::{NewEvent, Origin};
use deskbell_core::id::EventId;
use deskbell_core::place::Place;
use deskbell_core::policy::concurrency::Crowd;
use deskbell_core::store::{Accepted, Handed};
use deskbell_core::time::millis;
use deskbell_core::trigger::Trigger;
use std::collections::{HashMap, HashSet};
use tokio_postgres::Client;

/// Deliveries after which a step takes no further event: a few milliseconds.
const STEP: usize = 128;

/// An idempotency key that was used: the digest of what was asked, and the event.
type Used = HashMap<String, ([u8; 32], EventId)>;

/// What one step adds.
#[derive(Default)]
struct Rows<'e> {
    events: Vec<(Place, &'e NewEvent, &'e Bytes)>,
    deliveries: Vec<(Spot, State)>,
    /// Somebody else waits for these.
    queued: HashSet<i64>,
}

/// Accepts the first of one account's `events`, each beside its bytes as they are kept, up to the one with which they owe [`STEP`]
/// deliveries: the verdicts, and who stands before the last.
pub(super) async fn step(
    tx: &Tx<'_>,
    events: &[(Bytes, NewEvent)],
    now: Timestamp,
) -> Result<(Vec<Accepted>, Option<Crowd>)> {
    let Some((_, first)) = events.first() else { return Ok((Vec::new(), None)) };
    let machine = tx.fenced().await?;
    let account = tx.lock_id(&first.event.account).await?;
    let (mut used, mut taken) = (used(tx.conn, account, events).await?, taken(tx.conn, events).await?);
    let webhooks = webhooks(tx.conn, account, events).await?;
    let (mut rows, mut verdicts) = (Rows::default(), Vec::new());
    tx.outbox().crowd = None;
    for (kept, new) in events {
        if rows.deliveries.len() >= STEP {
            break;
        }
        verdicts.push(
            if let Some((key, (digest, id))) =
                new.idempotency.as_ref().and_then(|key| Some((key, used.get(&key.key)?)))
            {
                key.used_for(id.clone(), *digest)
            } else if !taken.insert(new.event.id.clone()) {
                Accepted::IdTaken
            } else {
                let owed: Vec<&Known> = known::owed(&webhooks, new).collect();
                if new.only.is_some() && owed.is_empty() {
                    taken.remove(&new.event.id);
                    Accepted::NoWebhook
                } else {
                    if let Some(key) = &new.idempotency {
                        used.insert(key.key.clone(), (key.digest, new.event.id.clone()));
                    }
                    let place = tx.place(account, now)?;
                    rows.events.push((place, new, kept));
                    let deliveries = u32::try_from(owed.len()).unwrap_or(u32::MAX);
                    for known in owed {
                        owe(tx, machine, (place, new), known, now, &mut rows);
                    }
                    tx.outbox().tally.accepted(deliveries);
                    Accepted::New { deliveries }
                }
            },
        );
    }
    insert(tx, account, &rows, now).await?;
    Ok((verdicts, tx.outbox().crowd.take()))
}

/// The same for one event, within a step that has its account's lock.
pub(super) async fn one(tx: &Tx<'_>, new: &NewEvent, now: Timestamp) -> Result<Accepted> {
    let (verdicts, _) = step(tx, &[(body::keep(&new.event.body), new.clone())], now).await?;
    Ok(verdicts.into_iter().next().unwrap_or(Accepted::IdTaken))
}

/// What the events' idempotency keys were used for. One that named an event which is gone is free again.
async fn used(conn: &Client, account: i64, events: &[(Bytes, NewEvent)]) -> Result<Used> {
    let keys = events.iter().filter_map(|(_, new)| new.idempotency.as_ref());
    let keys: Vec<&str> = keys.map(|used| used.key.as_str()).collect();
    let mut used = Used::new();
    if keys.is_empty() {
        return Ok(used);
    }
    let select = "SELECT i.key, i.digest, e.id FROM idempotency i
                  JOIN events e ON e.account = i.account AND e.place = i.event
                  WHERE i.account = $1 AND i.key = ANY($2)";
    for row in rows(conn, select, params![account, keys]).await? {
        let mut columns = Columns::of(&row);
        used.insert(columns.get()?, (columns.array()?, columns.event_id()?));
    }
    Ok(used)
}

/// The ids among theirs that other events have, of any account.
async fn taken(conn: &Client, events: &[(Bytes, NewEvent)]) -> Result<HashSet<EventId>> {
    let ids: Vec<&str> = events.iter().map(|(_, new)| new.event.id.as_str()).collect();
    let found = rows(conn, "SELECT id FROM events WHERE id = ANY($1)", params![ids]).await?;
    found.iter().map(|row| Columns::of(row).event_id()).collect()
}

/// The webhooks that the events may be owed to: all of the account, or the only ones that they are for.
async fn webhooks(conn: &Client, account: i64, events: &[(Bytes, NewEvent)]) -> Result<Vec<Known>> {
    let only: Option<Vec<&str>> =
        events.iter().map(|(_, new)| new.only.as_ref().map(|only| only.as_str())).collect();
    let Some(only) = only else { return known::of(conn, account).await };
    let mut known = known::all_of_ids(conn, &only).await?;
    known.retain(|known| known.account == account);
    Ok(known)
}

/// Adds the delivery of a new event: this machine's own if there is room for it, and nothing due before it.
fn owe<'e>(
    tx: &Tx<'_>,
    machine: Option<&Machine>,
    (place, new): (Place, &'e NewEvent),
    known: &Known,
    now: Timestamp,
    rows: &mut Rows<'e>,
) {
    let (event, webhook) = (&new.event, &known.webhook);
    let mut delivery = Box::new(Delivery::new(event, &webhook.id, now));
    // A sample passes what is due, as a retry by hand does.
    let free = delivery.is_sample() || !(known.is_waiting(now) || rows.queued.contains(&known.seq));
    let health = delivery.health(&webhook.health);
    let take = |machine: &Machine| {
        let hands = &machine.hands.concurrency;
        hands.take(&webhook.account, &webhook.id, &health, event.body.len(), now)
    };
    let permit = machine.filter(|_| free).and_then(take);
    let mut outbox = tx.outbox();
    let spot = Spot { account: known.account, event: place, webhook: known.seq };
    match (permit, machine) {
        (Some(mut permit), Some(machine)) => {
            delivery.hand_over(machine.epoch, now);
            outbox.crowd = permit.crowd().or(outbox.crowd.take());
            rows.deliveries.push((spot, State::of(&delivery)));
            let leased = Leased { delivery, place, body: event.body.clone(), webhook: webhook.clone() };
            outbox.handed.push(Handed { leased, permit });
        }
        (_, machine) => {
            let crowd = machine.and_then(|machine| machine.hands.concurrency.crowd(&webhook.id));
            outbox.crowd = crowd.or(outbox.crowd.take());
            rows.deliveries.push((spot, State::of(&delivery)));
            rows.queued.insert(known.seq);
            tx.requeue(known.seq);
            // What comes behind something that is due already is no news: whoever claims that will see it.
            outbox.wake |= known.due.is_none_or(|due| due > now);
        }
    }
}

async fn insert(tx: &Tx<'_>, account: i64, rows: &Rows<'_>, now: Timestamp) -> Result<()> {
    if rows.events.is_empty() {
        return Ok(());
    }
    let events = &rows.events;
    let insert = "INSERT INTO events (account, place, id, trigger, subject, created, origin, body)
                  SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7, $8)";
    let places: Vec<i64> = events.iter().map(|(place, ..)| *place).collect();
    let ids: Vec<&str> = events.iter().map(|(_, new, _)| new.event.id.as_str()).collect();
    let triggers: Vec<i64> =
        events.iter().map(|(_, new, _)| code(Trigger::ALL, &new.event.trigger)).collect();
    let subjects: Vec<Option<&str>> = events.iter().map(|(_, new, _)| new.event.subject.as_deref()).collect();
    let created: Vec<i64> = events.iter().map(|(_, new, _)| millis(new.event.created)).collect();
    let origins: Vec<i64> = events.iter().map(|(_, new, _)| code(Origin::ALL, &new.event.origin)).collect();
    let bodies: Vec<&[u8]> = events.iter().map(|(.., kept)| kept.as_ref()).collect();
    let row = params![account, places, ids, triggers, subjects, created, origins, bodies];
    execute(tx.conn, insert, row).await?;
    remember(tx.conn, account, events).await?;
    spot::insert(tx.conn, now, &rows.deliveries).await
}

/// Notes what the events' idempotency keys were used for.
async fn remember(conn: &Client, account: i64, events: &[(Place, &NewEvent, &Bytes)]) -> Result<()> {
    let (mut keys, mut digests, mut places) = (Vec::<&str>::new(), Vec::<&[u8]>::new(), Vec::new());
    for (place, new, _) in events {
        if let Some(used) = &new.idempotency {
            keys.push(&used.key);
            digests.push(&used.digest);
            places.push(*place);
        }
    }
    if keys.is_empty() {
        return Ok(());
    }
    let remember = "INSERT INTO idempotency (account, key, digest, event) SELECT $1, * FROM unnest($2, $3, $4)
                    ON CONFLICT (account, key) DO UPDATE SET digest = excluded.digest, event = excluded.event";
    execute(conn, remember, params![account, keys, digests, places]).await.map(drop)
}
