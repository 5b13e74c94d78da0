//! Quotas, in PostgreSQL. What is kept of an account stands beside its lock, which every step that accepts or deletes its events reads and
//! writes anyway: so it is exact, whichever machines do that.

use super::PostgresStore;
use super::client::Client;
use super::columns::{Columns, named};
use super::fault::Result;
use super::sql::{self, params};
use super::transaction::{Keeping, Tx};
use super::unreadable::{LeftOut, Table};
use async_trait::async_trait;
use deskbell_core::id::AccountId;
use deskbell_core::place::Place;
use deskbell_core::quota::{Keeper, Kept, UNBOUNDED};
use deskbell_core::store::{self, Quotas};
use futures::FutureExt as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// Whose events are not counted, where some of them cannot be read.
const TABLE: Table = Table("accounts", &["seq"]);

/// The quota of the instance, as this process was told.
#[derive(Debug)]
pub(super) struct InstanceQuota(AtomicU64);

impl Default for InstanceQuota {
    fn default() -> Self {
        Self(AtomicU64::new(UNBOUNDED))
    }
}

impl InstanceQuota {
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts about so many of an account's events that are not counted yet.
async fn count(tx: &Tx<'_>, account: i64, rows: u32) -> Result<()> {
    tx.lock(&[account]).await?;
    let (behind, upto) = tx.keeping(account, |keeping| keeping.uncounted())?;
    let next = "SELECT count(*), coalesce(max(place), 0)::bigint, coalesce(sum(size), 0)::bigint FROM
                (SELECT place, octet_length(body) AS size FROM events
                 WHERE account = $1 AND place > $2 AND place <= $3 ORDER BY place LIMIT $4) n";
    let row = sql::row(tx.conn, next, params![account, behind, upto, i64::from(rows)]).await?;
    let mut columns = Columns::of(&row);
    let (count, last, bytes): (u64, Place, i64) = (columns.count()?, columns.get()?, columns.get()?);
    let counted = if count < u64::from(rows) { upto } else { last };
    let update = "UPDATE places SET bytes = bytes + $3, counted = $2 WHERE account = $1";
    sql::execute(tx.conn, update, params![account, counted, bytes]).await.map(drop)
}

/// Leaves the rest of the account's events uncounted, for they cannot be read.
async fn pass_over(tx: &Tx<'_>, account: i64) -> Result<()> {
    tx.lock(&[account]).await?;
    let update = "UPDATE places SET counted = upto WHERE account = $1";
    sql::execute(tx.conn, update, params![account]).await.map(drop)
}

/// The first account of which not all is counted.
async fn partial(conn: &Client) -> Result<Option<i64>> {
    let first = "SELECT account FROM places WHERE counted < upto ORDER BY account LIMIT 1";
    sql::maybe_row(conn, first, params![]).await?.map(|row| named(&row, "account")).transpose()
}

async fn set_own(tx: &Tx<'_>, account: &AccountId, own: Option<u64>) -> Result<bool> {
    let set = "UPDATE accounts SET quota = $2 WHERE id = $1";
    Ok(sql::execute(tx.conn, set, params![account.as_str(), column(own)]).await? > 0)
}

/// A quota as it is kept.
pub(super) fn column(own: Option<u64>) -> Option<i64> {
    own.map(|bytes| bytes.min(UNBOUNDED).cast_signed())
}

#[async_trait]
impl Quotas for PostgresStore {
    async fn set_quota(&self, bytes: u64) -> store::Result<()> {
        self.database.quota.0.store(bytes, Ordering::Relaxed);
        Ok(())
    }

    fn quota(&self) -> u64 {
        self.database.quota.bytes()
    }

    async fn set_own_quota(&self, account: &AccountId, own: Option<u64>) -> store::Result<bool> {
        let input = (account.clone(), own);
        self.write_for(account, input, |tx, (account, own)| set_own(tx, account, *own).boxed()).await
    }

    async fn kept(&self, account: &AccountId) -> store::Result<Kept> {
        let conn = self.read_for(account).await?;
        let select =
            "SELECT p.bytes, p.counted, p.upto, a.quota FROM accounts a JOIN places p ON p.account = a.seq
                      WHERE a.id = $1";
        let row = sql::maybe_row(&conn, select, params![account.as_str()]).await?;
        let kept = row.map(|row| Keeping::read(&mut Columns::of(&row))).transpose()?;
        Ok(kept.map(|keeping| keeping.kept).unwrap_or_default())
    }

    async fn fullest(&self, limit: u32) -> store::Result<Vec<Keeper>> {
        let conn = self.read().await?;
        let select = "SELECT p.bytes, p.counted, p.upto, a.quota, a.id, a.email FROM places p
                      JOIN accounts a ON a.seq = p.account WHERE p.bytes > 0
                      ORDER BY p.bytes::float8 / greatest(1, coalesce(a.quota, $1)) DESC, a.seq LIMIT $2";
        let instance = self.quota().min(UNBOUNDED).cast_signed();
        let rows = sql::rows(&conn, select, params![instance, i64::from(limit)]).await?;
        let keeper = |row| {
            let mut columns = Columns::of(row);
            let kept = Keeping::read(&mut columns)?.kept;
            let account = AccountId::from_text(columns.get::<&str>()?);
            Ok(Keeper { account, email: columns.get()?, kept })
        };
        Ok(rows.iter().map(keeper).collect::<Result<Vec<_>>>()?)
    }

    async fn count_older(&self, rows: u32) -> store::Result<bool> {
        let conn = self.read().await?;
        let Some(account) = partial(&conn).await? else { return Ok(false) };
        drop(conn);
        let counted =
            self.write((account, rows), |tx, (account, rows)| count(tx, *account, *rows).boxed()).await;
        if let Err(error @ store::Error::Damaged(_)) = counted {
            self.write(account, |tx, account| pass_over(tx, *account).boxed()).await?;
            LeftOut::of(TABLE).sift::<()>(account, Err(error.into()))?;
            return Ok(true);
        }
        counted.map(|()| true)
    }
}
