//! Spare room: pages of a file that nothing stands in. New rows go into them; what is far more than these need is given back to the
//! file system, from the file's end, where a page that is in use is moved into a free one first.

use super::fault::Result;
use super::transaction::Transaction;
use rusqlite::Connection;

/// Of so many pages of a file one may be free, as it is anyway where as much is deleted as comes in.
const SPARED: i64 = 16;
/// And this many in any case: 8 MiB.
const SPARED_PAGES: i64 = 1_024;
/// SQLite's word for a file whose free pages can be given back.
const INCREMENTAL: i64 = 2;

/// Gives back about so many bytes at most, and how many were. Of a file from before it could, none.
pub(super) fn give_back(tx: &mut Transaction<'_>, bytes: u64) -> Result<u64> {
    let number = |name| number(tx.conn, name);
    let page = number("page_size")?;
    let free = number("freelist_count")?;
    let spared = SPARED_PAGES.max(number("page_count")? / SPARED);
    let pages = (free - spared).min(i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1));
    if pages <= 0 || number("auto_vacuum")? != INCREMENTAL {
        return Ok(0);
    }
    // One that is moved is written with the one that leads to it.
    tx.outbox.rows += usize::try_from(2 * pages).unwrap_or_default();
    tx.conn.execute_batch(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let given = free - self::number(tx.conn, "freelist_count")?;
    Ok(u64::try_from(given * page).unwrap_or_default())
}

fn number(conn: &Connection, pragma: &str) -> Result<i64> {
    Ok(conn.pragma_query_value(None, pragma, |row| row.get(0))?)
}
