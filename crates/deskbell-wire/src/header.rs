//! Headers of a request or an answer, in their order.

use crate::schema::value;
use deskbell_core::attempt::Header;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};

/// Names and values of an answer, each pair an array of two texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Headers(pub Vec<(String, String)>);

impl From<Vec<Header>> for Headers {
    fn from(sent: Vec<Header>) -> Self {
        Self(sent.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

value!(Headers, {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    // A tuple would be documented with `items: false`, over which generators of clients stop.
    let pair = ArrayBuilder::new().prefix_items([text(), text()]).items(text());
    let pair = pair.min_items(Some(2)).max_items(Some(2));
    ArrayBuilder::new().items(pair)
});

/// Headers that a caller gives as an object of texts. One that is null is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenHeaders(pub Vec<(String, String)>);

impl<'de> Deserialize<'de> for GivenHeaders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = GivenHeaders;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<GivenHeaders, A::Error> {
                let mut headers = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Option<String>>()? {
                    headers.extend(value.map(|value| (name, value)));
                }
                Ok(GivenHeaders(headers))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

value!(GivenHeaders, GivenHeaders::object());

impl GivenHeaders {
    /// As the document has them; which names are taken, others may narrow.
    pub(crate) fn object() -> ObjectBuilder {
        let text_or_null = SchemaType::from_iter([Type::String, Type::Null]);
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .property_names(Some(ObjectBuilder::new().schema_type(Type::String)))
            .additional_properties(Some(ObjectBuilder::new().schema_type(text_or_null)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_str, to_string};

    #[test]
    fn given_headers_keep_their_order_and_lose_what_is_null() {
        let GivenHeaders(given) = from_str(r#"{"X-B": "1", "X-A": "2", "X-C": null, "x-b": "3"}"#).unwrap();
        let pairs: Vec<(&str, &str)> = given.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(pairs, [("X-B", "1"), ("X-A", "2"), ("x-b", "3")]);
        assert!(from_str::<GivenHeaders>(r#"{"X-A": 1}"#).is_err());
        assert_eq!(to_string(&Headers(given[..1].to_vec())).unwrap(), r#"[["X-B","1"]]"#);
    }
}
