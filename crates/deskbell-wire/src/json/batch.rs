//! A batch: a body that holds many, each of which is judged by itself.

use crate::problem::Problem;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::cell::Cell;
use std::fmt;

/// The items of `{"<field>": […]}`, at most `most`, each as it came and still to be [`parse`](super::parse)d by itself; `None`
/// when the body is no such object, which is then for `parse` to judge. The one past `most` is the last that is read.
pub fn batch<'b>(bytes: &'b [u8], field: &str, most: usize) -> Result<Option<Vec<&'b RawValue>>, Problem> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(None) };
    let too_many = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_str(text);
    let look = Look { field, items: Items { most, too_many: &too_many } }.deserialize(&mut reader);
    let look = look.and_then(|seen| reader.end().map(|()| seen));
    if too_many.get() {
        let message = format!("More than {most} {field} were given, which is the limit.");
        return Err(Problem::invalid(field, "events_too_many", message));
    }
    let Ok(Seen { members, named, first: Some(first) }) = look else { return Ok(None) };
    if members > 1 {
        let (code, message) = match named > 1 {
            true => ("json_duplicate_key", format!("The key '{field}' stands twice in one object.")),
            false => ("unknown_field", format!("Nothing but '{field}' may stand beside '{field}'.")),
        };
        return Err(Problem::invalid(field, code, message));
    }
    match first {
        None => {
            let message = format!("{field} must be an array of objects.");
            Err(Problem::invalid(field, "type_mismatch", message))
        }
        Some(items) if items.is_empty() => Err(Problem::required(field)),
        Some(items) => Ok(Some(items)),
    }
}

/// Looks for `field` in an object.
struct Look<'f> {
    field: &'f str,
    items: Items<'f>,
}

/// What an object has.
struct Seen<'b> {
    members: usize,
    /// How many of them are the field.
    named: usize,
    /// The items of the first of those; `None` within when it is no array.
    first: Option<Option<Vec<&'b RawValue>>>,
}

impl<'b> DeserializeSeed<'b> for Look<'_> {
    type Value = Seen<'b>;

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<Seen<'b>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'b> Visitor<'b> for Look<'_> {
    type Value = Seen<'b>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut map: A) -> Result<Seen<'b>, A::Error> {
        let mut seen = Seen { members: 0, named: 0, first: None };
        while let Some(name) = map.next_key::<String>()? {
            seen.members += 1;
            if name == self.field {
                seen.named += 1;
                let items = map.next_value_seed(self.items)?;
                seen.first.get_or_insert(items);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(seen)
    }
}

/// Reads an array of at most so many items; `None` when it is something else.
#[derive(Clone, Copy)]
struct Items<'f> {
    most: usize,
    /// Set when there are more, which ends the reading: serde has one way out of a visitor, an error of its own kind.
    too_many: &'f Cell<bool>,
}

impl<'b> DeserializeSeed<'b> for Items<'_> {
    type Value = Option<Vec<&'b RawValue>>;

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'b> Visitor<'b> for Items<'_> {
    type Value = Option<Vec<&'b RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while let Some(item) = items.next_element()? {
            if kept.len() == self.most {
                self.too_many.set(true);
                return Err(A::Error::custom("too many"));
            }
            kept.push(item);
        }
        Ok(Some(kept))
    }

    fn visit_map<A: MapAccess<'b>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}
