//! What was changed of webhooks, in PostgreSQL.

use super::client::Client;
use super::columns::{Columns, json};
use super::fault::Result;
use super::sql::{execute, params, rows};
use super::unreadable::{self, Table};
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::time::millis;
use deskbell_core::webhook::Revision;
use deskbell_core::webhook::history::KEPT;
use tokio_postgres::Row;

const TABLE: Table = Table("history", &["webhook", "number"]);

fn read(row: &Row) -> Result<Revision> {
    let mut columns = Columns::of(row);
    Ok(Revision { at: columns.time()?, changes: columns.json()? })
}

/// Adds a revision of that webhook, under its account's lock, at no earlier time than the one before, wherever the clock was set; the
/// oldest go.
pub(super) async fn add(conn: &Client, webhook: i64, revision: &Revision) -> Result<()> {
    let insert = "WITH next AS (SELECT coalesce(max(number), 0) + 1 AS number, greatest($2, max(at)) AS at
                    FROM history WHERE webhook = $1),
                  old AS (DELETE FROM history h USING next n WHERE h.webhook = $1 AND h.number <= n.number - $4)
                  INSERT INTO history (webhook, number, at, changes) SELECT $1, number, at, $3 FROM next";
    let (at, changes) = (millis(revision.at), json(&revision.changes)?);
    execute(conn, insert, params![webhook, at, changes, KEPT as i64]).await?;
    Ok(())
}

/// Deletes all revisions of that webhook.
pub(super) async fn delete(conn: &Client, webhook: i64) -> Result<()> {
    execute(conn, "DELETE FROM history WHERE webhook = $1", params![webhook]).await?;
    Ok(())
}

/// The revisions of the account's webhook, newest first.
pub(super) async fn of(conn: &Client, account: &AccountId, id: &WebhookId) -> Result<Vec<Revision>> {
    let select = "SELECT h.at, h.changes, h.webhook, h.number
                  FROM history h JOIN webhooks w ON w.seq = h.webhook JOIN accounts c ON c.seq = w.account
                  WHERE c.id = $1 AND w.id = $2 AND w.status <> 'deleted' ORDER BY h.number DESC";
    let found = rows(conn, select, params![account.as_str(), id.as_str()]).await?;
    unreadable::all(&found, TABLE, read)
}
