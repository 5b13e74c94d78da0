//! The answer to a delete, the same for all nouns; and what is left of a deleted object that keeps its id.

use crate::fixed;
use crate::id::{AnyId, Id, Noun};
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

/// What a get answers where a deleted object keeps its id (wire contract, 1): the object, or what is left of it.
macro_rules! or_deleted {
    ($noun:ident, $left:ident, $either:ident) => {
        /// What is left of a deleted object (wire contract, 1).
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub struct $left {
            id: crate::id::$noun,
            object: crate::fixed::$noun,
            /// Always `true`.
            deleted: crate::fixed::True,
        }

        /// An object, or what is left of it.
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        #[serde(untagged)]
        pub enum $either {
            /// As it is.
            There(Box<$noun>),
            /// What is left of it.
            Deleted($left),
        }

        impl $either {
            /// The object of that id; what is left of it where none was `found`.
            pub fn of(id: String, found: Option<deskbell_core::sandbox::$noun>) -> Self {
                match found {
                    Some(found) => Self::There(Box::new(found.into())),
                    None => Self::Deleted($left {
                        id: crate::id::Id(crate::id::Noun::from_text(id)),
                        object: crate::fixed::$noun,
                        deleted: crate::fixed::True,
                    }),
                }
            }
        }
    };
}

pub(crate) use or_deleted;

/// What is left of a deleted object where another names it (wire contract, 1).
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub struct Redacted<I: Noun> {
    id: Id<I>,
    object: &'static str,
    deleted: fixed::True,
}

impl<I: Noun> Redacted<I> {
    /// What is left of the object that had this id.
    pub fn new(id: I) -> Self {
        Self { id: id.into(), object: I::OBJECT, deleted: fixed::True }
    }
}
