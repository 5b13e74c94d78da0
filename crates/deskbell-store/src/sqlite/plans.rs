//! How SQLite goes about each statement that was run so far, and how many steps that took. For tests: a plan that walks a
//! table is quick with few rows and stops an instance with many, and steps can be counted where times say nothing.

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

impl SqliteStore {
    /// The steps that SQLite's machine has taken for all statements of the main file so far. A row that is looked at costs a
    /// few; the same work costs the same, whatever else the computer does.
    ///
    /// # Errors
    /// Those of any read.
    pub async fn steps(&self) -> store::Result<u64> {
        let mut steps =
            self.main.write(|tx| tx.tables.all().map(steps_of).collect::<Result<Vec<_>>>()).await?;
        steps.extend(self.main.read_all(steps_of).await?);
        Ok(steps.iter().fold(0, |sum, steps| sum.saturating_add(*steps)))
    }
}

fn steps_of(conn: &Connection) -> Result<u64> {
    let select = "SELECT coalesce(sum(nstep), 0) FROM sqlite_stmt WHERE sql NOT LIKE '%sqlite_stmt%'";
    let steps: i64 = conn.query_row(select, [], |row| row.get(0))?;
    Ok(u64::try_from(steps).unwrap_or_default())
}

async fn of_file(file: &File) -> store::Result<Plans> {
    let mut plans = file.write(|tx| tx.tables.all().map(of).collect::<Result<Vec<_>>>()).await?;
    plans.extend(file.read_all(of).await?);
    Ok(plans.into_iter().flatten().collect())
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
