//! The answer to a delete, the same for all nouns.

use crate::fixed;
use crate::id::AnyId;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer to a delete.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deleted {
    id: AnyId,
    /// Always `true`.
    deleted: fixed::True,
}

impl Deleted {
    /// `id` is gone.
    pub fn new(id: impl ToString) -> Self {
        Self { id: AnyId(id.to_string()), deleted: fixed::True }
    }
}
