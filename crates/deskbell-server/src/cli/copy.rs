//! `deskbell copy`: an instance moves from SQLite's files to a PostgreSQL database.

use super::Failure;
use crate::config::{Loaded, StoreAddress};
use crate::door::SystemClock;
use crate::instance::{self, Lock, LockError};
use deskbell_cli::print;
use deskbell_core::Clock as _;
use deskbell_core::explain::words;
use deskbell_store::{Compared, Moving, Transfer, TransferError};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// Between two words on how far it is.
const EVERY: Duration = Duration::from_secs(2);

const TO: &str = "--to must be the URL of a PostgreSQL database, as postgres://deskbell@db.example/deskbell";

#[derive(clap::Args)]
pub(super) struct Copy {
    /// What to copy, as sqlite:PATH; no server may run on it
    #[arg(long, value_name = "STORE")]
    from: String,
    /// The database to copy it into, an empty one, as postgres://USER@HOST/DATABASE; else that of the settings (DESKBELL_STORE)
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Print JSON, for machines
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(given: &Copy, loaded: &Loaded) -> Result<(), Failure> {
    let from = file(&given.from)?;
    let to = match (&given.to, &loaded.config.server.store) {
        (Some(to), _) => to,
        (None, StoreAddress::Postgres(url)) => url.expose(),
        (None, StoreAddress::Sqlite(_)) => return Err(Failure::usage(TO.into())),
    };
    if !["postgres://", "postgresql://"].iter().any(|scheme| to.starts_with(scheme)) {
        return Err(Failure::usage(TO.into()));
    }
    let now = SystemClock.now();
    // Where there is no store no lock is made either: that there is none, whoever opens it says.
    let _lock = from.exists().then(|| Lock::take(from, None, now)).transpose().map_err(unserved)?;
    let plan = Transfer { from, to, rows: Transfer::ROWS, now };
    let done = deskbell_store::transfer(&plan, &mut progress()).await;
    match &done {
        Ok(done) => told(&done.tables, given.json)?,
        Err(TransferError::Different { compared, .. }) => told(compared, given.json)?,
        Err(_) => {}
    }
    let done = done?;
    let key = match &loaded.master_key {
        Some(_) => "DESKBELL_MASTER_KEY".to_owned(),
        None => instance::key_of(from.parent().unwrap_or(Path::new("."))).display().to_string(),
    };
    print::note(&format!(
        "All that can be kept there is there, and nothing else: counted and summed on both sides. It is paused: started, it takes calls and \
         sends nothing before `deskbell resume`, which says how much goes out. It needs the same master key ({key}). Start nothing on {} \
         any more: both would send the same.",
        from.display()
    ))?;
    match done.tables.iter().map(|table| table.left_out).sum::<u64>() {
        0 => Ok(()),
        rows => Err(Failure::LeftOut(rows)),
    }
}

fn unserved(error: LockError) -> Failure {
    match error {
        LockError::Held { .. } => Failure::refused(format!("{error}: stop it first")),
        other => other.into(),
    }
}

/// The file of `sqlite:PATH`.
fn file(from: &str) -> Result<&Path, Failure> {
    let path = from.strip_prefix("sqlite:").filter(|path| !path.is_empty());
    let rule = || {
        Failure::usage("--from must be sqlite: and the path of a file, as sqlite:./data/deskbell.db".into())
    };
    path.map(Path::new).ok_or_else(rule)
}

fn told(tables: &[Compared], json: bool) -> Result<(), Failure> {
    if json {
        let told = json!({ "tables": tables.iter().map(of_table).collect::<Vec<_>>() });
        return Ok(print::answer(&serde_json::to_string_pretty(&told).unwrap_or_default())?);
    }
    let row = |table: &Compared| {
        [
            table.table.to_owned(),
            table.source_rows.to_string(),
            table.target_rows.to_string(),
            table.left_out.to_string(),
            sum(table.source_sum),
            sum(table.target_sum),
            if table.is_equal() { "yes" } else { "NO" }.to_owned(),
        ]
    };
    let headings = ["TABLE", "ROWS", "COPIED", "LEFT OUT", "SUM", "SUM OF THE COPY", "EQUAL"];
    print::table(headings, tables.iter().map(row).collect())?;
    for table in tables.iter().filter(|table| table.left_out > 0) {
        for named in &table.named {
            print::note(&format!("left out of {}: {}", table.table, print::safe(named)))?;
        }
        let more = table.left_out.saturating_sub(table.named.len() as u64);
        if more > 0 {
            print::note(&format!("left out of {}: {} more", table.table, words::number(more)))?;
        }
    }
    Ok(())
}

fn of_table(table: &Compared) -> Value {
    json!({
        "table": table.table,
        "rows": table.source_rows,
        "copied": table.target_rows,
        "left_out": table.left_out,
        "left_out_named": table.named,
        "sum": sum(table.source_sum),
        "sum_of_the_copy": sum(table.target_sum),
        "equal": table.is_equal(),
    })
}

fn sum(sum: u64) -> String {
    format!("{sum:016x}")
}

/// Says on standard error how far it is, if it takes long.
fn progress() -> impl FnMut(Moving) + Send {
    let begun = Instant::now();
    let (mut said, mut closing) = (begun, begun);
    move |moving| {
        if matches!(moving, Moving::Closing) {
            closing = Instant::now();
        }
        if said.elapsed() < EVERY {
            return;
        }
        said = Instant::now();
        // Whoever does not listen wants the copy all the same.
        let _ = print::note(&match moving {
            Moving::Copied { table, rows, before, of, bytes } => format!(
                "{table}: {} of {} rows, {}{}",
                words::number(rows),
                words::number(of),
                words::bytes(bytes),
                left(begun.elapsed(), rows.saturating_sub(before), of.saturating_sub(rows))
            ),
            Moving::Closing => "copied; working out the queues".to_owned(),
            Moving::Compared { rows, of } => format!(
                "copied; compared {} of {} rows{}",
                words::number(rows),
                words::number(of),
                left(closing.elapsed(), rows, of.saturating_sub(rows))
            ),
        });
    }
}

/// How long so many rows will take, by those that took so long.
fn left(took: Duration, rows: u64, left: u64) -> String {
    if rows == 0 || left == 0 {
        return String::new();
    }
    let millis = took.as_millis().saturating_mul(left.into()) / u128::from(rows);
    let span = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
    format!(", about {} left", words::rough(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_file_of_sqlite() {
        assert_eq!(file("sqlite:data/deskbell.db").ok(), Some(Path::new("data/deskbell.db")));
        for from in ["data/deskbell.db", "sqlite:", "postgres://db/x", ""] {
            assert_eq!(file(from).map_err(|failure| failure.code()), Err(2), "{from}");
        }
    }

    #[test]
    fn the_time_left_is_that_of_the_rows_that_are_left() {
        let second = Duration::from_secs(1);
        assert_eq!(left(60 * second, 100, 200), format!(", about {} left", words::rough(120 * second)));
        assert_eq!((left(second, 0, 5), left(second, 5, 0)), (String::new(), String::new()));
    }
}
