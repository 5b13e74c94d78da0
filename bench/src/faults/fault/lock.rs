//! Another process at the database: one that keeps it locked, and one that goes on reading an old state.

use super::Fault;
use crate::faults::scene::Scene;
use anyhow::Context as _;
use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags};
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::sleep;

/// How long the write-ahead log is given to begin again.
const BEGUN_AGAIN: Duration = Duration::from_secs(4);

/// A transaction that is held open.
struct Held {
    name: &'static str,
    does: &'static str,
    begin: &'static str,
    lasts: Duration,
    spares_others: bool,
    connection: Option<Connection>,
    /// The write-ahead log, and how long it was at the end and a while after.
    log: PathBuf,
    log_bytes: [u64; 2],
}

pub(super) fn all() -> Vec<Box<dyn Fault>> {
    let held = |name, does, begin, seconds, spares_others| {
        let lasts = Duration::from_secs(seconds);
        let (connection, log, log_bytes) = Default::default();
        Box::new(Held { name, does, begin, lasts, spares_others, connection, log, log_bytes })
            as Box<dyn Fault>
    };
    vec![
        held(
            "database locked",
            "Another process begins a writing transaction (`BEGIN IMMEDIATE`) and ends it after 45 s.",
            "BEGIN IMMEDIATE",
            45,
            false,
        ),
        held(
            "read held open",
            "Another process reads in a transaction that it ends after 60 s.",
            "BEGIN; SELECT count(*) FROM accounts",
            60,
            true,
        ),
    ]
}

#[async_trait]
impl Fault for Held {
    fn name(&self) -> String {
        self.name.into()
    }

    fn does(&self) -> String {
        self.does.into()
    }

    fn spares_others(&self) -> bool {
        self.spares_others
    }

    async fn put_in(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let connection = Connection::open_with_flags(scene.plan.data().join("deskbell.db"), flags)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.execute_batch(self.begin)?;
        self.log = scene.plan.data().join("deskbell.db-wal");
        self.connection = Some(connection);
        Ok(())
    }

    async fn meanwhile(&mut self, _: &mut Scene) -> anyhow::Result<()> {
        sleep(self.lasts).await;
        self.log_bytes[0] = self.log.metadata()?.len();
        Ok(())
    }

    async fn take_away(&mut self, _: &mut Scene) -> anyhow::Result<()> {
        let connection = self.connection.take().context("nothing is held")?;
        connection.execute_batch("ROLLBACK")?;
        drop(connection);
        sleep(BEGUN_AGAIN).await;
        self.log_bytes[1] = self.log.metadata()?.len();
        Ok(())
    }

    fn note(&self) -> Option<String> {
        let [end, after] = self.log_bytes.map(|bytes| bytes / 1_000_000);
        let seconds = BEGUN_AGAIN.as_secs();
        Some(format!("the write-ahead log had {end} MB at the end of it, and {after} MB {seconds} s later"))
    }
}
