//! The rows of deliveries, as the queue reads and writes them.

use super::client::Client;
use super::columns::{Columns, named};
use super::fault::{Fault, Result};
use super::sql::{Statement, execute, maybe_row, params, row, rows, statement};
use super::transaction::Tx;
use super::unreadable::{self, Table};
use crate::encoding::state::State;
use crate::encoding::value::code;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Epoch, Status};
use deskbell_core::event::Origin;
use deskbell_core::id::{AccountId, DeliveryId, WebhookId};
use deskbell_core::place::Place;
use deskbell_core::time::millis;
use deskbell_core::trigger::Trigger;
use std::time::Duration;
use tokio_postgres::Row;

/// The select of deliveries, which [`read`] reads. It ends with what the rest of the statement is.
macro_rules! select {
    ($rest:literal) => {
        $crate::postgres::spot::select!(from "deliveries d", "true", $rest)
    };
    // Those that stand in three lists, the first parameters.
    (at $more:literal) => {
        $crate::postgres::spot::select!(
            from "unnest($1, $2, $3) AS u (account, event, webhook)
                  JOIN deliveries d ON d.account = u.account AND d.event = u.event AND d.webhook = u.webhook",
            $more, ""
        )
    };
    (from $from:literal, $more:literal, $rest:literal) => {
        concat!(
            "SELECT c.id, e.id, w.id, e.trigger, e.subject, e.origin, d.created, d.status, d.attempts, d.tries, d.lost, ",
            "d.manual, d.first_attempt, d.last_outcome, d.last_status, d.scheduled, d.due, d.leased, d.epoch, ",
            "d.leases, d.settled, d.away, d.account, d.event, d.webhook, ",
            $more,
            " FROM ",
            $from,
            " JOIN events e ON e.account = d.account AND e.place = d.event ",
            "JOIN webhooks w ON w.account = d.account AND w.seq = d.webhook JOIN accounts c ON c.seq = d.account ",
            $rest
        )
    };
}
pub(super) use select;

pub(super) const TABLE: Table = Table("deliveries", &["account", "event", "webhook"]);

/// Deliveries that are cancelled in one step: a few milliseconds.
const CANCELLED: i64 = 512;

/// Where a delivery stands: the numbers of its account and webhook, and its event's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Spot {
    pub(super) account: i64,
    pub(super) event: Place,
    pub(super) webhook: i64,
}

impl Spot {
    /// Of the columns `account`, `event` and `webhook`.
    pub(super) fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            account: named(row, "account")?,
            event: named(row, "event")?,
            webhook: named(row, "webhook")?,
        })
    }
}

/// The keys of some spots, a list for each column.
pub(super) struct Keys {
    pub(super) accounts: Vec<i64>,
    pub(super) events: Vec<i64>,
    pub(super) webhooks: Vec<i64>,
}

impl Keys {
    pub(super) fn of<'s>(spots: impl Iterator<Item = &'s Spot> + Clone) -> Self {
        Self {
            accounts: spots.clone().map(|spot| spot.account).collect(),
            events: spots.clone().map(|spot| spot.event).collect(),
            webhooks: spots.map(|spot| spot.webhook).collect(),
        }
    }
}

