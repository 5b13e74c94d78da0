//! Objects in the order they came, found by their ids.

use deskbell_core::store::{Cursor, Error, Listing, Page, Result, Weight};
use std::collections::{BTreeMap, HashMap};

/// Objects of one noun. Each has a place, which only grows, and an id.
#[derive(Clone)]
pub(super) struct Table<T> {
    next: i64,
    items: BTreeMap<i64, T>,
    places: HashMap<String, i64>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { next: 1, items: BTreeMap::new(), places: HashMap::new() }
    }
}

impl<T> Table<T> {
    /// Adds an object behind all others; `None`, and nothing happens, when its id is taken.
    pub(super) fn add(&mut self, id: &str, item: T) -> Option<i64> {
        if self.places.contains_key(id) {
            return None;
        }
        let place = self.next;
        self.next += 1;
        self.places.insert(id.to_owned(), place);
        self.items.insert(place, item);
        Some(place)
    }

    /// Puts an object in the place of the one of that id, if there is one.
    pub(super) fn replace(&mut self, id: &str, item: T) {
        if let Some(kept) = self.get_mut(id) {
            *kept = item;
        }
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<T> {
        self.items.remove(&self.places.remove(id)?)
    }

    pub(super) fn place(&self, id: &str) -> Option<i64> {
        self.places.get(id).copied()
    }

    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.at(self.place(id)?)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.at_mut(self.place(id)?)
    }

    pub(super) fn at(&self, place: i64) -> Option<&T> {
        self.items.get(&place)
    }

    pub(super) fn at_mut(&mut self, place: i64) -> Option<&mut T> {
        self.items.get_mut(&place)
    }

    /// All of them, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (i64, &T)> {
        self.items.iter().map(|(place, item)| (*place, item))
    }

    /// All of them, oldest first.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.items.values()
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }
}

impl<T: Clone + Weight> Table<T> {
    /// A page of what is `wanted`. A cursor must name something `ours`.
    pub(super) fn page(
        &self,
        page: &Page,
        ours: impl Fn(&T) -> bool,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Listing<T>> {
        let place = |id: &str| {
            let place = self.place(id).ok_or(Error::UnknownCursor)?;
            self.at(place).filter(|item| ours(item)).map(|_| place).ok_or(Error::UnknownCursor)
        };
        let wanted = |item: &&T| ours(item) && wanted(item);
        Ok(match &page.cursor {
            None => Listing::of(page, self.items.values().rev().filter(wanted).cloned()),
            Some(Cursor::After(id)) => {
                let older = self.items.range(..place(id)?).rev().map(|(_, item)| item);
                Listing::of(page, older.filter(wanted).cloned())
            }
            Some(Cursor::Before(id)) => {
                let newer = self.items.range(place(id)? + 1..).map(|(_, item)| item);
                Listing::of(page, newer.filter(wanted).cloned())
            }
        })
    }
}
