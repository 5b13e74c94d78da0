//! The objects of sandboxes, in memory.

use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::id::AccountId;
use deskbell_core::policy::limit::is_reached;
use deskbell_core::sandbox::{Identifier, Object, ObjectKind};
use deskbell_core::store::{
    Found, Listing, ObjectAdded, ObjectChanged, ObjectFilter, Page, Result, Sandboxes,
};

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

    fn object_by(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        by: Identifier,
        value: &str,
    ) -> Option<&Object> {
        let objects = self.objects.get(&(account.clone(), kind))?;
        objects.all().flatten().find(|object| object.identified(by).as_deref() == Some(value))
    }

    /// By what another object has `new` already, of what `old` was not identified by.
    pub(super) fn known(
        &self,
        account: &AccountId,
        old: Option<&Object>,
        new: &Object,
    ) -> Option<Identifier> {
        let is_known = |(by, value): &(Identifier, String)| {
            let found = self.object_by(account, new.kind(), *by, value);
            found.is_some_and(|other| other.id() != new.id())
        };
        new.newly_identified(old).into_iter().find(is_known).map(|(by, _)| by)
    }
}

#[async_trait]
impl Sandboxes for MemoryStore {
    async fn add_object(&self, account: &AccountId, object: Object, max: u32) -> Result<ObjectAdded> {
        let mut state = self.lock();
        if let Some(by) = state.known(account, None, &object) {
            return Ok(ObjectAdded::Known(by));
        }
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

    async fn objects_by_id(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        ids: Vec<String>,
    ) -> Result<Vec<Found>> {
        let mut found = Vec::with_capacity(ids.len());
        for id in &ids {
            found.push(self.object(account, kind, id).await?);
        }
        Ok(found)
    }

    async fn objects(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        filter: &ObjectFilter,
        page: &Page,
    ) -> Result<Listing<Object>> {
        let mut state = self.lock();
        let table = state.objects.entry((account.clone(), kind)).or_default();
        let wanted = |kept: &Kept| kept.as_ref().is_some_and(|object| filter.holds(object));
        let found = table.page(page, Option::is_some, wanted)?;
        let Listing { items, older, newer, stopped } = found;
        Ok(Listing { items: items.into_iter().flatten().collect(), older, newer, stopped })
    }

    async fn object_by(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        by: Identifier,
        value: &str,
    ) -> Result<Option<Object>> {
        Ok(self.lock().object_by(account, kind, by, &by.compared(value)).cloned())
    }

    async fn change_object(&self, account: &AccountId, old: &Object, new: Object) -> Result<ObjectChanged> {
        let mut state = self.lock();
        let known = state.known(account, Some(old), &new);
        match state.object_mut(account, old.kind(), old.id()) {
            Some(kept) if kept.as_ref() == Some(old) => {
                if let Some(by) = known {
                    return Ok(ObjectChanged::Known(by));
                }
                *kept = Some(new);
                Ok(ObjectChanged::Changed)
            }
            _ => Ok(ObjectChanged::Stale),
        }
    }

    async fn delete_object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> Result<bool> {
        let mut state = self.lock();
        Ok(state.object_mut(account, kind, id).is_some_and(|kept| kept.take().is_some()))
    }
}
