//! One checker for each promise. Each gives what it found broken; the catalogue's row of the promise stands with it.

use super::history::{CEILING, History, MACHINES, SKEW};
use crate::world::{Lease, Term};
use deskbell_core::attempt::{Attempt, Blame, Outcome};
use deskbell_core::delivery::{Delivery, Epoch, Status};
use deskbell_core::policy::sign;
use deskbell_core::time::{later, until};
use deskbell_core::webhook::Status as WebhookStatus;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

type Promise = fn(&History) -> Vec<String>;

const PROMISES: [(&str, Promise); 17] = [
    ("no_delivery_is_lost", no_delivery_is_lost),
    ("a_delivered_delivery_was_received", a_delivered_delivery_was_received),
    ("attempts_are_numbered_without_gaps", attempts_are_numbered_without_gaps),
    ("attempts_are_bounded", attempts_are_bounded),
    ("nothing_starts_early", nothing_starts_early),
    ("nothing_follows_a_success", nothing_follows_a_success),
    ("at_most_one_lease", at_most_one_lease),
    ("at_most_one_request_on_the_wire", at_most_one_request_on_the_wire),
    ("every_request_is_recorded", every_request_is_recorded),
    ("bytes_never_change", bytes_never_change),
    ("a_disabled_webhook_is_left_alone", a_disabled_webhook_is_left_alone),
    ("what_is_sent_is_stored", what_is_sent_is_stored),
    ("an_epoch_is_given_once", an_epoch_is_given_once),
    ("a_late_result_changes_nothing", a_late_result_changes_nothing),
    ("who_leaves_holds_nothing", who_leaves_holds_nothing),
    ("room_is_given_back", room_is_given_back),
    ("room_stays_below_its_ceiling", room_stays_below_its_ceiling),
];

/// Every broken promise of a history, with its name; a few examples of each.
pub(crate) fn broken(history: &History) -> Vec<String> {
    let check = |(name, promise): (&str, Promise)| {
        promise(history).into_iter().take(3).map(move |found| format!("{name}: {found}")).collect::<Vec<_>>()
    };
    PROMISES.into_iter().flat_map(check).collect()
}

/// What `check` finds in each delivery.
fn each(history: &History, check: impl Fn(&Delivery, &[Attempt]) -> Option<String>) -> Vec<String> {
    let one = |(delivery, attempts): &(Delivery, Vec<Attempt>)| {
        check(delivery, attempts).map(|found| format!("{}: {found}", delivery.id))
    };
    history.deliveries.iter().filter_map(one).collect()
}

/// E-01, E-02, E-03: what was acknowledged exists and, with the faults over, has come to an end.
fn no_delivery_is_lost(history: &History) -> Vec<String> {
    let mut counts: HashMap<_, usize> = HashMap::new();
    for (delivery, _) in &history.deliveries {
        *counts.entry(&delivery.event).or_default() += 1;
    }
    let missing = history.accepted.iter().filter_map(|(event, (_, promised))| {
        let found = counts.get(event).copied().unwrap_or_default();
        (found != *promised).then(|| format!("{event} has {found} deliveries of {promised}"))
    });
    let stuck = each(history, |delivery, _| {
        let ended = delivery.status != Status::Pending && delivery.due.is_none() && !delivery.is_leased();
        (!ended).then(|| format!("stuck: {delivery:?}"))
    });
    missing.chain(stuck).collect()
}

/// E-03: *delivered* means that the receiver had it, and that a 2xx was recorded.
fn a_delivered_delivery_was_received(history: &History) -> Vec<String> {
    each(history, |delivery, attempts| {
        let recorded = attempts.iter().any(|one| one.outcome == Outcome::Delivered);
        let received = requests(history, delivery) > 0;
        ((delivery.status == Status::Delivered) != recorded || recorded && !received)
            .then(|| format!("{:?}, recorded {recorded}, received {received}", delivery.status))
    })
}

