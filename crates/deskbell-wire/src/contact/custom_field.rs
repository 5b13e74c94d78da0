//! Custom fields: the account's own fields of a contact, as the vendor has them and as a plain object.

use crate::body::ARRAY_OR_OBJECT;
use crate::broken::Broken;
use crate::schema::value;
use crate::text::Name;
use deskbell_core::policy::limit::CUSTOM_FIELDS;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use utoipa::ToSchema;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{Ref, Schema};

/// A field of the account's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "crm_id", "value": "L-20418"})))]
pub struct CustomField {
    pub(super) name: Name,
    /// Anything.
    #[schema(value_type = Value)]
    pub(super) value: Value,
}

/// Custom fields of one contact, from an array of names and values or from an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomFields(pub Vec<(String, Value)>);

impl CustomFields {
    fn push<E: Error>(&mut self, CustomField { name, value }: CustomField) -> Result<(), E> {
        if self.0.len() == CUSTOM_FIELDS {
            let message = format!("At most {CUSTOM_FIELDS} custom fields are allowed.");
            return Err(E::custom(Broken::new("fields_too_many", message)));
        }
        self.0.push((name.0, value));
        Ok(())
    }
}

impl<'de> Deserialize<'de> for CustomFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = CustomFields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of names and values, or an object")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut given: A) -> Result<CustomFields, A::Error> {
                let mut fields = CustomFields::default();
                while let Some(field) = given.next_element()? {
                    fields.push(field)?;
                }
                Ok(fields)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut given: A) -> Result<CustomFields, A::Error> {
                let mut fields = CustomFields::default();
                while let Some((name, value)) = given.next_entry()? {
                    fields.push(CustomField { name, value })?;
                }
                Ok(fields)
            }

            /// What other deserializers answer.
            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<CustomFields, D::Error> {
                inner.deserialize_any(self)
            }
        }
        deserializer.deserialize_newtype_struct(ARRAY_OR_OBJECT, Either)
    }
}

value!(CustomFields, {
    let pairs =
        ArrayBuilder::new().items(Ref::from_schema_name("CustomField")).max_items(Some(CUSTOM_FIELDS));
    let plain = ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)));
    OneOfBuilder::new().item(pairs).item(plain)
});
