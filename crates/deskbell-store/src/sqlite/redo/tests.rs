//! The log against torn ends, earlier rounds, other databases and failing disks.

use super::segment::BYTES;
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
    assert!(redo.append(fill).unwrap(), "there is room");
}

fn has_room(redo: &mut Redo, bytes: usize) -> bool {
    let fill = |mut record: Vec<u8>| {
        record.resize(record.len() + bytes, 7);
        record
    };
    redo.append(fill).unwrap()
}

/// As a process that was killed now would leave it: another one has the log.
fn crashed(path: &Path, position: Position) -> Vec<Vec<u8>> {
    let copy = path.with_extension("copy");
    std::fs::copy(path, &copy).unwrap();
    open(&copy, position).1
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
    assert_eq!(open(&path, at(4)).1, [b"".to_vec(), b"six".to_vec()], "what the tables have is left out");
    for other in [at(6), Position { lineage: [8; 16], applied: 3 }] {
        let (redo, records) = open(&path, other);
        assert!(records.is_empty() && !redo.is_ahead(), "{other:?}: nothing follows");
    }
    let (mut redo, records) = open(&path, at(2));
    assert!(
        records.is_empty() && redo.last() == 6,
        "behind a gap nothing counts, and no number is given twice"
    );
    assert!(!has_room(&mut redo, 1), "until the tables are past it");
    redo.applied(6);
    append(&mut redo, b"seven");
    drop(redo);
    assert_eq!(open(&path, at(6)).1, [b"seven".to_vec()]);
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
        redo.applied(redo.last());
    }
    redo.clear();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn a_log_has_a_bound() {
    let (_place, path) = place();
    let (mut redo, _) = open(&path, at(0));
    let half = usize::try_from(BYTES / 2).unwrap() - HEAD;
    assert!(!has_room(&mut redo, 2 * half + HEAD + 1), "a segment is so long");
    for number in 1..=4 {
        assert!(has_room(&mut redo, half) && redo.last() == number);
    }
    assert!(!has_room(&mut redo, 0) && redo.last() == 4, "both are full to the brim");
    assert_eq!(crashed(&path, at(0)).len(), 4);
    // The tables take the first half of one: it is not free.
    redo.applied(1);
    assert!(!has_room(&mut redo, 0));
    redo.applied(2);
    assert!(has_room(&mut redo, half) && has_room(&mut redo, half) && !has_room(&mut redo, 0));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 2 * BYTES);
    assert_eq!(
        crashed(&path, at(2)).len(),
        4,
        "the third and the fourth stand behind the fifth and the sixth"
    );
}

/// Whatever the tables have taken in by then, and also when the process dies between their commit and the writer's knowing of it.
#[test]
fn the_log_goes_on_in_one_segment_while_the_tables_take_in_the_other() {
    let (_place, path) = place();
    let (mut redo, _) = open(&path, at(0));
    let text = |number: u64| format!("record {number}").into_bytes();
    let follow = |applied: u64, last: u64| (applied + 1..=last).map(text).collect::<Vec<_>>();
    let holds = |redo: &Redo, applied: u64| {
        for known in applied..=redo.last() {
            assert_eq!(crashed(&path, at(known)), follow(known, redo.last()), "{known} of {}", redo.last());
        }
    };
    let mut applied = 0;
    for round in 1..9 {
        let handed_over = redo.last();
        redo.turn();
        for _ in 0..=round % 3 {
            let number = redo.last() + 1;
            append(&mut redo, &text(number));
            holds(&redo, applied);
        }
        if round % 4 == 0 {
            // They could not, and the next turn is of all: there is no free segment meanwhile, and either may go on.
            redo.at = 1 - redo.at;
            continue;
        }
        redo.applied(handed_over);
        applied = handed_over;
        holds(&redo, applied);
    }
    assert!(std::fs::metadata(&path).unwrap().len() > BYTES, "both were used");
}

