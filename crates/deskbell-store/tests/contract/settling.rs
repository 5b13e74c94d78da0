//! The tables take in what is in the redo log beside the writer. Steps go on meanwhile, whatever keeps the tables from it, and nothing
//! is lost or counted twice.

use crate::given::{Given, Opened, at, eager, first, recorded, rules};
use crate::machine::Machine;
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Leased;
use deskbell_core::event::{Idempotency, NewEvent};
use deskbell_core::id::WebhookId;
use deskbell_core::store::{Accepted, DeliveryFilter, Error, EventFilter, Recorded, SetBack};
use deskbell_core::trigger::Trigger;
use deskbell_core::{Random as _, Timestamp, delivery};
use rusqlite::Connection;
use std::time::Duration;
use tokio::time::timeout;

/// Deliveries of a case: some ten times as many entries as the tables take in at once.
const MANY: usize = 150;

/// A store that has the tables take in each commit at once, with a machine, and the file as another process has it.
async fn given() -> (Given, Machine, Opened, Connection) {
    let (store, opened) = eager().await;
    let (given, machine) = Given::with_machine(store, 10).await;
    let [file, _] = opened.files();
    (given, machine, opened, file)
}

/// Accepts events one by one, each handed over and delivered a millisecond after the one before. Gives the leases.
async fn deliver(given: &Given, machine: &mut Machine, count: usize) -> Vec<Leased> {
    let mut leases = Vec::new();
    for millis in (1..).take(count) {
        given.accept(1, 0).await;
        let handed = machine.hand(1).await.remove(0);
        let done = recorded(given.finish(&handed.leased, Outcome::Delivered, millis).await);
        assert_eq!(done.status, delivery::Status::Delivered);
        leases.push(handed.leased);
    }
    leases
}

/// How many events there are, how many are delivered, how many attempts their webhook is known to have had, and when it was
/// last well.
async fn seen(given: &Given, webhook: &WebhookId) -> (usize, usize, u64, Option<Timestamp>) {
    let (all, store) = (first(10_000), &given.store);
    let events = store.events(&given.account, &EventFilter::default(), &all).await.unwrap().items;
    let filter = DeliveryFilter { status: Some(delivery::Status::Delivered), ..DeliveryFilter::default() };
    let deliveries = store.deliveries(&given.account, &filter, &all).await.unwrap().items;
    let records = store.records(&given.account, std::slice::from_ref(webhook), Timestamp::UNIX_EPOCH);
    let attempts = records.await.unwrap()[0].quarters.iter().map(|quarter| quarter.delivered).sum();
    let webhook = store.webhook(&given.account, webhook).await.unwrap().unwrap();
    (events.len(), deliveries.len(), attempts, webhook.health.last_success)
}

#[tokio::test]
async fn steps_go_on_while_another_process_keeps_the_tables() {
    let (given, mut machine, opened, file) = given().await;
    let webhook = given.add_webhook("one").await;
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let idempotency = Some(Idempotency { key: "k".into(), digest: [1; 32] });
    let once = NewEvent { idempotency, ..given.event(Trigger::BookingScheduled) };
    let accept = async |new: &NewEvent| given.store.accept(vec![new.clone()], at(0)).await.unwrap().remove(0);
    assert_eq!(accept(&once).await, Accepted::New { deliveries: 1 });
    let first = machine.hand(1).await.remove(0).leased;
    recorded(given.finish(&first, Outcome::Delivered, 0).await);
    let leases = deliver(&given, &mut machine, MANY).await;

    // What is being taken in is found, and what came since.
    for lease in [&first, &leases[0], &leases[MANY - 1]] {
        assert!(matches!(given.finish(lease, Outcome::Delivered, 0).await, Recorded::Stale));
        let mut again = given.event(Trigger::BookingScheduled);
        again.event.id = lease.delivery.event.clone();
        assert_eq!(accept(&again).await, Accepted::IdTaken);
    }
    let again = NewEvent { idempotency: once.idempotency.clone(), ..given.event(Trigger::BookingScheduled) };
    assert_eq!(accept(&again).await, Accepted::Duplicate { event: once.event.id.clone() });

    // A crash now leaves both segments of the log.
    let (crashed, _place) = opened.copy();
    assert!(opened.redo_bytes() > 4 << 20, "the second segment is used");
    let crashed = Given { store: crashed, ..given };
    let all = (MANY + 1, MANY + 1, MANY as u64 + 1, Some(at(MANY as i64)));
    assert_eq!(seen(&crashed, &webhook).await, all);

    file.execute_batch("ROLLBACK").unwrap();
    let given = Given { store: opened.store.clone(), ..crashed };
    assert_eq!(seen(&given, &webhook).await, all);
    let (crashed, _place) = opened.crash();
    assert_eq!(seen(&Given { store: crashed, ..given }, &webhook).await, all);
}

