//! The log against torn ends, earlier rounds, other databases and failing disks.

use super::*;
use proptest::prelude::*;
use std::path::PathBuf;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let place = TempDir::new().unwrap();
    let path = place.path().join("a.redo");
    (place, path)
}

fn at(applied: u64) -> Position {
    Position { lineage: [7; 16], applied }
}

fn open(path: &Path, position: Position) -> (Redo, Vec<Vec<u8>>) {
    Redo::open(lock(path).unwrap().unwrap(), position).unwrap()
}

fn append(redo: &mut Redo, bytes: &[u8]) {
    let fill = |mut record: Vec<u8>| {
        record.extend_from_slice(bytes);
        record
    };
    redo.append(fill).unwrap();
}

#[test]
fn what_the_tables_do_not_have_is_given_again() {
    let (_place, path) = place();
    let (mut redo, records) = open(&path, at(3));
    assert!(records.is_empty() && !redo.is_ahead());
    for record in [b"four".as_slice(), b"", b"six"] {
        append(&mut redo, record);
    }
    assert!(redo.is_ahead() && redo.last() == 6);
    drop(redo);
    let (redo, records) = open(&path, at(3));
    assert_eq!(records, [b"four".to_vec(), b"".to_vec(), b"six".to_vec()]);
    assert_eq!(redo.last(), 6);
    drop(redo);
    for other in [at(2), at(4), at(6), Position { lineage: [8; 16], applied: 3 }] {
        let (redo, records) = open(&path, other);
        assert!(records.is_empty() && !redo.is_ahead(), "{other:?}: not what follows");
    }
}

#[test]
fn each_round_begins_at_the_start_and_ends_where_its_last_record_does() {
    let (_place, path) = place();
    let (mut redo, _) = open(&path, at(0));
    for round in 0..4u64 {
        for _ in 0..5 - round {
            append(&mut redo, &[round as u8; 10]);
        }
        let (last, length) = (redo.last(), std::fs::metadata(&path).unwrap().len());
        assert_eq!(length, 5 * 26, "earlier rounds were longer");
        drop(redo);
        let (again, records) = open(&path, at(last - (5 - round)));
        assert_eq!(records, vec![vec![round as u8; 10]; 5 - round as usize], "nothing of an earlier round");
        redo = again;
        redo.restart();
    }
    redo.clear();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn a_log_has_a_bound() {
    let (_place, path) = place();
    let (mut redo, _) = open(&path, at(0));
    let half = usize::try_from(BOUND / 2).unwrap() - HEAD;
    assert!(redo.has_room(2 * half));
    append(&mut redo, &vec![1; half]);
    assert!(redo.has_room(half) && !redo.has_room(half + 1));
    append(&mut redo, &vec![2; half]);
    assert!(!redo.has_room(0));
    append(&mut redo, &[3; 1_000]);
    drop(redo);
    assert_eq!(open(&path, at(0)).1.len(), 3, "a record that was larger than was guessed is read too");
}

#[test]
fn one_at_a_time_has_it() {
    let (_place, path) = place();
    let (redo, _) = open(&path, at(0));
    assert!(lock(&path).unwrap().is_none());
    drop(redo);
    assert!(lock(&path).unwrap().is_some());
}

#[test]
fn behind_a_write_that_failed_nothing_follows_until_the_tables_are_past_it() {
    let (_place, path) = place();
    let (mut redo, _) = open(&path, at(0));
    append(&mut redo, b"one");
    // A file that only reads refuses to be written, as a full disk does.
    let whole = std::mem::replace(&mut redo.file, File::open(&path).unwrap());
    assert!(redo.append(|record| record).is_err());
    redo.file = whole;
    assert!(!redo.has_room(0), "nobody knows what stands there");
    assert_eq!(redo.last(), 2, "its number is used up");
    redo.restart();
    assert!(redo.has_room(0));
    append(&mut redo, b"three");
    drop(redo);
    assert_eq!(open(&path, at(2)).1, [b"three".to_vec()]);
}

proptest! {
    /// Whatever becomes of the bytes behind a whole record, it is given, and nothing that was not written.
    #[test]
    fn a_torn_end_loses_only_itself(
        records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..6),
        cut in any::<prop::sample::Index>(),
        junk in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let (_place, path) = place();
        let (mut redo, _) = open(&path, at(0));
        let mut ends = Vec::new();
        for record in &records {
            append(&mut redo, record);
            ends.push(redo.end);
        }
        drop(redo);
        let mut bytes = std::fs::read(&path).unwrap();
        let cut = cut.index(bytes.len() + 1);
        let whole = ends.iter().filter(|end| **end <= cut as u64).count();
        bytes.truncate(cut);
        bytes.extend(&junk);
        std::fs::write(&path, &bytes).unwrap();
        let (_, found) = open(&path, at(0));
        // The junk may happen to be what was cut off.
        prop_assert!(found.len() >= whole && records.starts_with(&found), "{found:?}");
    }
}