/// E-08: 1, 2, 3 and so on.
fn attempts_are_numbered_without_gaps(history: &History) -> Vec<String> {
    each(history, |delivery, attempts| {
        let numbers: Vec<u32> = attempts.iter().map(|one| one.number).collect();
        (numbers != (1..=delivery.attempts).collect::<Vec<_>>()).then(|| format!("{numbers:?}"))
    })
}

/// E-04: no more than the schedule has, and as many lost ones as are borne.
fn attempts_are_bounded(history: &History) -> Vec<String> {
    let rules = &history.world.settings.rules;
    let tries = rules.schedule.len() + 1;
    each(history, |delivery, attempts| {
        let scheduled =
            attempts.iter().filter(|one| !one.manual && one.outcome.blame() == Blame::Receiver).count();
        let lost = attempts.iter().filter(|one| !one.manual && one.outcome == Outcome::Lost).count();
        (scheduled > tries || lost > rules.lost_limit as usize || delivery.tries as usize != scheduled)
            .then(|| format!("{scheduled} scheduled, {lost} lost, {} counted", delivery.tries))
    })
}

/// E-05, E-06: a scheduled attempt starts no earlier than its wait after the last one that used up the schedule, but for
/// the jitter, and for the skew of the clocks.
fn nothing_starts_early(history: &History) -> Vec<String> {
    let rules = &history.world.settings.rules;
    each(history, |delivery, attempts| {
        let (mut tries, mut earliest) = (0, delivery.created);
        for attempt in attempts.iter().filter(|one| !one.manual) {
            if later(attempt.started, SKEW) < earliest {
                let told: Vec<_> =
                    attempts.iter().map(|one| (one.manual, one.outcome, one.started)).collect();
                let by = until(attempt.started, earliest);
                return Some(format!("{} started {by:?} early: {told:?}", attempt.number));
            }
            if attempt.outcome.blame() == Blame::Receiver {
                let wait = rules.schedule.get(tries).copied().unwrap_or(Duration::ZERO);
                earliest = later(attempt.started, wait.mul_f64(1.0 - rules.jitter));
                tries += 1;
            }
        }
        None
    })
}

/// E-09: after a recorded 2xx only retries by hand.
fn nothing_follows_a_success(history: &History) -> Vec<String> {
    each(history, |_, attempts| {
        let success = attempts.iter().position(|one| one.outcome == Outcome::Delivered)?;
        let after = attempts[success + 1..].iter().find(|one| !one.manual)?;
        Some(format!("{after:?}"))
    })
}

/// E-07: a lease is handed out only after the one before it was used or given back, or its machine's epoch ended: by itself, or by
/// another that had no beat of it in time.
fn at_most_one_lease(history: &History) -> Vec<String> {
    let terms: HashMap<Epoch, &Term> = history.terms.iter().map(|term| (term.epoch, term)).collect();
    let mut last = HashMap::new();
    let mut found = Vec::new();
    for (place, lease) in history.leases.iter().enumerate() {
        if let Some(before) = last.insert(&lease.delivery, lease) {
            let by_then = |ended: Option<usize>| ended.is_some_and(|at| at <= place);
            let term = terms.get(&before.token.epoch);
            let overdue = |term: &Term| term.epoch != lease.token.epoch && term.until <= lease.at;
            let over = by_then(before.ended) || term.is_some_and(|term| by_then(term.ended) || overdue(term));
            if !over || before.token.number >= lease.token.number {
                found.push(format!("{before:?} of {term:?} and {lease:?}"));
            }
        }
    }
    found
}

/// E-07: a machine is silent before its epoch ends, also when another's clock is ahead.
fn at_most_one_request_on_the_wire(history: &History) -> Vec<String> {
    let most = history.world.receiver.most_open();
    if most > 1 { vec![format!("{most} at once")] } else { Vec::new() }
}

