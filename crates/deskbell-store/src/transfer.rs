//! Transfer: a store in SQLite's files moves to a PostgreSQL database, table by table, in batches. It may be killed at any point and
//! goes on where it was; and it ends only when both sides have the same rows, counted and summed.

pub(crate) mod batch;
pub(crate) mod tables;
pub(crate) mod value;

#[cfg(feature = "memory")]
pub use tables::transferred;

pub use crate::postgres::transfer::Taken;

use crate::postgres::DatabaseError;
use crate::postgres::transfer::{Begun, Come, Stopped, Target};
use crate::sqlite::CopyError;
use crate::sqlite::transfer::Source;
use deskbell_core::Timestamp;
use deskbell_core::store;
use std::path::Path;
use std::sync::Arc;
use tables::{TABLES, Table};
use tokio::sync::mpsc::channel;
use tokio::task::spawn_blocking;
use value::Sum;

/// A transfer that is to be made, or to go on.
#[derive(Debug, Clone, Copy)]
pub struct Transfer<'p> {
    /// The main file of the store. No server may run on it.
    pub from: &'p Path,
    /// The URL of the database.
    pub to: &'p str,
    /// Rows of one transaction at most; it has 4 MiB at most too.
    pub rows: usize,
    /// Now.
    pub now: Timestamp,
}

impl Transfer<'_> {
    /// Rows of one transaction.
    pub const ROWS: usize = 2_000;
}

/// How far a transfer is.
#[derive(Debug, Clone, Copy)]
pub enum Moving {
    /// So much is in the database.
    Copied {
        /// The table that is being copied.
        table: &'static str,
        /// Rows that were looked at, of all tables.
        rows: u64,
        /// Rows that were looked at before this run.
        before: u64,
        /// All rows.
        of: u64,
        /// About how many bytes the rows have that are in the database.
        bytes: u64,
    },
    /// What depends on all of it is worked out.
    Closing,
    /// Both sides are being compared.
    Compared {
        /// Rows of the database that were read, of all tables.
        rows: u64,
        /// All rows.
        of: u64,
    },
}

/// Who is told of progress.
type Told<'t> = &'t mut (dyn FnMut(Moving) + Send);

/// A table on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub table: &'static str,
    /// Rows in the files.
    pub source_rows: u64,
    /// Rows in the database.
    pub target_rows: u64,
    /// Rows that cannot be kept in the database.
    pub left_out: u64,
    /// The first of them by their keys, with why.
    pub named: Vec<String>,
    /// Of the rows in the files that can be kept: the sum of the first 8 bytes of each row's SHA-256.
    pub source_sum: u64,
    /// Of the rows in the database.
    pub target_sum: u64,
}

impl Compared {
    /// Whether all that can be kept is there, and nothing else.
    pub fn is_equal(&self) -> bool {
        self.source_rows == self.target_rows + self.left_out && self.source_sum == self.target_sum
    }
}

/// A transfer that has ended.
#[derive(Debug, Clone)]
pub struct Transferred {
    /// When it began first.
    pub began: Timestamp,
    /// Each table.
    pub tables: Vec<Compared>,
}

/// There is no transfer, or a part of one.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The files cannot be read.
    #[error(transparent)]
    Source(#[from] CopyError),
    /// The database does not open.
    #[error(transparent)]
    Target(#[from] DatabaseError),
    /// The database has something else.
    #[error("nothing was copied into the database: {0}")]
    Taken(#[from] Taken),
    /// All was there before.
    #[error("it was copied before, all of it, and that ended {}: there is nothing left to do", deskbell_core::time::wire(*.0))]
    Ended(Timestamp),
    /// Another process makes the same.
    #[error("another process copies the same")]
    Beside,
    /// The database fails.
    #[error("the database: {0}; the same command goes on from here")]
    Store(#[from] store::Error),
    /// The sides differ.
    #[error("the database has other rows than the files: {}. Do not use it; begin anew with an empty database", tables.join(", "))]
    Different {
        /// The tables in which they do.
        tables: Vec<String>,
        /// All tables.
        compared: Vec<Compared>,
    },
}

impl From<Stopped> for TransferError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Taken(taken) => taken.into(),
            Stopped::Beside => Self::Beside,
            Stopped::Store(error) => Self::Store(error),
        }
    }
}

