//! Webhooks, as the queue knows them: read under their account's lock, they are as they are now.

use super::client::Client;
use super::columns::{Columns, json, named};
use super::fault::Result;
use super::history;
use super::spot;
use super::sql::{Statement, execute, maybe_row, params, row, rows, statement};
use super::transaction::Tx;
use super::unreadable::{self, Table};
use crate::encoding::value::at as time;
use deskbell_core::Timestamp;
use deskbell_core::event::NewEvent;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::policy::matching;
use deskbell_core::time::from_millis;
use deskbell_core::trigger::Subscription;
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{DisableReason, Health, Revision, Status, Webhook};
use std::sync::Arc;
use tokio_postgres::Row;

pub(super) const TABLE: Table = Table("webhooks", &["seq"]);

/// The select of webhooks, which [`read`] reads. It ends with what the rest of the statement is.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT w.id, c.id, w.name, w.url, w.events, w.created, w.secret, w.status, w.status_reason, w.status_at, ",
            "w.last_success, w.failures_in_a_row, w.rest_until, w.rests_in_a_row, w.overloads, w.seq, w.account, ",
            "q.due FROM webhooks w JOIN accounts c ON c.seq = w.account LEFT JOIN queues q ON q.webhook = w.seq ",
            $rest
        )
    };
}
pub(super) use select;

/// A webhook with what stands around it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) seq: i64,
    /// Its account's number.
    pub(super) account: i64,
    pub(super) webhook: Arc<Webhook>,
    /// When the first of its queue is due.
    pub(super) due: Option<Timestamp>,
}

impl Known {
    pub(super) fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            seq: named(row, "seq")?,
            account: named(row, "account")?,
            webhook: Arc::new(read(row)?),
            due: named::<Option<i64>>(row, "due")?.map(from_millis),
        })
    }

    /// Whether something of the webhook is due at `now`, so that what is new has to wait behind it.
    pub(super) fn is_waiting(&self, now: Timestamp) -> bool {
        self.due.is_some_and(|due| due <= now)
    }
}

/// The webhook of a row of [`select!`].
pub(super) fn read(row: &Row) -> Result<Webhook> {
    let mut columns = Columns::of(row);
    Ok(Webhook {
        id: WebhookId::from_text(columns.get::<&str>()?),
        account: AccountId::from_text(columns.get::<&str>()?),
        name: columns.get()?,
        url: columns.get()?,
        events: read_events(&mut columns)?,
        created: columns.time()?,
        secret: Sealed(columns.get()?),
        status: read_status(&mut columns)?,
        health: Health {
            last_success: columns.maybe_time()?,
            failures_in_a_row: columns.number()?,
            rest_until: columns.maybe_time()?,
            rests_in_a_row: columns.number()?,
            overloads: columns.number()?,
        },
    })
}

/// A name of a newer release rings nothing.
fn read_events(columns: &mut Columns<'_>) -> Result<Vec<Subscription>> {
    let names: Vec<String> = columns.json()?;
    Ok(names.iter().filter_map(|name| Subscription::parse(name)).collect())
}

fn read_status(columns: &mut Columns<'_>) -> Result<Status> {
    let status: &str = columns.get()?;
    let reasons = [DisableReason::ByOwner, DisableReason::Gone, DisableReason::WindowExhausted];
    let reason = columns.maybe_name(|text| reasons.into_iter().find(|reason| reason.as_str() == text))?;
    let at = columns.maybe_time()?;
    match (status, reason, at) {
        ("enabled", ..) => Ok(Status::Enabled),
        ("disabled", Some(reason), Some(at)) => Ok(Status::Disabled { reason, at }),
        ("deleted", _, Some(at)) => Ok(Status::Deleted { at }),
        _ => Err(columns.damaged(format_args!("the unknown status {status}"))),
    }
}

/// A status as it is kept: its name, the reason, and since when.
pub(super) fn write_status(status: &Status) -> (&'static str, Option<&'static str>, Option<i64>) {
    match status {
        Status::Enabled => ("enabled", None, None),
        Status::Disabled { reason, at } => ("disabled", Some(reason.as_str()), time(Some(*at))),
        Status::Deleted { at } => ("deleted", None, time(Some(*at))),
    }
}

/// The subscriptions as they are kept.
pub(super) fn write_events(webhook: &Webhook) -> Result<String> {
    json(&webhook.events.iter().map(|event| event.as_str()).collect::<Vec<_>>())
}

/// The number of the account's webhook for a filter, deleted or not: that of one which is not there finds nothing.
pub(super) async fn number(conn: &Client, account: i64, id: &WebhookId) -> Result<i64> {
    let select = "SELECT seq FROM webhooks WHERE account = $1 AND id = $2";
    let found = maybe_row(conn, select, params![account, id.as_str()]).await?;
    found.map_or(Ok(0), |row| named(&row, "seq"))
}

/// The number of that webhook for a filter, deleted or not: that of one which is not there finds nothing.
pub(super) async fn number_or_none(conn: &Client, id: &WebhookId) -> Result<i64> {
    let found = maybe_row(conn, "SELECT seq FROM webhooks WHERE id = $1", params![id.as_str()]).await?;
    found.map_or(Ok(0), |row| named(&row, "seq"))
}

