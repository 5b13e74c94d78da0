//! What was changed of webhooks, in SQLite.

use super::columns::{Columns, json};
use super::fault::Result;
use super::unreadable::{self, Table};
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::time::millis;
use deskbell_core::webhook::Revision;
use deskbell_core::webhook::history::KEPT;
use rusqlite::{Connection, Row};

const TABLE: Table = Table("history", &["webhook", "number"]);

fn read(row: &Row<'_>) -> rusqlite::Result<Revision> {
    let mut columns = Columns::of(row);
    Ok(Revision { at: columns.time()?, changes: columns.json()? })
}

/// Adds a revision of that webhook, at no earlier time than the one before, wherever the clock was set; the oldest go.
pub(super) fn add(conn: &Connection, webhook: i64, revision: &Revision) -> Result<()> {
    let insert = "INSERT INTO history (webhook, number, at, changes)
                  SELECT ?1, coalesce(max(number), 0) + 1, max(?2, coalesce(max(at), ?2)), ?3
                  FROM history WHERE webhook = ?1";
    let row = (webhook, millis(revision.at), json(&revision.changes)?);
    conn.prepare_cached(insert)?.execute(row)?;
    let drop_old = "DELETE FROM history WHERE webhook = ?1 AND number <=
                    (SELECT max(number) FROM history WHERE webhook = ?1) - ?2";
    conn.prepare_cached(drop_old)?.execute((webhook, KEPT as i64))?;
    Ok(())
}

/// Deletes all revisions of that webhook.
pub(super) fn delete(conn: &Connection, webhook: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM history WHERE webhook = ?1")?.execute([webhook])?;
    Ok(())
}

/// The revisions of the account's webhook, newest first.
pub(super) fn of(conn: &Connection, account: &AccountId, id: &WebhookId) -> Result<Vec<Revision>> {
    let select = "SELECT at, changes, webhook, number FROM history
                  WHERE webhook = (SELECT seq FROM webhooks WHERE id = ?1 AND account = ?2 AND status <> 'deleted') ORDER BY number DESC";
    unreadable::all(conn.prepare_cached(select)?.query((id.as_str(), account.as_str()))?, TABLE, read)
}
