//! Webhooks, in PostgreSQL. Deleted ones stay as tombstones for their deliveries.

use super::PostgresStore;
use super::account::number_or_none;
use super::columns::{Columns, json, named};
use super::delivery::cancel_queue;
use super::fault::Result;
use super::list::List;
use super::sql::{self, params};
use super::transaction::Tx;
use super::unreadable::{self, Table};
use crate::encoding::value::at as time;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::store::{self, Listing, Page, WebhookSaved, Webhooks};
use deskbell_core::time::millis;
use deskbell_core::trigger::Subscription;
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{DisableReason, Health, Status, Webhook, WebhookChange};
use futures::FutureExt as _;
use tokio_postgres::{Client, Row};

pub(super) const TABLE: Table = Table("webhooks", &["seq"]);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT w.id, c.id, w.name, w.url, w.events, w.created, w.secret, w.status, w.status_reason, ",
            "w.status_at, w.last_success, w.failures_in_a_row, w.rest_until, w.rests_in_a_row, w.overloads, ",
            "w.seq FROM webhooks w JOIN accounts c ON c.seq = w.account ",
            $rest
        )
    };
}

/// A webhook with its number.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) number: i64,
    pub(super) webhook: Webhook,
}

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

fn read_known(row: &Row) -> Result<Known> {
    Ok(Known { number: named(row, "seq")?, webhook: read(row)? })
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
        _ => Err(columns.damaged(format!("the unknown status {status}"))),
    }
}

fn write_status(status: &Status) -> (&'static str, Option<&'static str>, Option<i64>) {
    match status {
        Status::Enabled => ("enabled", None, None),
        Status::Disabled { reason, at } => ("disabled", Some(reason.as_str()), Some(millis(*at))),
        Status::Deleted { at } => ("deleted", None, Some(millis(*at))),
    }
}

fn write_events(webhook: &Webhook) -> Result<String> {
    json(&webhook.events.iter().map(|event| event.as_str()).collect::<Vec<_>>())
}

/// The number of the account's webhook for a filter, deleted or not: that of one which is not there finds nothing.
pub(super) async fn number(conn: &Client, account: i64, id: &WebhookId) -> Result<i64> {
    let select = "SELECT seq FROM webhooks WHERE account = $1 AND id = $2";
    let row = sql::maybe_row(conn, select, params![account, id.as_str()]).await?;
    row.map_or(Ok(0), |row| named(&row, "seq"))
}

/// The account's webhook of that number, deleted or not.
pub(super) async fn at(conn: &Client, account: i64, number: i64) -> Result<Webhook> {
    let select = select!("WHERE w.account = $1 AND w.seq = $2");
    read(&sql::row(conn, select, params![account, number]).await?)
}

/// The webhooks of these numbers that can be read, deleted or not, in their order.
pub(super) async fn of_numbers(conn: &Client, numbers: &[i64]) -> Result<Vec<Known>> {
    let select = select!("WHERE w.seq = ANY ($1) ORDER BY w.seq");
    unreadable::all(&sql::rows(conn, select, params![numbers]).await?, TABLE, read_known)
}

/// The account's webhooks that are not deleted and can be read, oldest first.
pub(super) async fn of(conn: &Client, account: i64) -> Result<Vec<Known>> {
    let select = select!("WHERE w.account = $1 AND w.status <> 'deleted' ORDER BY w.seq");
    unreadable::all(&sql::rows(conn, select, params![account]).await?, TABLE, read_known)
}

/// The account's webhook of that id, unless it is deleted.
async fn find(conn: &Client, account: i64, id: &WebhookId) -> Result<Option<Known>> {
    let select = select!("WHERE w.account = $1 AND w.id = $2 AND w.status <> 'deleted'");
    let row = sql::maybe_row(conn, select, params![account, id.as_str()]).await?;
    row.as_ref().map(read_known).transpose()
}

/// Stores what became of a webhook that was `before`; when it is no longer rung, its queue is [cancelled](cancel_queue).
pub(super) async fn save(
    tx: &Tx<'_>,
    number: i64,
    before: &Webhook,
    webhook: &Webhook,
    now: Timestamp,
) -> Result<()> {
    let update = "UPDATE webhooks SET name = $2, url = $3, events = coalesce($4, events), secret = $5, status = $6,
                  status_reason = $7, status_at = $8, last_success = $9, failures_in_a_row = $10, rest_until = $11,
                  rests_in_a_row = $12, overloads = $13 WHERE seq = $1";
    let (status, reason, since) = write_status(&webhook.status);
    // Where its owner changes none, names of a newer release stay.
    let events = (before.events != webhook.events).then(|| write_events(webhook)).transpose()?;
    let health = &webhook.health;
    sql::execute(
        tx.conn,
        update,
        params![
            number,
            webhook.name,
            webhook.url,
            events,
            webhook.secret.0,
            status,
            reason,
            since,
            time(health.last_success),
            i64::from(health.failures_in_a_row),
            time(health.rest_until),
            i64::from(health.rests_in_a_row),
            i64::from(health.overloads),
        ],
    )
    .await?;
    tx.outbox().changed.push(webhook.id.clone());
    // A change may have ended its rest.
    tx.requeue(number);
    tx.outbox().wake = true;
    if !webhook.is_enabled() {
        cancel_queue(tx, number, now).await?;
    }
    Ok(())
}

