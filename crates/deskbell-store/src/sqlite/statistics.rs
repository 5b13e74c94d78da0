//! How webhooks and the whole store do, in SQLite.

use super::SqliteStore;
use super::fault::Result;
use super::pause::paused;
use super::unreadable::LeftOut;
use super::{quarter, throughput, webhook};
use crate::encoding::value::at;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::policy::limit::{QUEUE_COUNTED, WAITING_COUNTED, WATCHED_WEBHOOKS};
use deskbell_core::store::{self, Condition, Statistics, Tenant, Unready};
use deskbell_core::throughput::Throughput;
use deskbell_core::time::{from_millis, millis};
use deskbell_core::webhook::{Quarter, Record, Waiting, Webhook};
use rusqlite::{Connection, OptionalExtension};
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

fn record(conn: &Connection, account: &AccountId, id: &WebhookId, since: Timestamp) -> Result<Record> {
    let place = "SELECT seq FROM webhooks WHERE id = ?1 AND account = ?2 AND status <> 'deleted'";
    let place = conn.prepare_cached(place)?.query_row((id.as_str(), account.as_str()), |row| row.get(0));
    let Some(seq) = place.optional()? else { return Ok(Record::default()) };
    Ok(Record { quarters: quarter::since(conn, seq, since)?, waiting: waiting(conn, seq)? })
}

/// What waits for the webhook, counted among the first of its queue. What is pending without a schedule is a sample.
fn waiting(conn: &Connection, webhook: i64) -> Result<Waiting> {
    let select = "SELECT count(*), coalesce(sum(leased > 0), 0), coalesce(sum(attempts > 0 AND status = 0), 0),
                  coalesce(sum(status > 0), 0), coalesce(max(iif(status = 0, attempts, 0)), 0), min(iif(leased > 0, NULL, due))
                  FROM (SELECT leased, attempts, due, status, scheduled FROM deliveries INDEXED BY deliveries_queue
                        WHERE webhook = ?1 AND due IS NOT NULL ORDER BY due LIMIT ?2)
                  WHERE status > 0 OR scheduled IS NOT NULL";
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    // What a machine holds has no place in the queue.
    let held = "SELECT count(*), coalesce(sum(attempts > 0 AND status = 0), 0), coalesce(sum(status > 0), 0),
                coalesce(max(iif(status = 0, attempts, 0)), 0)
                FROM deliveries INDEXED BY deliveries_held WHERE leased > 0 AND webhook = ?1 AND due IS NULL
                AND (status > 0 OR scheduled IS NOT NULL)";
    let held = conn.prepare_cached(held)?.query_row([webhook], |row| {
        let count = number(row.get(0)?);
        let (tried, again, most_attempts) = (number(row.get(1)?), number(row.get(2)?), row.get(3)?);
        Ok(Waiting { count, in_flight: count, tried, again, most_attempts, next: None })
    })?;
    let waiting = conn.prepare_cached(select)?.query_row((webhook, WAITING_COUNTED), |row| {
        Ok(Waiting {
            count: number(row.get(0)?) + held.count,
            in_flight: number(row.get(1)?) + held.in_flight,
            tried: number(row.get(2)?) + held.tried,
            again: number(row.get(3)?) + held.again,
            most_attempts: held.most_attempts.max(row.get(4)?),
            next: row.get::<_, Option<i64>>(5)?.map(from_millis),
        })
    })?;
    Ok(waiting)
}

fn watched(
    conn: &Connection,
    since: Timestamp,
    disabled_since: Timestamp,
    limit: u32,
) -> Result<Vec<(Webhook, Vec<Quarter>)>> {
    let select = "SELECT webhook FROM quarters INDEXED BY quarters_start WHERE start >= ?1
                  UNION SELECT seq FROM webhooks INDEXED BY webhooks_resting
                        WHERE rest_until IS NOT NULL AND status = 'enabled'
                  UNION SELECT seq FROM webhooks INDEXED BY webhooks_off
                        WHERE status = 'disabled' AND status_reason <> 'by_owner' AND status_at >= ?2
                  ORDER BY 1 LIMIT ?3";
    let mut select = conn.prepare_cached(select)?;
    let places = select.query_map((millis(since), millis(disabled_since), limit), |row| row.get(0))?;
    let places: Vec<i64> = places.collect::<rusqlite::Result<_>>()?;
    let (mut watched, mut left_out) = (Vec::with_capacity(places.len()), LeftOut::of(webhook::TABLE));
    for seq in places {
        if let Some(webhook) = left_out.sift(format_args!("seq {seq}"), webhook::at(conn, seq))? {
            watched.push((webhook, quarter::since(conn, seq, since)?));
        }
    }
    Ok(watched)
}

/// Deliveries in the queue, leased ones too.
pub(super) fn queued(conn: &Connection) -> rusqlite::Result<u64> {
    let queued = "SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_queue
                                        WHERE due IS NOT NULL LIMIT ?1)";
    let held = "SELECT count(*) FROM deliveries INDEXED BY deliveries_held WHERE leased > 0 AND due IS NULL";
    let queued: i64 = conn.prepare_cached(queued)?.query_row([QUEUE_COUNTED], |row| row.get(0))?;
    let held: i64 = conn.prepare_cached(held)?.query_row([], |row| row.get(0))?;
    Ok(u64::try_from(queued.saturating_add(held)).unwrap_or_default())
}

