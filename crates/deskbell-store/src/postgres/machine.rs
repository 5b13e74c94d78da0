//! Machines, in PostgreSQL: their epochs, and the end of these. A row of `machines` is there for as long as its epoch goes on, and then
//! until nothing is held by it any more; its beats are the only lease.

use super::PostgresStore;
use super::client::Client;
use super::columns::named;
use super::fault::Result;
use super::numbers::KnownNumbers;
use super::spot::{self, Keys, Spot};
use super::sql::{execute, exists, params, row, rows};
use super::transaction::Tx;
use crate::encoding::value::count;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Epoch;
use deskbell_core::store::{self, Hands};
use deskbell_core::time::{from_millis, millis};
use futures::FutureExt as _;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Deliveries that are taken over in one transaction.
const STEP: usize = 1_000;

/// What this machine has joined as.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub(super) epoch: Epoch,
    pub(super) hands: Arc<Hands>,
}

/// How far a machine has come with looking at webhooks that are due, when there are more than one claim looks at.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Behind this one the next look begins.
    pub(super) cut: Option<i64>,
    /// Ready webhooks that were looked at since anything was handed out.
    pub(super) barren: usize,
}

/// This machine, once it has joined.
#[derive(Debug, Default)]
pub(super) struct Joined {
    machine: Mutex<Option<Machine>>,
    /// Where its next look for what is due begins.
    pub(super) look: Mutex<Look>,
    order: tokio::sync::Mutex<()>,
    line: Mutex<Option<oneshot::Receiver<()>>>,
    /// The webhooks whose deliveries it ended last.
    pub(super) numbers: KnownNumbers,
}

impl Joined {
    pub(super) fn machine(&self) -> Option<Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, machine: Option<Machine>) {
        *self.machine.lock().unwrap_or_else(PoisonError::into_inner) = machine;
    }

    /// Held from before a commit until it has its [place in line](Self::stand), so that places are in the order of the commits.
    pub(super) async fn order(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.order.lock().await
    }

    /// A place in line, behind those who have one.
    pub(super) fn stand(&self) -> InLine {
        let (next, behind) = oneshot::channel();
        let before = self.line.lock().unwrap_or_else(PoisonError::into_inner).replace(behind);
        InLine { before, _next: next }
    }
}

/// A place in the line of what goes out. Whoever is next goes when it is dropped.
#[derive(Debug)]
pub(super) struct InLine {
    before: Option<oneshot::Receiver<()>>,
    _next: oneshot::Sender<()>,
}

impl InLine {
    /// Waits until those before are through.
    pub(super) async fn turn(&mut self) {
        if let Some(before) = self.before.take() {
            // They drop it.
            let _ = before.await;
        }
    }
}

/// Whether the epoch goes on. If it does, nobody ends it before the transaction is over.
pub(super) async fn lasts(conn: &Client, epoch: Epoch) -> Result<bool> {
    let select = "SELECT 1 FROM machines WHERE epoch = $1 AND ended IS NULL FOR KEY SHARE";
    exists(conn, select, params![count(epoch.0)]).await
}

/// Since when there has been a machine without a pause. Without a beat until `now`, nobody was there.
pub(super) async fn there_since(conn: &Client, now: Timestamp) -> Result<Timestamp> {
    let select = "SELECT CASE WHEN EXISTS (SELECT 1 FROM machines WHERE ended IS NULL AND until > $1)
                  THEN since ELSE $1 END AS since FROM presence";
    named(&row(conn, select, params![millis(now)]).await?, "since").map(from_millis)
}

async fn be_there(conn: &Client, now: Timestamp) -> Result<()> {
    let update = "UPDATE presence SET since = $1
                  WHERE NOT EXISTS (SELECT 1 FROM machines WHERE ended IS NULL AND until > $1)";
    execute(conn, update, params![millis(now)]).await.map(drop)
}

async fn begin(conn: &Client, now: Timestamp, until: Timestamp) -> Result<Epoch> {
    be_there(conn, now).await?;
    let insert = "INSERT INTO machines (began, until) VALUES ($1, $2) RETURNING epoch";
    let epoch: i64 = named(&row(conn, insert, params![millis(now), millis(until)]).await?, "epoch")?;
    Ok(Epoch(u64::try_from(epoch).unwrap_or_default()))
}

async fn beat(conn: &Client, epoch: Epoch, now: Timestamp, until: Timestamp) -> Result<bool> {
    be_there(conn, now).await?;
    let update = "UPDATE machines SET until = $2 WHERE epoch = $1 AND ended IS NULL";
    Ok(execute(conn, update, params![count(epoch.0), millis(until)]).await? > 0)
}

