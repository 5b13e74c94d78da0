//! Quotas, in SQLite. What is kept of an account is a row, which moves with its events: the tables take in many of them at a time, and it
//! is written once for each account then. The writer remembers the row, and adds what the tables do not have yet.

use super::SqliteStore;
use super::columns::Columns;
use super::fault::Result;
use super::transaction::Transaction;
use super::unreadable::{LeftOut, Table};
use async_trait::async_trait;
use deskbell_core::event::NewEvent;
use deskbell_core::id::AccountId;
use deskbell_core::place::Place;
use deskbell_core::quota::{Full, Keeper, Kept, UNBOUNDED, holds_for};
use deskbell_core::store::{self, Quotas};
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::Ordering;

/// Whose events are not counted, where some of them cannot be read.
const TABLE: Table = Table("accounts", &["seq"]);

/// Accounts whose row is remembered, before all are looked up again.
const REMEMBERED: usize = 100_000;

/// Bytes of events, by account.
pub(super) type Bytes = HashMap<i64, u64>;

/// What the writer remembers.
#[derive(Default)]
pub(super) struct Memory {
    /// The quota of the instance, once it was told.
    instance: Option<u64>,
    /// What the tables have.
    rows: HashMap<i64, Kept>,
}

impl Memory {
    /// The tables have been changed by others, or are as they were before.
    pub(super) fn forget(&mut self) {
        self.rows.clear();
    }

    /// The account's row is being changed, which may be taken back.
    pub(super) fn forget_one(&mut self, account: i64) {
        self.rows.remove(&account);
    }

    /// The tables have taken that in.
    pub(super) fn taken_in(&mut self, more: &Bytes) {
        for (account, bytes) in more {
            if let Some(row) = self.rows.get_mut(account) {
                row.bytes = row.bytes.saturating_add(*bytes);
            }
        }
    }
}

/// What keeps events of the account, of so many bytes together, out; `new` is the last of them. What is pending is counted.
pub(super) fn refusal(
    tx: &mut Transaction<'_>,
    account: i64,
    new: &NewEvent,
    more: usize,
) -> Result<Option<Full>> {
    let Some(instance) = tx.kept.instance.filter(|_| holds_for(&new.event)) else { return Ok(None) };
    let row = match tx.kept.rows.get(&account) {
        Some(row) => *row,
        None => look(tx, account)?,
    };
    let bytes = row.bytes.saturating_add(tx.pending.bytes(account));
    Ok(Kept { bytes, ..row }.refusal(more as u64, instance))
}

/// The account's row. What a transaction has written of it is not remembered before it is committed.
fn look(tx: &mut Transaction<'_>, account: i64) -> Result<Kept> {
    let mut row = read(tx.conn, account)?;
    if tx.tables.have_changed()? {
        // They may have come to have just now what is pending as well.
        tx.bring_home(None)?;
        row = read(tx.conn, account)?;
    }
    if !tx.outbox.begun {
        if tx.kept.rows.len() >= REMEMBERED {
            tx.kept.forget();
        }
        tx.kept.rows.insert(account, row);
    }
    Ok(row)
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT coalesce(k.bytes, 0), a.quota, coalesce(k.counted < k.upto, 0)
             FROM accounts a LEFT JOIN kept k ON k.account = a.seq ",
            $rest
        )
    };
}

fn read_kept(columns: &mut Columns<'_>) -> rusqlite::Result<Kept> {
    let quota = |own: i64| u64::try_from(own).unwrap_or_default();
    Ok(Kept {
        bytes: columns.count()?,
        own: columns.get::<Option<i64>>()?.map(quota),
        is_partial: columns.get()?,
    })
}

fn read(conn: &Connection, account: i64) -> Result<Kept> {
    let read = |row: &Row<'_>| read_kept(&mut Columns::of(row));
    let found = conn.prepare_cached(select!("WHERE a.seq = ?1"))?.query_row([account], read).optional()?;
    Ok(found.unwrap_or_default())
}

/// Adds what is kept more to the rows of the accounts.
pub(super) fn add(conn: &Connection, more: &Bytes) -> Result<()> {
    let add = "INSERT INTO kept (account, bytes, counted, upto) VALUES (?1, ?2, 0, 0)
               ON CONFLICT (account) DO UPDATE SET bytes = bytes + ?2";
    for (account, bytes) in more {
        conn.prepare_cached(add)?.execute((account, bytes.cast_signed()))?;
    }
    Ok(())
}

/// Bytes of events that are deleted by a step, by account, as far as they were counted.
#[derive(Default)]
pub(super) struct Freed(HashMap<i64, (Range<Place>, u64)>);

impl Freed {
    /// An event of that place has so many bytes less.
    pub(super) fn note(&mut self, conn: &Connection, account: i64, place: Place, bytes: u64) -> Result<()> {
        let (uncounted, freed) = match self.0.entry(account) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => new.insert((uncounted(conn, account)?, 0)),
        };
        if !uncounted.contains(&place) {
            *freed += bytes;
        }
        Ok(())
    }

    /// Takes it off the accounts' rows.
    pub(super) fn take_off(&self, tx: &mut Transaction<'_>) -> Result<()> {
        let take = "UPDATE kept SET bytes = max(0, bytes - ?2) WHERE account = ?1";
        for (account, (_, bytes)) in &self.0 {
            tx.kept.forget_one(*account);
            tx.conn.prepare_cached(take)?.execute((account, bytes.cast_signed()))?;
        }
        Ok(())
    }
}

