//! Where attempts were sent to: each URL and agent of a webhook is stored once. Their numbers are remembered, and go wherever the
//! connection goes that writes.

use super::fault::Result;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;

/// Webhooks whose last target is remembered, before all are looked up again.
const KEPT: usize = 100_000;

/// The last target of each webhook: URL, agent and the number of the two.
#[derive(Debug, Default)]
pub(super) struct Targets(HashMap<i64, (String, String, i64)>);

impl Targets {
    /// Something was rolled back, or another process wrote.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// The number of the URL and agent to which an attempt of the webhook was sent.
    pub(super) fn number(&mut self, conn: &Connection, webhook: i64, url: &str, agent: &str) -> Result<i64> {
        if let Some((known, by, number)) = self.0.get(&webhook)
            && known == url
            && by == agent
        {
            return Ok(*number);
        }
        let find = "SELECT seq FROM targets WHERE webhook = ?1 AND url = ?2 AND agent = ?3";
        let found =
            conn.prepare_cached(find)?.query_row((webhook, url, agent), |row| row.get(0)).optional()?;
        let number = match found {
            Some(number) => number,
            None => {
                let insert = "INSERT INTO targets (webhook, url, agent) VALUES (?1, ?2, ?3)";
                conn.prepare_cached(insert)?.execute((webhook, url, agent))?;
                conn.last_insert_rowid()
            }
        };
        if self.0.len() > KEPT {
            self.0.clear();
        }
        self.0.insert(webhook, (url.to_owned(), agent.to_owned(), number));
        Ok(number)
    }
}
