//! The objects of a sandbox, kept one by one.

use super::{Listing, Page, Result};
use crate::id::AccountId;
use crate::sandbox::{Object, ObjectKind};
use async_trait::async_trait;

/// What an id leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The object as it is now.
    There(Box<Object>),
    /// There was one, and it was deleted: nothing but its id is left (wire contract, 1).
    Deleted,
    /// There never was one.
    Unknown,
}

/// What became of a new object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectAdded {
    /// It is there.
    Added,
    /// The account has as many of that kind as it may have.
    TooMany,
    /// The account has or had an object of that id: try again with a fresh one.
    IdTaken,
}

/// The objects of accounts' sandboxes. [`Accounts::sandbox`](super::Accounts::sandbox) gives all of one at once.
#[async_trait]
pub trait Sandboxes: Send + Sync {
    /// Adds an object to the account's sandbox, if it has fewer than `max` of that kind. One step.
    async fn add_object(&self, account: &AccountId, object: Object, max: u32) -> Result<ObjectAdded>;

    /// What the id leads to among the account's objects of `kind`.
    async fn object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> Result<Found>;

    /// A page of the account's objects of `kind`; deleted ones are left out.
    async fn objects(&self, account: &AccountId, kind: ObjectKind, page: &Page) -> Result<Listing<Object>>;

    /// Puts `new` in the place of `old`, which has the same kind and id, if it still is as given: of two callers who
    /// read the same, one changes it. `false` when it is not.
    async fn change_object(&self, account: &AccountId, old: &Object, new: Object) -> Result<bool>;

    /// Deletes an object and wipes what was kept of it but its id. `false` when there is none.
    async fn delete_object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> Result<bool>;
}
