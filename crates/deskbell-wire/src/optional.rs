//! Fields that a body can leave out. `Option` is for those in which null says no more than that; the others tell null
//! from nothing.

use crate::broken::Broken;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// What the names of the types of this file begin with in the document, which leaves them out of `required`.
pub const NAMES: [&str; 2] = ["Omittable", "Patch"];

/// A field that can be left out, but not be null: null is a field that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omittable<T>(pub Option<T>);

impl<T> Default for Omittable<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// A field that can be left out, and emptied with null.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// It was left out: what was there stays.
    #[default]
    Absent,
    /// It is null: what was there goes.
    Null,
    /// A value in place of what was there.
    Given(T),
}

impl<T> Patch<T> {
    /// The change, if it is one: `Some(None)` empties.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Given(value) => Some(Some(value)),
        }
    }
}

/// A field that must be given, and can be null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nullable<T>(pub Option<T>);

/// Reads a field three ways.
struct Three<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Three<T> {
    type Value = Patch<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, null or nothing")
    }

    fn visit_none<E: Error>(self) -> Result<Patch<T>, E> {
        Ok(Patch::Absent)
    }

    fn visit_unit<E: Error>(self) -> Result<Patch<T>, E> {
        Ok(Patch::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Patch<T>, D::Error> {
        T::deserialize(deserializer).map(Patch::Given)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(Three(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Omittable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Patch::deserialize(deserializer)? {
            Patch::Absent => Ok(Self(None)),
            Patch::Null => Err(missing()),
            Patch::Given(value) => Ok(Self(Some(value))),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Patch::deserialize(deserializer)? {
            Patch::Absent => Err(missing()),
            Patch::Null => Ok(Self(None)),
            Patch::Given(value) => Ok(Self(Some(value))),
        }
    }
}

fn missing<E: Error>() -> E {
    E::custom(Broken::new("field_required", "Required fields are missing."))
}

/// The schema of what stands within, as utoipa has composed it.
fn within<T: ToSchema>(generics: &[RefOr<Schema>]) -> RefOr<Schema> {
    generics.first().cloned().unwrap_or_else(T::schema)
}

impl<T: ToSchema> ComposeSchema for Omittable<T> {
    fn compose(generics: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        within::<T>(&generics)
    }
}

impl<T: ToSchema> ToSchema for Omittable<T> {
    fn name() -> Cow<'static, str> {
        NAMES[0].into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema> ComposeSchema for Patch<T> {
    fn compose(generics: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let null = ObjectBuilder::new().schema_type(Type::Null);
        OneOfBuilder::new().item(within::<T>(&generics)).item(null).into()
    }
}

impl<T: ToSchema> ToSchema for Patch<T> {
    fn name() -> Cow<'static, str> {
        NAMES[1].into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema> ComposeSchema for Nullable<T> {
    fn compose(generics: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        Patch::<T>::compose(generics)
    }
}

/// Written where it stands, like a value.
impl<T: ToSchema> ToSchema for Nullable<T> {
    fn name() -> Cow<'static, str> {
        crate::schema::name::<Self>().into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}
