//! Pagination: lists are read newest first, a page at a time, from a cursor (wire contract, 9.2).

use crate::Timestamp;

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most this many objects; 1 to 100.
    pub limit: u32,
    /// From which object on; `None` begins at the newest.
    pub cursor: Option<Cursor>,
}

/// A place in a list: the id of one of its objects. An id that names no object of this account is
/// [`Error::UnknownCursor`](super::Error::UnknownCursor).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// What follows that object in the list: older ones.
    After(String),
    /// What precedes it: newer ones, those next to it.
    Before(String),
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<T> {
    /// The objects, newest first.
    pub items: Vec<T>,
    /// There are older ones behind the last.
    pub older: bool,
    /// There are newer ones before the first.
    pub newer: bool,
    /// So many rows were looked at that the page ended before it was full: this is the id of the last of them, in the
    /// direction of the cursor. There may be more behind it.
    pub stopped: Option<String>,
}

impl<T> Listing<T> {
    /// Puts a page together from what a store read in the direction of its cursor: `read` holds up to `limit + 1`
    /// objects, nearest to the cursor first.
    pub fn of(page: &Page, mut read: Vec<T>) -> Self {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = read.len() > limit;
        read.truncate(limit);
        match page.cursor {
            Some(Cursor::Before(_)) => {
                read.reverse();
                Self { items: read, older: true, newer: more, stopped: None }
            }
            // The cursor's own object is newer than all of them.
            Some(Cursor::After(_)) => Self { items: read, older: more, newer: true, stopped: None },
            None => Self { items: read, older: more, newer: false, stopped: None },
        }
    }

    /// The page, ended early behind the row of that id.
    #[must_use]
    pub fn stopped_at(self, stopped: Option<String>) -> Self {
        Self { stopped, ..self }
    }

    /// The same page of something made from its objects.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Listing<U> {
        let Self { items, older, newer, stopped } = self;
        Listing { items: items.into_iter().map(make).collect(), older, newer, stopped }
    }

    /// The same page with `items` in the place of its objects.
    pub fn with<U>(self, items: Vec<U>) -> Listing<U> {
        Listing { items, older: self.older, newer: self.newer, stopped: self.stopped }
    }
}

/// A span of time; both ends are excluded, as in the vendor's `.gt` and `.lt`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Only later than this.
    pub after: Option<Timestamp>,
    /// Only earlier than this.
    pub before: Option<Timestamp>,
}

impl Span {
    /// Whether `at` lies in it.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.after.is_none_or(|after| at > after) && self.before.is_none_or(|before| at < before)
    }
}