/// The numbers of the accounts, each once, in their order.
pub(super) fn accounts<'s>(spots: impl Iterator<Item = &'s Spot>) -> Vec<i64> {
    let mut accounts: Vec<i64> = spots.map(|spot| spot.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

/// The delivery of a row of [`select!`].
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
    fill(&mut columns, &mut delivery)?;
    Ok(delivery)
}

/// Takes what attempts change, from `status` on, into the delivery.
fn fill(columns: &mut Columns<'_>, delivery: &mut Delivery) -> Result<()> {
    let state = State {
        status: columns.get()?,
        attempts: columns.number()?,
        tries: columns.number()?,
        lost: columns.number()?,
        manual: columns.number()?,
        first_attempt: columns.get()?,
        last_outcome: columns.get()?,
        last_status: columns.maybe_number()?,
        scheduled: columns.get()?,
        due: columns.get()?,
        leased: columns.get()?,
        epoch: columns.get()?,
        leases: columns.get()?,
        settled: columns.get()?,
        away: columns.get()?,
    };
    state.fill(delivery).ok_or_else(|| columns.damaged("a status of an unknown number"))
}

/// The delivery at that spot.
pub(super) async fn read_at(conn: &Client, spot: Spot) -> Result<Delivery> {
    let select = select!("WHERE d.account = $1 AND d.event = $2 AND d.webhook = $3");
    read(&row(conn, select, params![spot.account, spot.event, spot.webhook]).await?)
}

/// Those of the deliveries at these spots that are there and can be read, in any order.
pub(super) async fn read_all(conn: &Client, spots: &[Spot]) -> Result<Vec<(Spot, Delivery)>> {
    let Keys { accounts, events, webhooks } = Keys::of(spots.iter());
    let found = rows(conn, select!(at "true"), params![accounts, events, webhooks]).await?;
    unreadable::all(&found, TABLE, |row| Ok((Spot::read(row)?, read(row)?)))
}

/// Where the account's delivery of that id stands.
pub(super) async fn find(conn: &Client, account: i64, id: &DeliveryId) -> Result<Option<Spot>> {
    let Some((event, webhook)) = id.pair() else { return Ok(None) };
    let select = "SELECT d.account, d.event, d.webhook FROM events e
                  JOIN webhooks w ON w.id = $2 AND w.account = e.account
                  JOIN deliveries d ON d.account = e.account AND d.event = e.place AND d.webhook = w.seq
                  WHERE e.id = $1 AND e.account = $3";
    let found = maybe_row(conn, select, params![event.as_str(), webhook.as_str(), account]).await?;
    found.as_ref().map(Spot::read).transpose()
}

/// What attempts changed in the deliveries at these spots, as far as they are there: the number in the list, and the row to
/// [`refresh`] from.
pub(super) async fn states(conn: &Client, spots: &[Spot]) -> Result<Vec<(usize, Row)>> {
    let select = "SELECT d.status, d.attempts, d.tries, d.lost, d.manual, d.first_attempt, d.last_outcome,
                  d.last_status, d.scheduled, d.due, d.leased, d.epoch, d.leases, d.settled, d.away, u.number
                  FROM unnest($1, $2, $3) WITH ORDINALITY AS u (account, event, webhook, number)
                  JOIN deliveries d ON d.account = u.account AND d.event = u.event AND d.webhook = u.webhook";
    let keys = Keys::of(spots.iter());
    let found = rows(conn, select, params![keys.accounts, keys.events, keys.webhooks]).await?;
    let numbered = |row: Row| {
        let number: i64 = named(&row, "number")?;
        let number = usize::try_from(number - 1).map_err(Fault::damaged)?;
        Ok((number, row))
    };
    found.into_iter().map(numbered).collect()
}

/// Brings what attempts change in `delivery` up to date, by a row of [`states`].
pub(super) fn refresh(row: &Row, delivery: &mut Delivery) -> Result<()> {
    fill(&mut Columns::of(row), delivery)
}

/// The columns of some states.
macro_rules! columns {
    ($states:expr, $($column:ident: $as:expr),+ $(,)?) => {
        $(let $column = $states.iter().map(|(_, state): &(Spot, State)| {
            let as_kept: fn(&State) -> _ = $as;
            as_kept(state)
        }).collect::<Vec<_>>();)+
    };
}

/// Adds new deliveries, each made at its time of `created`.
pub(super) fn insert(created: Vec<i64>, states: &[(Spot, State)]) -> Option<Statement> {
    if states.is_empty() {
        return None;
    }
    let insert = "INSERT INTO deliveries (account, event, webhook, created, status, attempts, tries, lost,
                  manual, scheduled, due, leased, epoch, leases, away)
                  SELECT account, event, webhook, created, status, 0, 0, 0, manual, scheduled, due, leased, epoch, leases, 0
                  FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                  AS u (account, event, webhook, created, status, manual, scheduled, due, leased, epoch, leases)";
    let keys = Keys::of(states.iter().map(|(spot, _)| spot));
    columns!(states, status: |state| state.status, manual: |state| i64::from(state.manual),
        scheduled: |state| state.scheduled, due: |state| state.due, leased: |state| state.leased,
        epoch: |state| state.epoch, leases: |state| state.leases);
    let Keys { accounts, events, webhooks } = keys;
    Some(statement![
        insert, accounts, events, webhooks, created, status, manual, scheduled, due, leased, epoch, leases
    ])
}

