//! Accepting: events with a delivery for each webhook that wants them, stored wholly or not at all.

use super::client::Client;
use super::columns::Columns;
use super::fault::Result;
use super::known::{self, Known};
use super::machine::Machine;
use super::spot::{self, Spot};
use super::sql::{Blob, Statement, params, rows, statement};
use super::transaction::Tx;
use crate::encoding::body;
use crate::encoding::state::State;
use crate::encoding::trace;
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
use futures::try_join;
use std::collections::{HashMap, HashSet};

/// Deliveries after which a step takes no further event: a few milliseconds. Of four times as many most found no room at once and went through
/// the queue, which made ten webhooks three times slower.
const STEP: usize = 128;

/// An idempotency key that was used: the digest of what was asked, and the event.
type Used = HashMap<String, ([u8; 32], EventId)>;

/// What one step adds.
#[derive(Default)]
struct Rows<'e> {
    events: Vec<(Place, &'e Item)>,
    deliveries: Vec<(Spot, State)>,
    /// When each of the deliveries was made.
    made: Vec<i64>,
    /// Somebody else waits for these.
    queued: HashSet<i64>,
}

/// A new event on its way.
pub(super) struct Item {
    new: NewEvent,
    /// Its bytes as they are kept.
    kept: Bytes,
    /// When it came.
    now: Timestamp,
}

impl Item {
    /// Costs a few microseconds for a usual event: to be made where nobody waits for a lock.
    pub(super) fn of(new: NewEvent, now: Timestamp) -> Self {
        Self { kept: body::keep(&new.event.body), new, now }
    }
}

/// What became of an event, and who stands before the last of its deliveries.
pub(super) struct Verdict {
    pub(super) accepted: Accepted,
    pub(super) crowd: Option<Crowd>,
}

/// Accepts the first of the account's `events`, up to the one with which they owe [`STEP`] deliveries, under the account's lock and for
/// this machine, if its epoch goes on. They are written when the transaction ends.
pub(super) async fn step(
    tx: &Tx<'_>,
    machine: Option<&Machine>,
    account: i64,
    events: &[&Item],
) -> Result<Vec<Verdict>> {
    let conn = tx.conn;
    let (used, taken, webhooks) =
        try_join!(used(conn, account, events), taken(conn, events), webhooks(conn, account, events))?;
    let mut stored = Stored { used, taken, webhooks };
    let (mut rows, mut verdicts) = (Rows::default(), Vec::new());
    for item in events {
        if rows.deliveries.len() >= STEP {
            break;
        }
        verdicts.push(stored.accept(tx, machine, account, item, &mut rows)?);
    }
    insert(tx, account, rows);
    Ok(verdicts)
}

/// What a step found stored, and what it adds to it.
struct Stored {
    used: Used,
    /// Ids that events have.
    taken: HashSet<EventId>,
    webhooks: Vec<Known>,
}

impl Stored {
    fn accept<'e>(
        &mut self,
        tx: &Tx<'_>,
        machine: Option<&Machine>,
        account: i64,
        item: &'e Item,
        rows: &mut Rows<'e>,
    ) -> Result<Verdict> {
        let Item { new, now, .. } = item;
        let verdict = |accepted| Ok(Verdict { accepted, crowd: None });
        if let Some(key) = &new.idempotency
            && let Some((digest, id)) = self.used.get(&key.key)
        {
            return verdict(key.used_for(id.clone(), *digest));
        }
        if self.taken.contains(&new.event.id) {
            return verdict(Accepted::IdTaken);
        }
        let owed: Vec<&Known> = known::owed(&self.webhooks, new).collect();
        if new.only.is_some() && owed.is_empty() {
            return verdict(Accepted::NoWebhook);
        }
        let admitted = tx.keeping(account, |keeping| keeping.admit(&new.event, item.kept.len(), tx.quota))?;
        if let Err(full) = admitted {
            return verdict(Accepted::OverQuota(full));
        }
        self.taken.insert(new.event.id.clone());
        if let Some(key) = &new.idempotency {
            self.used.insert(key.key.clone(), (key.digest, new.event.id.clone()));
        }
        let place = tx.place(account, *now)?;
        rows.events.push((place, item));
        let deliveries = u32::try_from(owed.len()).unwrap_or(u32::MAX);
        let mut crowd = None;
        for known in owed {
            crowd = owe(tx, machine, (place, item), known, rows).or(crowd);
        }
        tx.outbox().tally.accepted(deliveries);
        Ok(Verdict { accepted: Accepted::New { deliveries }, crowd })
    }
}

/// The same for one event, within a step that has its account's lock.
pub(super) async fn one(tx: &Tx<'_>, new: &NewEvent, now: Timestamp) -> Result<Accepted> {
    let (machine, account) = try_join!(tx.fenced(), tx.lock_id(&new.event.account))?;
    let verdicts = step(tx, machine, account, &[&Item::of(new.clone(), now)]).await?;
    tx.write_last().await?;
    Ok(verdicts.into_iter().next().map_or(Accepted::IdTaken, |verdict| verdict.accepted))
}

