//! How webhooks and the whole store do, in PostgreSQL.

use super::PostgresStore;
use super::account::number_or_none;
use super::client::Client;
use super::columns::{Columns, named};
use super::fault::Result;
use super::known;
use super::pause::paused;
use super::quarter;
use super::sql::{self, params};
use super::throughput;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::policy::limit::{QUEUE_COUNTED, WAITING_COUNTED, WATCHED_WEBHOOKS};
use deskbell_core::store::{self, Condition, Statistics, Tenant, Unready};
use deskbell_core::throughput::Throughput;
use deskbell_core::time::millis;
use deskbell_core::webhook::{Quarter, Record, Waiting, Webhook};
use futures::FutureExt as _;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

async fn records(
    conn: &Client,
    account: &AccountId,
    webhooks: &[WebhookId],
    since: Timestamp,
) -> Result<Vec<Record>> {
    let account = number_or_none(conn, account).await?;
    let select = "SELECT id, seq FROM webhooks WHERE account = $1 AND id = ANY ($2) AND status <> 'deleted'";
    let ids: Vec<&str> = webhooks.iter().map(WebhookId::as_str).collect();
    let rows = sql::rows(conn, select, params![account, ids]).await?;
    let numbers = rows.iter().map(|row| Ok((named(row, "id")?, named(row, "seq")?)));
    let numbers = numbers.collect::<Result<HashMap<&str, i64>>>()?;
    let all: Vec<i64> = numbers.values().copied().collect();
    let mut quarters = quarter::since(conn, &all, since).await?;
    let mut waiting = waiting(conn, &all).await?;
    let mut record = |number: &i64| Record {
        quarters: quarters.remove(number).unwrap_or_default(),
        waiting: waiting.remove(number).unwrap_or_default(),
    };
    Ok(ids.iter().map(|id| numbers.get(id).map(&mut record).unwrap_or_default()).collect())
}

/// What waits for each of the webhooks, counted among the first of its queue. What is pending without a schedule is a sample.
async fn waiting(conn: &Client, webhooks: &[i64]) -> Result<HashMap<i64, Waiting>> {
    // What a machine holds has no place in the queue.
    let select = "SELECT w.seq, q.count + h.count, q.in_flight + h.count, q.tried + h.tried, q.again + h.again, greatest(q.most, h.most), q.next
                  FROM unnest($1) AS w (seq)
                  CROSS JOIN LATERAL (SELECT count(*), count(*) FILTER (WHERE leased > 0) AS in_flight,
                                             count(*) FILTER (WHERE attempts > 0 AND status = 0) AS tried,
                                             count(*) FILTER (WHERE status > 0) AS again,
                                             coalesce(max(attempts) FILTER (WHERE status = 0), 0) AS most,
                                             min(due) FILTER (WHERE leased = 0) AS next
                                      FROM (SELECT leased, attempts, due, status, scheduled FROM deliveries
                                            WHERE webhook = w.seq AND due IS NOT NULL ORDER BY due LIMIT $2) d
                                      WHERE status > 0 OR scheduled IS NOT NULL) q
                  CROSS JOIN LATERAL (SELECT count(*), count(*) FILTER (WHERE attempts > 0 AND status = 0) AS tried,
                                             count(*) FILTER (WHERE status > 0) AS again,
                                             coalesce(max(attempts) FILTER (WHERE status = 0), 0) AS most
                                      FROM deliveries WHERE webhook = w.seq AND leased > 0 AND due IS NULL
                                      AND (status > 0 OR scheduled IS NOT NULL)) h";
    let rows = sql::rows(conn, select, params![webhooks, i64::from(WAITING_COUNTED)]).await?;
    let read = |row| {
        let mut columns = Columns::of(row);
        let webhook = columns.number()?;
        let waiting = Waiting {
            count: columns.count()?,
            in_flight: columns.count()?,
            tried: columns.count()?,
            again: columns.count()?,
            most_attempts: columns.number()?,
            next: columns.maybe_time()?,
        };
        Ok((webhook, waiting))
    };
    rows.iter().map(read).collect()
}

async fn watched(
    conn: &Client,
    since: Timestamp,
    disabled_since: Timestamp,
    limit: u32,
) -> Result<Vec<(Webhook, Vec<Quarter>)>> {
    let select = "SELECT webhook FROM quarters WHERE start >= $1
                  UNION SELECT seq FROM webhooks WHERE rest_until IS NOT NULL AND status = 'enabled'
                  UNION SELECT seq FROM webhooks
                        WHERE status = 'disabled' AND status_reason <> 'by_owner' AND status_at >= $2
                  ORDER BY 1 LIMIT $3";
    let rows =
        sql::rows(conn, select, params![millis(since), millis(disabled_since), i64::from(limit)]).await?;
    let numbers = rows.iter().map(|row| named(row, "webhook")).collect::<Result<Vec<i64>>>()?;
    let mut quarters = quarter::since(conn, &numbers, since).await?;
    let webhooks = known::all_at(conn, &numbers).await?;
    let watched = |known: known::Known| {
        let quarters = quarters.remove(&known.seq).unwrap_or_default();
        (Arc::unwrap_or_clone(known.webhook), quarters)
    };
    Ok(webhooks.into_iter().map(watched).collect())
}

