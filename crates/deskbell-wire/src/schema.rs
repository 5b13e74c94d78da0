//! Schemas of values: what a text, a number or a word may be is said by its type, and written in the document wherever the
//! type stands. A value is no component of the document; its name only carries it there.

use serde_json::Value;
use std::any::type_name;
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// What the name of each value begins with.
pub const VALUE: &str = "value.";

/// The name under which the schema of `T` travels.
pub(crate) fn name<T: ?Sized>() -> String {
    format!("{VALUE}{}", type_name::<T>())
}

/// A text, such as `example`.
pub(crate) fn text(example: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).examples([Value::from(example)])
}

/// One of `words`.
pub(crate) fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words))
}

/// Says that a type is a value, of that schema. Through `ComposeSchema` it can stand within `Vec` and `Option` too.
macro_rules! value {
    ([$($bounds:tt)*] $type:ty, $schema:expr) => {
        impl<$($bounds)*> utoipa::__dev::ComposeSchema for $type {
            fn compose(
                _: Vec<utoipa::openapi::RefOr<utoipa::openapi::Schema>>,
            ) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::RefOr::T(utoipa::openapi::Schema::from($schema.build()))
            }
        }

        impl<$($bounds)*> utoipa::ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                crate::schema::name::<Self>().into()
            }
        }
    };
    ($type:ty, $schema:expr) => {
        $crate::schema::value!([] $type, $schema);
    };
    // With a rule of its own, and the schema of another.
    ($type:ty as $other:ty) => {
        impl utoipa::__dev::ComposeSchema for $type {
            fn compose(
                generics: Vec<utoipa::openapi::RefOr<utoipa::openapi::Schema>>,
            ) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                <$other as utoipa::__dev::ComposeSchema>::compose(generics)
            }
        }

        impl utoipa::ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                crate::schema::name::<Self>().into()
            }
        }
    };
}

pub(crate) use value;
