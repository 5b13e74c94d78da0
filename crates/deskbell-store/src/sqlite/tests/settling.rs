//! The settler and what it is lent.

use super::tables;
use crate::SqliteStore;
use crate::sqlite::checkpoint::Mover;
use crate::sqlite::entry::{Entry, TraceRow};
use crate::sqlite::pending::{Pace, Pending};
use crate::sqlite::tables::Tables;
use crate::sqlite::transaction::{Memory, Outbox};
use crate::sqlite::writer::batch::who;
use crate::sqlite::writer::waiting::Turns;
use bytes::Bytes;
use deskbell_core::Alarm;
use deskbell_core::store::Error;
use rusqlite::wal::CheckpointMode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

fn bring_home(memory: &mut Memory, tables: &Tables) -> Result<(), Error> {
    let mut outbox = Outbox::default();
    while tables.is_lent() {
        memory.transaction(tables, &mut outbox).bring_home(None)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_panic_of_the_settler_rings_the_alarm_and_nobody_waits_for_the_tables() {
    let place = tempfile::TempDir::new().unwrap();
    let (alarm, has_rung) = (Alarm::default(), AtomicBool::new(false));
    let wake = move || assert!(has_rung.swap(true, Ordering::AcqRel), "on purpose");
    let (mut memory, mut tables) = (Memory::default(), tables(&place.path().join("a.db"), wake, &alarm));
    memory.hand_over(&mut tables).unwrap();
    assert!(tables.is_lent() && tables.writing().is_err());
    bring_home(&mut memory, &tables).expect("they were given back before the panic");
    assert!(!tables.is_lent() && tables.writing().is_ok());
    assert_eq!(alarm.rung().await, "the settler");

    memory.hand_over(&mut tables).unwrap();
    assert!(matches!(bring_home(&mut memory, &tables), Err(Error::Unavailable(_))));
    assert!(!tables.is_lent(), "nobody waits again");
    let settled = memory.transaction(&tables, &mut Outbox::default()).settle();
    assert!(matches!(settled.map_err(Error::from), Err(Error::Unavailable(_))));
    assert!(memory.hand_over(&mut tables).is_err());
}

/// What comes back next.
fn next(memory: &mut Memory, tables: &Tables) -> bool {
    memory.transaction(tables, &mut Outbox::default()).bring_home(None).unwrap()
}

#[test]
fn while_the_write_ahead_log_is_moved_it_is_known_that_the_tables_have_it() {
    let place = tempfile::TempDir::new().unwrap();
    let (path, mover, mut memory) = (place.path().join("a.db"), Mover::due(), Memory::default());
    let writing = super::connect(&path).unwrap();
    let mut tables = super::tables_of(writing, &path, mover.clone(), || (), &Alarm::default());
    memory.hand_over(&mut tables).unwrap();
    assert!(memory.pending.behind().load(Ordering::Acquire));
    assert!(next(&mut memory, &tables) && !memory.pending.behind().load(Ordering::Acquire));
    assert!(tables.is_lent(), "the log is moved");
    assert!(next(&mut memory, &tables) && !tables.is_lent() && !next(&mut memory, &tables));
    assert!(!mover.is_due(), "it was");
    memory.hand_over(&mut tables).unwrap();
    assert!(next(&mut memory, &tables) && !tables.is_lent(), "nothing is to be moved");
}

#[test]
fn tables_that_another_process_wrote_come_back_at_once() {
    let place = tempfile::TempDir::new().unwrap();
    let (path, mut memory) = (place.path().join("a.db"), Memory::default());
    let other = super::connect(&path).unwrap();
    let writing = super::connect(&path).unwrap();
    let mut tables = super::tables_of(writing, &path, Mover::due(), || (), &Alarm::default());
    other.execute_batch("BEGIN IMMEDIATE; CREATE TABLE numbers (number INTEGER) STRICT").unwrap();
    memory.hand_over(&mut tables).unwrap();
    other.execute_batch("COMMIT").unwrap();
    assert!(tables.have_changed().unwrap());
    assert!(next(&mut memory, &tables) && !tables.is_lent(), "what was written is looked at first");
    assert!(memory.webhooks.is_old(tables.conn()).unwrap());
}

#[test]
fn a_write_ahead_log_that_begins_again_is_not_taken_for_news() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    drop(SqliteStore::open(&path).unwrap());
    let mut writing = super::connect(&path).unwrap();
    // More than the connection keeps in memory: its transaction writes to the log before the commit.
    let filler = "CREATE TABLE filler (bytes BLOB) STRICT; CREATE TRIGGER fill AFTER UPDATE ON redo
                  BEGIN INSERT INTO filler VALUES (randomblob(1 << 20)); END";
    writing.execute_batch(filler).unwrap();
    let moved = writing.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE).unwrap();
    assert_eq!(moved.0, moved.1);
    writing.pragma_update(None, "cache_size", 10).unwrap();
    let ((here, is_here), (go, may_go)) = (channel(), channel::<()>());
    let before_commit = move || {
        here.send(()).unwrap();
        may_go.recv().unwrap();
        false
    };
    writing.commit_hook(Some(before_commit)).unwrap();
    let pending = Pending::new(Some((place.path().join("redo"), Pace::default())));
    let mut memory = Memory { pending, ..Memory::default() };
    memory.pending.open(&writing).unwrap();
    assert!(memory.pending.log().unwrap(), "a record, for the tables to be behind");
    let mut tables = super::tables_of(writing, &path, Mover::default(), || (), &Alarm::default());
    // Dropped before the tables, which wait for the settler.
    let go = go;
    let salt = || std::fs::read(place.path().join("a.db-wal")).unwrap()[16..24].to_vec();
    let before = salt();

    memory.hand_over(&mut tables).unwrap();
    is_here.recv().unwrap();
    assert_ne!(salt(), before, "it has begun again, so that SQLite tells of a change");
    tables.begin_snapshot().unwrap();
    assert!(!tables.have_changed().unwrap(), "nobody waits for the settler");
    tables.end_snapshot().unwrap();
    go.send(()).unwrap();
    // Ends, or the promise is broken.
    while !tables.have_changed().unwrap() {
        std::thread::yield_now();
    }
    bring_home(&mut memory, &tables).unwrap();
}

