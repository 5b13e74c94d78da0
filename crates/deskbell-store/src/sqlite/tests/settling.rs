//! The settler and what it is lent.

use super::tables;
use crate::sqlite::tables::Tables;
use crate::sqlite::transaction::{Memory, Outbox};
use deskbell_core::Alarm;
use deskbell_core::store::Error;
use std::sync::atomic::{AtomicBool, Ordering};

fn bring_home(memory: &mut Memory, tables: &Tables) -> Result<(), Error> {
    let mut outbox = Outbox::default();
    memory.transaction(tables, &mut outbox).bring_home(None).map_err(Into::into)
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

#[test]
fn what_is_lent_is_read_and_seen_to_have_changed() {
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
    assert_eq!(count(&tables), (0, false));
    other.execute_batch("INSERT INTO numbers VALUES (1); COMMIT").unwrap();
    assert_eq!(count(&tables), (1, true));
    bring_home(&mut memory, &tables).unwrap();
    assert_eq!(count(&tables), (1, false));
    assert!(
        memory.webhooks.is_old(tables.conn()).unwrap(),
        "by the connection that writes it is told exactly"
    );
}