/// The places of the account's events that are not counted yet.
fn uncounted(conn: &Connection, account: i64) -> Result<Range<Place>> {
    let select = "SELECT counted + 1, upto + 1 FROM kept WHERE account = ?1";
    let read = |row: &Row<'_>| Ok(row.get(0)?..row.get(1)?);
    Ok(conn.prepare_cached(select)?.query_row([account], read).optional()?.unwrap_or(0..0))
}

/// Events of an account that are counted together.
struct Older {
    account: i64,
    /// Behind this place.
    behind: Place,
    /// Up to this one.
    upto: Place,
    /// Their bytes.
    bytes: u64,
}

/// The next ones that are not counted. To be read twice: what was read once is in memory, and the writer has it at once.
fn older(conn: &Connection, rows: u32) -> Result<Option<Older>> {
    let first = "SELECT account, counted, upto FROM kept INDEXED BY kept_partial WHERE counted < upto
                 ORDER BY account LIMIT 1";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let first: Option<(i64, Place, Place)> = conn.prepare_cached(first)?.query_row([], read).optional()?;
    let Some((account, behind, all)) = first else { return Ok(None) };
    let next = "SELECT place, length(body) FROM events INDEXED BY events_account
                WHERE account = ?1 AND place > ?2 AND place <= ?3 ORDER BY place LIMIT ?4";
    let mut next = conn.prepare_cached(next)?;
    let mut next = next.query((account, behind, all, rows))?;
    let (mut count, mut upto, mut bytes) = (0, behind, 0);
    while let Some(row) = next.next()? {
        count += 1;
        upto = row.get(0)?;
        bytes += u64::from(row.get::<_, u32>(1)?);
    }
    Ok(Some(Older { account, behind, upto: if count < rows { all } else { upto }, bytes }))
}

/// Counts the next ones.
fn count(tx: &mut Transaction<'_>, rows: u32) -> Result<bool> {
    let Some(Older { account, behind, upto, bytes }) = older(tx.conn, rows)? else { return Ok(false) };
    tx.kept.forget_one(account);
    let count = "UPDATE kept SET bytes = bytes + ?4, counted = ?3 WHERE account = ?1 AND counted = ?2";
    tx.conn.prepare_cached(count)?.execute((account, behind, upto, bytes.cast_signed()))?;
    Ok(true)
}

/// Leaves the events of the next account uncounted, for they cannot be read; gives its number.
fn pass_over(tx: &mut Transaction<'_>) -> Result<i64> {
    tx.kept.forget();
    let update =
        "UPDATE kept SET counted = upto WHERE account = (SELECT account FROM kept INDEXED BY kept_partial
                  WHERE counted < upto ORDER BY account LIMIT 1) RETURNING account";
    Ok(tx.conn.prepare_cached(update)?.query_row([], |row| row.get(0))?)
}

/// A quota as it is kept.
pub(super) fn column(own: Option<u64>) -> Option<i64> {
    own.map(|bytes| bytes.min(UNBOUNDED).cast_signed())
}

#[async_trait]
impl Quotas for SqliteStore {
    async fn set_quota(&self, bytes: u64) -> store::Result<()> {
        let work = move |tx: &mut Transaction<'_>| {
            tx.kept.instance = Some(bytes);
            Ok(())
        };
        self.main.step(work).await?;
        self.quota.store(bytes, Ordering::Relaxed);
        Ok(())
    }

    fn quota(&self) -> u64 {
        self.quota.load(Ordering::Relaxed)
    }

    async fn set_own_quota(&self, account: &AccountId, own: Option<u64>) -> store::Result<bool> {
        let of = account.clone();
        let work = move |tx: &mut Transaction<'_>| {
            tx.kept.forget();
            let set = "UPDATE accounts SET quota = ?2 WHERE id = ?1";
            Ok(tx.conn.prepare_cached(set)?.execute((of.as_str(), column(own)))? > 0)
        };
        self.main.write_for(account, work).await
    }

    async fn kept(&self, account: &AccountId) -> store::Result<Kept> {
        let of = account.clone();
        let work = move |conn: &Connection| {
            let read = |row: &Row<'_>| read_kept(&mut Columns::of(row));
            let mut select = conn.prepare_cached(select!("WHERE a.id = ?1"))?;
            Ok(select.query_row([of.as_str()], read).optional()?.unwrap_or_default())
        };
        self.main.read_for(account, work).await
    }

    async fn fullest(&self, limit: u32) -> store::Result<Vec<Keeper>> {
        let instance = self.quota();
        let work = move |conn: &Connection| {
            let fullest = "SELECT k.bytes, a.quota, k.counted < k.upto, a.id, a.email FROM kept k
                           CROSS JOIN accounts a ON a.seq = k.account WHERE k.bytes > 0
                           ORDER BY CAST(k.bytes AS REAL) / max(1, coalesce(a.quota, ?1)) DESC, a.seq LIMIT ?2";
            let read = |row: &Row<'_>| {
                let mut columns = Columns::of(row);
                let kept = read_kept(&mut columns)?;
                let account = AccountId::from_text(columns.get::<String>()?);
                Ok(Keeper { account, email: columns.get()?, kept })
            };
            let mut select = conn.prepare_cached(fullest)?;
            let rows = select.query_map((instance.min(UNBOUNDED).cast_signed(), limit), read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        };
        self.main.read(work).await
    }

    async fn count_older(&self, rows: u32) -> store::Result<bool> {
        // The pages come into memory while the writer does other work.
        match self.main.read(move |conn| older(conn, rows)).await {
            Ok(None) => Ok(false),
            Ok(Some(_)) => self.main.write(move |tx| count(tx, rows)).await,
            Err(error @ store::Error::Damaged(_)) => {
                let account = self.main.write(pass_over).await?;
                LeftOut::of(TABLE).sift::<()>(account, Err(error.into()))?;
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }
}
