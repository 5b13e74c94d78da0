//! Batches: rows of a table that are transferred in one transaction, bounded in number and bytes.

use super::value::{Key, Value};

/// Bytes of one batch, about: one row may have more.
const BYTES: usize = 4 << 20;

/// A row as it was read: its values, or why there are none.
pub(crate) type Read = Result<Vec<Value>, String>;

/// Rows that follow each other in their table.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Those that make sense.
    pub(crate) rows: Vec<(Key, Vec<Value>)>,
    /// Those that do not, and why.
    pub(crate) left_out: Vec<(Key, String)>,
    /// The key of the last of both.
    pub(crate) last: Key,
    /// About how many bytes they have.
    pub(crate) bytes: usize,
}

impl Batch {
    /// Adds the next row of the table; `true` when the batch is full with it, of `most` rows.
    pub(crate) fn push(&mut self, key: Key, read: Read, most: usize) -> bool {
        self.last.clone_from(&key);
        match read {
            Ok(values) => {
                self.bytes += values.iter().map(Value::bytes).sum::<usize>();
                self.rows.push((key, values));
            }
            Err(why) => self.left_out.push((key, why)),
        }
        self.len() >= most || self.bytes >= BYTES
    }

    /// How many rows it has.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + self.left_out.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::value::KeyPart;

    #[test]
    fn a_batch_ends_at_a_number_of_rows_and_at_a_number_of_bytes() {
        let key = |number| vec![KeyPart::Integer(number)];
        let mut batch = Batch::default();
        assert!(!batch.push(key(1), Ok(vec![Value::Null]), 3) && !batch.push(key(2), Err("x".into()), 3));
        assert!(batch.push(key(3), Ok(vec![Value::Null]), 3));
        assert_eq!((batch.len(), &batch.last), (3, &key(3)));
        let mut batch = Batch::default();
        let half = || Ok(vec![Value::Bytes(vec![0; BYTES / 2])]);
        assert!(!batch.push(key(1), half(), 3) && batch.push(key(2), half(), 3));
    }
}
