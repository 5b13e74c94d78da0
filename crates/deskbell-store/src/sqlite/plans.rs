//! How SQLite goes about each statement that was run so far. For tests: a plan that walks a table is quick with few rows and
//! stops an instance with many.

use super::SqliteStore;
use super::fault::Result;
use super::file::File;
use deskbell_core::store;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Steps of each statement, by its text.
pub type Plans = BTreeMap<String, Vec<String>>;

impl SqliteStore {
    /// The plan of every statement that this store has run, on both of its files.
    ///
    /// # Errors
    /// Those of any read.
    pub async fn plans(&self) -> store::Result<Plans> {
        let mut plans = of_file(&self.main).await?;
        plans.extend(of_file(&self.tester).await?);
        Ok(plans)
    }
}

async fn of_file(file: &File) -> store::Result<Plans> {
    let mut plans = file.write(|tx| of(tx.conn)).await?;
    plans.extend(file.read_all(of).await?.into_iter().flatten());
    Ok(plans)
}

fn of(conn: &Connection) -> Result<Plans> {
    let mut statements = conn.prepare("SELECT sql FROM sqlite_stmt")?;
    let statements: Vec<String> =
        statements.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let asks = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
    let mut plans = Plans::new();
    for sql in statements.into_iter().filter(|sql| asks.iter().any(|ask| sql.starts_with(ask))) {
        if sql.contains("sqlite_stmt") {
            continue;
        }
        let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        // Nothing is bound: a plan does not hang on values.
        let mut rows = explain.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next()? {
            steps.push(row.get("detail")?);
        }
        drop(rows);
        plans.insert(sql, steps);
    }
    Ok(plans)
}
