//! One pass over a body that builds no tree and refuses everything the contract leaves out.

use crate::problem::{Problem, cut};
use deskbell_core::policy::limit::{JSON_DEPTH, JSON_KEYS};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

pub(super) fn check(bytes: &[u8]) -> Result<(), Problem> {
    if let Err(error) = std::str::from_utf8(bytes) {
        let message = format!("The body is not UTF-8 at byte {}.", error.valid_up_to());
        return Err(Problem::bad_request("json_encoding", message));
    }
    let walk = Walk::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    // serde has one way out of a visitor, an error of its own kind: what we refuse is laid down in the walk, and the error only
    // carries the news. One that was laid down comes before what serde_json itself says.
    let read = Value { walk: &walk, depth: 0 }.deserialize(&mut reader).and_then(|()| reader.end());
    read.map_err(|error| walk.0.into_inner().refusal.unwrap_or_else(|| syntax(bytes, &error)))
}

/// What serde_json could not read, in our words.
fn syntax(bytes: &[u8], error: &serde_json::Error) -> Problem {
    let at = offset(bytes, error.line(), error.column());
    let text = error.to_string();
    let place = format!("line {}, column {}", error.line(), error.column());
    // serde_json tells these apart in its text alone; the tests pin that text.
    if ["surrogate", "unexpected end of hex escape"].iter().any(|sign| text.contains(sign)) {
        let message = format!("A string has half of a surrogate pair at byte {at} ({place}).");
        return Problem::bad_request("json_encoding", message);
    }
    let number = ["invalid number", "number out of range"].iter().any(|sign| text.contains(sign));
    if number || names_no_number(bytes, at) {
        let message = format!("A number is not JSON or too large at {place}.");
        return Problem::bad_request("json_number", message);
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Problem::bad_request(
            "json_syntax",
            "The body begins with a byte order mark, at line 1, column 1.",
        );
    }
    let reason = text.split(" at line ").next().unwrap_or_default();
    Problem::bad_request(
        "json_syntax",
        format!("The body is not one JSON document: {} at {place}.", cut(reason)),
    )
}

/// `NaN`, `Infinity` or `-Infinity` where a value should be.
fn names_no_number(bytes: &[u8], at: usize) -> bool {
    // serde_json stops somewhere inside the word, which begins behind the last mark that can stand before a value.
    let before = bytes[..at.min(bytes.len())].iter().rposition(|byte| b":,[ \t\r\n".contains(byte));
    let word = &bytes[before.map_or(0, |before| before + 1)..];
    ["NaN", "Infinity", "-Infinity"].iter().any(|name| word.starts_with(name.as_bytes()))
}

/// The byte that `line` and `column` (both from 1) speak of.
fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    lines.map(<[u8]>::len).sum::<usize>() + column.saturating_sub(1)
}

/// What one pass remembers.
#[derive(Default)]
struct Walk(RefCell<Seen>);

#[derive(Default)]
struct Seen {
    keys: usize,
    /// The key of the top object we are under.
    field: Option<String>,
    refusal: Option<Problem>,
}

impl Walk {
    /// Ends the pass with `problem`, blamed on the field we are under.
    fn refuse<E: Error>(&self, problem: Problem) -> E {
        let mut seen = self.0.borrow_mut();
        let blamed = match &seen.field {
            Some(field) => problem.param(field),
            None => problem,
        };
        seen.refusal = Some(blamed);
        E::custom("refused")
    }

    fn text<E: Error>(&self, text: &str) -> Result<(), E> {
        if !text.contains('\0') {
            return Ok(());
        }
        Err(self
            .refuse(Problem::bad_request("nul_character", "A string holds U+0000, which cannot be kept.")))
    }

    fn key<E: Error>(&self, key: &str, depth: usize) -> Result<(), E> {
        let mut seen = self.0.borrow_mut();
        seen.keys += 1;
        let too_many = seen.keys > JSON_KEYS;
        if depth == 1 {
            seen.field = Some(cut(key));
        }
        drop(seen);
        if too_many {
            let message = format!("The body has more than {JSON_KEYS} keys.");
            return Err(self.refuse(Problem::bad_request("json_too_many_keys", message)));
        }
        self.text(key)
    }
}

/// A value at `depth`: how many arrays and objects are around it.
#[derive(Clone, Copy)]
struct Value<'w> {
    walk: &'w Walk,
    depth: usize,
}

impl Value<'_> {
    fn inside<E: Error>(self) -> Result<Self, E> {
        if self.depth == JSON_DEPTH {
            let message = format!("The body is nested deeper than {JSON_DEPTH}.");
            return Err(self.walk.refuse(Problem::bad_request("json_too_deep", message)));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.walk.text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        while items.next_element_seed(inside)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        let mut keys: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(key) = map.next_key_seed(Key)? {
            self.walk.key(&key, inside.depth)?;
            // Escapes are resolved by now: `url` and `u\u0072l` are one key, as they are to whoever reads the object.
            if keys.contains(&key) {
                let message = format!("The key '{}' stands twice in one object.", cut(&key));
                return Err(self.walk.refuse(Problem::bad_request("json_duplicate_key", message)));
            }
            keys.insert(key);
            map.next_value_seed(inside)?;
        }
        Ok(())
    }
}

/// A key, borrowed from the body unless it has escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}