/// Stores what became of deliveries, each at most once.
pub(super) async fn update(conn: &Client, states: &[(Spot, State)]) -> Result<()> {
    match updated(states) {
        Some(update) => update.execute(conn).await.map(drop),
        None => Ok(()),
    }
}

/// The same as a statement.
pub(super) fn updated(states: &[(Spot, State)]) -> Option<Statement> {
    if states.is_empty() {
        return None;
    }
    let update = "UPDATE deliveries d SET status = u.status, attempts = u.attempts, tries = u.tries, lost = u.lost,
                  manual = u.manual, first_attempt = u.first_attempt, last_outcome = u.last_outcome,
                  last_status = u.last_status, scheduled = u.scheduled, due = u.due, leased = u.leased,
                  epoch = u.epoch, leases = u.leases, settled = u.settled, away = u.away
                  FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
                  AS u (account, event, webhook, status, attempts, tries, lost, manual, first_attempt, last_outcome,
                        last_status, scheduled, due, leased, epoch, leases, settled, away)
                  WHERE d.account = u.account AND d.event = u.event AND d.webhook = u.webhook";
    let Keys { accounts, events, webhooks } = Keys::of(states.iter().map(|(spot, _)| spot));
    columns!(states, status: |state| state.status, attempts: |state| i64::from(state.attempts),
        tries: |state| i64::from(state.tries), lost: |state| i64::from(state.lost),
        manual: |state| i64::from(state.manual), first: |state| state.first_attempt,
        outcome: |state| state.last_outcome, answer: |state| state.last_status.map(i64::from),
        scheduled: |state| state.scheduled, due: |state| state.due, leased: |state| state.leased,
        epoch: |state| state.epoch, leases: |state| state.leases, settled: |state| state.settled,
        away: |state| state.away);
    Some(statement![
        update, accounts, events, webhooks, status, attempts, tries, lost, manual, first, outcome, answer,
        scheduled, due, leased, epoch, leases, settled, away
    ])
}

/// Stores what became of a delivery, and that its webhook's queue is another one.
pub(super) async fn save(tx: &Tx<'_>, spot: Spot, delivery: &Delivery) -> Result<()> {
    tx.requeue(spot.webhook);
    update(tx.conn, &[(spot, State::of(delivery))]).await
}

/// The same of several, each at most once.
pub(super) async fn save_all(tx: &Tx<'_>, deliveries: &[(Spot, Delivery)]) -> Result<()> {
    deliveries.iter().for_each(|(spot, _)| tx.requeue(spot.webhook));
    let states: Vec<_> = deliveries.iter().map(|(spot, delivery)| (*spot, State::of(delivery))).collect();
    update(tx.conn, &states).await
}

/// Takes deliveries out of the queue for good without reading them: they, their events or the events' bytes cannot be read. What they
/// have come to before stays as it is.
pub(super) async fn set_aside(tx: &Tx<'_>, spots: &[Spot], now: Timestamp) -> Result<()> {
    spots.iter().for_each(|_| tx.outbox().tally.set_aside());
    end(tx, spots, Status::Quarantined, now).await
}

