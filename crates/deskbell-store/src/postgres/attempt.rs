//! Attempts, in PostgreSQL: what is read of them. The log only grows, and its oldest go with their events.

use super::account::number_or_none;
use super::client::Client;
use super::columns::{Columns, named};
use super::fault::Result;
use super::known;
use super::list::{self, List, Order};
use super::part::{self, Sized};
use super::spot::{self, Spot};
use super::sql::{self, params};
use super::unreadable::{LeftOut, Table};
use super::{change_feed, delivery, event, record};
use crate::encoding::packed::{self, Known};
use crate::encoding::value::code;
use deskbell_core::attempt::{Attempt, Outcome, Timings};
use deskbell_core::delivery::Delivery;
use deskbell_core::event::Origin;
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, WebhookId};
use deskbell_core::place::{Place, least_since};
use deskbell_core::policy::limit::PAGE_BYTES;
use deskbell_core::store::{AttemptFilter, AttemptsOf, Listing, Page, Weight};
use tokio_postgres::Row;

pub(super) const TABLE: Table = Table("attempts", &["account", "place"]);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, e.id, w.id, e.origin, a.number, a.started, a.outcome, t.url, t.agent, a.record, ",
            "a.account, a.place, a.event, a.webhook FROM attempts a ",
            "JOIN events e ON e.account = a.account AND e.place = a.event ",
            "JOIN webhooks w ON w.account = a.account AND w.seq = a.webhook ",
            "JOIN targets t ON t.seq = a.target JOIN accounts c ON c.seq = a.account ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Attempt> {
    let mut columns = Columns::of(row);
    let account = AccountId::from_text(columns.get::<&str>()?);
    let event = columns.event_id()?;
    let webhook = WebhookId::from_text(columns.get::<&str>()?);
    let delivery = DeliveryId::of(&event, &webhook);
    let sample = columns.coded(Origin::ALL)? == Origin::Sample;
    let number = columns.number()?;
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
    let agent: &str = columns.get()?;
    let packed: &[u8] = columns.get()?;
    let event = attempt.event.clone();
    let known = Known { event: &event, unix_seconds: record::seconds(attempt.started), agent };
    let unpacked = packed::unpack(packed, &known, &mut attempt);
    unpacked.ok_or_else(|| columns.damaged("a record of no known form"))?;
    Ok(attempt)
}

/// Where the account's attempt of that id stands in the order of recording.
async fn place(conn: &Client, account: i64, id: &AttemptId) -> Result<Option<Place>> {
    let Some((delivery, number)) = id.parts() else { return Ok(None) };
    let Some(spot) = spot::find(conn, account, &delivery).await? else { return Ok(None) };
    let select =
        "SELECT place FROM attempts WHERE account = $1 AND event = $2 AND webhook = $3 AND number = $4";
    sql::maybe_row(conn, select, params![account, spot.event, spot.webhook, i64::from(number)])
        .await?
        .map(|row| named(&row, "place"))
        .transpose()
}

