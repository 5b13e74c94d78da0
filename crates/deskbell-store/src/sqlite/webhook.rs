//! Webhooks, in SQLite. Deleted ones stay as tombstones for their deliveries.

use super::SqliteStore;
use super::claim;
use super::columns::{Columns, json};
use super::delivery::{bring_forward, cancel_queue};
use super::fault::Result;
use super::history;
use super::list::List;
use super::transaction::Transaction;
use super::unreadable::{self, LeftOut, Table};
use crate::encoding::value::at as time;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::store::{self, Listing, Page, WebhookSaved, Webhooks};
use deskbell_core::time::millis;
use deskbell_core::trigger::Subscription;
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{DisableReason, Health, Revision, Status, Webhook, WebhookChange};
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) const TABLE: Table = Table("webhooks", &["id"]);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, account, name, url, events, created, secret, status, status_reason, status_at, ",
            "last_success, failures_in_a_row, rest_until, rests_in_a_row, overloads, seq FROM webhooks ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<Webhook> {
    let mut columns = Columns::of(row);
    Ok(Webhook {
        id: WebhookId::from_text(columns.get::<String>()?),
        account: AccountId::from_text(columns.get::<String>()?),
        name: columns.get()?,
        url: columns.get()?,
        events: read_events(&mut columns)?,
        created: columns.time()?,
        secret: Sealed(columns.get()?),
        status: read_status(&mut columns)?,
        health: Health {
            last_success: columns.maybe_time()?,
            failures_in_a_row: columns.get()?,
            rest_until: columns.maybe_time()?,
            rests_in_a_row: columns.get()?,
            overloads: columns.get()?,
        },
    })
}

fn read_placed(row: &Row<'_>) -> rusqlite::Result<(i64, Webhook)> {
    Ok((row.get("seq")?, read(row)?))
}

/// A name of a newer release rings nothing.
fn read_events(columns: &mut Columns<'_>) -> rusqlite::Result<Vec<Subscription>> {
    let names: Vec<String> = columns.json()?;
    Ok(names.iter().filter_map(|name| Subscription::parse(name)).collect())
}

fn read_status(columns: &mut Columns<'_>) -> rusqlite::Result<Status> {
    let status: String = columns.get()?;
    let reasons = [DisableReason::ByOwner, DisableReason::Gone, DisableReason::WindowExhausted];
    let reason = columns.maybe_name(|text| reasons.into_iter().find(|reason| reason.as_str() == text))?;
    let at = columns.maybe_time()?;
    match (status.as_str(), reason, at) {
        ("enabled", ..) => Ok(Status::Enabled),
        ("disabled", Some(reason), Some(at)) => Ok(Status::Disabled { reason, at }),
        ("deleted", _, Some(at)) => Ok(Status::Deleted { at }),
        _ => Err(columns.damaged(format!("the unknown status {status}").into())),
    }
}

fn write_status(status: &Status) -> (&'static str, Option<&'static str>, Option<i64>) {
    match status {
        Status::Enabled => ("enabled", None, None),
        Status::Disabled { reason, at } => ("disabled", Some(reason.as_str()), Some(millis(*at))),
        Status::Deleted { at } => ("deleted", None, Some(millis(*at))),
    }
}

fn write_events(webhook: &Webhook) -> rusqlite::Result<String> {
    json(&webhook.events.iter().map(|event| event.as_str()).collect::<Vec<_>>())
}

/// The number of that webhook for a filter, deleted or not: that of one which is not there finds nothing.
pub(super) fn number_or_none(conn: &Connection, id: &WebhookId) -> Result<i64> {
    Ok(number(conn, id)?.unwrap_or_default())
}

/// The number of that webhook, deleted or not.
pub(super) fn number(conn: &Connection, id: &WebhookId) -> Result<Option<i64>> {
    let select = "SELECT seq FROM webhooks WHERE id = ?1";
    Ok(conn.prepare_cached(select)?.query_row([id.as_str()], |row| row.get(0)).optional()?)
}

/// The webhook of that number, deleted or not.
pub(super) fn at(conn: &Connection, seq: i64) -> Result<Webhook> {
    Ok(conn.prepare_cached(select!("WHERE seq = ?1"))?.query_row([seq], read)?)
}