fn condition(conn: &Connection, now: Timestamp) -> Result<Condition> {
    let accounts = "SELECT count(*) FROM accounts";
    let enabled = "SELECT count(*) FROM webhooks WHERE status = 'enabled'";
    let resting = "SELECT count(*) FROM webhooks INDEXED BY webhooks_resting
                   WHERE rest_until IS NOT NULL AND rest_until > ?1 AND status = 'enabled'";
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    let accounts: i64 = conn.prepare_cached(accounts)?.query_row([], |row| row.get(0))?;
    let webhooks: i64 = conn.prepare_cached(enabled)?.query_row([], |row| row.get(0))?;
    let resting: i64 = conn.prepare_cached(resting)?.query_row([at(Some(now))], |row| row.get(0))?;
    Ok(Condition {
        queued: queued(conn)?,
        oldest_due: oldest(conn)?.filter(|due| *due <= now),
        accounts: number(accounts),
        webhooks: number(webhooks),
        resting: number(resting),
        paused: paused(conn)?,
        ..Condition::default()
    })
}

/// The first due time of the enabled webhooks that do not rest, looked for among the first webhooks that have something
/// queued. Retries by hand are due since the epoch: their age says nothing.
fn oldest(conn: &Connection) -> Result<Option<Timestamp>> {
    let mut next = conn.prepare_cached(
        "SELECT webhook FROM deliveries INDEXED BY deliveries_queue
         WHERE due IS NOT NULL AND webhook > ?1 ORDER BY webhook, due LIMIT 1",
    )?;
    let mut first = conn.prepare_cached(
        "SELECT (SELECT min(due) FROM deliveries INDEXED BY deliveries_queue
                 WHERE webhook = w.seq AND due IS NOT NULL AND due > 0)
         FROM webhooks w WHERE w.seq = ?1 AND w.status = 'enabled' AND w.rest_until IS NULL",
    )?;
    let (mut oldest, mut behind) = (None::<i64>, 0i64);
    for _ in 0..WATCHED_WEBHOOKS {
        let Some(webhook) = next.query_row([behind], |row| row.get(0)).optional()? else { break };
        behind = webhook;
        let due: Option<i64> = first.query_row([webhook], |row| row.get(0)).optional()?.flatten();
        oldest = [oldest, due].into_iter().flatten().min();
    }
    Ok(oldest.map(from_millis))
}

fn tenant(conn: &Connection, account: &AccountId) -> Result<Option<Tenant>> {
    // The index leaves deleted webhooks out, of which an account may have had any number.
    let select = "SELECT email, (SELECT count(*) FROM webhooks INDEXED BY webhooks_name
                                 WHERE account = ?1 AND status <> 'deleted' AND status = 'enabled')
                  FROM accounts WHERE id = ?1";
    let tenant = conn.prepare_cached(select)?.query_row([account.as_str()], |row| {
        let webhooks = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
        Ok(Tenant { account: account.clone(), email: row.get(0)?, webhooks })
    });
    Ok(tenant.optional()?)
}

/// Bytes of a database file and of its write-ahead log.
fn bytes(path: &Path) -> u64 {
    let log = OsString::from_iter([path.as_os_str(), "-wal".as_ref()]);
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    size(path).saturating_add(size(Path::new(&log)))
}

#[async_trait]
impl Statistics for SqliteStore {
    async fn records(
        &self,
        account: &AccountId,
        webhooks: &[WebhookId],
        since: Timestamp,
    ) -> store::Result<Vec<Record>> {
        let (of, webhooks) = (account.clone(), webhooks.to_vec());
        self.main
            .read_for(account, move |conn| webhooks.iter().map(|id| record(conn, &of, id, since)).collect())
            .await
    }

    async fn watched_webhooks(
        &self,
        since: Timestamp,
        disabled_since: Timestamp,
        limit: u32,
    ) -> store::Result<Vec<(Webhook, Vec<Quarter>)>> {
        self.main.read(move |conn| watched(conn, since, disabled_since, limit)).await
    }

    async fn tenants(&self, accounts: &[AccountId]) -> store::Result<Vec<Tenant>> {
        let accounts = accounts.to_vec();
        let work = move |conn: &Connection| {
            accounts.iter().filter_map(|account| tenant(conn, account).transpose()).collect()
        };
        self.main.read(work).await
    }

    async fn unready(&self) -> Option<Unready> {
        self.main.unready().await
    }

    async fn add_throughput(&self, more: &Throughput) -> store::Result<()> {
        let more = more.clone();
        self.main.write(move |tx| throughput::add(tx.conn, &more)).await
    }

    async fn throughput(&self, since: Timestamp, span: Duration) -> store::Result<Vec<Throughput>> {
        self.main.read(move |conn| throughput::since(conn, since, span)).await
    }

    async fn condition(&self, now: Timestamp) -> store::Result<Condition> {
        let [main, tester] = self.paths.clone();
        let work = move |conn: &Connection| {
            let condition = condition(conn, now)?;
            Ok(Condition { database_bytes: bytes(&main), tester_bytes: bytes(&tester), ..condition })
        };
        self.main.read(work).await
    }
}
