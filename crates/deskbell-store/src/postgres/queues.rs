//! Queues: of each webhook for which anything waits, when the first of it is due, and when it may leave, which is not before the end of a
//! rest. So who is due is found without a look at what waits, however much that is.

use super::client::Client;
use super::fault::Result;
use super::sql::{execute, params};

/// Brings the rows of these webhooks up to date, after their queues or rests changed.
pub(super) async fn settle(conn: &Client, webhooks: &[i64]) -> Result<()> {
    let first = "SELECT w.seq, f.due, greatest(f.due, coalesce(w.rest_until, f.due)) AS leaves FROM unnest($1) AS u (seq)
                 JOIN webhooks w ON w.seq = u.seq CROSS JOIN LATERAL
                 (SELECT min(d.due) AS due FROM deliveries d WHERE d.webhook = w.seq AND d.due IS NOT NULL) f";
    let upsert = format!(
        "WITH first AS MATERIALIZED ({first}), gone AS (DELETE FROM queues q USING first f WHERE q.webhook = f.seq AND f.due IS NULL)
         INSERT INTO queues (webhook, due, leaves) SELECT seq, due, leaves FROM first WHERE due IS NOT NULL ORDER BY seq
         ON CONFLICT (webhook) DO UPDATE SET due = excluded.due, leaves = excluded.leaves
         WHERE (queues.due, queues.leaves) IS DISTINCT FROM (excluded.due, excluded.leaves)"
    );
    execute(conn, &upsert, params![webhooks]).await.map(drop)
}