/// The webhook of that number, deleted or not.
pub(super) async fn at(conn: &Client, seq: i64) -> Result<Known> {
    Known::read(&row(conn, select!("WHERE w.seq = $1"), params![seq]).await?)
}

/// Those of these numbers that can be read, deleted or not, in their order.
pub(super) async fn all_at(conn: &Client, seqs: &[i64]) -> Result<Vec<Known>> {
    let mut known = sift(&rows(conn, select!("WHERE w.seq = ANY($1)"), params![seqs]).await?)?;
    known.sort_by_key(|known| known.seq);
    Ok(known)
}

/// Those of these ids that can be read, in any order.
pub(super) async fn all_of_ids(conn: &Client, ids: &[&str]) -> Result<Vec<Known>> {
    sift(&rows(conn, select!("WHERE w.id = ANY($1)"), params![ids]).await?)
}

/// The account's webhook of that id, unless it is deleted.
pub(super) async fn find(conn: &Client, account: i64, id: &WebhookId) -> Result<Option<Known>> {
    let select = select!("WHERE w.account = $1 AND w.id = $2 AND w.status <> 'deleted'");
    let found = maybe_row(conn, select, params![account, id.as_str()]).await?;
    found.as_ref().map(Known::read).transpose()
}

/// The account's webhooks that are not deleted and can be read, oldest first.
pub(super) async fn of(conn: &Client, account: i64) -> Result<Vec<Known>> {
    let select = select!("WHERE w.account = $1 AND w.status <> 'deleted' ORDER BY w.seq");
    sift(&rows(conn, select, params![account]).await?)
}

fn sift(rows: &[Row]) -> Result<Vec<Known>> {
    unreadable::all(rows, TABLE, Known::read)
}

/// Those that the new event is owed to.
pub(super) fn owed<'k>(known: &'k [Known], new: &NewEvent) -> impl Iterator<Item = &'k Known> {
    known.iter().filter(move |known| matching::is_owed(new, &known.webhook))
}

/// Stores what became of a webhook, and what changed, under its account's lock; when it is no longer rung, its queue is [cancelled](spot::cancel_queue).
pub(super) async fn save(tx: &Tx<'_>, before: &Known, webhook: &Webhook, now: Timestamp) -> Result<()> {
    let update =
        "UPDATE webhooks SET name = $2, url = $3, events = coalesce($4, events), secret = $5, status = $6,
                  status_reason = $7, status_at = $8, last_success = $9, failures_in_a_row = $10,
                  rest_until = $11, rests_in_a_row = $12, overloads = $13 WHERE seq = $1";
    let (status, reason, since) = write_status(&webhook.status);
    // Where its owner changes none, names of a newer release stay.
    let changed = before.webhook.events != webhook.events;
    let events = changed.then(|| write_events(webhook)).transpose()?;
    let Webhook { name, url, secret, health, .. } = webhook;
    let (success, rest) = (time(health.last_success), time(health.rest_until));
    let [failures, rests, overloads] = counts(health);
    let row = params![
        before.seq, name, url, events, secret.0, status, reason, since, success, failures, rest, rests,
        overloads
    ];
    execute(tx.conn, update, row).await?;
    match Revision::between(&before.webhook, webhook, now) {
        Some(revision) => history::add(tx.conn, before.seq, &revision).await?,
        None if webhook.is_deleted() => history::delete(tx.conn, before.seq).await?,
        None => {}
    }
    {
        let mut outbox = tx.outbox();
        outbox.changed.push(webhook.id.clone());
        outbox.notice.webhooks.add(webhook.id.as_str());
    }
    if webhook.is_enabled() {
        // A change may have ended its rest.
        tx.outbox().wake = true;
        tx.requeue(before.seq);
        Ok(())
    } else {
        spot::cancel_queue(tx, before.seq, now).await.map(drop)
    }
}

fn counts(health: &Health) -> [i64; 3] {
    [health.failures_in_a_row, health.rests_in_a_row, health.overloads].map(i64::from)
}

/// Stores how webhooks do.
pub(super) fn save_health(healths: &[(i64, Health)]) -> Option<Statement> {
    if healths.is_empty() {
        return None;
    }
    let update =
        "UPDATE webhooks w SET last_success = u.success, failures_in_a_row = u.failures, rest_until = u.rest,
                  rests_in_a_row = u.rests, overloads = u.overloads
                  FROM unnest($1, $2, $3, $4, $5, $6) AS u (seq, success, failures, rest, rests, overloads)
                  WHERE w.seq = u.seq";
    let seqs: Vec<i64> = healths.iter().map(|(seq, _)| *seq).collect();
    let times = |of: fn(&Health) -> Option<Timestamp>| {
        healths.iter().map(|(_, health)| time(of(health))).collect::<Vec<_>>()
    };
    let counts = |at: usize| healths.iter().map(|(_, health)| counts(health)[at]).collect::<Vec<_>>();
    let (success, rest) = (times(|health| health.last_success), times(|health| health.rest_until));
    let (failures, rests, overloads) = (counts(0), counts(1), counts(2));
    Some(statement![update, seqs, success, failures, rest, rests, overloads])
}