/// Deliveries in the queue, leased ones too.
const QUEUED: &str = "(SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE due IS NOT NULL LIMIT $2) q)
                      + (SELECT count(*) FROM deliveries WHERE leased > 0 AND due IS NULL)";

/// The first due time of the enabled webhooks that do not rest, looked for among the first webhooks that have something queued.
/// Retries by hand are due since the epoch: their age says nothing.
const OLDEST: &str = "(SELECT min(f.due) FROM (SELECT webhook FROM queues ORDER BY webhook LIMIT $3) q
                       JOIN webhooks w ON w.seq = q.webhook AND w.status = 'enabled' AND w.rest_until IS NULL
                       CROSS JOIN LATERAL (SELECT min(due) AS due FROM deliveries
                                           WHERE webhook = q.webhook AND due > 0) f)";

async fn condition(conn: &Client, now: Timestamp) -> Result<Condition> {
    let select = format!(
        "SELECT {QUEUED}, {OLDEST}, (SELECT count(*) FROM accounts),
         (SELECT count(*) FROM webhooks WHERE status = 'enabled'),
         (SELECT count(*) FROM webhooks WHERE rest_until IS NOT NULL AND rest_until > $1 AND status = 'enabled'),
         pg_database_size(current_database()), pg_total_relation_size('captures')"
    );
    let row =
        sql::row(conn, &select, params![millis(now), i64::from(QUEUE_COUNTED), i64::from(WATCHED_WEBHOOKS)])
            .await?;
    let mut columns = Columns::of(&row);
    let condition = Condition {
        queued: columns.count()?,
        oldest_due: columns.maybe_time()?.filter(|due| *due <= now),
        accounts: columns.count()?,
        webhooks: columns.count()?,
        resting: columns.count()?,
        paused: paused(conn).await?,
        ..Condition::default()
    };
    let (all, tester_bytes) = (columns.count()?, columns.count()?);
    Ok(Condition { database_bytes: all.saturating_sub(tester_bytes), tester_bytes, ..condition })
}

async fn tenants(conn: &Client, accounts: &[AccountId]) -> Result<Vec<Tenant>> {
    let select = "SELECT a.id, a.email,
                         (SELECT count(*) FROM webhooks WHERE account = a.seq AND status <> 'deleted' AND status = 'enabled')
                  FROM unnest($1) WITH ORDINALITY AS j (id, key) JOIN accounts a ON a.id = j.id ORDER BY j.key";
    let ids: Vec<&str> = accounts.iter().map(AccountId::as_str).collect();
    let rows = sql::rows(conn, select, params![ids]).await?;
    let read = |row| {
        let mut columns = Columns::of(row);
        let account = AccountId::from_text(columns.get::<&str>()?);
        Ok(Tenant { account, email: columns.get()?, webhooks: columns.count()? })
    };
    rows.iter().map(read).collect()
}

#[async_trait]
impl Statistics for PostgresStore {
    async fn records(
        &self,
        account: &AccountId,
        webhooks: &[WebhookId],
        since: Timestamp,
    ) -> store::Result<Vec<Record>> {
        let input = (account.clone(), webhooks.to_vec(), since);
        self.snapshot_for(account, input, |conn, (account, webhooks, since)| {
            records(conn, account, webhooks, *since).boxed()
        })
        .await
    }

    async fn watched_webhooks(
        &self,
        since: Timestamp,
        disabled_since: Timestamp,
        limit: u32,
    ) -> store::Result<Vec<(Webhook, Vec<Quarter>)>> {
        let input = (since, disabled_since, limit);
        self.snapshot(input, |conn, (since, off, limit)| watched(conn, *since, *off, *limit).boxed()).await
    }

    async fn tenants(&self, accounts: &[AccountId]) -> store::Result<Vec<Tenant>> {
        Ok(tenants(&*self.read().await?, accounts).await?)
    }

    async fn unready(&self) -> Option<Unready> {
        self.why_unready().await
    }

    async fn add_throughput(&self, more: &Throughput) -> store::Result<()> {
        self.write(more.clone(), |tx, more| throughput::add(tx.conn, more).boxed()).await
    }

    async fn throughput(&self, since: Timestamp, span: Duration) -> store::Result<Vec<Throughput>> {
        Ok(throughput::since(&*self.read().await?, since, span).await?)
    }

    async fn condition(&self, now: Timestamp) -> store::Result<Condition> {
        Ok(condition(&*self.read().await?, now).await?)
    }
}