/// E-10, E-24: each request that left is one recorded attempt, its own or a lost one.
fn every_request_is_recorded(history: &History) -> Vec<String> {
    each(history, |delivery, attempts| {
        let requests = requests(history, delivery);
        (requests > attempts.len()).then(|| format!("{requests} requests, {} attempts", attempts.len()))
    })
}

/// E-20, E-21, E-22: the bytes received are the bytes accepted, under the same id, and the signature verifies.
fn bytes_never_change(history: &History) -> Vec<String> {
    let wrong = history.seen.iter().filter_map(|seen| {
        let (_, secret) = &history.webhooks[&seen.webhook];
        let header = seen.headers.iter().find(|(name, _)| name == sign::HEADER)?;
        let verified = sign::verify(secret, &header.1, &seen.body).is_ok();
        let same = history.accepted.get(&seen.event).is_none_or(|(body, _)| *body == seen.body);
        (!verified || !same).then(|| format!("{seen:?}"))
    });
    wrong.collect()
}

/// E-11: what was on its way when a webhook was disabled may arrive; nothing later does.
fn a_disabled_webhook_is_left_alone(history: &History) -> Vec<String> {
    let late = history.seen.iter().filter(|seen| match history.webhooks[&seen.webhook].0 {
        WebhookStatus::Disabled { at, .. } => {
            seen.at > later(at, history.world.settings.deadlines.total + SKEW)
        }
        _ => false,
    });
    late.map(|seen| format!("{seen:?}")).collect()
}

/// E-01: nothing leaves before it is committed: a receiver never has what the store does not know. What was stored without
/// an acknowledgement may be sent.
fn what_is_sent_is_stored(history: &History) -> Vec<String> {
    history.unknown.iter().map(|event| format!("{event} was sent and never stored")).collect()
}

/// E-07: an epoch's number is never given again, or a late result of the earlier one could not be told.
fn an_epoch_is_given_once(history: &History) -> Vec<String> {
    let reused = history.terms.windows(2).filter(|terms| terms[0].epoch >= terms[1].epoch);
    reused.map(|terms| format!("{:?} after {:?}", terms[1], terms[0])).collect()
}

/// E-07: what comes from a machine whose lease or epoch is over is not recorded.
fn a_late_result_changes_nothing(history: &History) -> Vec<String> {
    history.late.clone()
}

/// E-10: a machine that leaves has recorded or given back all that it held, so that none of it counts as lost. Nobody's clock may say that its epoch was over before.
fn who_leaves_holds_nothing(history: &History) -> Vec<String> {
    let in_time = |term: &&Term| term.left.is_some_and(|left| later(left, SKEW * 2) < term.until);
    let left: HashSet<Epoch> = history.terms.iter().filter(in_time).map(|term| term.epoch).collect();
    let held = |lease: &&Lease| lease.ended.is_none();
    let kept = history.leases.iter().filter(held).filter(|lease| left.contains(&lease.token.epoch));
    kept.map(|lease| format!("{lease:?}")).collect()
}

/// With everything settled, a machine has all its room again.
fn room_is_given_back(history: &History) -> Vec<String> {
    let all = history.world.settings.in_flight as usize;
    let short = history.left.iter().filter(|left| **left != all);
    short.map(|left| format!("room for {left} of {all}")).collect()
}

/// However quick a receiver is, a machine has no more at once on the way to it. A machine that drains is one more.
fn room_stays_below_its_ceiling(history: &History) -> Vec<String> {
    let (most, ceiling) = (history.world.receiver.most_open_to_one(), CEILING * (MACHINES as u32 + 1));
    if most > ceiling { vec![format!("{most} at once")] } else { Vec::new() }
}

fn requests(history: &History, delivery: &Delivery) -> usize {
    let ours = |seen: &&crate::world::Seen| seen.event == delivery.event && seen.webhook == delivery.webhook;
    history.seen.iter().filter(ours).count()
}