pub(super) async fn find(conn: &Client, account: &AccountId, id: &AttemptId) -> Result<Option<Attempt>> {
    let Some((delivery, number)) = id.parts() else { return Ok(None) };
    let Some((event, webhook)) = delivery.pair() else { return Ok(None) };
    let select = select!("WHERE c.id = $1 AND e.id = $2 AND w.id = $3 AND a.number = $4");
    sql::maybe_row(
        conn,
        select,
        params![account.as_str(), event.as_str(), webhook.as_str(), i64::from(number)],
    )
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// The last attempts of the account's deliveries, at most `each` of one, oldest first. One look for
/// all of them.
pub(super) async fn of(
    conn: &Client,
    account: &AccountId,
    deliveries: &[DeliveryId],
    each: u32,
) -> Result<Vec<Vec<Attempt>>> {
    let account = number_or_none(conn, account).await?;
    // An id of no known form is that of no delivery.
    let pairs: Vec<_> = deliveries.iter().map(DeliveryId::pair).collect();
    let text = |id: Option<&str>| id.map(str::to_owned);
    let events: Vec<_> = pairs.iter().map(|pair| text(pair.as_ref().map(|(id, _)| id.as_str()))).collect();
    let webhooks: Vec<_> = pairs.iter().map(|pair| text(pair.as_ref().map(|(_, id)| id.as_str()))).collect();
    let sizes = "SELECT j.key - 1, a.place, octet_length(a.record)::bigint
                 FROM unnest($2, $3) WITH ORDINALITY AS j (event, webhook, key)
                 JOIN events e ON e.account = $1 AND e.id = j.event
                 JOIN webhooks w ON w.account = $1 AND w.id = j.webhook
                 JOIN deliveries d ON d.account = $1 AND d.event = e.place AND d.webhook = w.seq
                 JOIN attempts a ON a.account = $1 AND a.event = d.event AND a.webhook = d.webhook
                      AND a.number > d.attempts - $4
                 ORDER BY j.key, a.number";
    let sized = sql::rows(conn, sizes, params![account, events, webhooks, i64::from(each)]).await?;
    let sized = sized.iter().map(Sized::read).collect::<Result<Vec<_>>>()?;
    let (mut found, mut left_out) = (AttemptsOf::new(deliveries.len()), LeftOut::of(TABLE));
    let select = select!("WHERE a.account = $1 AND a.place = ANY ($2)");
    let push = |delivery, row: &Row| {
        let attempt = left_out.row(row, read)?;
        Ok(attempt.is_none_or(|attempt| found.push(delivery, attempt)))
    };
    part::read(conn, select, account, &sized, push).await?;
    Ok(found.into_vec())
}

pub(super) async fn list(
    conn: &Client,
    account: &AccountId,
    filter: &AttemptFilter,
    page: &Page,
) -> Result<Listing<Attempt>> {
    let number = number_or_none(conn, account).await?;
    let outcome = filter.outcome.map(|outcome| code(Outcome::ALL, &outcome));
    let event = match &filter.event {
        Some(event) => Some(event::place_or_none(conn, number, event).await?),
        None => None,
    };
    let webhook = match &filter.webhook {
        Some(webhook) => Some(known::number(conn, number, webhook).await?),
        None => None,
    };
    let known = match list::cursor(page) {
        Some(id) => place(conn, number, &AttemptId::from_text(id)).await?,
        None => None,
    };
    let list = List::of(TABLE, select!(""), "a.account =", number)
        .only("a.webhook =", webhook)
        .only("a.outcome =", outcome)
        .within("a.started >", "a.started <", &filter.started);
    let Some(delivery) = &filter.delivery else {
        // The few attempts of one event are sorted: the index of places would lead through those of all others.
        let columns: &[_] = if event.is_some() { &["(a.place + 0)"] } else { &["a.place"] };
        let order = Order { columns, key: known.map(|place| vec![place]), id: id_of };
        let since = filter.started.after.map(least_since);
        return list
            .seek("a.event =", event)
            .seek("a.place >=", since)
            .page_by(conn, page, order, read)
            .await;
    };
    // The few attempts of one delivery, in the order of their numbers.
    let spot = spot::find(conn, number, delivery).await?;
    let spot = spot.unwrap_or(Spot { account: number, event: 0, webhook: 0 });
    // A cursor may name any attempt of the account: one of another delivery stands before or behind all of these.
    let key = |(of, number): (DeliveryId, u32)| if of == *delivery { number.into() } else { 0 };
    let parts = list::cursor(page).and_then(|id| AttemptId::from_text(id).parts());
    let key = known.and(parts).map(|parts| vec![key(parts)]);
    list.seek("a.event =", Some(spot.event))
        .seek("a.webhook =", Some(spot.webhook))
        .only("a.event =", event)
        .page_by(conn, page, Order { columns: &["a.number"], key, id: id_of }, read)
        .await
}

fn id_of(attempt: &Attempt) -> &str {
    attempt.id.as_str()
}

/// The account's attempts of places behind the first and up to the second, with their deliveries, oldest first. One whose
/// delivery cannot be read is left out, as one that cannot.
pub(super) async fn between(
    conn: &Client,
    account: i64,
    (mut after, upto): (Place, Place),
    limit: u32,
) -> Result<Vec<(Place, Attempt, Delivery)>> {
    let select = select!("WHERE a.account = $1 AND a.place > $2 AND a.place <= $3 ORDER BY a.place LIMIT $4");
    let placed = |row: &Row| Ok((Spot::read(row)?, read(row)?));
    let weigh = |(_, attempt): &(Spot, Attempt)| attempt.bytes();
    let (mut found, mut bytes) = (Vec::new(), 0);
    loop {
        let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
        let span = (after, upto);
        let read = change_feed::between(conn, select, account, span, left, TABLE, placed, weigh).await?;
        let spots: Vec<Spot> = read.iter().map(|(_, (spot, _))| *spot).collect();
        let deliveries = delivery::at(conn, &spots).await?;
        for (place, (spot, attempt)) in read {
            after = place;
            bytes += attempt.bytes();
            found.extend(deliveries.get(&spot).map(|delivery| (place, attempt, delivery.clone())));
        }
        // What was left out may have taken the place of others.
        let full = bytes >= PAGE_BYTES || found.len() >= limit as usize;
        if full || spots.len() < left as usize {
            return Ok(found);
        }
    }
}
