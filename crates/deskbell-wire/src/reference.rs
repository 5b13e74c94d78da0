//! References: what an object names, by its id or in full.

use crate::id::{Id, Noun, pattern};
use crate::schema::value;
use serde::Serialize;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};

/// The id of an object, or the object itself; null when there is none.
#[derive(Debug, Serialize)]
#[serde(untagged, bound = "O: Serialize")]
pub enum Reference<I: Noun, O> {
    /// Nothing is named.
    Nothing,
    /// By its id.
    Id(Id<I>),
    /// In full.
    Object(Box<O>),
}

impl<I: Noun, O> Reference<I, O> {
    /// What `id` names: in full where the `object` is given.
    pub fn of(id: Option<&I>, object: Option<O>) -> Self {
        match (object, id) {
            (Some(object), _) => Self::Object(Box::new(object)),
            (None, Some(id)) => Self::Id(id.into()),
            (None, None) => Self::Nothing,
        }
    }
}

value!([I: Noun, O] Reference<I, O>, {
    let kind = |kind| ObjectBuilder::new().schema_type(kind);
    AnyOfBuilder::new()
        .item(kind(Type::String).pattern(Some(pattern(I::EXAMPLE))))
        .item(kind(Type::Object))
        .item(kind(Type::Null))
        .examples([I::EXAMPLE])
});