#[tokio::test]
async fn who_needs_the_tables_keeps_no_step_waiting() {
    let (given, mut machine, _opened, file) = given().await;
    given.add_webhook("one").await;
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    // What follows a clock is refused when the file was locked for too long. Until then it waits, and steps do not, claims among them.
    let follows = async {
        loop {
            deliver(&given, &mut machine, 1).await;
            let (by, now) = (Duration::from_secs(1), at(0));
            let back = SetBack { by, earlier: Duration::ZERO, now, limit: 10, behind: None };
            let store = given.store.clone();
            let back = tokio::spawn(async move { store.set_back(back, &rules()).await });
            tokio::task::yield_now().await;
            deliver(&given, &mut machine, 1).await;
            assert!(given.claim(0).await.leased.is_empty(), "all is delivered");
            if !back.is_finished() {
                file.execute_batch("ROLLBACK").unwrap();
                return back.await.unwrap();
            }
            assert!(back.await.unwrap().is_err(), "nothing can be written");
        }
    };
    // It may have been refused just before.
    let followed =
        timeout(Duration::from_secs(120), follows).await.expect("steps wait for who needs the tables");
    assert!(!matches!(followed, Ok(Some(_))), "all of nothing is done");
}

#[tokio::test]
async fn claims_go_on_while_another_process_keeps_the_tables() {
    let (given, mut machine, opened, file) = given().await;
    let webhook = given.add_webhook("one").await;
    // Some stand in the tables, some are being taken in, and some came since.
    given.accept(MANY, 0).await;
    seen(&given, &webhook).await;
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    given.accept(1, 1).await;
    given.accept(MANY, 2).await;
    let mut claimed = Vec::new();
    loop {
        let some = given.take(given.asking_for(40, 3)).await.leased;
        if some.is_empty() {
            break;
        }
        claimed.extend(some);
    }
    let handed = machine.hand(10).await;
    assert_eq!(claimed.len(), 2 * MANY + 1 - handed.len(), "each once");
    assert!(claimed.is_sorted_by(|one, other| one.place < other.place), "the oldest first");
    // What is given back, and stands in no table, is claimed again, before what came behind it.
    let last = claimed.pop().unwrap();
    given.release(&last, 3).await;
    given.accept(1, 3).await;
    let again = given.take(given.asking_for(40, 3)).await.leased;
    assert_eq!((again.len(), again[0].place), (2, last.place));
    assert_eq!(again[0].body, last.body);
    for leased in claimed.iter().take(MANY) {
        recorded(given.finish(leased, Outcome::Delivered, 4).await);
    }
    assert!(given.claim(5).await.leased.is_empty(), "what is delivered is due to nobody");

    // After a crash what was held is due again, and nothing of what was recorded.
    let (crashed, _place) = opened.copy();
    let mut crashed = Given { store: crashed, ..given };
    assert_eq!(seen(&crashed, &webhook).await.1, MANY);
    crashed.start_again(6).await;
    let again = crashed.take(crashed.asking_for(10_000, 6)).await;
    assert_eq!(again.leased.len(), 100, "as many as were asked for");
    assert!(again.lost.iter().all(|lost| lost.attempt.number == 1));
    file.execute_batch("ROLLBACK").unwrap();
    let given = Given { store: opened.store.clone(), ..crashed };
    assert_eq!(seen(&given, &webhook).await.1, MANY);
}