/// The account's webhook of that id, unless it is deleted.
fn find(conn: &Connection, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>> {
    let mut select =
        conn.prepare_cached(select!("WHERE id = ?1 AND account = ?2 AND status <> 'deleted'"))?;
    Ok(select.query_row((id.as_str(), account.as_str()), read).optional()?)
}

/// The account's webhooks that are not deleted and can be read, oldest first.
pub(super) fn of(conn: &Connection, account: &AccountId) -> Result<Vec<(i64, Webhook)>> {
    let mut select =
        conn.prepare_cached(select!("WHERE account = ?1 AND status <> 'deleted' ORDER BY seq"))?;
    unreadable::all(select.query([account.as_str()])?, TABLE, read_placed)
}

/// Stores what became of a webhook, and what changed; when it is no longer rung, its queue is [cancelled](cancel_queue).
pub(super) fn save(tx: &mut Transaction<'_>, seq: i64, webhook: Webhook, now: Timestamp) -> Result<()> {
    let update =
        "UPDATE webhooks SET name = ?2, url = ?3, events = coalesce(?4, events), secret = ?5, status = ?6,
                  status_reason = ?7, status_at = ?8, last_success = ?9, failures_in_a_row = ?10,
                  rest_until = ?11, rests_in_a_row = ?12, overloads = ?13 WHERE seq = ?1";
    let (status, reason, since) = write_status(&webhook.status);
    // Where its owner changes none, names of a newer release stay.
    let before = tx.webhooks.get(tx.conn, seq)?.today();
    let changed = before.events != webhook.events;
    let events = changed.then(|| write_events(&webhook)).transpose()?;
    tx.conn.prepare_cached(update)?.execute(params![
        seq,
        webhook.name,
        webhook.url,
        events,
        webhook.secret.0,
        status,
        reason,
        since,
        time(webhook.health.last_success),
        webhook.health.failures_in_a_row,
        time(webhook.health.rest_until),
        webhook.health.rests_in_a_row,
        webhook.health.overloads,
    ])?;
    match Revision::between(&before, &webhook, now) {
        Some(revision) => history::add(tx.conn, seq, &revision)?,
        None if webhook.is_deleted() => history::delete(tx.conn, seq)?,
        None => {}
    }
    let enabled = webhook.is_enabled();
    tx.outbox.changed.push(webhook.id.clone());
    tx.webhooks.put(tx.conn, seq, webhook)?;
    if enabled {
        // A change may have ended its rest.
        tx.outbox.wake = true;
        claim::settle(tx, seq)
    } else {
        cancel_queue(tx, seq, now).map(drop)
    }
}

/// Stores how a webhook does.
pub(super) fn save_health(conn: &Connection, seq: i64, health: &Health) -> Result<()> {
    let update = "UPDATE webhooks SET last_success = ?2, failures_in_a_row = ?3, rest_until = ?4,
                  rests_in_a_row = ?5, overloads = ?6 WHERE seq = ?1";
    conn.prepare_cached(update)?.execute((
        seq,
        time(health.last_success),
        health.failures_in_a_row,
        time(health.rest_until),
        health.rests_in_a_row,
        health.overloads,
    ))?;
    Ok(())
}

fn create(tx: &mut Transaction<'_>, webhook: Webhook, max: u32) -> Result<WebhookSaved> {
    let others = tx.webhooks.of(tx.conn, &webhook.account)?;
    if let Some(objection) = webhook.objection(others.iter().map(|(_, other)| &*other.webhook), max) {
        return Ok(objection);
    }
    let insert = "INSERT INTO webhooks (id, account, name, url, events, created, secret, status,
                  status_reason, status_at, last_success, failures_in_a_row, rest_until, rests_in_a_row,
                  overloads)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    let (status, reason, since) = write_status(&webhook.status);
    tx.conn.prepare_cached(insert)?.execute(params![
        webhook.id.as_str(),
        webhook.account.as_str(),
        webhook.name,
        webhook.url,
        write_events(&webhook)?,
        millis(webhook.created),
        webhook.secret.0,
        status,
        reason,
        since,
        time(webhook.health.last_success),
        webhook.health.failures_in_a_row,
        time(webhook.health.rest_until),
        webhook.health.rests_in_a_row,
        webhook.health.overloads,
    ])?;
    tx.webhooks.put(tx.conn, tx.conn.last_insert_rowid(), webhook.clone())?;
    Ok(WebhookSaved::Saved(Box::new(webhook)))
}

