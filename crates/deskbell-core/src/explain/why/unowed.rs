//! Unowed: there is no delivery. What the webhook was when the event was made says why.

use super::{Aspect, Compared, Facts, Nearest, Stage, StageState, Verdict, Why};
use crate::event::Origin;
use crate::explain::words;
use crate::policy::matching;
use crate::trigger::{Subscription, Trigger};
use crate::webhook::history::reaches;
use crate::webhook::{DisableReason, Status, Webhook};

pub(super) fn why(ledger: &Facts<'_>) -> Why {
    let (verdict, told) = verdict(ledger);
    let name = ledger.name();
    let sentence = format!("It was never owed: {told}");
    let got = ledger.others.len();
    let owed = match got {
        0 => "no webhook was owed it".to_owned(),
        1 => "one other webhook was owed it".to_owned(),
        more => format!("{more} other webhooks were owed it"),
    };
    let reason = match got {
        0 => format!("The event was made and {owed}: it was sent to nobody."),
        _ => format!("The event was made and {owed}. To {name} nothing was sent, and nothing is on its way."),
    };
    // Not who wanted it: one that was off, or made later, may want it too.
    let owed_to = match got {
        0 => format!("It was owed to no webhook, and not to {name}."),
        1 => format!("It was owed to 1 webhook, and not to {name}."),
        more => format!("It was owed to {more} webhooks, and not to {name}."),
    };
    let steps = vec![
        ledger.event_made(),
        Stage::new("Match", StageState::Stopped, owed_to, Some(ledger.event.created)),
        Stage::new("Delivery", StageState::NotReached, format!("None was made for {name}."), None),
        Stage::new("Attempts", StageState::NotReached, "None, so there is no answer to look at.", None),
        Stage::new("Answer", StageState::NotReached, "None.", None),
    ];
    let nearest = ledger.was().map(|was| nearest(ledger, &was));
    Why { verdict, sentence, reason, steps, ruled_out: ledger.ruled_out(verdict), nearest }
}

fn verdict(ledger: &Facts<'_>) -> (Verdict, String) {
    let (event, name) = (ledger.event, ledger.name());
    let (Some(webhook), Some(was)) = (ledger.webhook, ledger.was()) else {
        return (Verdict::Deleted, format!("{name} is deleted."));
    };
    let wants = |webhook: &Webhook| matching::wants(&webhook.events, event.trigger);
    let clock = |at| words::clock(at, ledger.now);
    if webhook.created > event.created {
        let told = format!("{name} was made at {}, after the event.", clock(webhook.created));
        return (Verdict::CreatedLater, told);
    }
    if event.origin == Origin::Sample {
        return (Verdict::SampleElsewhere, "it was a sample, for another webhook alone.".into());
    }
    let reached = reaches(ledger.history, event.created);
    // Since when it was off is told by what is kept, however much was changed before.
    if let Status::Disabled { reason, at } = was.status
        && at <= event.created
    {
        let verdict = match reason {
            DisableReason::ByOwner => Verdict::Paused,
            DisableReason::Gone | DisableReason::WindowExhausted => Verdict::Disabled,
        };
        let (off, since) = (words::off(reason), clock(at));
        let told = match webhook.status == was.status {
            true => format!("{name} is {off} since {since}."),
            false => format!("{name} was off at that time: {off} at {since}, and turned on later."),
        };
        let too = match (wants(&was), wants(webhook)) {
            (asked, _) if asked || !reached => String::new(),
            (_, false) => format!(" It does not ask for {} either.", event.trigger),
            (_, true) => format!(" It did not ask for {} either.", event.trigger),
        };
        return (verdict, told + &too);
    }
    if reached && !wants(&was) {
        let told = match wants(webhook) {
            true => format!("{name} did not ask for {} at that time.", event.trigger),
            false => format!("{name} does not ask for {}.", event.trigger),
        };
        return (Verdict::NotSubscribed, told);
    }
    let told =
        format!("when the event was made, {name} was off or asked for other triggers. It has changed since.");
    (Verdict::ChangedSince, told)
}

/// How what happened and the webhook, as it was then, compare.
fn nearest(ledger: &Facts<'_>, webhook: &Webhook) -> Nearest {
    let event = ledger.event;
    let names: Vec<&str> = webhook.events.iter().map(|one| one.as_str()).collect();
    let state = match webhook.status {
        Status::Enabled => "on".to_owned(),
        Status::Disabled { reason, at } => {
            format!("{} since {}", words::off(reason), words::clock(at, ledger.now))
        }
        Status::Deleted { .. } => "deleted".to_owned(),
    };
    let was_on = !matches!(webhook.status, Status::Disabled { at, .. } if at <= event.created);
    let row = |what, event: String, webhook: String, fits| Compared { what, event, webhook, fits };
    let wants = matching::wants(&webhook.events, event.trigger);
    Nearest {
        compared: vec![
            row(Aspect::Trigger, event.trigger.to_string(), names.join(", "), wants),
            row(Aspect::State, format!("at {}", words::clock(event.created, ledger.now)), state, was_on),
            row(
                Aspect::Made,
                words::clock(event.created, ledger.now),
                words::clock(webhook.created, ledger.now),
                webhook.created <= event.created,
            ),
        ],
        trigger: (!wants).then(|| closest(&webhook.events, event.trigger)).flatten(),
        webhook: ledger.got_it.map(|webhook| (webhook.id.clone(), webhook.name.clone())),
        event: None,
    }
}

/// What the webhook asks for that shares most letters with `trigger`, from both ends.
fn closest(events: &[Subscription], trigger: Trigger) -> Option<&'static str> {
    let wanted = trigger.as_str().as_bytes();
    let likeness = |name: &&'static str| {
        let name = name.as_bytes();
        let head = name.iter().zip(wanted).take_while(|(one, other)| one == other).count();
        let tail = name.iter().rev().zip(wanted.iter().rev()).take_while(|(one, other)| one == other).count();
        head + tail
    };
    // The first of several that are alike, as the owner listed them.
    events.iter().map(|one| one.as_str()).rev().max_by_key(likeness)
}
