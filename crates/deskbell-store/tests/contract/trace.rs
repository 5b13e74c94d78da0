//! Traces: what an event's call came with goes along with each attempt, whoever makes it and whenever.

use crate::given::{Given, Shared, at, first, postgres, room, sqlite};
use crate::retention::{KEPT, deliver, expire};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Leased;
use deskbell_core::event::NewEvent;
use deskbell_core::id::EventId;
use deskbell_core::store::EventFilter;
use deskbell_core::trace::TraceContext;
use deskbell_core::trigger::Trigger;
use std::collections::HashMap;
use std::sync::Arc;

fn context(state: &str) -> Arc<TraceContext> {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    Arc::new(TraceContext::parse(parent, state).unwrap())
}

impl Given {
    pub(crate) fn traced(&self, state: &str) -> NewEvent {
        NewEvent { trace: Some(context(state)), ..self.event(Trigger::BookingScheduled) }
    }
}

/// Accepts one event with a trace, one with another, and one without; what each is to have.
async fn accept(given: &Given) -> HashMap<EventId, Option<Arc<TraceContext>>> {
    let longest = format!("vendor={}", "x".repeat(505));
    let new = vec![given.traced(""), given.event(Trigger::BookingScheduled), given.traced(&longest)];
    let wanted = new.iter().map(|new| (new.event.id.clone(), new.trace.clone())).collect();
    given.store.accept(new, at(0)).await.unwrap();
    wanted
}

fn hold(wanted: &HashMap<EventId, Option<Arc<TraceContext>>>, leased: &[Leased]) {
    let found = leased.iter().map(|leased| (leased.delivery.event.clone(), leased.trace.clone())).collect();
    assert_eq!(*wanted, found);
}

pub(crate) async fn each_attempt_has_the_trace_of_its_event(store: Shared) {
    let (mut given, mut machine) = Given::with_machine(store, 10).await;
    given.add_webhook("one").await;
    let wanted = accept(&given).await;
    let handed: Vec<Leased> = machine.hand(3).await.into_iter().map(|handed| handed.leased).collect();
    hold(&wanted, &handed);
    // Retries are claimed, a day later too, and after the machine was lost that had them.
    for leased in &handed {
        given.finish(leased, Outcome::ConnectTimeout, 10).await;
    }
    let later = 24 * 3_600_000;
    given.join(room(0), later, 2 * later).await;
    hold(&wanted, &given.claim(later).await.leased);
    given.join(room(0), later + 1, 2 * later).await;
    hold(&wanted, &given.claim(later + 2).await.leased);
}

pub(crate) async fn all_webhooks_and_all_events_of_a_call_have_its_trace(store: Shared) {
    let given = Given::on(store).await;
    for name in ["one", "two", "three"] {
        given.add_webhook(name).await;
    }
    let call: Vec<NewEvent> = (0..300).map(|_| given.traced("a=1")).collect();
    given.store.accept(call, at(0)).await.unwrap();
    let mut seen = 0;
    loop {
        let leased = given.claim(0).await.leased;
        if leased.is_empty() {
            break;
        }
        for leased in &leased {
            assert_eq!(leased.trace, Some(context("a=1")));
            given.finish(leased, Outcome::Delivered, 1).await;
        }
        seen += leased.len();
    }
    assert_eq!(seen, 900);
}

const ROWS: &str = "SELECT count(*) FROM traces";

/// An event without a trace has no row, one with a trace as long as it is kept itself; and a row that makes no sense keeps nothing from being sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_sqlite_a_trace_is_kept_with_its_event_and_no_longer() {
    let (store, opened) = sqlite().await;
    let (given, [file, _]) = (Given::on(store).await, opened.files());
    given.add_webhook("one").await;
    accept(&given).await;
    deliver(&given, 10).await;
    given.store.events(&given.account, &EventFilter::default(), &first(1)).await.unwrap();
    let rows = || file.query_row(ROWS, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(rows(), 2);
    expire(&given, KEPT + 11, 100).await;
    assert_eq!(rows(), 0);

    let damaged = accept(&given).await;
    given.store.take_over(given.epoch, at(0), 1).await.unwrap();
    given.claim(-1).await;
    // A read brings the tables up to date.
    given.store.events(&given.account, &EventFilter::default(), &first(1)).await.unwrap();
    file.execute("UPDATE traces SET context = x'00'", []).unwrap();
    let claimed = given.claim(0).await.leased;
    hold(&damaged.into_keys().map(|id| (id, None)).collect(), &claimed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_postgres_a_trace_is_kept_with_its_event_and_no_longer() {
    let (store, database) = postgres().await;
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    accept(&given).await;
    deliver(&given, 10).await;
    let rows = || crate::cluster::Cluster::shared().ask(&database.name, ROWS);
    assert_eq!(rows(), "2");
    expire(&given, KEPT + 11, 100).await;
    assert_eq!(rows(), "0");

    let damaged = accept(&given).await;
    crate::cluster::Cluster::shared().run_in(&database.name, "UPDATE traces SET context = '\\x00'");
    let claimed = given.claim(0).await.leased;
    hold(&damaged.into_keys().map(|id| (id, None)).collect(), &claimed);
    drop(given);
    database.drop();
}

/// A process that is killed while the tables do not have it yet leaves it in the redo log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_survives_a_crash() {
    let (store, opened) = sqlite().await;
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    let [file, _] = opened.files();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let wanted = accept(&given).await;
    assert_eq!(file.query_row(ROWS, [], |row| row.get::<_, i64>(0)).unwrap(), 0, "in the log alone");
    let (crashed, _place) = opened.copy();
    file.execute_batch("ROLLBACK").unwrap();
    let mut crashed = Given { store: crashed, ..given };
    crashed.start_again(1).await;
    hold(&wanted, &crashed.claim(1).await.leased);
}
