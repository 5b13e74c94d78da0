//! The settler and what it is lent.

use super::tables;
use crate::sqlite::entry::{Entry, TraceRow};
use crate::sqlite::tables::Tables;
use crate::sqlite::transaction::{Memory, Outbox};
use crate::sqlite::writer::batch::who;
use crate::sqlite::writer::waiting::Turns;
use bytes::Bytes;
use deskbell_core::Alarm;
use deskbell_core::store::Error;
use std::sync::atomic::{AtomicU32, Ordering};
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
    let (alarm, rung) = (Alarm::default(), AtomicU32::new(0));
    // Once for what became of it, and once for the connection.
    let wake = move || assert_ne!(rung.fetch_add(1, Ordering::AcqRel), 1, "on purpose");
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
