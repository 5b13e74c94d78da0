//! A batch: a body that holds many, each of which is judged by itself.

use crate::problem::Problem;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// The items of `{"<field>": […]}`, at most `most`, each as it came and still to be [`parse`](super::parse)d by itself; `None`
/// when the body is no such object, which is then for `parse` to judge. Past `most` items are counted, and not kept.
pub fn batch<'b>(bytes: &'b [u8], field: &str, most: usize) -> Result<Option<Vec<&'b RawValue>>, Problem> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(None) };
    let mut reader = serde_json::Deserializer::from_str(text);
    let look = Look { field }.deserialize(&mut reader).and_then(|seen| reader.end().map(|()| seen));
    let Ok(Seen { members, named, first: Some(first) }) = look else { return Ok(None) };
    if members > 1 {
        let (code, message) = match named > 1 {
            true => ("json_duplicate_key", format!("The key '{field}' stands twice in one object.")),
            false => ("unknown_field", format!("Nothing but '{field}' may stand beside '{field}'.")),
        };
        return Err(Problem::invalid(field, code, message));
    }
    let items = Items { most }.deserialize(&mut serde_json::Deserializer::from_str(first.get()));
    let (kept, given) = items.map_err(|_| {
        Problem::invalid(field, "type_mismatch", format!("{field} must be an array of objects."))
    })?;
    match given {
        0 => Err(Problem::required(field)),
        given if given > most => {
            let message = format!("{given} {field} were given; at most {most} are allowed.");
            Err(Problem::invalid(field, "events_too_many", message))
        }
        _ => Ok(Some(kept)),
    }
}

/// Looks for `field` in an object.
struct Look<'f> {
    field: &'f str,
}

/// What an object has.
struct Seen<'b> {
    members: usize,
    /// How many of them are the field.
    named: usize,
    /// The value of the first of those.
    first: Option<&'b RawValue>,
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
                let value = map.next_value()?;
                seen.first.get_or_insert(value);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(seen)
    }
}

/// Reads an array, of which at most so many items are kept, and gives how many it has.
struct Items {
    most: usize,
}

impl<'b> DeserializeSeed<'b> for Items {
    type Value = (Vec<&'b RawValue>, usize);

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'b> Visitor<'b> for Items {
    type Value = (Vec<&'b RawValue>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < self.most {
            let Some(item) = items.next_element()? else { break };
            kept.push(item);
        }
        let mut given = kept.len();
        while items.next_element::<IgnoredAny>()?.is_some() {
            given += 1;
        }
        Ok((kept, given))
    }
}