#[tokio::test]
async fn what_the_tables_refuse_is_as_if_it_had_never_been_handed_over() {
    let (given, mut machine, opened, file) = given().await;
    let webhook = given.add_webhook("one").await;
    deliver(&given, &mut machine, 3).await;
    assert_eq!(seen(&given, &webhook).await, (3, 3, 3, Some(at(3))));
    let fault = "CREATE TRIGGER fault BEFORE INSERT ON attempts BEGIN SELECT RAISE(ABORT, 'on purpose'); END";
    file.execute_batch(fault).unwrap();
    // The first batch after another process wrote goes into the tables.
    given.accept(1, 0).await;
    let handed = machine.hand(1).await.remove(0);
    recorded(given.finish(&handed.leased, Outcome::Delivered, 0).await);
    let leases = deliver(&given, &mut machine, MANY).await;
    for lease in [&leases[0], &leases[MANY - 1]] {
        assert!(matches!(given.finish(lease, Outcome::Delivered, 0).await, Recorded::Stale));
    }
    let refused = "SELECT count(*) FROM attempts";
    let attempts: u32 = file.query_row(refused, [], |row| row.get(0)).unwrap();
    assert_eq!(attempts, 3);
    file.execute_batch("DROP TRIGGER fault").unwrap();
    let all = (MANY + 4, MANY + 4, MANY as u64 + 4, Some(at(MANY as i64)));
    assert_eq!(seen(&given, &webhook).await, all);
    let (crashed, _place) = opened.crash();
    assert_eq!(seen(&Given { store: crashed, ..given }, &webhook).await, all);
}

/// An event of 200 KiB, of which a segment of the log takes some twenty.
fn large(given: &Given) -> NewEvent {
    let mut body = vec![0; 200 << 10];
    given.random.fill(&mut body);
    let mut new = given.event(Trigger::BookingScheduled);
    new.event.body = body.into();
    new
}

#[tokio::test]
async fn a_segment_begins_again_when_the_tables_have_it() {
    let (given, _machine, opened, file) = given().await;
    let count = || file.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, u32>(0)).unwrap();
    for accepted in 1..=45 {
        given.store.accept(vec![large(&given)], at(0)).await.unwrap();
        let taken_in = async {
            while count() < accepted {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(60), taken_in).await.expect("the tables take nothing in");
        assert!(opened.redo_bytes() <= 5 << 20, "{accepted}");
    }
}

#[tokio::test]
async fn a_full_log_makes_steps_wait_for_the_tables_and_takes_no_more_than_it_has_room_for() {
    let (given, _machine, opened, file) = given().await;
    let large = || large(&given);
    let accept = async |new: &NewEvent| given.store.accept(vec![new.clone()], at(0)).await;
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut accepted = Vec::new();
    let refused = loop {
        let new = large();
        match accept(&new).await {
            Ok(_) => accepted.push(new.event.id),
            Err(error) => break (new, error),
        }
    };
    let (refused, error) = refused;
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    // Both segments, but for what is left over at the end of each.
    assert!((38..=40).contains(&accepted.len()), "{}", accepted.len());
    assert!(opened.redo_bytes() <= 8 << 20);
    file.execute_batch("ROLLBACK").unwrap();
    assert_eq!(accept(&refused).await.unwrap(), [Accepted::New { deliveries: 0 }], "it left nothing behind");
    accepted.push(refused.event.id);
    for _ in 0..40 {
        let new = large();
        accept(&new).await.unwrap();
        accepted.push(new.event.id);
    }
    let (crashed, _place) = opened.crash();
    for store in [&given.store, &crashed] {
        for id in &accepted {
            assert!(store.event(&given.account, id).await.unwrap().is_some_and(|event| !event.is_damaged()));
        }
    }
}
