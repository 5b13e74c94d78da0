//! Sweeps: what is over is deleted, or its end is looked for, some rows at a time, however many there are, so that no step lasts long
//! or holds much.

use super::PostgresStore;
use super::columns::{Columns, named};
use super::fault::Result;
use super::sql::{execute, param, params, rows};
use super::unreadable::{LeftOut, PUT_OFF, Table};
use deskbell_core::Timestamp;
use deskbell_core::store;
use deskbell_core::time::{later, millis};
use futures::FutureExt as _;
use serde::de::DeserializeOwned;

/// Rows that one step deletes at most.
pub(super) const AT_ONCE: i64 = 1_000;
/// Rows that cannot be read which one look puts off at most.
const PUT_OFF_AT_ONCE: usize = 1_000;

/// A look for documents whose time has come.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) table: Table,
    /// Gives the document, its id, its time and its `seq`, in the order of the last two: of those before `$1` that come behind the time
    /// `$2` and the `seq` `$3`, `$4` at most.
    pub(super) select: &'static str,
    /// Sets the time of the documents of the ids `$1`, if it still is before `$3`, to `$2`.
    pub(super) put_off: &'static str,
}

impl PostgresStore {
    /// Repeats `delete`, which deletes some rows, until it finds none; gives how many there were. Others come in between.
    pub(super) async fn sweep<const N: usize>(
        &self,
        delete: &'static str,
        values: [i64; N],
    ) -> store::Result<u64> {
        let mut swept = 0;
        loop {
            let step = self.write(values, move |tx, values| {
                let values = values.each_ref().map(param);
                async move { execute(tx.conn, delete, &values).await }.boxed()
            });
            match step.await? {
                0 => return Ok(swept),
                gone => swept += gone,
            }
        }
    }

    /// The first `limit` documents of the look that can be read. Those before them that cannot are put off for an hour, or every look would
    /// come upon them.
    pub(super) async fn look<T: DeserializeOwned>(
        &self,
        look: Look,
        before: Timestamp,
        limit: u32,
    ) -> store::Result<Vec<T>> {
        let (found, unreadable) = self.find(look, millis(before), limit as usize).await?;
        if !unreadable.is_empty() {
            let until = millis(later(before, PUT_OFF));
            let put_off = self.write((unreadable, until, millis(before)), move |tx, (ids, until, before)| {
                async move { execute(tx.conn, look.put_off, params![ids, until, before]).await }.boxed()
            });
            put_off.await?;
        }
        Ok(found)
    }

    /// What can be read, and the ids of what cannot.
    async fn find<T: DeserializeOwned>(
        &self,
        look: Look,
        before: i64,
        limit: usize,
    ) -> Result<(Vec<T>, Vec<String>)> {
        let conn = self.read().await?;
        let (mut found, mut unreadable, mut left_out) = (Vec::new(), Vec::new(), LeftOut::of(look.table));
        let mut behind = (i64::MIN, i64::MIN);
        while found.len() < limit && unreadable.len() < PUT_OFF_AT_ONCE {
            let wanted = limit - found.len();
            let rows = rows(&conn, look.select, params![before, behind.0, behind.1, wanted as i64]).await?;
            for row in &rows {
                let read = |row: &_| Columns::of(row).json();
                match left_out.row(row, read)? {
                    Some(one) => found.push(one),
                    None => unreadable.push(named(row, "id")?),
                }
                behind = (named(row, "at")?, named(row, "seq")?);
            }
            if rows.len() < wanted {
                break;
            }
        }
        Ok((found, unreadable))
    }
}
