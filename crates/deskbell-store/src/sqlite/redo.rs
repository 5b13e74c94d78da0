//! The redo log: a file that a commit of the hot path goes to, before it is in any table.
//!
//! A commit of SQLite's writes a page of every index that it touches, a dozen for one event. Appended to a log the same
//! event costs its own bytes and one sync; the tables take in many at a time, in one transaction, and the log begins again at
//! its start. After a crash the next start reads what the tables have not taken in.
//!
//! A record is its length and its checksum (4 bytes each, little-endian), its number (8) and its bytes. The tables say in their
//! own transaction which number they have taken in; the records that count are those which follow it without a gap from the
//! start of the file. Whatever stands behind them is of an earlier round, or of a write that never ended.

use super::identity;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Bytes of the log at most: what a start has to read again. More goes into the tables at once.
const BOUND: u64 = 4 << 20;
/// Bytes before those of a record.
const HEAD: usize = 16;

/// Which database a log belongs to, and how far its tables are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    /// The database's own number: the log of another one never fits.
    pub(super) lineage: [u8; 16],
    /// The last record that is in the tables.
    pub(super) applied: u64,
}

/// Opens the log at `path` or makes it; `None` when another process has it.
pub(super) fn lock(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // A new file's name must survive a crash as its bytes do.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(Some(file))
}

/// The log, locked: one process at a time has it.
#[derive(Debug)]
pub(super) struct Redo {
    file: File,
    /// Where checksums begin: what they are of stands under the lineage.
    seed: crc32fast::Hasher,
    /// The number of the last record, whether it came to be or not.
    last: u64,
    /// The last one that is in the tables.
    applied: u64,
    end: u64,
    /// A write failed: nobody knows what stands behind `end`.
    broken: bool,
    /// The file is not under its name any more, or was cut: a start would not find what is in it.
    lost: bool,
    record: Vec<u8>,
}

impl Redo {
    /// Takes the log in that file, and gives the records that the tables have not taken in.
    pub(super) fn open(
        mut file: File,
        Position { lineage, applied }: Position,
    ) -> io::Result<(Self, Vec<Vec<u8>>)> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut seed = crc32fast::Hasher::new();
        seed.update(&lineage);
        let mut redo = Self {
            file,
            seed,
            last: applied,
            applied,
            end: 0,
            broken: false,
            lost: false,
            record: Vec::new(),
        };
        let (mut records, mut rest) = (Vec::new(), bytes.as_slice());
        while let Some((record, behind)) = redo.read(rest) {
            redo.last += 1;
            redo.end += (HEAD + record.len()) as u64;
            records.push(record.to_vec());
            rest = behind;
        }
        Ok((redo, records))
    }

    /// The record that comes next, if it stands at the start of `bytes`, and what is behind it.
    fn read<'b>(&self, bytes: &'b [u8]) -> Option<(&'b [u8], &'b [u8])> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (checksum, rest) = rest.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (record, rest) = rest.split_at_checked(u32::from_le_bytes(*length).try_into().ok()?)?;
        let number = u64::from_le_bytes(*number);
        let whole = u32::from_le_bytes(*checksum) == self.checksum(number, record);
        (whole && number == self.last + 1).then_some((record, rest))
    }

    fn checksum(&self, number: u64, record: &[u8]) -> u32 {
        let mut hasher = self.seed.clone();
        hasher.update(&number.to_le_bytes());
        hasher.update(record);
        hasher.finalize()
    }

    /// The number of the last record.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Whether there are records that the tables do not know of.
    pub(super) fn is_ahead(&self) -> bool {
        self.last != self.applied
    }

    /// Whether a record of so many bytes may follow.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        !self.broken && !self.lost && self.end + (HEAD + bytes) as u64 <= BOUND
    }

    /// Whether the file still stands at `path`, whole; once it does not, this log is lost.
    pub(super) fn look(&mut self, path: &Path) -> bool {
        let there = self.file.metadata().ok().and_then(|file| identity::stands(path, &file));
        self.lost |= there.is_none_or(|there| there.len() < self.end) || !self.has_head();
        !self.lost
    }

    /// Whether the first record is there: what is written behind a cut makes the file as long as before.
    fn has_head(&self) -> bool {
        let mut number = [0; 8];
        let read = self.end == 0 || self.file.read_exact_at(&mut number, HEAD as u64 - 8).is_ok();
        read && (self.end == 0 || u64::from_le_bytes(number) == self.applied + 1)
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Appends the record that `fill` writes behind what it is given. It is on disk when this returns.
    pub(super) fn append(&mut self, fill: impl FnOnce(Vec<u8>) -> Vec<u8>) -> io::Result<()> {
        let mut record = std::mem::take(&mut self.record);
        record.clear();
        record.resize(HEAD, 0);
        let mut record = fill(record);
        let number = self.last + 1;
        let (head, bytes) = record.split_at(HEAD);
        debug_assert!(head.iter().all(|byte| *byte == 0));
        let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let checksum = self.checksum(number, bytes);
        record[..4].copy_from_slice(&length.to_le_bytes());
        record[4..8].copy_from_slice(&checksum.to_le_bytes());
        record[8..HEAD].copy_from_slice(&number.to_le_bytes());
        // Its number is used up, also if it half came to be: the tables will say that they are past it.
        self.last = number;
        self.broken = true;
        self.file.write_all_at(&record, self.end)?;
        self.file.sync_data()?;
        self.broken = false;
        self.end += record.len() as u64;
        self.record = record;
        Ok(())
    }

    /// The tables have taken in every record, on disk: the next one goes to the start of the file.
    pub(super) fn restart(&mut self) {
        self.applied = self.last;
        self.end = 0;
        self.broken = false;
    }

    /// The same at the end of the process: nothing needs to be kept.
    pub(super) fn clear(&mut self) {
        self.restart();
        // A log that stays as it is costs only its room on the disk.
        let _ = self.file.set_len(0);
    }
}

#[cfg(test)]
mod tests;
