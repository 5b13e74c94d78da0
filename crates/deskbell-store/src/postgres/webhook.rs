//! Webhooks, in PostgreSQL. Deleted ones stay as tombstones for their deliveries.

use super::PostgresStore;
use super::account::number_or_none;
use super::client::Client;
use super::fault::Result;
use super::history;
use super::known;
use super::list::List;
use super::spot::{self, cancel_queue};
use super::sql::{self, params};
use super::transaction::Tx;
use super::unreadable;
use crate::encoding::value::at as time;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::store::{self, Listing, Page, WebhookSaved, Webhooks};
use deskbell_core::time::millis;
use deskbell_core::webhook::{Revision, Webhook, WebhookChange};
use futures::FutureExt as _;
use std::collections::HashMap;

async fn create(tx: &Tx<'_>, webhook: &Webhook, max: u32) -> Result<WebhookSaved> {
    let account = tx.lock_id(&webhook.account).await?;
    let others = known::of(tx.conn, account).await?;
    if let Some(objection) = webhook.objection(others.iter().map(|other| &*other.webhook), max) {
        return Ok(objection);
    }
    let insert =
        "INSERT INTO webhooks (account, id, name, url, events, created, secret, status, status_reason,
                  status_at, last_success, failures_in_a_row, rest_until, rests_in_a_row, overloads)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let (status, reason, since) = known::write_status(&webhook.status);
    let health = &webhook.health;
    sql::execute(
        tx.conn,
        insert,
        params![
            account,
            webhook.id.as_str(),
            webhook.name,
            webhook.url,
            known::write_events(webhook)?,
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
    let Some(known) = known::find(tx.conn, account, id).await? else { return unknown() };
    if !known.webhook.is_enabled() && !cancel_queue(tx, known.seq, now).await? {
        return Ok(None);
    }
    let mut webhook = Webhook::clone(&known.webhook);
    let ended = change.ends_rest(&webhook, now);
    change.apply(&mut webhook, now);
    if webhook == *known.webhook {
        return Ok(Some(WebhookSaved::Saved(Box::new(webhook))));
    }
    let others = known::of(tx.conn, account).await?;
    if webhook.is_name_taken(others.iter().map(|other| &*other.webhook)) {
        return Ok(Some(WebhookSaved::NameTaken));
    }
    if let Some(end) = ended {
        spot::bring_forward(tx, known.seq, end, now).await?;
    }
    known::save(tx, &known, &webhook, now).await?;
    Ok(Some(WebhookSaved::Saved(Box::new(webhook))))
}

async fn delete(tx: &Tx<'_>, account: &AccountId, id: &WebhookId, now: Timestamp) -> Result<bool> {
    let Some(account) = tx.maybe_lock(account).await? else { return Ok(false) };
    let Some(known) = known::find(tx.conn, account, id).await? else { return Ok(false) };
    let mut webhook = Webhook::clone(&known.webhook);
    webhook.delete(now);
    known::save(tx, &known, &webhook, now).await?;
    Ok(true)
}

async fn list(conn: &Client, account: &AccountId, page: &Page) -> Result<Listing<Webhook>> {
    let account = number_or_none(conn, account).await?;
    let cursor = "SELECT seq FROM webhooks WHERE id = $1 AND account = $2 AND status <> 'deleted'";
    List::of(known::TABLE, known::select!(""), "w.status <> 'deleted' AND w.account =", account)
        .page(conn, page, cursor, "w.seq", known::read, |one| one.id.as_str())
        .await
}

#[async_trait]
impl Webhooks for PostgresStore {
    async fn create_webhook(&self, webhook: Webhook, max: u32) -> store::Result<WebhookSaved> {
        let account = webhook.account.clone();
        self.write_for(&account, (webhook, max), |tx, (webhook, max)| create(tx, webhook, *max).boxed()).await
    }

    async fn webhook(&self, account: &AccountId, id: &WebhookId) -> store::Result<Option<Webhook>> {
        let conn = self.read_for(account).await?;
        let select = known::select!("WHERE c.id = $1 AND w.id = $2 AND w.status <> 'deleted'");
        let row = sql::maybe_row(&conn, select, params![account.as_str(), id.as_str()]).await?;
        Ok(row.as_ref().map(known::read).transpose()?)
    }

    async fn webhooks_of(
        &self,
        account: &AccountId,
        ids: &[WebhookId],
    ) -> store::Result<Vec<Option<Webhook>>> {
        let conn = self.read_for(account).await?;
        let wanted: Vec<&str> = ids.iter().map(WebhookId::as_str).collect();
        let select = known::select!("WHERE c.id = $1 AND w.id = ANY($2) AND w.status <> 'deleted'");
        let rows = sql::rows(&conn, select, params![account.as_str(), wanted]).await?;
        let found: HashMap<WebhookId, Webhook> = unreadable::all(&rows, known::TABLE, known::read)?
            .into_iter()
            .map(|webhook| (webhook.id.clone(), webhook))
            .collect();
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    async fn webhooks(&self, account: &AccountId, page: &Page) -> store::Result<Listing<Webhook>> {
        self.snapshot_for(account, (account.clone(), page.clone()), |conn, (account, page)| {
            list(conn, account, page).boxed()
        })
        .await
    }

    async fn history(&self, account: &AccountId, id: &WebhookId) -> store::Result<Vec<Revision>> {
        let conn = self.read_for(account).await?;
        Ok(history::of(&conn, account, id).await?)
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
        self.write_for(account, input, |tx, (account, id, now)| delete(tx, account, id, *now).boxed()).await
    }
}
