//! The redo log: a file that a commit of the hot path goes to, before it is in any table.
//!
//! A commit of SQLite's writes a page of every index that it touches, a dozen for one event. Appended to a log the same
//! event costs its own bytes and one sync; the tables take in many at a time, in one transaction. After a crash the next start
//! reads what the tables have not taken in.
//!
//! A record is its length and its checksum (4 bytes each, little-endian), its number (8) and its bytes. The tables say in their
//! own transaction which number they have taken in; the records that count are those which follow it without a gap.
//!
//! The log has two [segments](Segment), so that it goes on in one while the tables take in the other. A segment begins again at
//! its start when the tables have all of it. Whatever stands in a segment behind its records is of an earlier round, so that the
//! tables have it, or of a write that never ended.

mod segment;

use super::identity;
use segment::Segment;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

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
    segments: [Segment; 2],
    /// The one that is written to.
    at: usize,
    /// Nothing is appended until the tables have every number: a write failed, so that nobody knows what stands there; or it was
    /// just opened, and records may stand behind a gap.
    sealed: bool,
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
        let segments = Segment::both();
        let (last, records) = follow(&segments.each_ref().map(|one| one.records(&bytes, &seed)), applied);
        let (sealed, record) = (last != applied, Vec::new());
        let redo = Self { file, seed, last, applied, segments, at: 0, sealed, lost: false, record };
        Ok((redo, records))
    }

    /// The number of the last record.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// The last record that is in the tables.
    pub(super) fn in_tables(&self) -> u64 {
        self.applied
    }

    /// Whether there are records that the tables do not know of.
    pub(super) fn is_ahead(&self) -> bool {
        self.last != self.applied
    }

    /// Whether it takes records.
    pub(super) fn is_open(&self) -> bool {
        !self.sealed && !self.lost
    }

    /// Whether the file still stands at `path`, whole; once it does not, this log is lost.
    pub(super) fn look(&mut self, path: &Path) -> bool {
        let there = self.file.metadata().ok().and_then(|file| identity::stands(path, &file));
        let whole = |length| self.used().all(|one| length >= one.end() && self.has_head(one));
        self.lost |= there.is_none_or(|there| !whole(there.len()));
        !self.lost
    }

    /// The segments with records that the tables do not have.
    fn used(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(|one| !one.is_free(self.applied))
    }

    /// Whether the segment's first record is there: what is written behind a cut makes the file as long as before.
    fn has_head(&self, segment: &Segment) -> bool {
        let mut number = [0; 8];
        let read = self.file.read_exact_at(&mut number, segment.start() + HEAD as u64 - 8);
        read.is_ok() && u64::from_le_bytes(number) == segment.first()
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Appends the record that `fill` writes behind what it is given: then it is on disk when this returns. `false` when there is
    /// no room for it, until the tables have taken in more.
    pub(super) fn append(&mut self, fill: impl FnOnce(Vec<u8>) -> Vec<u8>) -> io::Result<bool> {
        if !self.is_open() {
            return Ok(false);
        }
        let mut record = std::mem::take(&mut self.record);
        record.clear();
        record.resize(HEAD, 0);
        self.record = fill(record);
        let bytes = self.record.len() as u64;
        let has_room = |at: &usize| self.segments[*at].has_room(bytes, self.applied);
        let Some(at) = [self.at, 1 - self.at].into_iter().find(has_room) else { return Ok(false) };
        let number = self.last + 1;
        self.write_head(number)?;
        // Its number is used up, also if it half came to be: the tables will say that they are past it.
        self.last = number;
        self.sealed = true;
        self.file.write_all_at(&self.record, self.segments[at].next(self.applied))?;
        self.file.sync_data()?;
        self.sealed = false;
        self.segments[at].wrote(number, bytes, self.applied);
        self.at = at;
        Ok(true)
    }

    fn write_head(&mut self, number: u64) -> io::Result<()> {
        let (head, bytes) = self.record.split_at_mut(HEAD);
        debug_assert!(head.iter().all(|byte| *byte == 0));
        let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        head[..4].copy_from_slice(&length.to_le_bytes());
        head[4..8].copy_from_slice(&segment::checksum(&self.seed, number, bytes).to_le_bytes());
        head[8..].copy_from_slice(&number.to_le_bytes());
        Ok(())
    }

    /// The tables are about to take in every record: the next one goes to the other segment, if that is free.
    pub(super) fn turn(&mut self) {
        let other = 1 - self.at;
        if self.segments[other].is_free(self.applied) {
            self.at = other;
        }
    }

    /// The tables have taken in every record up to this one, on disk: a segment that has no other begins again.
    pub(super) fn applied(&mut self, number: u64) {
        self.applied = number;
        self.sealed &= self.is_ahead();
    }

    /// At the end of the process the tables have all: nothing needs to be kept.
    pub(super) fn clear(&mut self) {
        // A log that stays as it is costs only its room on the disk.
        let _ = self.file.set_len(0);
    }
}

/// The records of both segments that follow `applied` without a gap, and the highest number that stands in any: none is given
/// again that stands there already.
fn follow(segments: &[Vec<(u64, &[u8])>; 2], applied: u64) -> (u64, Vec<Vec<u8>>) {
    let mut all: Vec<_> = segments.iter().flatten().filter(|(number, _)| *number > applied).collect();
    all.sort_unstable_by_key(|(number, _)| *number);
    // The last record of a segment that is full to the brim may be followed by the first of the other one: read twice.
    all.dedup_by_key(|(number, _)| *number);
    let last = all.last().map_or(applied, |(number, _)| *number);
    let next = (applied + 1..).zip(all).take_while(|(next, (number, _))| next == number);
    (last, next.map(|(_, (_, record))| record.to_vec()).collect())
}

#[cfg(test)]
mod tests;
