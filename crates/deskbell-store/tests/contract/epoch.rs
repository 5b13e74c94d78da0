//! Epochs: how long what a machine holds is its own, and what becomes of it afterwards.

use crate::given::{FOR_EVER_MILLIS, Given, Shared, at, attempt, finished, recorded, room, rules};
use crate::machine::stands;
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::{Delivery, Epoch, Leased, Status};
use deskbell_core::store::{Claim, Recorded};
use std::time::Duration;

pub(crate) async fn who_leaves_leaves_what_it_held_due(store: Shared) {
    let (mut given, mut machine) = Given::with_machine(store, 1).await;
    given.add_webhook("one").await;
    given.accept(2, 0).await;
    let held = [machine.hand_one().await, given.claim_one(0).await];
    given.store.leave(machine.epoch, at(5)).await.unwrap();
    for leased in &held {
        assert_eq!(given.answer(leased, 200, 5).await, Recorded::Stale);
        assert_eq!(stands(&given.delivery(leased).await), (true, Some(at(5))), "at once");
    }
    let gone = given.store.beat(machine.epoch, at(5), at(FOR_EVER_MILLIS)).await.unwrap();
    assert!(!gone, "an epoch that was left has ended");
    given.join(room(0), 6, FOR_EVER_MILLIS).await;
    assert_eq!(given.claim(6).await.leased.len(), 2);
}

/// Ours is not the receiver's fault: after four days a delivery that had failed once has its tries before it.
pub(crate) async fn what_was_due_while_no_machine_was_there_gets_its_tries(store: Shared) {
    const DAY: i64 = 24 * 3_600_000;
    let (mut given, machine) = Given::with_machine(store, 0).await;
    given.add_webhook("one").await;
    given.accept(1, 0).await;
    let first = given.claim_one(0).await;
    given.answer(&first, 500, 10).await;
    given.store.leave(machine.epoch, at(20)).await.unwrap();
    let (due, back) = (10 + 35_000, 4 * DAY);
    given.join(room(0), back, FOR_EVER_MILLIS).await;
    given.join(room(0), back + 5, FOR_EVER_MILLIS).await;
    let away = Duration::from_millis((back - due) as u64);
    let second = given.claim_one(back + 5).await;
    assert_eq!(second.delivery.away, away, "a machine that follows another was not away");
    given.answer(&second, 500, back + 10).await;
    let tried = given.delivery(&second).await;
    assert_eq!((tried.status, tried.tries, tried.away), (Status::Pending, 2, away));
    let late = given.claim_one(back + DAY).await;
    assert_eq!(late.delivery.away, away, "it was there, and is late all the same");
}

/// A process that was stopped, or whose store did not answer, still holds what it holds, and so does one whose clock was set.
pub(crate) async fn no_time_ends_an_epoch_that_nobody_takes_over(store: Shared) {
    let mut given = Given::unjoined(store).await;
    given.add_webhook("one").await;
    let mut machine = given.join(room(2), 0, 1_000).await;
    given.accept(3, 0).await;
    let held = [machine.hand_one().await, machine.hand_one().await, given.claim_one(0).await];
    let hour = 3_600_000;
    assert_eq!(given.take_over(hour, 9).await, 0, "its own it does not end");
    assert!(given.claim(hour).await.leased.is_empty(), "what it holds is due to nobody");
    for leased in &held[1..] {
        recorded(given.answer(leased, 200, hour).await);
    }
    assert!(given.store.beat(machine.epoch, at(hour), at(hour + 1)).await.unwrap());
    recorded(given.answer(&held[0], 200, hour + 5).await);
    given.accept(1, hour + 5).await;
    assert_eq!(machine.hand_one().await.token().epoch, machine.epoch);
}

/// A laptop that was shut: what was due meanwhile has its window before it.
pub(crate) async fn a_machine_that_slept_was_not_there(store: Shared) {
    const NIGHT: i64 = 9 * 3_600_000;
    let mut given = Given::unjoined(store).await;
    given.add_webhook("one").await;
    let machine = given.join(room(0), 0, 1_000).await;
    given.accept(2, 0).await;
    for leased in given.claim(0).await.leased {
        given.answer(&leased, 500, 10).await;
    }
    let away = Duration::from_millis((NIGHT - 35_010) as u64);
    let one = given.take(Claim { limit: 1, ..given.asking(NIGHT) }).await.leased.remove(0);
    assert_eq!(one.delivery.away, away, "it claims before its first beat");
    given.store.beat(machine.epoch, at(NIGHT), at(2 * NIGHT)).await.unwrap();
    assert_eq!(given.claim_one(NIGHT + 5).await.delivery.away, away, "and after it");
}

/// Where two machines can be on one store.
pub(crate) async fn a_beat_prolongs_the_epoch(store: Shared) {
    let mut given = Given::unjoined(store).await;
    given.add_webhook("one").await;
    let mut machine = given.join(room(5), 0, 1_000).await;
    given.accept(2, 0).await;
    let held = machine.hand(2).await;
    let Some(mut other) = given.beside() else { return };
    other.join(room(5), 0, FOR_EVER_MILLIS).await;
    for millis in [500, 1_500, 2_500] {
        assert!(given.store.beat(machine.epoch, at(millis), at(millis + 1_001)).await.unwrap());
        assert_eq!(other.take_over(millis + 1_000, 9).await, 0);
    }
    recorded(given.answer(&held[0].leased, 200, 3_500).await);
    assert_eq!(other.take_over(3_501, 9).await, 1);
    assert_eq!(given.answer(&held[1].leased, 200, 3_501).await, Recorded::Stale);
}

