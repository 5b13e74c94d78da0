//! Lists (wire contract, 9.2): the envelope of every page.

use crate::fixed;
use crate::time::Time;
use deskbell_core::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// Always `list`.
    object: fixed::List,
    /// The objects, newest first.
    data: Vec<T>,
    /// There is more in the direction that was asked for.
    has_more: bool,
}

impl<T> List<T> {
    /// A page of `data`.
    pub fn new(data: Vec<T>, has_more: bool) -> Self {
        Self { object: fixed::List, data, has_more }
    }
}

/// A page of what is kept for a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptList<T> {
    /// Always `list`.
    object: fixed::List,
    /// The objects, newest first.
    data: Vec<T>,
    /// There is more in the direction that was asked for.
    has_more: bool,
    /// Only at the end of the list: what happened to events that were accepted before this was deleted, because it was older than
    /// it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_before: Option<Time>,
}

impl<T> KeptList<T> {
    /// A page of `data`; at the end of the list with where the past was cut.
    pub fn new(data: Vec<T>, has_more: bool, deleted_before: Option<Timestamp>) -> Self {
        let deleted_before = deleted_before.map(Time);
        Self { object: fixed::List, data, has_more, deleted_before }
    }
}

/// What stands in a list, with its id.
pub trait Identified {
    /// The id that a cursor names.
    fn id(&self) -> &str;
}
