//! Deliveries, in PostgreSQL: their rows, and what is read of them.

use super::PostgresStore;
use super::account::number_or_none;
use super::columns::{Columns, named};
use super::fault::Result;
use super::list::{self, List, Order};
use super::spot::Spot;
use super::sql::{self, params};
use super::transaction::Tx;
use super::unreadable::{self, Table};
use super::{attempt, event, webhook};
use crate::encoding::state::State;
use crate::encoding::value::code;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Outcome};
use deskbell_core::delivery::{Delivery, Epoch, Status};
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, WebhookId};
use deskbell_core::place::Place;
use deskbell_core::store::{self, AttemptFilter, Deliveries, DeliveryFilter, Listing, Page, Retried};
use deskbell_core::time::millis;
use deskbell_core::trigger::Trigger;
use futures::FutureExt as _;
use std::collections::HashMap;
use std::time::Duration;
use tokio_postgres::{Client, Row};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, e.id, w.id, e.trigger, e.subject, d.created, d.status, d.attempts, d.tries, d.lost, ",
            "d.manual, d.first_attempt, d.last_outcome, d.last_status, d.scheduled, d.due, d.leased, d.epoch, ",
            "d.leases, d.settled, d.away, d.account, d.event, d.webhook FROM deliveries d ",
            "JOIN events e ON e.account = d.account AND e.place = d.event ",
            "JOIN webhooks w ON w.account = d.account AND w.seq = d.webhook JOIN accounts c ON c.seq = d.account ",
            $rest
        )
    };
}

pub(super) const TABLE: Table = Table("deliveries", &["account", "event", "webhook"]);
/// Statuses behind this one are bad ends: *delivered*, as it is kept.
const ENDED: i64 = 1;
/// Deliveries that are cancelled in one step: some ten milliseconds.
const CANCELLED: i64 = 512;

pub(super) fn read(row: &Row) -> Result<Delivery> {
    let mut columns = Columns::of(row);
    let account = AccountId::from_text(columns.get::<&str>()?);
    let event = columns.event_id()?;
    let webhook = WebhookId::from_text(columns.get::<&str>()?);
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
    let state = State {
        status: columns.number()?,
        attempts: columns.number()?,
        tries: columns.number()?,
        lost: columns.number()?,
        manual: columns.number()?,
        first_attempt: columns.maybe_number()?,
        last_outcome: columns.maybe_number()?,
        last_status: columns.maybe_number()?,
        scheduled: columns.maybe_number()?,
        due: columns.maybe_number()?,
        leased: columns.number()?,
        epoch: columns.number()?,
        leases: columns.number()?,
        settled: columns.maybe_number()?,
        away: columns.number()?,
    };
    state.fill(&mut delivery).ok_or_else(|| columns.damaged("a status of an unknown number"))?;
    Ok(delivery)
}

/// Where the delivery or the attempt of the row stands.
pub(super) fn spot(row: &Row) -> Result<Spot> {
    Ok(Spot { account: named(row, "account")?, event: named(row, "event")?, webhook: named(row, "webhook")? })
}

/// The delivery at that spot.
///
/// # Errors
/// [`Damaged`](store::Error::Damaged) when there is none.
pub(super) async fn read_at(conn: &Client, spot: Spot) -> Result<Delivery> {
    let select = select!("WHERE d.account = $1 AND d.event = $2 AND d.webhook = $3");
    read(&sql::row(conn, select, params![spot.account, spot.event, spot.webhook]).await?)
}

/// The deliveries at those of these spots where there is one that can be read.
pub(super) async fn at(conn: &Client, spots: &[Spot]) -> Result<HashMap<Spot, Delivery>> {
    let select = select!(
        "JOIN unnest($1, $2, $3) AS s (account, event, webhook)
                          ON d.account = s.account AND d.event = s.event AND d.webhook = s.webhook"
    );
    let [accounts, events, webhooks] = keys(spots.iter());
    let rows = sql::rows(conn, select, params![accounts, events, webhooks]).await?;
    let all = unreadable::all(&rows, TABLE, |row| Ok((spot(row)?, read(row)?)))?;
    Ok(all.into_iter().collect())
}

/// The account's deliveries of the events at these places that can be read; of each event in the order in which they were made.
pub(super) async fn of_events(
    conn: &Client,
    account: i64,
    events: &[Place],
) -> Result<HashMap<Place, Vec<Delivery>>> {
    let select = select!("WHERE d.account = $1 AND d.event = ANY ($2) ORDER BY d.event, d.webhook");
    let rows = sql::rows(conn, select, params![account, events]).await?;
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for (event, delivery) in unreadable::all(&rows, TABLE, |row| Ok((named(row, "event")?, read(row)?)))? {
        found.entry(event).or_default().push(delivery);
    }
    Ok(found)
}

