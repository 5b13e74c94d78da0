//! A segment of the redo log: records one behind the other, from its start.

use super::HEAD;

/// Bytes of a segment at most. A start has to read both again, and what waits in them is in memory too.
pub(super) const BYTES: u64 = 4 << 20;

/// Where a segment is, and what is in it.
#[derive(Debug)]
pub(super) struct Segment {
    /// Where it begins in the file.
    start: u64,
    /// How long it is.
    length: u64,
    /// The numbers of its first and its last record.
    first: u64,
    last: u64,
}

impl Segment {
    /// Both segments of a log, in which nothing has been written yet.
    pub(super) fn both() -> [Self; 2] {
        [0, BYTES].map(|start| Self { start, length: 0, first: 0, last: 0 })
    }

    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// Where it ends in the file.
    pub(super) fn end(&self) -> u64 {
        self.start + self.length
    }

    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// Whether the tables, which are so far, have all of it: then it may begin again.
    pub(super) fn is_free(&self, applied: u64) -> bool {
        self.last <= applied
    }

    /// Where its next record begins in the file.
    pub(super) fn next(&self, applied: u64) -> u64 {
        if self.is_free(applied) { self.start } else { self.end() }
    }

    /// Whether a record of so many bytes may follow.
    pub(super) fn has_room(&self, bytes: u64, applied: u64) -> bool {
        self.next(applied) + bytes <= self.start + BYTES
    }

    /// A record of that number and length stands where the next one was to be.
    pub(super) fn wrote(&mut self, number: u64, bytes: u64, applied: u64) {
        if self.is_free(applied) {
            (self.first, self.length) = (number, 0);
        }
        self.last = number;
        self.length += bytes;
    }

    /// The whole records that stand at its start in the file of these `bytes`, with their numbers. The last ones may be of an
    /// earlier round: the tables have them.
    pub(super) fn records<'b>(&self, bytes: &'b [u8], seed: &crc32fast::Hasher) -> Vec<(u64, &'b [u8])> {
        let mut rest =
            usize::try_from(self.start).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
        let next = || {
            let (number, record, behind) = read(rest, seed)?;
            rest = behind;
            Some((number, record))
        };
        std::iter::from_fn(next).collect()
    }
}

/// The record at the start of `bytes`, if it is whole: its number, its bytes, and what is behind it.
fn read<'b>(bytes: &'b [u8], seed: &crc32fast::Hasher) -> Option<(u64, &'b [u8], &'b [u8])> {
    let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
    let (length, head) = head.split_first_chunk()?;
    let (sum, number) = head.split_first_chunk()?;
    let (record, rest) = rest.split_at_checked(u32::from_le_bytes(*length).try_into().ok()?)?;
    let number = u64::from_le_bytes(*number.first_chunk()?);
    (u32::from_le_bytes(*sum) == checksum(seed, number, record)).then_some((number, record, rest))
}

pub(super) fn checksum(seed: &crc32fast::Hasher, number: u64, record: &[u8]) -> u32 {
    let mut hasher = seed.clone();
    hasher.update(&number.to_le_bytes());
    hasher.update(record);
    hasher.finalize()
}