#[test]
fn tables_are_read_of_one_state_and_seen_to_have_changed() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    let other = super::connect(&path).unwrap();
    other.execute_batch("CREATE TABLE numbers (number INTEGER) STRICT; BEGIN IMMEDIATE").unwrap();
    let (mut memory, mut tables) = (Memory::default(), tables(&path, || (), &Alarm::default()));
    memory.hand_over(&mut tables).unwrap();
    let count = |tables: &Tables| {
        let count = tables.conn().query_row("SELECT count(*) FROM numbers", [], |row| row.get::<_, u32>(0));
        (count.unwrap(), tables.have_changed().unwrap())
    };
    tables.begin_snapshot().unwrap();
    assert_eq!(count(&tables), (0, false));
    other.execute_batch("INSERT INTO numbers VALUES (1); COMMIT").unwrap();
    assert_eq!(count(&tables), (0, false), "both are of one state");
    tables.end_snapshot().unwrap();
    assert_eq!(count(&tables), (1, true));
    tables.begin_snapshot().unwrap();
    assert_eq!(count(&tables), (1, true));
    bring_home(&mut memory, &tables).unwrap();
    assert_eq!(count(&tables), (1, false));
    memory.hand_over(&mut tables).unwrap();
    tables.begin_snapshot().expect("the one before ended when the tables were waited for");
    tables.end_snapshot().unwrap();
    bring_home(&mut memory, &tables).unwrap();
    assert!(
        memory.webhooks.is_old(tables.conn()).unwrap(),
        "by the connection that writes it is told exactly"
    );
    tables.begin_snapshot().unwrap();
    assert_eq!(count(&tables), (1, false));
    other.execute_batch("INSERT INTO numbers VALUES (2)").unwrap();
    assert_eq!(count(&tables), (1, false), "tables that are here are read of one state as well");
    memory.transaction(&tables, &mut Outbox::default()).settle().unwrap();
    assert_eq!(count(&tables), (2, false), "until they are written");
    tables.begin_snapshot().unwrap();
    tables.end_snapshot().unwrap();
    assert!(!tables.conn().is_autocommit(), "that is no snapshot's end");
    tables.conn().execute_batch("COMMIT").unwrap();
    tables.begin_snapshot().unwrap();
    tables.conn().execute_batch("ROLLBACK").unwrap();
    tables.end_snapshot().expect("SQLite ends one by itself where the disk fails");
}

#[tokio::test(start_paused = true)]
async fn who_brings_much_waits_for_tables_that_fall_behind_a_tenth_of_a_second_at_most() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    let other = super::connect(&path).unwrap();
    let (mut memory, mut tables) = (Memory::default(), tables(&path, || (), &Alarm::default()));
    let bring = |memory: &mut Memory, rows: usize| {
        let trace = || TraceRow { account: 1, event: 1, context: Bytes::new() };
        (0..rows).for_each(|_| memory.pending.push(Entry::Traced(trace())));
    };
    bring(&mut memory, 5_000);
    assert_eq!(who(&tables, &memory), Turns::All, "they are here");
    // Who lends them has had all that was brought taken in.
    let mut none = Memory::default();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    none.hand_over(&mut tables).unwrap();
    bring(&mut none, 4_096);
    assert_eq!(who(&tables, &none), Turns::Steps);
    bring(&mut none, 1);
    assert_eq!(who(&tables, &none), Turns::StepsOfFew);
    tokio::time::advance(Duration::from_millis(99)).await;
    assert_eq!(who(&tables, &none), Turns::StepsOfFew);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(who(&tables, &none), Turns::Steps, "the disk is slow, or another process has the file");
    other.execute_batch("COMMIT").unwrap();
    bring_home(&mut none, &tables).unwrap();
}