/// Where the account's delivery of that id stands.
pub(super) async fn find(conn: &Client, account: i64, id: &DeliveryId) -> Result<Option<Spot>> {
    let Some((event, webhook)) = id.pair() else { return Ok(None) };
    let select = "SELECT d.account, d.event, d.webhook FROM events e
                  JOIN webhooks w ON w.account = $1 AND w.id = $3
                  JOIN deliveries d ON d.account = $1 AND d.event = e.place AND d.webhook = w.seq
                  WHERE e.account = $1 AND e.id = $2";
    let row = sql::maybe_row(conn, select, params![account, event.as_str(), webhook.as_str()]).await?;
    row.as_ref().map(spot).transpose()
}

/// The keys of deliveries, column by column.
fn keys<'s>(spots: impl Iterator<Item = &'s Spot> + Clone) -> [Vec<i64>; 3] {
    let accounts = spots.clone().map(|spot| spot.account).collect();
    let events = spots.clone().map(|spot| spot.event).collect();
    [accounts, events, spots.map(|spot| spot.webhook).collect()]
}

/// Stores what became of deliveries, each of which comes once.
pub(super) async fn save(tx: &Tx<'_>, states: &[(Spot, State)]) -> Result<()> {
    let update = "UPDATE deliveries d SET status = s.status, attempts = s.attempts, tries = s.tries, lost = s.lost,
                  manual = s.manual, first_attempt = s.first_attempt, last_outcome = s.last_outcome,
                  last_status = s.last_status, scheduled = s.scheduled, due = s.due, leased = s.leased,
                  epoch = s.epoch, leases = s.leases, settled = s.settled, away = s.away
                  FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
                  AS s (account, event, webhook, status, attempts, tries, lost, manual, first_attempt, last_outcome,
                        last_status, scheduled, due, leased, epoch, leases, settled, away)
                  WHERE d.account = s.account AND d.event = s.event AND d.webhook = s.webhook";
    let [accounts, events, webhooks] = keys(states.iter().map(|(spot, _)| spot));
    let sure = |of: fn(&State) -> i64| states.iter().map(|(_, state)| of(state)).collect::<Vec<_>>();
    let maybe = |of: fn(&State) -> Option<i64>| states.iter().map(|(_, state)| of(state)).collect::<Vec<_>>();
    sql::execute(
        tx.conn,
        update,
        params![
            accounts,
            events,
            webhooks,
            sure(|state| state.status),
            sure(|state| state.attempts.into()),
            sure(|state| state.tries.into()),
            sure(|state| state.lost.into()),
            sure(|state| state.manual.into()),
            maybe(|state| state.first_attempt),
            maybe(|state| state.last_outcome),
            maybe(|state| state.last_status.map(i64::from)),
            maybe(|state| state.scheduled),
            maybe(|state| state.due),
            sure(|state| state.leased),
            sure(|state| state.epoch),
            sure(|state| state.leases),
            maybe(|state| state.settled),
            sure(|state| state.away),
        ],
    )
    .await?;
    states.iter().for_each(|(spot, _)| tx.requeue(spot.webhook));
    Ok(())
}

/// Takes deliveries out of the queue without a try: a pending one ends as `status`, and a settled one stays what it was.
pub(super) async fn end(tx: &Tx<'_>, spots: &[Spot], status: Status, now: Timestamp) -> Result<()> {
    let update = "UPDATE deliveries d SET manual = 0, scheduled = NULL, due = NULL,
                  epoch = CASE WHEN d.leased > 0 THEN 0 ELSE d.epoch END, leased = 0,
                  settled = CASE WHEN d.status = $4 THEN $6 ELSE d.settled END,
                  status = CASE WHEN d.status = $4 THEN $5 ELSE d.status END
                  FROM unnest($1, $2, $3) AS s (account, event, webhook)
                  WHERE d.account = s.account AND d.event = s.event AND d.webhook = s.webhook";
    let [pending, ended] = [Status::Pending, status].map(|status| code(&Status::ALL, &status));
    let [accounts, events, webhooks] = keys(spots.iter());
    sql::execute(tx.conn, update, params![accounts, events, webhooks, pending, ended, millis(now)]).await?;
    spots.iter().for_each(|spot| tx.requeue(spot.webhook));
    Ok(())
}

/// [`Delivery::cancel`] for what waits for a webhook that is off, or for a part of it: then `false`, and claims go on with the rest.
/// Leased deliveries end by themselves, and a settled one that waited for a retry by hand stays what it was.
pub(super) async fn cancel_queue(tx: &Tx<'_>, webhook: i64, now: Timestamp) -> Result<bool> {
    let select = "SELECT account, event, webhook FROM deliveries
                  WHERE webhook = $1 AND due IS NOT NULL AND leased = 0 LIMIT $2";
    let rows = sql::rows(tx.conn, select, params![webhook, CANCELLED]).await?;
    let spots = rows.iter().map(spot).collect::<Result<Vec<_>>>()?;
    end(tx, &spots, Status::Cancelled, now).await?;
    let all = i64::try_from(spots.len()).is_ok_and(|count| count < CANCELLED);
    if !all {
        tx.outbox().wake = true;
    }
    Ok(all)
}

