//! Values on their way: as they are read from SQLite, written to PostgreSQL and read back, and their sums.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What a column holds, in PostgreSQL's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `bigint`.
    Integer,
    /// `boolean`; in SQLite a number that is 0 or not.
    Flag,
    /// `text`.
    Text,
    /// `bytea`.
    Bytes,
    /// `text`: an event's id, which SQLite keeps as a number where it can.
    EventId,
}

/// A value, as PostgreSQL is to have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// None.
    Null,
    Integer(i64),
    Flag(bool),
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    /// About how many bytes it has.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Null | Self::Flag(_) => 1,
            Self::Integer(_) => 8,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    /// Adds it to what is hashed, so that no two lists of values look alike.
    fn hash(&self, into: &mut Sha256) {
        let mut part = |mark: u8, bytes: &[u8]| {
            into.update([mark]);
            into.update((bytes.len() as u64).to_le_bytes());
            into.update(bytes);
        };
        match self {
            Self::Null => part(0, &[]),
            Self::Integer(number) => part(1, &number.to_le_bytes()),
            Self::Flag(flag) => part(2, &[u8::from(*flag)]),
            Self::Text(text) => part(3, text.as_bytes()),
            Self::Bytes(bytes) => part(4, bytes),
        }
    }
}

/// A part of a row's key in SQLite. Text as it stands there, be it damaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyPart {
    Integer(i64),
    Text(Vec<u8>),
}

/// The key of a row in SQLite, by which its table is walked.
pub(crate) type Key = Vec<KeyPart>;

/// The key in words.
pub(crate) fn words(key: &Key) -> String {
    let word = |part: &KeyPart| match part {
        KeyPart::Integer(number) => number.to_string(),
        KeyPart::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    };
    key.iter().map(word).collect::<Vec<_>>().join("/")
}

/// Rows, and the sum of the first 8 bytes of each row's SHA-256: the same in whatever order they come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) rows: u64,
    pub(crate) hashes: u64,
}

impl Sum {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: &[Value]) {
        self.rows += 1;
        self.hashes = self.hashes.wrapping_add(hash(row));
    }

    /// Without these.
    pub(crate) fn without(self, other: Self) -> Self {
        Self { rows: self.rows.saturating_sub(other.rows), hashes: self.hashes.wrapping_sub(other.hashes) }
    }
}

fn hash(row: &[Value]) -> u64 {
    let mut hash = Sha256::new();
    row.iter().for_each(|value| value.hash(&mut hash));
    let mut first = [0; 8];
    first.iter_mut().zip(hash.finalize()).for_each(|(byte, of)| *byte = of);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[Value]]) -> Sum {
        let mut sum = Sum::default();
        rows.iter().for_each(|row| sum.add(row));
        sum
    }

    #[test]
    fn a_sum_is_the_same_in_any_order_and_another_for_any_other_value() {
        let text = |text: &str| Value::Text(text.into());
        let (one, two) = ([Value::Integer(1), text("a")], [Value::Integer(2), Value::Null]);
        assert_eq!(sum(&[&one, &two]), sum(&[&two, &one]));
        let others: [&[Value]; 7] = [
            &[Value::Integer(1), text("b")],
            &[Value::Integer(0), text("a")],
            &[Value::Integer(1), Value::Bytes(b"a".into())],
            &[Value::Integer(1), Value::Null],
            &[Value::Flag(true), text("a")],
            &[text("a"), Value::Integer(1)],
            &[Value::Integer(1), text("a"), text("")],
        ];
        for other in others {
            assert_ne!(sum(&[other]), sum(&[&one]), "{other:?}");
        }
        assert_ne!(sum(&[&[text("ab"), text("c")]]), sum(&[&[text("a"), text("bc")]]));
        assert_ne!(sum(&[&one, &one]), sum(&[]));
        assert_eq!(sum(&[&one, &two]).without(sum(&[&one])), sum(&[&two]));
    }
}
