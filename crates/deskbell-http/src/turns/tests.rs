//! Who is served next, and who is refused.

use super::*;
use deskbell_core::id::AccountId;
use futures::FutureExt as _;
use std::pin::pin;

const BOUNDS: Bounds =
    Bounds { at_once: 1, waiting_of_party: 3, waiting: 6, patience: Duration::from_secs(5) };

fn turns() -> Turns<AccountId> {
    Turns::new(BOUNDS, || Problem::unavailable("doctor_busy", "busy", 5))
}

fn party(name: &str) -> AccountId {
    AccountId::from_text(name)
}

#[tokio::test]
async fn one_with_many_calls_waits_behind_itself_alone() {
    let turns = turns();
    let held = turns.take(party("MEAN")).await.unwrap();
    let (order, told) = std::sync::mpsc::channel();
    let wait = |name: &'static str| {
        let (turn, order) = (turns.take(party(name)), order.clone());
        async move {
            let turn = turn.await.unwrap();
            order.send(name).unwrap();
            drop(turn);
        }
    };
    let all = futures::future::join_all(["MEAN", "MEAN", "MEAN", "GOOD", "LATE"].map(wait));
    let mut all = pin!(all);
    assert!(futures::poll!(&mut all).is_pending());
    drop(held);
    all.await;
    assert_eq!(told.try_iter().collect::<Vec<_>>(), ["GOOD", "LATE", "MEAN", "MEAN", "MEAN"]);
    assert!(turns.lines.lock().waiting.is_empty());
    assert_eq!(turns.lines.lock().free, 1);
}

#[tokio::test(start_paused = true)]
async fn lines_end_somewhere_and_so_does_patience() {
    let turns = turns();
    let held = turns.take(party("A")).await.unwrap();
    let mut waiting: Vec<_> =
        ["A", "A", "A", "B", "B", "B"].into_iter().map(|name| Box::pin(turns.take(party(name)))).collect();
    assert!(waiting.iter_mut().take(3).all(|waiting| waiting.now_or_never().is_none()));
    let own = turns.take(party("A")).await.err().unwrap();
    assert_eq!((own.status.as_u16(), own.code, own.retry_after), (429, "turns_too_many", Some(1)));
    assert!(own.message.contains("3 calls of yours"), "the limit is named: {}", own.message);
    assert!(waiting.iter_mut().skip(3).all(|waiting| waiting.now_or_never().is_none()));
    let full = turns.take(party("C")).await.err().unwrap();
    assert_eq!((full.status.as_u16(), full.code, full.retry_after), (503, "doctor_busy", Some(5)));
    waiting.truncate(4);
    let late = turns.take(party("C")).await.err().unwrap();
    assert_eq!(late.code, "doctor_busy", "those who left made room, and its time is up");
    drop((held, waiting));
    assert!(turns.take(party("C")).now_or_never().is_some_and(|turn| turn.is_ok()), "no turn is lost");
}

#[tokio::test]
async fn a_turn_lasts_as_long_as_its_work() {
    let turns = turns();
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let turn = turns.take(party("A")).await.unwrap();
    let mut work = Box::pin(turn.work(move || gone.recv().is_ok()));
    assert!(futures::poll!(&mut work).is_pending());
    drop(work);
    let mut next = pin!(turns.take(party("B")));
    assert!(futures::poll!(&mut next).is_pending(), "whoever asked has gone, and it is still done");
    go.send(()).unwrap();
    assert!(next.await.is_ok());
}
