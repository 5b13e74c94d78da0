//! One-time links, in SQLite.

use super::SqliteStore;
use super::columns::{Columns, json};
use super::fault::Result;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::booking::Booking;
use deskbell_core::id::OneTimeLinkId;
use deskbell_core::one_time_link::{OneTimeLink, Standing};
use deskbell_core::policy::limit::{ONE_TIME_LINK_LIFE, is_reached};
use deskbell_core::store::{self, ObjectAdded, OneTimeLinks};
use deskbell_core::time::{earlier, millis};
use rusqlite::{Connection, OptionalExtension, params};

fn add(conn: &Connection, link: &OneTimeLink, max: u32) -> Result<ObjectAdded> {
    // `OneTimeLink::standing`, counted by the index.
    let open = "SELECT count(*) FROM one_time_links WHERE account = ?1 AND spent = 0 AND created > ?2";
    let key = (link.account.as_str(), millis(earlier(link.created, ONE_TIME_LINK_LIFE)));
    let open: u32 = conn.prepare_cached(open)?.query_row(key, |row| row.get(0))?;
    if is_reached(open.into(), max) {
        return Ok(ObjectAdded::TooMany);
    }
    let insert =
        "INSERT INTO one_time_links (id, account, created, spent, document) VALUES (?1, ?2, ?3, ?4, ?5)
                  ON CONFLICT (id) DO NOTHING";
    let added = conn.prepare_cached(insert)?.execute(params![
        link.id.as_str(),
        link.account.as_str(),
        millis(link.created),
        link.spent,
        json(link)?,
    ])?;
    Ok(if added > 0 { ObjectAdded::Added } else { ObjectAdded::IdTaken })
}

fn find(conn: &Connection, id: &OneTimeLinkId) -> Result<Option<OneTimeLink>> {
    let select = "SELECT document FROM one_time_links WHERE id = ?1";
    let read = |row: &rusqlite::Row<'_>| Columns::of(row).json();
    Ok(conn.prepare_cached(select)?.query_row([id.as_str()], read).optional()?)
}

/// Spends the link that a new `booking` names; `false`, and nothing happens, when its account cannot book with it.
pub(super) fn spend(conn: &Connection, booking: &Booking, now: Timestamp) -> Result<bool> {
    let Some(id) = &booking.one_time_link else { return Ok(true) };
    let open = |link: &OneTimeLink| link.account == booking.account && link.standing(now) == Standing::Open;
    let Some(link) = find(conn, id)?.filter(open) else { return Ok(false) };
    let spent = OneTimeLink { spent: true, ..link };
    let update = "UPDATE one_time_links SET spent = 1, document = ?2 WHERE id = ?1";
    conn.prepare_cached(update)?.execute((id.as_str(), json(&spent)?))?;
    Ok(true)
}

#[async_trait]
impl OneTimeLinks for SqliteStore {
    async fn add_one_time_link(&self, link: OneTimeLink, max: u32) -> store::Result<ObjectAdded> {
        let account = link.account.clone();
        self.main.write_for(&account, move |tx| add(tx.conn, &link, max)).await
    }

    async fn one_time_link(&self, id: &OneTimeLinkId) -> store::Result<Option<OneTimeLink>> {
        let id = id.clone();
        self.main.read(move |conn| find(conn, &id)).await
    }

    async fn sweep_one_time_links(&self, before: Timestamp, limit: u32) -> store::Result<u64> {
        let work = move |conn: &Connection| -> Result<u64> {
            let delete = "DELETE FROM one_time_links WHERE seq IN
                          (SELECT seq FROM one_time_links WHERE created < ?1 LIMIT ?2)";
            Ok(conn.prepare_cached(delete)?.execute((millis(before), limit))? as u64)
        };
        self.main.write(move |tx| work(tx.conn)).await
    }
}
