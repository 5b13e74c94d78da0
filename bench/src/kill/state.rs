//! What the program says became of everything, read over its API, and whether its file is whole.

use crate::api::Api;
use crate::verdict::{Owed, Try};
use anyhow::{Context as _, ensure};
use deskbell_core::attempt::Outcome;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// Waits until no delivery is pending, `limit` at most. Gives whether that was reached.
///
/// # Errors
/// When the API fails.
pub async fn settled(api: &mut Api, limit: Duration) -> anyhow::Result<bool> {
    let deadline = Instant::now() + limit;
    loop {
        // All pages: the first one of many deliveries looks at the newest, of which none may be pending.
        if api.all("/v2/deliveries?status=pending").await?.is_empty() {
            return Ok(true);
        }
        if Instant::now() > deadline {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// All deliveries and attempts. `names` maps a webhook's id to its name here.
///
/// # Errors
/// When the API fails, or says something that is not in its description.
pub async fn state(api: &mut Api, names: &HashMap<String, String>) -> anyhow::Result<(Vec<Owed>, Vec<Try>)> {
    let deliveries = api.all("/v2/deliveries").await?;
    let attempts = api.all("/v2/attempts").await?;
    let owed = deliveries.iter().map(|delivery| owed(delivery, names)).collect::<Result<_, _>>()?;
    let tries = attempts.iter().map(|attempt| tried(attempt, names)).collect::<Result<_, _>>()?;
    Ok((owed, tries))
}

fn owed(delivery: &Value, names: &HashMap<String, String>) -> anyhow::Result<Owed> {
    Ok(Owed {
        event: text(delivery, "event")?,
        webhook: name(delivery, names)?,
        trigger: text(delivery, "type")?,
        status: text(delivery, "status")?,
    })
}

fn tried(attempt: &Value, names: &HashMap<String, String>) -> anyhow::Result<Try> {
    let (started, outcome) = (text(attempt, "started_time")?, text(attempt, "outcome")?);
    let started: jiff::Timestamp = started.parse().with_context(|| format!("a time: {started}"))?;
    Ok(Try {
        event: text(attempt, "event")?,
        webhook: name(attempt, names)?,
        number: attempt["number"].as_u64().and_then(|number| number.try_into().ok()).context("no number")?,
        started: started.as_microsecond().try_into()?,
        outcome: Outcome::parse(&outcome).with_context(|| format!("an unknown outcome: {outcome}"))?,
    })
}

fn name(object: &Value, names: &HashMap<String, String>) -> anyhow::Result<String> {
    let id = text(object, "webhook")?;
    names.get(&id).cloned().with_context(|| format!("a webhook that nobody registered: {id}"))
}

fn text(object: &Value, field: &str) -> anyhow::Result<String> {
    object[field].as_str().map(str::to_owned).with_context(|| format!("no {field} in {object}"))
}

/// Asks SQLite whether the file at `path` is whole and its references hold. The program must have stopped.
///
/// # Errors
/// What SQLite found.
pub fn integrity(path: &Path) -> anyhow::Result<()> {
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut findings = Vec::new();
    file.pragma_query(None, "integrity_check", |row| {
        findings.push(row.get::<_, String>(0)?);
        Ok(())
    })?;
    ensure!(findings == ["ok"], "integrity_check: {findings:?}");
    let mut orphans = 0;
    file.pragma_query(None, "foreign_key_check", |_| {
        orphans += 1;
        Ok(())
    })?;
    ensure!(orphans == 0, "foreign_key_check: {orphans} rows");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_file_passes_and_a_damaged_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let file = Connection::open(&path).unwrap();
        file.execute_batch("CREATE TABLE t (x); CREATE INDEX i ON t (x); WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM n WHERE x < 5000) INSERT INTO t SELECT x FROM n;").unwrap();
        drop(file);
        integrity(&path).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 4096].fill(0x5A);
        std::fs::write(&path, bytes).unwrap();
        assert!(integrity(&path).is_err());
    }
}
