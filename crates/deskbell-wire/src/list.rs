//! Lists (wire contract, 9.2): the envelope of every page.

use crate::fixed;
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

/// What stands in a list, with its id.
pub trait Identified {
    /// The id that a cursor names.
    fn id(&self) -> &str;
}
