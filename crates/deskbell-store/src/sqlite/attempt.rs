//! Attempts, in SQLite: the log only grows.

use super::columns::{Columns, json};
use super::fault::Result;
use super::list::List;
use bytes::Bytes;
use deskbell_core::attempt::{Attempt, Outcome, Response};
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use deskbell_core::store::{AttemptFilter, Listing, Page};
use deskbell_core::time::millis;
use rusqlite::{Connection, OptionalExtension, Row, params};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, d.id, e.id, w.id, a.account, a.number, a.manual, a.started, a.outcome, a.detail, ",
            "a.possibly_received, a.timings, a.address, a.url, a.request_headers, a.status, a.truncated, ",
            "a.incomplete, a.response_headers, a.response_body, a.seq AS seq, a.delivery AS place FROM attempts a ",
            "JOIN deliveries d ON d.seq = a.delivery JOIN events e ON e.seq = d.event ",
            "JOIN webhooks w ON w.seq = d.webhook ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let mut columns = Columns::of(row);
    Ok(Attempt {
        id: AttemptId::from_text(columns.get::<String>()?),
        delivery: DeliveryId::from_text(columns.get::<String>()?),
        event: EventId::from_text(columns.get::<String>()?),
        webhook: WebhookId::from_text(columns.get::<String>()?),
        account: AccountId::from_text(columns.get::<String>()?),
        number: columns.get()?,
        manual: columns.get()?,
        started: columns.time()?,
        outcome: columns.name(Outcome::parse)?,
        detail: columns.get()?,
        possibly_received: columns.get()?,
        timings: columns.json()?,
        address: columns.maybe_name(|text| text.parse().ok())?,
        url: columns.get()?,
        request_headers: columns.json()?,
        response: read_response(&mut columns)?,
    })
}

fn read_response(columns: &mut Columns<'_>) -> rusqlite::Result<Option<Response>> {
    let Some(status) = columns.get()? else { return Ok(None) };
    Ok(Some(Response {
        status,
        truncated: columns.get()?,
        incomplete: columns.get()?,
        headers: columns.json()?,
        body: Bytes::from(columns.get::<Vec<u8>>()?),
    }))
}

/// Adds an attempt of the delivery at that place.
pub(super) fn insert(conn: &Connection, attempt: &Attempt, delivery: i64) -> Result<()> {
    let insert = "INSERT INTO attempts (id, account, delivery, number, manual, started, outcome, detail,
                  possibly_received, timings, address, url, request_headers, status, truncated, incomplete,
                  response_headers, response_body)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    let answer = attempt.response.as_ref();
    conn.prepare_cached(insert)?.execute(params![
        attempt.id.as_str(),
        attempt.account.as_str(),
        delivery,
        attempt.number,
        attempt.manual,
        millis(attempt.started),
        attempt.outcome.as_str(),
        attempt.detail,
        attempt.possibly_received,
        json(&attempt.timings)?,
        attempt.address.map(|address| address.to_string()),
        attempt.url,
        json(&attempt.request_headers)?,
        answer.map(|answer| answer.status),
        answer.map(|answer| answer.truncated),
        answer.map(|answer| answer.incomplete),
        answer.map(|answer| json(&answer.headers)).transpose()?,
        answer.map(|answer| answer.body.as_ref()),
    ])?;
    Ok(())
}

pub(super) fn find(conn: &Connection, account: &AccountId, id: &AttemptId) -> Result<Option<Attempt>> {
    let mut select = conn.prepare_cached(select!("WHERE a.id = ?1 AND a.account = ?2"))?;
    Ok(select.query_row((id.as_str(), account.as_str()), read).optional()?)
}

pub(super) fn list(
    conn: &Connection,
    account: &AccountId,
    filter: AttemptFilter,
    page: &Page,
) -> Result<Listing<Attempt>> {
    let cursor = "SELECT seq FROM attempts WHERE id = ?1 AND account = ?2";
    List::of(select!(""), "a.account =", account.as_str().to_owned())
        .only("d.id =", filter.delivery.map(|delivery| delivery.as_str().to_owned()))
        .only("w.id =", filter.webhook.map(|webhook| webhook.as_str().to_owned()))
        .only("e.id =", filter.event.map(|event| event.as_str().to_owned()))
        .only("a.outcome =", filter.outcome.map(|outcome| outcome.as_str().to_owned()))
        .within("a.started >", "a.started <", &filter.started)
        .page(conn, page, cursor, "a.seq", read)
}

/// The account's attempts of places behind the first and up to the second, with their places and their deliveries',
/// oldest first.
pub(super) fn between(
    conn: &Connection,
    account: &AccountId,
    (after, upto): (i64, i64),
    limit: u32,
) -> Result<Vec<(i64, i64, Attempt)>> {
    let select = select!("WHERE a.account = ?1 AND a.seq > ?2 AND a.seq <= ?3 ORDER BY a.seq LIMIT ?4");
    let mut select = conn.prepare_cached(select)?;
    let key = (account.as_str(), after, upto, limit);
    let rows = select.query_map(key, |row| Ok((row.get("seq")?, row.get("place")?, read(row)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
