//! What is worked out of the rows once they are there: the last places of accounts and what is kept of them, the numbers of their captures, the queues, the next
//! number of each table, and what the planner knows. Done again, it comes to the same.

use super::{BEGIN, Stopped, Target};
use crate::postgres::client::Client;
use crate::postgres::columns::{Columns, named};
use crate::postgres::queues;
use crate::postgres::sql::{execute, params, rows};
use crate::sqlite::transfer::Origin;
use crate::transfer::tables::TABLES;

/// Accounts or webhooks of one transaction.
const STEP: i64 = 500;

impl Target {
    /// Works out what is not transferred as it is.
    ///
    /// # Errors
    /// Those of any write.
    pub(crate) async fn close(&self, origin: &Origin) -> Result<(), Stopped> {
        let conn = &*self.conn;
        self.in_steps("accounts", async |seqs| accounts(conn, seqs, origin.captured).await).await?;
        self.in_steps("webhooks", async |seqs| Ok(queues::settle(conn, seqs).await?)).await?;
        numbers(conn, origin).await?;
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        conn.batch_execute(&format!("{BEGIN}; ANALYZE {}, queues, places; COMMIT", names.join(", "))).await?;
        Ok(())
    }

    /// Does `work` on the numbers of all rows of a table, some in each transaction.
    async fn in_steps(
        &self,
        table: &str,
        work: impl AsyncFn(&[i64]) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        let select = format!("SELECT seq FROM {table} WHERE seq > $1 ORDER BY seq LIMIT $2");
        let mut behind = i64::MIN;
        loop {
            self.conn.batch_execute(BEGIN).await?;
            let found = rows(&self.conn, &select, params![behind, STEP]).await?;
            let seqs = found.iter().map(|row| named(row, "seq")).collect::<Result<Vec<i64>, _>>()?;
            if !seqs.is_empty() {
                work(&seqs).await?;
            }
            self.conn.batch_execute("COMMIT").await?;
            let Some(last) = seqs.last() else { return Ok(()) };
            behind = *last;
        }
    }
}

/// The last place of each of these accounts, also of what was deleted since, with the bytes of its events; and a number behind that of any capture, for whoever
/// followed these has seen it.
async fn accounts(conn: &Client, seqs: &[i64], captured: i64) -> Result<(), Stopped> {
    let last = "INSERT INTO places (account, last, bytes)
                SELECT u.seq, greatest(0, (SELECT max(place) FROM events WHERE account = u.seq),
                                       (SELECT max(place) FROM attempts WHERE account = u.seq),
                                       (SELECT greatest(event, attempt) FROM cuts WHERE account = u.seq)),
                       coalesce((SELECT sum(octet_length(body)) FROM events WHERE account = u.seq), 0)::bigint
                FROM unnest($1) AS u (seq) ON CONFLICT (account) DO UPDATE SET last = excluded.last, bytes = excluded.bytes";
    execute(conn, last, params![seqs]).await?;
    let testers = "INSERT INTO testers (account, captured) SELECT id, $2 FROM accounts WHERE seq = ANY($1)
                   ON CONFLICT (account) DO UPDATE SET captured = excluded.captured";
    execute(conn, testers, params![seqs, captured]).await?;
    Ok(())
}

/// The next number of each table comes behind its last, and that of a machine behind any that there was.
async fn numbers(conn: &Client, origin: &Origin) -> Result<(), Stopped> {
    let select = "SELECT table_name::text, column_name::text FROM information_schema.columns
                  WHERE table_schema = current_schema() AND is_identity = 'YES'";
    for row in rows(conn, select, params![]).await? {
        let mut columns = Columns::of(&row);
        let (table, column): (String, String) = (columns.get()?, columns.get()?);
        let behind = if table == "machines" { origin.epoch } else { 0 };
        let set = format!(
            "SELECT setval(pg_get_serial_sequence($1, $2), last) FROM
             (SELECT greatest($3, (SELECT max(\"{column}\") FROM \"{table}\")) AS last) l WHERE last > 0"
        );
        rows(conn, &set, params![table, column, behind]).await?;
    }
    Ok(())
}
