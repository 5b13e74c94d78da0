//! The objects of sandboxes, in memory.

use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::id::AccountId;
use deskbell_core::policy::limit::is_reached;
use deskbell_core::sandbox::{Object, ObjectKind};
use deskbell_core::store::{Found, Listing, ObjectAdded, Page, Result, Sandboxes};

/// Nothing is left of a deleted object but its place and its id.
pub(super) type Kept = Option<Object>;

impl State {
    /// Adds an object whatever the limit; `None`, and nothing happens, when its id is taken.
    pub(super) fn add_object(&mut self, account: &AccountId, object: Object) -> Option<i64> {
        let table = self.objects.entry((account.clone(), object.kind())).or_default();
        table.add(object.id().to_owned().as_str(), Some(object))
    }

    /// All that the account's sandbox holds.
    pub(super) fn sandbox(&self, account: &AccountId) -> impl Iterator<Item = &Object> {
        let tables = ObjectKind::ALL.map(|kind| self.objects.get(&(account.clone(), kind)));
        tables.into_iter().flatten().flat_map(|table| table.all().flatten())
    }

    fn object_mut(&mut self, account: &AccountId, kind: ObjectKind, id: &str) -> Option<&mut Kept> {
        self.objects.get_mut(&(account.clone(), kind))?.get_mut(id).filter(|kept| kept.is_some())
    }
}

#[async_trait]
impl Sandboxes for MemoryStore {
    async fn add_object(&self, account: &AccountId, object: Object, max: u32) -> Result<ObjectAdded> {
        let mut state = self.lock();
        let table = state.objects.entry((account.clone(), object.kind())).or_default();
        if is_reached(table.all().flatten().count() as u64, max) {
            return Ok(ObjectAdded::TooMany);
        }
        let added = state.add_object(account, object);
        Ok(added.map_or(ObjectAdded::IdTaken, |_| ObjectAdded::Added))
    }

    async fn object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> Result<Found> {
        let state = self.lock();
        let kept = state.objects.get(&(account.clone(), kind)).and_then(|table| table.get(id));
        Ok(match kept {
            Some(Some(object)) => Found::There(Box::new(object.clone())),
            Some(None) => Found::Deleted,
            None => Found::Unknown,
        })
    }

    async fn objects(&self, account: &AccountId, kind: ObjectKind, page: &Page) -> Result<Listing<Object>> {
        let mut state = self.lock();
        let table = state.objects.entry((account.clone(), kind)).or_default();
        let found = table.page(page, Option::is_some, |_| true)?;
        let Listing { items, older, newer, stopped } = found;
        Ok(Listing { items: items.into_iter().flatten().collect(), older, newer, stopped })
    }

    async fn change_object(&self, account: &AccountId, old: &Object, new: Object) -> Result<bool> {
        let mut state = self.lock();
        match state.object_mut(account, old.kind(), old.id()) {
            Some(kept) if kept.as_ref() == Some(old) => {
                *kept = Some(new);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn delete_object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> Result<bool> {
        let mut state = self.lock();
        Ok(state.object_mut(account, kind, id).is_some_and(|kept| kept.take().is_some()))
    }
}