/// What the events' idempotency keys were used for. One that named an event which is gone is free again.
async fn used(conn: &Client, account: i64, events: &[&Item]) -> Result<Used> {
    let keys = events.iter().filter_map(|item| item.new.idempotency.as_ref());
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
async fn taken(conn: &Client, events: &[&Item]) -> Result<HashSet<EventId>> {
    let ids: Vec<&str> = events.iter().map(|item| item.new.event.id.as_str()).collect();
    let found = rows(conn, "SELECT id FROM events WHERE id = ANY($1)", params![ids]).await?;
    found.iter().map(|row| Columns::of(row).event_id()).collect()
}

/// The webhooks that the events may be owed to: all of the account, or the only ones that they are for.
async fn webhooks(conn: &Client, account: i64, events: &[&Item]) -> Result<Vec<Known>> {
    let only: Option<Vec<&str>> =
        events.iter().map(|item| item.new.only.as_ref().map(|only| only.as_str())).collect();
    let Some(only) = only else { return known::of(conn, account).await };
    let mut known = known::all_of_ids(conn, &only).await?;
    known.retain(|known| known.account == account);
    Ok(known)
}

/// Adds the delivery of a new event: this machine's own if there is room for it, and nothing due before it.
fn owe<'e>(
    tx: &Tx<'_>,
    machine: Option<&Machine>,
    (place, item): (Place, &'e Item),
    known: &Known,
    rows: &mut Rows<'e>,
) -> Option<Crowd> {
    let (event, webhook, now) = (&item.new.event, &known.webhook, item.now);
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
    rows.made.push(millis(now));
    match (permit, machine) {
        (Some(mut permit), Some(machine)) => {
            delivery.hand_over(machine.epoch, now);
            tx.lease(spot, delivery.token());
            let crowd = permit.crowd();
            rows.deliveries.push((spot, State::of(&delivery)));
            let leased = Leased {
                delivery,
                place,
                body: event.body.clone(),
                trace: item.new.trace.clone(),
                webhook: webhook.clone(),
            };
            outbox.handed.push(Handed { leased, permit });
            crowd
        }
        (_, machine) => {
            let crowd = machine.and_then(|machine| machine.hands.concurrency.crowd(&webhook.id));
            rows.deliveries.push((spot, State::of(&delivery)));
            rows.queued.insert(known.seq);
            tx.requeue(known.seq);
            // What comes behind something that is due already is no news: whoever claims that will see it.
            let is_news = known.due.is_none_or(|due| due > now);
            outbox.wake |= is_news;
            outbox.notice.due |= is_news;
            crowd
        }
    }
}

fn insert(tx: &Tx<'_>, account: i64, rows: Rows<'_>) {
    let Rows { events, deliveries, made, .. } = rows;
    let Some((first, item)) = events.first() else { return };
    tx.outbox().witness = Some((account, *first, item.new.event.id.clone()));
    let insert = "INSERT INTO events (account, place, id, trigger, subject, created, origin, body)
                  SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7, $8)";
    let places: Vec<i64> = events.iter().map(|(place, _)| *place).collect();
    let all = || events.iter().map(|(_, item)| &item.new.event);
    let ids: Vec<String> = all().map(|event| event.id.as_str().to_owned()).collect();
    let triggers: Vec<i64> = all().map(|event| code(Trigger::ALL, &event.trigger)).collect();
    let subjects: Vec<Option<String>> = all().map(|event| event.subject.clone()).collect();
    let created: Vec<i64> = all().map(|event| millis(event.created)).collect();
    let origins: Vec<i64> = all().map(|event| code(Origin::ALL, &event.origin)).collect();
    let bodies: Vec<Blob> = events.iter().map(|(_, item)| Blob(item.kept.clone())).collect();
    tx.last(Some(statement![insert, account, places, ids, triggers, subjects, created, origins, bodies]));
    tx.last(remember(account, &events));
    tx.last(trace(account, &events));
    tx.last(spot::insert(made, &deliveries));
}

/// Keeps the traces of those events that belong to one.
fn trace(account: i64, events: &[(Place, &Item)]) -> Option<Statement> {
    let traced =
        events.iter().filter_map(|(place, item)| Some((*place, trace::keep(item.new.trace.as_ref()?))));
    let (places, contexts): (Vec<i64>, Vec<Vec<u8>>) = traced.unzip();
    if places.is_empty() {
        return None;
    }
    let insert = "INSERT INTO traces (account, event, context) SELECT $1, * FROM unnest($2, $3)";
    Some(statement![insert, account, places, contexts])
}

/// Notes what the events' idempotency keys were used for.
fn remember(account: i64, events: &[(Place, &Item)]) -> Option<Statement> {
    let (mut keys, mut digests, mut places) = (Vec::<String>::new(), Vec::<Vec<u8>>::new(), Vec::new());
    for (place, item) in events {
        if let Some(used) = &item.new.idempotency {
            keys.push(used.key.clone());
            digests.push(used.digest.to_vec());
            places.push(*place);
        }
    }
    if keys.is_empty() {
        return None;
    }
    let remember = "INSERT INTO idempotency (account, key, digest, event) SELECT $1, * FROM unnest($2, $3, $4)
                    ON CONFLICT (account, key) DO UPDATE SET digest = excluded.digest, event = excluded.event";
    Some(statement![remember, account, keys, digests, places])
}