/// Makes the transfer, or goes on with one that was stopped at whatever point. The store in the database is then
/// [paused](store::Pause), has the same master key, and holds nothing in any machine's hands. To be called in a runtime of several threads.
///
/// # Errors
/// [`TransferError`].
pub async fn transfer(plan: &Transfer<'_>, told: Told<'_>) -> Result<Transferred, TransferError> {
    let from = plan.from.to_owned();
    let source = Arc::new(blocking(move || Source::open(&from)).await??);
    let origin = source.begin().await?;
    let target = Target::open(plan.to).await?;
    let begun = target.begin(&origin, plan.now).await?;
    if let Some(ended) = begun.ended {
        return Err(TransferError::Ended(ended));
    }
    let run = Run { source, target, began: deskbell_core::time::millis(begun.began), rows: plan.rows.max(1) };
    let comes = run.copy(&begun, told).await?;
    told(Moving::Closing);
    run.target.close(&origin).await?;
    let tables = run.compare(&comes, told).await?;
    let different: Vec<String> =
        tables.iter().filter(|table| !table.is_equal()).map(|table| table.table.to_owned()).collect();
    if !different.is_empty() {
        return Err(TransferError::Different { tables: different, compared: tables });
    }
    run.target.end(plan.now).await?;
    Ok(Transferred { began: begun.began, tables })
}

/// A run of a transfer.
struct Run {
    source: Arc<Source>,
    target: Target,
    /// In milliseconds.
    began: i64,
    rows: usize,
}

impl Run {
    /// Copies what is not there yet; gives how far each table is, in the order of [`TABLES`].
    async fn copy(&self, begun: &Begun, told: Told<'_>) -> Result<Vec<Come>, TransferError> {
        let mut of = 0;
        for table in TABLES {
            let source = Arc::clone(&self.source);
            of += blocking(move || source.count(table)).await??;
        }
        let of_all = |part: fn(&Come) -> u64| begun.tables.values().map(part).sum::<u64>();
        let before = of_all(|come| come.rows + come.left_out);
        let (mut rows, mut bytes) = (before, of_all(|come| come.bytes));
        let mut comes = Vec::with_capacity(TABLES.len());
        for table in TABLES {
            let mut come = begun.tables.get(table.name).cloned().unwrap_or_default();
            while !come.ended {
                come = self
                    .table(table, come, &mut |more, bytes_more| {
                        (rows, bytes) = (rows + more, bytes + bytes_more);
                        told(Moving::Copied { table: table.name, rows, before, of, bytes });
                    })
                    .await?;
            }
            comes.push(come);
        }
        Ok(comes)
    }

    /// Copies a table to its end; `moved` hears of each batch how many rows and bytes it had.
    async fn table(
        &self,
        table: &'static Table,
        mut come: Come,
        moved: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Come, TransferError> {
        // While a batch is written the next one is read.
        let (to, mut batches) = channel(1);
        let (source, behind, bounds) =
            (Arc::clone(&self.source), come.behind.clone(), (self.began, self.rows));
        let reading = spawn_blocking(move || source.send(table, behind.as_ref(), bounds, &to));
        while let Some(batch) = batches.recv().await {
            let (rows, bytes) = (batch.len() as u64, batch.bytes as u64);
            come = self.target.take(table, &come, Some(batch)).await?;
            moved(rows, bytes);
        }
        // Only a table that was read to its end has ended.
        reading.await.map_err(unwound)??;
        Ok(self.target.take(table, &come, None).await?)
    }

    /// Reads both sides.
    async fn compare(&self, comes: &[Come], told: Told<'_>) -> Result<Vec<Compared>, TransferError> {
        let of = comes.iter().map(|come| come.rows).sum();
        let (mut before, mut tables) = (0, Vec::with_capacity(TABLES.len()));
        for (table, come) in TABLES.iter().zip(comes) {
            let (source, began) = (Arc::clone(&self.source), self.began);
            let files = spawn_blocking(move || source.sum(table, began));
            let target = self.target.sum(table, |rows| {
                if rows.is_multiple_of(1_000) {
                    told(Moving::Compared { rows: before + rows, of });
                }
            });
            let target: Sum = target.await?;
            let (sum, senseless) = files.await.map_err(unwound)??;
            before += target.rows;
            told(Moving::Compared { rows: before, of });
            tables.push(Compared {
                table: table.name,
                source_rows: sum.rows + senseless,
                target_rows: target.rows,
                left_out: come.left_out,
                named: come.named.clone(),
                source_sum: sum.without(come.refused).hashes,
                target_sum: target.hashes,
            });
        }
        Ok(tables)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, TransferError> {
    spawn_blocking(work).await.map_err(unwound)
}

fn unwound(error: tokio::task::JoinError) -> TransferError {
    TransferError::Store(store::Error::Unavailable(error.to_string()))
}