async fn retry(tx: &Tx<'_>, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<Retried> {
    let Some(number) = tx.maybe_lock(account).await? else { return Ok(Retried::Unknown) };
    let Some(spot) = find(tx.conn, number, id).await? else { return Ok(Retried::Unknown) };
    if !event::has_body(tx.conn, spot).await? {
        return Ok(Retried::PayloadDeleted);
    }
    let mut delivery = read_at(tx.conn, spot).await?;
    let before = webhook::at(tx.conn, spot.account, spot.webhook).await?;
    let mut webhook = before.clone();
    let retried = delivery.retry_by_hand(&mut webhook, now);
    if let Retried::Queued(_) = retried {
        save(tx, &[(spot, State::of(&delivery))]).await?;
        if webhook.health != before.health {
            webhook::save(tx, spot.webhook, &before, &webhook, now).await?;
        }
        tx.outbox().wake = true;
    }
    Ok(retried)
}

#[async_trait]
impl Deliveries for PostgresStore {
    async fn retry_delivery(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        now: Timestamp,
    ) -> store::Result<Retried> {
        let input = (account.clone(), id.clone(), now);
        self.write(input, |tx, (account, id, now)| retry(tx, account, id, *now).boxed()).await
    }

    async fn delivery(&self, account: &AccountId, id: &DeliveryId) -> store::Result<Option<Delivery>> {
        let conn = self.read().await?;
        let Some((event, webhook)) = id.pair() else { return Ok(None) };
        let select = select!("WHERE c.id = $1 AND e.id = $2 AND w.id = $3");
        Ok(sql::maybe_row(&conn, select, params![account.as_str(), event.as_str(), webhook.as_str()])
            .await?
            .as_ref()
            .map(read)
            .transpose()?)
    }

    async fn deliveries(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        page: &Page,
    ) -> store::Result<Listing<Delivery>> {
        let input = (account.clone(), filter.clone(), page.clone());
        self.snapshot(input, |conn, (account, filter, page)| list(conn, account, filter, page).boxed()).await
    }

    async fn attempts_of(
        &self,
        account: &AccountId,
        deliveries: &[DeliveryId],
        each: u32,
    ) -> store::Result<Vec<Vec<Attempt>>> {
        let input = (account.clone(), deliveries.to_vec(), each);
        self.snapshot(input, |conn, (account, ids, each)| attempt::of(conn, account, ids, *each).boxed())
            .await
    }

    async fn attempt(&self, account: &AccountId, id: &AttemptId) -> store::Result<Option<Attempt>> {
        let conn = self.read().await?;
        Ok(attempt::find(&conn, account, id).await?)
    }

    async fn attempts(
        &self,
        account: &AccountId,
        filter: &AttemptFilter,
        page: &Page,
    ) -> store::Result<Listing<Attempt>> {
        let input = (account.clone(), filter.clone(), page.clone());
        self.snapshot(input, |conn, (account, filter, page)| {
            attempt::list(conn, account, filter, page).boxed()
        })
        .await
    }
}

fn id_of(delivery: &Delivery) -> &str {
    delivery.id.as_str()
}

/// A list is read in the order of the key, from whichever index serves the filter.
async fn list(
    conn: &Client,
    account: &AccountId,
    filter: &DeliveryFilter,
    page: &Page,
) -> Result<Listing<Delivery>> {
    let number = number_or_none(conn, account).await?;
    let key = match list::cursor(page) {
        Some(id) => find(conn, number, &DeliveryId::from_text(id)).await?,
        None => None,
    };
    let key = key.map(|spot| vec![spot.event, spot.webhook]);
    let order = Order { columns: &["d.event", "d.webhook"], key, id: id_of };
    let event = match &filter.event {
        Some(event) => Some(event::place_or_none(conn, number, event).await?),
        None => None,
    };
    let webhook = match &filter.webhook {
        Some(webhook) => Some(webhook::number(conn, number, webhook).await?),
        None => None,
    };
    let status = filter.status.map(|status| code(&Status::ALL, &status));
    // What came to a bad end has an index of its own.
    let ended = status.filter(|status| *status > ENDED && event.is_none() && webhook.is_none());
    let list = List::of(TABLE, select!(""), "d.account =", number)
        .seek("d.event =", event)
        .seek("d.webhook =", webhook)
        .only("e.trigger =", filter.trigger.map(|trigger| code(Trigger::ALL, &trigger)))
        .only("e.subject =", filter.subject.clone())
        .only("d.last_outcome =", filter.outcome.map(|outcome| code(Outcome::ALL, &outcome)))
        .only("d.last_status =", filter.last_status.map(i64::from))
        .only("d.attempts >=", filter.attempts_min.map(i64::from))
        .only("d.attempts <=", filter.attempts_max.map(i64::from))
        .within("d.created >", "d.created <", &filter.created);
    let list = match ended {
        Some(status) => list.seek("d.status > 1 AND d.status =", Some(status)),
        None => list.only("d.status =", status),
    };
    list.page_by(conn, page, order, read).await
}
