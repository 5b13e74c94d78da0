//! A ledger outside the process under test: one JSON line an entry, on disk before anybody acts on it
//! (catalogue 4.3).

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Lines that one fsync carries at most.
const BATCH: usize = 1_000;

type Line = (String, oneshot::Sender<()>);

/// An open ledger. Lines that wait together share one fsync.
pub struct Ledger {
    lines: Option<mpsc::Sender<Line>>,
    writer: Option<JoinHandle<std::io::Result<()>>>,
}

impl Ledger {
    /// Opens a new, empty ledger.
    ///
    /// # Errors
    /// When the file exists already or cannot be made.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path);
        let file = file.with_context(|| format!("making the ledger {}", path.display()))?;
        let (lines, waiting) = mpsc::channel();
        Ok(Self { lines: Some(lines), writer: Some(std::thread::spawn(move || keep(file, &waiting))) })
    }

    /// Writes `entry` and returns once it is on disk.
    ///
    /// # Errors
    /// When it could not be written: then the count is void.
    pub async fn write(&self, entry: &impl Serialize) -> anyhow::Result<()> {
        let line = serde_json::to_string(entry)? + "\n";
        let (done, written) = oneshot::channel();
        self.lines
            .as_ref()
            .context("the ledger is closed")?
            .send((line, done))
            .context("the ledger broke")?;
        written.await.context("the ledger broke")
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            // What it failed at was already told to the one who waited for the line.
            let _ = writer.join();
        }
    }
}

fn keep(mut file: File, waiting: &mpsc::Receiver<Line>) -> std::io::Result<()> {
    while let Ok(first) = waiting.recv() {
        let batch: Vec<Line> = std::iter::once(first).chain(waiting.try_iter()).take(BATCH).collect();
        let text: String = batch.iter().map(|(line, _)| line.as_str()).collect();
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        for (_, done) in batch {
            // Whoever waited may have been cancelled; the line stands all the same.
            let _ = done.send(());
        }
    }
    Ok(())
}

/// Reads a ledger back.
///
/// # Errors
/// When a line is not an entry.
pub fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("a line of the ledger: {line}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_written_is_read_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.ledger");
        let ledger = Ledger::create(&path).unwrap();
        for number in 0..10 {
            ledger.write(&number).await.unwrap();
        }
        assert_eq!(read::<u32>(&path).unwrap(), (0..10).collect::<Vec<_>>());
        assert!(Ledger::create(&path).is_err(), "an old ledger is never written over");
    }
}