async fn create(tx: &Tx<'_>, webhook: &Webhook, max: u32) -> Result<WebhookSaved> {
    let account = tx.lock_id(&webhook.account).await?;
    let others = of(tx.conn, account).await?;
    if let Some(objection) = webhook.objection(others.iter().map(|other| &other.webhook), max) {
        return Ok(objection);
    }
    let insert =
        "INSERT INTO webhooks (account, id, name, url, events, created, secret, status, status_reason,
                  status_at, last_success, failures_in_a_row, rest_until, rests_in_a_row, overloads)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let (status, reason, since) = write_status(&webhook.status);
    let health = &webhook.health;
    sql::execute(
        tx.conn,
        insert,
        params![
            account,
            webhook.id.as_str(),
            webhook.name,
            webhook.url,
            write_events(webhook)?,
            millis(webhook.created),
            webhook.secret.0,
            status,
            reason,
            since,
            time(health.last_success),
            i64::from(health.failures_in_a_row),
            time(health.rest_until),
            i64::from(health.rests_in_a_row),
            i64::from(health.overloads),
        ],
    )
    .await?;
    Ok(WebhookSaved::Saved(Box::new(webhook.clone())))
}

/// `None` while what waited when the webhook was turned off is being cancelled: it must not be sent when it is on again.
async fn change(
    tx: &Tx<'_>,
    account: &AccountId,
    id: &WebhookId,
    change: &WebhookChange,
    now: Timestamp,
) -> Result<Option<WebhookSaved>> {
    let unknown = || Ok(Some(WebhookSaved::Unknown));
    let Some(account) = tx.maybe_lock(account).await? else { return unknown() };
    let Some(known) = find(tx.conn, account, id).await? else { return unknown() };
    if !known.webhook.is_enabled() && !cancel_queue(tx, known.number, now).await? {
        return Ok(None);
    }
    let mut webhook = known.webhook.clone();
    change.apply(&mut webhook, now);
    let others = of(tx.conn, account).await?;
    if webhook.is_name_taken(others.iter().map(|other| &other.webhook)) {
        return Ok(Some(WebhookSaved::NameTaken));
    }
    save(tx, known.number, &known.webhook, &webhook, now).await?;
    Ok(Some(WebhookSaved::Saved(Box::new(webhook))))
}

async fn delete(tx: &Tx<'_>, account: &AccountId, id: &WebhookId, now: Timestamp) -> Result<bool> {
    let Some(account) = tx.maybe_lock(account).await? else { return Ok(false) };
    let Some(known) = find(tx.conn, account, id).await? else { return Ok(false) };
    let mut webhook = known.webhook.clone();
    webhook.delete(now);
    save(tx, known.number, &known.webhook, &webhook, now).await?;
    Ok(true)
}

async fn list(conn: &Client, account: &AccountId, page: &Page) -> Result<Listing<Webhook>> {
    let account = number_or_none(conn, account).await?;
    let cursor = "SELECT seq FROM webhooks WHERE id = $1 AND account = $2 AND status <> 'deleted'";
    List::of(TABLE, select!(""), "w.status <> 'deleted' AND w.account =", account)
        .page(conn, page, cursor, "w.seq", read, |one| one.id.as_str())
        .await
}

#[async_trait]
impl Webhooks for PostgresStore {
    async fn create_webhook(&self, webhook: Webhook, max: u32) -> store::Result<WebhookSaved> {
        self.write((webhook, max), |tx, (webhook, max)| create(tx, webhook, *max).boxed()).await
    }

    async fn webhook(&self, account: &AccountId, id: &WebhookId) -> store::Result<Option<Webhook>> {
        let conn = self.read().await?;
        let select = select!("WHERE c.id = $1 AND w.id = $2 AND w.status <> 'deleted'");
        let row = sql::maybe_row(&conn, select, params![account.as_str(), id.as_str()]).await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    async fn webhooks(&self, account: &AccountId, page: &Page) -> store::Result<Listing<Webhook>> {
        self.snapshot((account.clone(), page.clone()), |conn, (account, page)| {
            list(conn, account, page).boxed()
        })
        .await
    }

    async fn change_webhook(
        &self,
        account: &AccountId,
        id: &WebhookId,
        with: &WebhookChange,
        now: Timestamp,
    ) -> store::Result<WebhookSaved> {
        loop {
            let input = (account.clone(), id.clone(), with.clone(), now);
            let changed = self
                .write(input, |tx, (account, id, with, now)| change(tx, account, id, with, *now).boxed())
                .await?;
            if let Some(saved) = changed {
                return Ok(saved);
            }
        }
    }

    async fn delete_webhook(
        &self,
        account: &AccountId,
        id: &WebhookId,
        now: Timestamp,
    ) -> store::Result<bool> {
        let input = (account.clone(), id.clone(), now);
        self.write(input, |tx, (account, id, now)| delete(tx, account, id, *now).boxed()).await
    }
}
