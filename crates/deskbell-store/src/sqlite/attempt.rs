//! Attempts, in SQLite: the log only grows, and its oldest go with their events.

use super::cache::number_or_none;
use super::columns::{Columns, event_json, json};
use super::delivery::{self, Spot};
use super::entry::AttemptRow;
use super::fault::Result;
use super::list::{Key, List, Order};
use super::targets::Targets;
use super::transaction::Transaction;
use super::unreadable::{self, LeftOut, Table};
use super::{event, webhook};
use crate::encoding::packed::{self, Known};
use crate::encoding::value::code;
use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Outcome, Timings};
use deskbell_core::delivery::Delivery;
use deskbell_core::event::Origin;
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, WebhookId};
use deskbell_core::place::{Place, least_since};
use deskbell_core::store::{AttemptFilter, AttemptsOf, Listing, Page, Weight};
use deskbell_core::time::millis;
use rusqlite::{Connection, OptionalExtension, Row, params};

const TABLE: Table = Table("attempts", &["account", "place"]);

macro_rules! select {
    ($rest:literal) => {
        select!(by "", $rest)
    };
    (by $index:literal, $rest:literal) => {
        concat!(
            "SELECT c.id, e.id, w.id, e.origin, a.number, a.started, a.outcome, t.url, t.agent, a.record, ",
            "a.account, a.place, a.event, a.webhook FROM attempts a ",
            $index,
            " CROSS JOIN events e ON e.place = a.event CROSS JOIN webhooks w ON w.seq = a.webhook ",
            "CROSS JOIN targets t ON t.seq = a.target CROSS JOIN accounts c ON c.seq = a.account ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let mut columns = Columns::of(row);
    let account = AccountId::from_text(columns.get::<String>()?);
    let event = columns.event_id()?;
    let webhook = WebhookId::from_text(columns.get::<String>()?);
    let delivery = DeliveryId::of(&event, &webhook);
    let sample = columns.coded(Origin::ALL)? == Origin::Sample;
    let number = columns.get()?;
    let mut attempt = Attempt {
        id: AttemptId::of(&delivery, number),
        delivery,
        event,
        webhook,
        account,
        number,
        started: columns.time()?,
        outcome: columns.coded(Outcome::ALL)?,
        url: columns.get()?,
        manual: false,
        sample,
        detail: String::new(),
        possibly_received: false,
        timings: Timings::default(),
        address: None,
        request_headers: Vec::new(),
        response: None,
    };
    let agent: String = columns.get()?;
    let record: Vec<u8> = columns.get()?;
    let event = attempt.event.clone();
    let known = Known { event: &event, unix_seconds: seconds(attempt.started), agent: &agent };
    let unpacked = packed::unpack(&record, &known, &mut attempt);
    unpacked.ok_or_else(|| columns.damaged("a record of no known form".into()))?;
    Ok(attempt)
}

fn seconds(started: Timestamp) -> i64 {
    millis(started).div_euclid(1_000)
}

/// The attempt, recorded at `now`, as a row.
pub(super) fn row(
    tx: &mut Transaction<'_>,
    attempt: &Attempt,
    account: i64,
    now: Timestamp,
) -> Result<AttemptRow> {
    let agent = packed::agent(attempt);
    let known = Known { event: &attempt.event, unix_seconds: seconds(attempt.started), agent };
    Ok(AttemptRow {
        place: tx.places.next_attempt(tx.conn, account, now)?,
        number: attempt.number,
        started: millis(attempt.started),
        outcome: code(Outcome::ALL, &attempt.outcome),
        url: attempt.url.clone(),
        agent: agent.to_owned(),
        record: packed::pack(attempt, &known).into(),
    })
}

/// Adds an attempt of the delivery at that spot.
pub(super) fn insert(
    conn: &Connection,
    targets: &mut Targets,
    spot: Spot,
    attempt: &AttemptRow,
) -> Result<()> {
    let insert =
        "INSERT INTO attempts (account, place, event, webhook, number, started, outcome, target, record)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let target = targets.number(conn, spot.webhook, &attempt.url, &attempt.agent)?;
    conn.prepare_cached(insert)?.execute(params![
        spot.account,
        attempt.place,
        spot.event,
        spot.webhook,
        attempt.number,
        attempt.started,
        attempt.outcome,
        target,
        attempt.record.as_ref(),
    ])?;
    Ok(())
}

/// Where the account's attempt of that id stands in the order of recording.
fn place(conn: &Connection, account: i64, id: &AttemptId) -> Result<Option<Place>> {
    let Some((delivery, number)) = id.parts() else { return Ok(None) };
    let Some(spot) = delivery::find(conn, account, &delivery)? else { return Ok(None) };
    let select = "SELECT place FROM attempts INDEXED BY attempts_number
                  WHERE account = ?1 AND event = ?2 AND webhook = ?3 AND number = ?4";
    let key = (account, spot.event, spot.webhook, number);
    Ok(conn.prepare_cached(select)?.query_row(key, |row| row.get(0)).optional()?)
}

pub(super) fn find(conn: &Connection, account: i64, id: &AttemptId) -> Result<Option<Attempt>> {
    let Some(place) = place(conn, account, id)? else { return Ok(None) };
    let mut select = conn.prepare_cached(select!("WHERE a.account = ?1 AND a.place = ?2"))?;
    Ok(select.query_row((account, place), read).optional()?)
}

/// The last attempts of the account's deliveries, at most `each` of one, oldest first.
pub(super) fn of(
    conn: &Connection,
    account: i64,
    deliveries: &[DeliveryId],
    each: u32,
) -> Result<Vec<Vec<Attempt>>> {
    // An id of no known form is that of no delivery.
    let pair = |id: &DeliveryId| id.pair().map(|(event, webhook)| (event_json(&event), webhook));
    // The list goes in as one value, so that the statement is the same for any number.
    let wanted = json(&deliveries.iter().map(pair).collect::<Vec<_>>())?;
    let select =
        "SELECT c.id, e.id, w.id, e.origin, a.number, a.started, a.outcome, t.url, t.agent, a.record, j.key,
                         a.account, a.place
                  FROM json_each(?1) j CROSS JOIN events e ON e.id = j.value ->> 0
                  CROSS JOIN webhooks w ON w.id = j.value ->> 1
                  CROSS JOIN deliveries d ON d.account = ?2 AND d.event = e.place AND d.webhook = w.seq
                  CROSS JOIN attempts a INDEXED BY attempts_number ON a.account = ?2 AND a.event = e.place
                       AND a.webhook = w.seq AND a.number > d.attempts - ?3
                  CROSS JOIN targets t ON t.seq = a.target CROSS JOIN accounts c ON c.seq = a.account";
    let mut found = AttemptsOf::new(deliveries.len());
    let mut select = conn.prepare_cached(select)?;
    let mut rows = select.query((wanted, account, each))?;
    let mut left_out = LeftOut::of(TABLE);
    while let Some(row) = rows.next()? {
        let delivery = row.get::<_, u16>("key")?.into();
        if let Some(attempt) = left_out.row(row, read)?
            && !found.push(delivery, attempt)
        {
            break;
        }
    }
    Ok(found.into_vec())
}

pub(super) fn list(
    conn: &Connection,
    account: &AccountId,
    filter: AttemptFilter,
    page: &Page,
) -> Result<Listing<Attempt>> {
    let number = number_or_none(conn, account)?;
    let outcome = filter.outcome.map(|outcome| code(Outcome::ALL, &outcome));
    if let Some(delivery) = filter.delivery {
        // The few attempts of one delivery, in the order of their numbers.
        let spot = delivery::find(conn, number, &delivery)?;
        let none = Spot { account: number, event: 0, webhook: 0 };
        let spot = spot.unwrap_or(none);
        let event = filter.event.map(|event| event::place_or_none(conn, &event)).transpose()?;
        let webhook = filter.webhook.map(|webhook| webhook::number_or_none(conn, &webhook)).transpose()?;
        let find = |id: &str| -> Result<Option<Key>> {
            let id = AttemptId::from_text(id);
            let (known, parts) = (place(conn, number, &id)?, id.parts());
            // A cursor may name any attempt of the account: one of another delivery stands before or behind all of these.
            let key = |(of, number): (DeliveryId, u32)| if of == delivery { number.into() } else { 0 };
            Ok(known.and(parts).map(|parts| vec![key(parts)]))
        };
        let order = Order { columns: &["a.number"], find, id: id_of };
        return List::of(TABLE, select!(""), "a.account =", number)
            .seek("a.event =", Some(spot.event))
            .seek("a.webhook =", Some(spot.webhook))
            .only("a.event =", event)
            .only("a.webhook =", webhook)
            .only("a.outcome =", outcome)
            .within("a.started >", "a.started <", &filter.started)
            .page_by(conn, page, &order, read);
    }
    let find = |id: &str| -> Result<Option<Key>> {
        Ok(place(conn, number, &AttemptId::from_text(id))?.map(|place| vec![place]))
    };
    let order = Order { columns: &["a.place"], find, id: id_of };
    let event = filter.event.map(|event| event::place_or_none(conn, &event)).transpose()?;
    let webhook = filter.webhook.map(|webhook| webhook::number_or_none(conn, &webhook)).transpose()?;
    let select = if event.is_some() { select!(by "INDEXED BY attempts_number", "") } else { select!("") };
    List::of(TABLE, select, "a.account =", number)
        .seek("a.event =", event)
        .seek("a.place >=", filter.started.after.map(least_since))
        .only("a.webhook =", webhook)
        .only("a.outcome =", outcome)
        .within("a.started >", "a.started <", &filter.started)
        .page_by(conn, page, &order, read)
}

fn id_of(attempt: &Attempt) -> &str {
    attempt.id.as_str()
}

/// The account's attempts of places behind the first and up to the second, with their deliveries, oldest first. One whose
/// delivery cannot be read is left out, as one that cannot.
pub(super) fn between(
    conn: &Connection,
    account: i64,
    (after, upto): (Place, Place),
    limit: u32,
) -> Result<Vec<(Place, Attempt, Delivery)>> {
    let select = select!("WHERE a.account = ?1 AND a.place > ?2 AND a.place <= ?3 ORDER BY a.place");
    let mut select = conn.prepare_cached(select)?;
    let whole = |row: &Row<'_>| -> Result<_> {
        let spot = Spot { account, event: row.get("event")?, webhook: row.get("webhook")? };
        Ok((row.get("place")?, read(row)?, delivery::read_at(conn, spot)?))
    };
    unreadable::first(select.query((account, after, upto))?, limit, TABLE, whole, |(_, attempt, _)| {
        attempt.bytes()
    })
}
