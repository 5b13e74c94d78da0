//! Targets: what a field of the objects of an answer leads to, all of them in one read, each once however often it is named.

use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::sandbox::Noun;
use deskbell_core::store::Found;
use deskbell_wire::problem::Problem;
use deskbell_wire::reference::Target;
use std::collections::{BTreeSet, HashMap};

/// What a field of objects `O`, the id of an `N`, leads to.
pub struct Targets<O, N> {
    field: fn(&O) -> Option<&str>,
    found: HashMap<String, Target<N>>,
}

impl<O, N: Noun> Targets<O, N> {
    /// What `field` of `objects` leads to in the account; nothing is read unless it is `wanted`.
    pub async fn read(
        store: &dyn Store,
        account: &Account,
        objects: &[O],
        wanted: bool,
        field: fn(&O) -> Option<&str>,
    ) -> Result<Self, Problem> {
        let named: BTreeSet<&str> = objects.iter().filter(|_| wanted).filter_map(field).collect();
        if named.is_empty() {
            return Ok(Self { field, found: HashMap::new() });
        }
        let ids: Vec<String> = named.into_iter().map(str::to_owned).collect();
        let found = store.objects_by_id(&account.id, N::KIND, ids.clone()).await?;
        let target = |found| match found {
            Found::There(object) => Target::from(N::of(*object)),
            Found::Deleted => Target::Deleted,
            Found::Unknown => Target::Id,
        };
        let found = ids.into_iter().zip(found.into_iter().map(target)).collect();
        Ok(Self { field, found })
    }

    /// How `object` shows what the field leads to: by its id, if that was not wanted.
    pub fn of(&self, object: &O) -> Target<&N> {
        (self.field)(object).and_then(|id| self.found.get(id)).map_or(Target::Id, Target::as_ref)
    }
}