/// Ends the epoch, once nothing is under way that relies on it.
async fn end(conn: &Client, epoch: Epoch, now: Timestamp) -> Result<()> {
    exists(conn, "SELECT 1 FROM machines WHERE epoch = $1 FOR UPDATE", params![count(epoch.0)]).await?;
    let update = "UPDATE machines SET ended = $2 WHERE epoch = $1 AND ended IS NULL";
    execute(conn, update, params![count(epoch.0), millis(now)]).await.map(drop)
}

/// Ends the epochs of others whose beats are overdue.
async fn end_overdue(conn: &Client, own: Epoch, now: Timestamp) -> Result<()> {
    let overdue = "SELECT epoch FROM machines WHERE epoch <> $1 AND ended IS NULL AND until <= $2
                   ORDER BY epoch FOR UPDATE";
    let overdue = rows(conn, overdue, params![count(own.0), millis(now)]).await?;
    if overdue.is_empty() {
        return Ok(());
    }
    let epochs = overdue.iter().map(|row| named(row, "epoch")).collect::<Result<Vec<i64>>>()?;
    let update = "UPDATE machines SET ended = $2 WHERE epoch = ANY($1) AND ended IS NULL AND until <= $2";
    execute(conn, update, params![epochs, millis(now)]).await.map(drop)
}

/// Makes due what is held in epochs that have ended, at most `limit`; gives how many there were.
async fn take_over(tx: &Tx<'_>, now: Timestamp, limit: i64) -> Result<usize> {
    let held = "SELECT d.account, d.event, d.webhook FROM machines m CROSS JOIN LATERAL
                (SELECT account, event, webhook FROM deliveries d WHERE d.epoch = m.epoch AND d.leased > 0 LIMIT $1) d
                WHERE m.ended IS NOT NULL ORDER BY m.epoch LIMIT $1";
    let held = rows(tx.conn, held, params![limit]).await?;
    let spots = held.iter().map(Spot::read).collect::<Result<Vec<_>>>()?;
    if spots.is_empty() {
        let forget = "DELETE FROM machines m WHERE m.ended IS NOT NULL
                      AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.epoch = m.epoch AND d.leased > 0)";
        execute(tx.conn, forget, params![]).await?;
        return Ok(0);
    }
    tx.lock(&spot::accounts(spots.iter())).await?;
    let update =
        "UPDATE deliveries d SET due = $4, epoch = 0 FROM unnest($1, $2, $3) AS s (account, event, webhook),
                  machines m WHERE d.account = s.account AND d.event = s.event AND d.webhook = s.webhook
                  AND d.leased > 0 AND m.epoch = d.epoch AND m.ended IS NOT NULL";
    let Keys { accounts, events, webhooks } = Keys::of(spots.iter());
    execute(tx.conn, update, params![accounts, events, webhooks, millis(now)]).await?;
    spots.iter().for_each(|spot| tx.requeue(spot.webhook));
    Ok(spots.len())
}

impl PostgresStore {
    /// A machine has one epoch at a time: the one before, if it has not ended, ends.
    pub(super) async fn begin_epoch(
        &self,
        hands: Arc<Hands>,
        now: Timestamp,
        until: Timestamp,
    ) -> store::Result<Epoch> {
        // Whether there was a machine is asked before the one before ends.
        let epoch = self.write((now, until), |tx, (now, until)| begin(tx.conn, *now, *until).boxed()).await?;
        let before = self.joined.machine();
        self.joined.set(Some(Machine { epoch, hands }));
        if let Some(before) = before {
            self.end_epoch(before.epoch, now).await?;
        }
        Ok(epoch)
    }

    pub(super) async fn prolong_epoch(
        &self,
        epoch: Epoch,
        now: Timestamp,
        until: Timestamp,
    ) -> store::Result<bool> {
        self.write((epoch, now, until), |tx, (epoch, now, until)| beat(tx.conn, *epoch, *now, *until).boxed())
            .await
    }

    pub(super) async fn leave_epoch(&self, epoch: Epoch, now: Timestamp) -> store::Result<()> {
        if self.joined.machine().is_some_and(|machine| machine.epoch == epoch) {
            self.joined.set(None);
        }
        self.end_epoch(epoch, now).await
    }

    async fn end_epoch(&self, epoch: Epoch, now: Timestamp) -> store::Result<()> {
        self.write((epoch, now), |tx, (epoch, now)| end(tx.conn, *epoch, *now).boxed()).await?;
        while self.take_over_some(now, STEP).await? > 0 {}
        Ok(())
    }

    pub(super) async fn take_over_all(
        &self,
        own: Epoch,
        now: Timestamp,
        limit: usize,
    ) -> store::Result<usize> {
        self.write((own, now), |tx, (own, now)| end_overdue(tx.conn, *own, *now).boxed()).await?;
        self.take_over_some(now, limit).await
    }

    async fn take_over_some(&self, now: Timestamp, limit: usize) -> store::Result<usize> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.write((now, limit), |tx, (now, limit)| take_over(tx, *now, *limit).boxed()).await
    }
}
