//! The cursor of a feed, as the `id` of its messages: `e12-a34-c5`, or `e12.2-a34-c5` in the middle of what event 12
//! tells. Clients give it back as it is.

use deskbell_core::store::Position;
use std::fmt;

/// How far the messages of one kind of rows were sent: all of the rows before `row`, and of `row` all of them, or the
/// first `sent`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct RowCursor {
    row: u64,
    sent: Option<u32>,
}

impl RowCursor {
    /// Behind everything that `row` tells.
    pub(super) fn behind(row: u64) -> Self {
        Self { row, sent: None }
    }

    /// Behind message `sent` of the `all` messages of `row`.
    pub(super) fn within(row: u64, sent: usize, all: usize) -> Self {
        let part = u32::try_from(sent).unwrap_or(u32::MAX);
        Self { row, sent: (sent < all).then_some(part) }
    }

    /// The last row of which nothing is to be sent any more.
    pub(super) fn done(self) -> u64 {
        if self.sent.is_some() { self.row.saturating_sub(1) } else { self.row }
    }

    /// The row that was sent in part.
    pub(super) fn begun(self) -> Option<u64> {
        self.sent.map(|_| self.row)
    }

    /// Messages of `row` that were sent already.
    pub(super) fn sent_of(self, row: u64) -> usize {
        match self.sent {
            Some(sent) if self.row == row => sent as usize,
            _ => 0,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (row, sent) = match text.split_once('.') {
            Some((row, sent)) => (row, Some(number(sent)?.try_into().ok()?)),
            None => (text, None),
        };
        Some(Self { row: number(row)?, sent })
    }
}

/// A number as we write it, one that a store can hold.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok().filter(|number| *number <= i64::MAX as u64)?;
    (number.to_string() == text).then_some(number)
}

impl fmt::Display for RowCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sent {
            Some(sent) => write!(f, "{}.{sent}", self.row),
            None => write!(f, "{}", self.row),
        }
    }
}

/// How far a feed has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FeedCursor {
    /// Among events and what they tell.
    pub(super) events: RowCursor,
    /// Among attempts and what they tell.
    pub(super) attempts: RowCursor,
    /// Among captures, each of which tells one message.
    pub(super) captures: RowCursor,
}

impl FeedCursor {
    /// Behind all that there is at `end`.
    pub(super) fn at(end: &Position) -> Self {
        Self {
            events: RowCursor::behind(end.event),
            attempts: RowCursor::behind(end.attempt),
            captures: RowCursor::behind(end.capture),
        }
    }

    /// Reads what [`Display`](fmt::Display) wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut part = |letter: char| parts.next()?.strip_prefix(letter);
        let (events, attempts, captures) = (part('e')?, part('a')?, part('c')?);
        let cursor = Self {
            events: RowCursor::parse(events)?,
            attempts: RowCursor::parse(attempts)?,
            captures: RowCursor::behind(number(captures)?),
        };
        parts.next().is_none().then_some(cursor)
    }

    /// Whether a feed of an account that ends at `end` can have come so far. One that cannot is another account's, or of
    /// another store: to follow it would be to wait for ever. Captures say nothing, for they can be deleted.
    pub(super) fn is_behind(&self, end: &Position) -> bool {
        self.events.row <= end.event && self.attempts.row <= end.attempt
    }

    /// Whether all was told of up to `cut`, the last of what was deleted for its age.
    pub(super) fn is_past(&self, cut: &Position) -> bool {
        self.events.done() >= cut.event && self.attempts.done() >= cut.attempt
    }
}

impl fmt::Display for FeedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "e{}-a{}-c{}", self.events, self.attempts, self.captures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_reads() {
        for text in ["e0-a0-c0", "e12-a34-c5", "e12.2-a34-c5", "e12-a34.1-c9223372036854775807"] {
            assert_eq!(FeedCursor::parse(text).map(|cursor| cursor.to_string()).as_deref(), Some(text));
        }
        for text in [
            "",
            "e",
            "e1",
            "e1-a1",
            "e1-a1-c1-",
            "e1-a1-c1-d1",
            "a1-e1-c1",
            "e1-a1-c1.1",
            "e-1-a1-c1",
            "e+1-a1-c1",
            "e01-a1-c1",
            "e1 -a1-c1",
            "e1.-a1-c1",
            "e1.1.1-a1-c1",
            "e9223372036854775808-a1-c1",
            "e1-a1-c",
            "é1-a1-c1",
            "e1.4294967296-a1-c1",
        ] {
            assert_eq!(FeedCursor::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_cursor_within_a_row_comes_back_to_it() {
        let cursor = RowCursor::within(12, 2, 3);
        assert_eq!((cursor.done(), cursor.sent_of(12), cursor.sent_of(13)), (11, 2, 0));
        assert_eq!(cursor.begun(), Some(12));
        let cursor = RowCursor::within(12, 3, 3);
        assert_eq!((cursor, cursor.done(), cursor.sent_of(12)), (RowCursor::behind(12), 12, 0));
        assert_eq!(cursor.begun(), None);
    }
}
