//! References: what an object names, by its id, in full, or as what is left of it.

use crate::deleted::Redacted;
use crate::id::{Id, Noun, pattern};
use crate::schema::value;
use serde::Serialize;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};

/// How what is named is to be shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Target<O> {
    /// By its id.
    #[default]
    Id,
    /// In full.
    Object(O),
    /// It was deleted: its id, and that.
    Deleted,
}

impl Target<()> {
    /// In full if it is `asked` for.
    pub fn when(asked: bool) -> Self {
        if asked { Self::Object(()) } else { Self::Id }
    }
}

impl<O> Target<O> {
    /// The same with what `make` makes of the object.
    pub fn map<U>(self, make: impl FnOnce(O) -> U) -> Target<U> {
        match self {
            Self::Id => Target::Id,
            Self::Object(object) => Target::Object(make(object)),
            Self::Deleted => Target::Deleted,
        }
    }

    /// The same, without the object.
    pub fn as_ref(&self) -> Target<&O> {
        match self {
            Self::Id => Target::Id,
            Self::Object(object) => Target::Object(object),
            Self::Deleted => Target::Deleted,
        }
    }
}

impl<O> From<Option<O>> for Target<O> {
    fn from(object: Option<O>) -> Self {
        object.map_or(Self::Id, Self::Object)
    }
}

/// The id of an object, the object itself, or what is left of it; null when there is none.
#[derive(Debug, Serialize)]
#[serde(untagged, bound = "O: Serialize")]
pub enum Reference<I: Noun, O> {
    /// Nothing is named.
    Nothing,
    /// By its id.
    Id(Id<I>),
    /// In full.
    Object(Box<O>),
    /// It was deleted.
    Deleted(Redacted<I>),
}

impl<I: Noun, O> Reference<I, O> {
    /// What `id` names, as that `target`.
    pub fn of(id: Option<&I>, target: impl Into<Target<O>>) -> Self {
        match (target.into(), id) {
            (Target::Object(object), _) => Self::Object(Box::new(object)),
            (Target::Deleted, Some(id)) => Self::Deleted(Redacted::new(id.clone())),
            (Target::Id, Some(id)) => Self::Id(id.into()),
            (_, None) => Self::Nothing,
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