pub(crate) async fn a_machine_that_joins_again_ends_what_it_was(store: Shared) {
    let (mut given, mut machine) = Given::with_machine(store, 1).await;
    given.add_webhook("one").await;
    given.accept(3, 0).await;
    let held = [machine.hand_one().await, given.claim(0).await.leased.remove(0)];
    let newer = given.join(room(0), 5, FOR_EVER_MILLIS).await;
    assert!(newer.epoch > machine.epoch);
    assert!(!given.store.beat(machine.epoch, at(5), at(FOR_EVER_MILLIS)).await.unwrap());
    let claimed = given.claim(5).await.leased;
    let told: Vec<_> = claimed.iter().map(|one| (one.number(), one.token())).collect();
    assert!(told.iter().all(|(_, token)| token.epoch == newer.epoch));
    assert_eq!(told.iter().filter(|(number, token)| (*number, token.number) == (2, 2)).count(), 3);
    for (late, newest) in held.iter().zip(&claimed) {
        assert_eq!(given.attempts(late).await[0].outcome, Outcome::Lost);
        assert_eq!(given.answer(late, 410, 6).await, Recorded::Stale, "E-07");
        given.release(late, 0).await;
        assert_eq!(given.delivery(newest).await, *newest.delivery, "nothing was changed");
    }
}

pub(crate) async fn an_epoch_is_never_given_twice(store: Shared) {
    let (mut given, mut last) = Given::with_machine(store, 5).await;
    for millis in 1..20 {
        if millis % 3 == 0 {
            given.store.leave(last.epoch, at(millis)).await.unwrap();
        }
        let next = given.join(room(5), millis, millis + 1).await;
        assert!(next.epoch > last.epoch && next.epoch > Epoch::default());
        given.take_over(millis, 9).await;
        last = next;
    }
}

pub(crate) async fn a_late_result_is_stale_by_its_epoch_and_by_its_number(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 5).await;
    given.add_webhook("one").await;
    given.accept(1, 0).await;
    let first = machine.hand_one().await;
    given.release(&first, 0).await;
    let second = given.claim_one(1).await;
    assert_eq!((first.token().epoch, second.token().number), (second.token().epoch, 2));
    assert_eq!(given.answer(&first, 410, 2).await, Recorded::Stale, "by its number");
    for epoch in [0, machine.epoch.0 - 1, machine.epoch.0 + 1] {
        let delivery = Box::new(Delivery { epoch: Epoch(epoch), ..*second.delivery.clone() });
        let other = Leased { delivery, ..second.clone() };
        assert_eq!(given.answer(&other, 410, 2).await, Recorded::Stale, "by its epoch");
        given.release(&other, 0).await;
    }
    assert_eq!(given.delivery(&second).await, *second.delivery);
    let batch = [&first, &second, &second];
    let batch = batch.map(|leased| finished(leased, attempt(leased, Outcome::Delivered, 3)));
    let verdicts = given.store.finish(batch.to_vec(), &rules(), at(3)).await.unwrap();
    assert!(matches!(verdicts[..], [Recorded::Stale, Recorded::Recorded { .. }, Recorded::Stale]));
}

/// Where two machines can be on one store.
pub(crate) async fn what_ended_epochs_held_is_taken_over_in_steps(store: Shared) {
    let mut given = Given::unjoined(store).await;
    given.add_webhook("one").await;
    let mut machine = given.join(room(4), 0, 1_000).await;
    given.accept(7, 0).await;
    let held = machine.hand(4).await;
    assert_eq!(given.claim(0).await.leased.len(), 3);
    let Some(mut other) = given.beside() else { return };
    other.join(room(0), 0, FOR_EVER_MILLIS).await;
    let mut steps = Vec::new();
    for _ in 0..4 {
        steps.push(other.take_over(1_000, 3).await);
    }
    assert_eq!(steps, [3, 3, 1, 0], "what it was handed over, and what it had claimed");
    assert_eq!(stands(&given.delivery(&held[0].leased).await), (true, Some(at(1_000))));
    assert_eq!(other.take(other.asking_for(9, 1_001)).await.leased.len(), 7);
    assert_eq!(other.take_over(1_001, 9).await, 0, "what is claimed again is another's");
}

/// Where two machines can be on one store.
pub(crate) async fn a_machine_takes_over_from_a_dead_one_and_not_before(store: Shared) {
    let mut given = Given::unjoined(store).await;
    given.add_webhook("one").await;
    let mut dead = given.join(room(1), 0, 1_000).await;
    let Some(mut other) = given.beside() else { return };
    other.join(room(5), 0, FOR_EVER_MILLIS).await;
    given.accept(2, 0).await;
    let held = [dead.hand_one().await, given.claim_one(0).await];
    assert_eq!(other.take_over(999, 9).await, 0);
    assert!(other.claim(999).await.leased.is_empty(), "it may be at work");
    assert_eq!(other.take_over(1_000, 9).await, 2);
    let taken = other.claim(1_000).await.leased;
    assert_eq!(taken.iter().map(Leased::number).collect::<Vec<_>>(), [2, 2]);
    for (late, newest) in held.iter().zip(&taken) {
        // Its clock is behind: it does not know yet that it is dead.
        assert_eq!(given.answer(late, 410, 900).await, Recorded::Stale, "E-07");
        assert_eq!(other.delivery(newest).await, *newest.delivery);
    }
    assert!(!given.store.beat(dead.epoch, at(900), at(2_000)).await.unwrap());
}