/// `None` while what waited when the webhook was turned off is being cancelled: it must not be sent when it is on again.
fn change(
    tx: &mut Transaction<'_>,
    account: &AccountId,
    id: &WebhookId,
    change: &WebhookChange,
    now: Timestamp,
) -> Result<Option<WebhookSaved>> {
    let Some((seq, known)) = tx.webhooks.find(tx.conn, account, id)? else {
        return Ok(Some(WebhookSaved::Unknown));
    };
    if !known.webhook.is_enabled() && !cancel_queue(tx, seq, now)? {
        return Ok(None);
    }
    let mut webhook = known.today();
    let (before, ended) = (webhook.clone(), change.ends_rest(&webhook, now));
    change.apply(&mut webhook, now);
    if webhook == before {
        return Ok(Some(WebhookSaved::Saved(Box::new(webhook))));
    }
    let others = tx.webhooks.of(tx.conn, account)?;
    if webhook.is_name_taken(others.iter().map(|(_, other)| &*other.webhook)) {
        return Ok(Some(WebhookSaved::NameTaken));
    }
    if let Some(end) = ended {
        bring_forward(tx, seq, end, now)?;
    }
    save(tx, seq, webhook.clone(), now)?;
    Ok(Some(WebhookSaved::Saved(Box::new(webhook))))
}

fn delete(tx: &mut Transaction<'_>, account: &AccountId, id: &WebhookId, now: Timestamp) -> Result<bool> {
    let Some((seq, known)) = tx.webhooks.find(tx.conn, account, id)? else { return Ok(false) };
    let mut webhook = known.today();
    webhook.delete(now);
    save(tx, seq, webhook, now)?;
    Ok(true)
}

#[async_trait]
impl Webhooks for SqliteStore {
    async fn create_webhook(&self, webhook: Webhook, max: u32) -> store::Result<WebhookSaved> {
        let account = webhook.account.clone();
        self.main.write_for(&account, move |tx| create(tx, webhook, max)).await
    }

    async fn webhook(&self, account: &AccountId, id: &WebhookId) -> store::Result<Option<Webhook>> {
        let (of, id) = (account.clone(), id.clone());
        self.main.read_for(account, move |conn| find(conn, &of, &id)).await
    }

    async fn webhooks_of(
        &self,
        account: &AccountId,
        ids: &[WebhookId],
    ) -> store::Result<Vec<Option<Webhook>>> {
        let (of, ids) = (account.clone(), ids.to_vec());
        let work = move |conn: &Connection| {
            let mut left_out = LeftOut::of(TABLE);
            let read = |id| Ok(left_out.sift(id, find(conn, &of, id))?.flatten());
            ids.iter().map(read).collect()
        };
        self.main.read_for(account, work).await
    }

    async fn webhooks(&self, account: &AccountId, page: &Page) -> store::Result<Listing<Webhook>> {
        let (of, page) = (account.clone(), page.clone());
        let work = move |conn: &Connection| {
            let cursor = "SELECT seq FROM webhooks WHERE id = ?1 AND account = ?2 AND status <> 'deleted'";
            let list =
                List::of(TABLE, select!(""), "status <> 'deleted' AND account =", of.as_str().to_owned());
            list.page(conn, &page, cursor, "seq", read, |one| one.id.as_str())
        };
        self.main.read_for(account, work).await
    }

    async fn history(&self, account: &AccountId, id: &WebhookId) -> store::Result<Vec<Revision>> {
        let (of, id) = (account.clone(), id.clone());
        self.main.read_for(account, move |conn| history::of(conn, &of, &id)).await
    }

    async fn change_webhook(
        &self,
        account: &AccountId,
        id: &WebhookId,
        with: &WebhookChange,
        now: Timestamp,
    ) -> store::Result<WebhookSaved> {
        loop {
            let (of, id, with) = (account.clone(), id.clone(), with.clone());
            let changed = self.main.write_for(account, move |tx| change(tx, &of, &id, &with, now)).await?;
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
        let (of, id) = (account.clone(), id.clone());
        self.main.write_for(account, move |tx| delete(tx, &of, &id, now)).await
    }
}