/// An older release had one segment, in which a record could be longer than was guessed.
#[test]
fn a_log_of_an_older_release_is_read() {
    let (_place, path) = place();
    let (mut redo, _) = open(&path, at(0));
    let (part, long) = (usize::try_from(BYTES).unwrap() / 3, usize::try_from(BYTES).unwrap());
    for bytes in [part, part, long] {
        redo.record = vec![0; HEAD + bytes];
        redo.write_head(redo.last + 1).unwrap();
        redo.file.write_all_at(&redo.record, redo.segments[0].end()).unwrap();
        redo.last += 1;
        redo.segments[0].wrote(redo.last, (HEAD + bytes) as u64, 0);
    }
    drop(redo);
    let (mut redo, records) = open(&path, at(0));
    assert_eq!(records.iter().map(Vec::len).collect::<Vec<_>>(), [part, part, long]);
    redo.applied(3);
    append(&mut redo, b"four");
    drop(redo);
    assert_eq!(open(&path, at(3)).1, [b"four".to_vec()]);
}

#[test]
fn a_cut_of_either_segment_is_seen() {
    let cut =
        |path: &Path, length: u64| File::options().write(true).open(path).unwrap().set_len(length).unwrap();
    for (length, is_whole) in
        [(2 * BYTES, true), (BYTES + 10, false), (BYTES, false), (20, false), (0, false)]
    {
        let (_place, path) = place();
        let (mut redo, _) = open(&path, at(0));
        append(&mut redo, b"one");
        redo.turn();
        append(&mut redo, b"two");
        assert!(redo.look(&path) && !redo.is_lost());
        cut(&path, length);
        assert_eq!(redo.look(&path), is_whole, "{length}");
        // What is written behind a cut makes it as long as before, with a hole at the start of one.
        cut(&path, 2 * BYTES);
        assert_eq!((redo.look(&path), redo.is_open()), (is_whole, is_whole), "{length}: once lost is lost");
    }
    let (_place, path) = place();
    let (mut redo, _) = open(&path, at(0));
    append(&mut redo, b"one");
    redo.turn();
    append(&mut redo, b"two");
    cut(&path, BYTES);
    cut(&path, 2 * BYTES);
    assert!(!redo.look(&path), "the head of the second is a hole");
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
    redo.turn();
    assert!(!has_room(&mut redo, 0), "nobody knows what stands there");
    assert_eq!(redo.last(), 2, "its number is used up");
    redo.applied(1);
    assert!(!has_room(&mut redo, 0), "the tables are not past it");
    redo.applied(2);
    append(&mut redo, b"three");
    drop(redo);
    assert_eq!(open(&path, at(2)).1, [b"three".to_vec()]);
}

proptest! {
    /// Whatever becomes of the bytes behind a whole record, in either segment, it is given, and nothing that was not written.
    #[test]
    fn a_torn_end_loses_only_itself(
        records in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..40), any::<bool>()), 1..9),
        torn in any::<bool>(),
        cut in any::<prop::sample::Index>(),
        junk in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let (_place, path) = place();
        let (mut redo, _) = open(&path, at(0));
        let mut ends = Vec::new();
        for (record, turn) in &records {
            if *turn {
                redo.turn();
            }
            append(&mut redo, record);
            ends.push((redo.at, redo.segments[redo.at].end()));
        }
        let torn = usize::from(torn);
        let (start, end) = (redo.segments[torn].start(), redo.segments[torn].end());
        let cut = start + cut.index(usize::try_from(end - start).unwrap() + 1) as u64;
        let whole = ends.iter().take_while(|(at, end)| *at != torn || *end <= cut).count();
        let mut bytes = vec![0; usize::try_from(end - cut).unwrap().max(junk.len())];
        bytes[..junk.len()].copy_from_slice(&junk);
        redo.file.write_all_at(&bytes, cut).unwrap();
        drop(redo);
        let (redo, found) = open(&path, at(0));
        let records: Vec<_> = records.into_iter().map(|(record, _)| record).collect();
        // The junk may happen to be what was cut off.
        prop_assert!(found.len() >= whole && records.starts_with(&found), "{found:?}");
        prop_assert!(redo.last() >= found.len() as u64);
    }
}