/// Takes deliveries out of the queue without a try: pending ones end as `status`, and settled ones stay what they were.
async fn end(tx: &Tx<'_>, spots: &[Spot], status: Status, now: Timestamp) -> Result<()> {
    if spots.is_empty() {
        return Ok(());
    }
    let update = "UPDATE deliveries d SET manual = 0, scheduled = NULL, due = NULL,
                  epoch = CASE WHEN leased > 0 THEN 0 ELSE epoch END, leased = 0,
                  settled = CASE WHEN status = $5 THEN $4 ELSE settled END,
                  status = CASE WHEN status = $5 THEN $6 ELSE status END
                  FROM unnest($1, $2, $3) AS u (account, event, webhook)
                  WHERE d.account = u.account AND d.event = u.event AND d.webhook = u.webhook";
    let [pending, ended] = [Status::Pending, status].map(|status| code(&Status::ALL, &status));
    let Keys { accounts, events, webhooks } = Keys::of(spots.iter());
    execute(tx.conn, update, params![accounts, events, webhooks, millis(now), pending, ended]).await?;
    spots.iter().for_each(|spot| tx.requeue(spot.webhook));
    Ok(())
}

/// [`Delivery::cancel`] for what waits for a webhook that is off, or for a part of it: then `false`, and claims go on with the
/// rest. Leased deliveries end by themselves, and a settled one that waited for a retry by hand stays what it was.
pub(super) async fn cancel_queue(tx: &Tx<'_>, webhook: i64, now: Timestamp) -> Result<bool> {
    let select = "SELECT account, event, webhook FROM deliveries
                  WHERE webhook = $1 AND due IS NOT NULL AND leased = 0 ORDER BY due, event LIMIT $2";
    let found = rows(tx.conn, select, params![webhook, CANCELLED]).await?;
    cancel(tx, webhook, &found, now).await
}

/// The same, but for samples: one may have come since the webhook was turned off, and goes to it.
pub(super) async fn cancel_rest(tx: &Tx<'_>, webhook: i64, now: Timestamp) -> Result<bool> {
    let select = "SELECT d.account, d.event, d.webhook FROM deliveries d
                  JOIN events e ON e.account = d.account AND e.place = d.event
                  WHERE d.webhook = $1 AND d.due IS NOT NULL AND d.leased = 0 AND e.origin <> $3
                  ORDER BY d.due, d.event LIMIT $2";
    let sample = code(Origin::ALL, &Origin::Sample);
    let found = rows(tx.conn, select, params![webhook, CANCELLED, sample]).await?;
    cancel(tx, webhook, &found, now).await
}

/// [`Delivery::come_forward`] for what waits for a time up to the `end` of the webhook's rest, or for a part of it: the others come by
/// then. A rest that a retry by hand prolonged left what was put off to its first end.
pub(super) async fn bring_forward(tx: &Tx<'_>, webhook: i64, end: Timestamp, now: Timestamp) -> Result<()> {
    let select = "SELECT account, event, webhook FROM deliveries
                  WHERE webhook = $1 AND due > $2 AND due <= $3 AND leased = 0 LIMIT $4";
    let found = rows(tx.conn, select, params![webhook, millis(now), millis(end), CANCELLED]).await?;
    let spots = found.iter().map(Spot::read).collect::<Result<Vec<_>>>()?;
    // One that cannot be read is set aside when it is claimed.
    let mut waiting = read_all(tx.conn, &spots).await?;
    waiting.iter_mut().for_each(|(_, delivery)| delivery.come_forward(now));
    save_all(tx, &waiting).await
}

async fn cancel(tx: &Tx<'_>, webhook: i64, found: &[Row], now: Timestamp) -> Result<bool> {
    let spots = found.iter().map(Spot::read).collect::<Result<Vec<_>>>()?;
    end(tx, &spots, Status::Cancelled, now).await?;
    let all = found.len() < usize::try_from(CANCELLED).unwrap_or(usize::MAX);
    if !all {
        tx.outbox().wake = true;
    }
    tx.requeue(webhook);
    Ok(all)
}
