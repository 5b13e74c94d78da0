//! The operator's headline: how all webhooks do, in a sentence or two.

use super::LATE;
use crate::Timestamp;
use crate::explain::words::{bytes, clock, deliveries, number, opening, rough};
use crate::node::{Role, Seen, State};
use crate::quota::{Keeper, NEAR_PERCENT};
use std::time::Duration;

/// The state of `webhooks` webhooks, `ill` of them ill, in words; `late` is how long the oldest due delivery of the
/// others has waited, if that is too long.
pub fn headline(ill: u64, webhooks: u64, late: Option<Duration>) -> String {
    let others = webhooks.saturating_sub(ill);
    // What is late is a delivery. Of a webhook to which nothing is owed there is nothing to say.
    let time = match late {
        None => format!("Nothing that is due waits longer than {}", rough(LATE)),
        Some(late) => format!("What is due waits up to {}", rough(late)),
    };
    match (ill, others) {
        (0, 0) => "No webhooks yet.".into(),
        (0, 1) => format!("The one webhook is not ill. {time}."),
        (0, all) => format!("None of the {} webhooks is ill. {time}.", number(all)),
        (1, 0) => "The one webhook is ill.".into(),
        (all, 0) => format!("All {} webhooks are ill.", number(all)),
        (1, _) => format!("One of {} webhooks is ill. {time}.", number(webhooks)),
        (ill, _) => format!("{} of {} webhooks are ill. {time}.", opening(ill), number(webhooks)),
    }
}

/// The state of an instance that was restored from a copy of `copied` and is paused, with `queued` deliveries in its queue.
pub fn paused(copied: Timestamp, queued: u64, now: Timestamp) -> String {
    let waits = match queued {
        0 => "nothing waits".to_owned(),
        1 => "one delivery waits, and may have been sent since".to_owned(),
        _ => format!("{} wait, and may have been sent since", deliveries(queued)),
    };
    format!(
        "Paused: restored as of {}. Nothing is sent before `deskbell resume`; {waits}.",
        clock(copied, now)
    )
}

/// What the operator has to know of a disk on which so many bytes are `free`, which is less than there should be.
pub fn little_room(free: u64, reserve_given_up: bool) -> String {
    let free = bytes(free);
    if reserve_given_up {
        return format!(
            "The disk is full: the reserve was given up, {free} are left, and inboxes take nothing."
        );
    }
    format!("Little room is left on the disk, {free}: inboxes take nothing.")
}

/// What the operator has to know of accounts that keep as much as they may, or nearly, if anything; the fullest of them come first.
pub fn full(fullest: &[Keeper], quota: u64) -> Option<String> {
    let near = |one: &Keeper| one.kept.percent(quota).filter(|percent| *percent >= NEAR_PERCENT);
    let first = fullest.first()?;
    let percent = near(first)?.floor();
    let others = match fullest.iter().skip(1).filter(|one| near(one).is_some()).count() {
        0 => String::new(),
        1 => "; another account is near its quota too".to_owned(),
        count => format!("; {} other accounts are near their quotas too", number(count as u64)),
    };
    Some(format!("{} keeps {percent} % of the events that it may{others}.", first.email))
}

/// What the operator has to know of the machines that serve, if anything.
pub fn nodes(nodes: &[Seen]) -> Option<String> {
    let (gone, there): (Vec<&Seen>, Vec<&Seen>) = nodes.iter().partition(|seen| seen.state() == State::Gone);
    let mut told = Vec::new();
    match gone.as_slice() {
        [] => {}
        [one] => told.push(format!(
            "{} is gone: nothing was heard of it for {}.",
            one.node.name,
            rough(one.silent)
        )),
        all => told.push(format!("{} machines are gone.", opening(all.len() as u64))),
    }
    let nobody_has = |role| !there.is_empty() && !there.iter().any(|seen| seen.node.roles.has(role));
    if nobody_has(Role::Engine) {
        told.push("No machine has the role engine: nothing is sent.".to_owned());
    }
    if nobody_has(Role::Sweeps) {
        told.push("No machine has the role sweeps: nothing that is old is deleted.".to_owned());
    }
    (!told.is_empty()).then(|| told.join(" "))
}
