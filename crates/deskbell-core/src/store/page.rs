//! Pagination: lists are read newest first, a page at a time, from a cursor (wire contract, 9.2).

use super::weight::Weight;
use crate::Timestamp;
use crate::policy::limit::PAGE_BYTES;

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most this many objects; 1 to 100.
    pub limit: u32,
    /// From which object on; `None` begins at the newest.
    pub cursor: Option<Cursor>,
}

impl Page {
    /// It is read from the cursor towards newer ones.
    pub fn is_backwards(&self) -> bool {
        matches!(self.cursor, Some(Cursor::Before(_)))
    }

    /// `items` of this page in the order in which they were read.
    pub fn nearest_first<T: Clone>(&self, items: &[T]) -> Vec<T> {
        let mut items = items.to_vec();
        if self.is_backwards() {
            items.reverse();
        }
        items
    }
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

/// A page while it is read, nearest to the cursor first: it is full with the one object that belongs to the next page, because there are
/// as many as were asked for or because they weigh as much as a page may. The first one always belongs to it.
#[derive(Debug)]
pub struct Filling<T> {
    limit: usize,
    bytes: usize,
    read: Vec<T>,
    /// Of [`read`](Self::read), those that belong to the page.
    fits: usize,
}

impl<T: Weight> Filling<T> {
    /// Nothing of `page` yet.
    pub fn of(page: &Page) -> Self {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        Self { limit, bytes: 0, read: Vec::new(), fits: 0 }
    }

    /// Adds the next object, of a page that is not full.
    pub fn push(&mut self, object: T) {
        self.bytes += object.bytes();
        self.read.push(object);
        let count = self.read.len();
        if count == 1 || (count <= self.limit && self.bytes <= PAGE_BYTES) {
            self.fits = count;
        }
    }

    /// Nothing more is to be read.
    pub fn is_full(&self) -> bool {
        self.fits < self.read.len()
    }

    /// What was read, as that `page`.
    pub fn listing(mut self, page: &Page) -> Listing<T> {
        let more = self.is_full();
        self.read.truncate(self.fits);
        match page.cursor {
            Some(Cursor::Before(_)) => {
                self.read.reverse();
                Listing { items: self.read, older: true, newer: more, stopped: None }
            }
            // The cursor's own object is newer than all of them.
            Some(Cursor::After(_)) => Listing { items: self.read, older: more, newer: true, stopped: None },
            None => Listing { items: self.read, older: more, newer: false, stopped: None },
        }
    }
}

impl<T> Listing<T> {
    /// The page of `rows`, which come nearest to the cursor first. No more of them are taken than it needs.
    pub fn of(page: &Page, rows: impl IntoIterator<Item = T>) -> Self
    where
        T: Weight,
    {
        let mut filling = Filling::of(page);
        for row in rows {
            filling.push(row);
            if filling.is_full() {
                break;
            }
        }
        filling.listing(page)
    }

    /// There is more in the direction of the cursor.
    pub fn has_more(&self, page: &Page) -> bool {
        self.stopped.is_some() || if page.is_backwards() { self.newer } else { self.older }
    }

    /// The same page with what was `made` of its objects, which [came](Page::nearest_first) nearest to the cursor first. Where that
    /// is less than all, the page ends there.
    #[must_use]
    pub fn made<U>(self, page: &Page, mut made: Vec<U>) -> Listing<U> {
        let cut = made.len() < self.items.len();
        let Self { older, newer, stopped, .. } = self;
        let stopped = stopped.filter(|_| !cut);
        if page.is_backwards() {
            made.reverse();
            Listing { items: made, older, newer: newer || cut, stopped }
        } else {
            Listing { items: made, older: older || cut, newer, stopped }
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
