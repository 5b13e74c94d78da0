//! An object of a body that nobody reads: its bytes go on as they came.

use crate::schema::value;
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fmt;
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// The name by which [`RawObject`] asks the deserializer of bodies for the bytes.
pub(crate) const RAW_OBJECT: &str = "deskbell_wire::RawObject";

/// An object as it came, byte for byte.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct RawObject(pub Box<RawValue>);

impl<'de> Deserialize<'de> for RawObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = RawObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_str<E: Error>(self, bytes: &str) -> Result<RawObject, E> {
                RawValue::from_string(bytes.to_owned()).map(RawObject).map_err(E::custom)
            }

            /// What other deserializers answer: they have the bytes under serde_json's own name only.
            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<RawObject, D::Error> {
                let raw = Box::<RawValue>::deserialize(inner)?;
                if raw.get().starts_with('{') {
                    Ok(RawObject(raw))
                } else {
                    Err(D::Error::custom("not an object"))
                }
            }
        }
        deserializer.deserialize_newtype_struct(RAW_OBJECT, Bytes)
    }
}

value!(RawObject, ObjectBuilder::new().schema_type(Type::Object));
