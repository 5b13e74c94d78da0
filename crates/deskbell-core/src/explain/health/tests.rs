//! Every state, its sentence, and the edges of illness.

use super::*;
use crate::id::{AccountId, WebhookId};
use crate::quota::{Keeper, Kept, UNBOUNDED};
use crate::time::from_millis;
use crate::vault::Sealed;
use crate::webhook::Health;

fn at(seconds: i64) -> Timestamp {
    from_millis(1_800_000_000_000 + seconds * 1_000)
}

fn webhook(status: Status, health: Health) -> Webhook {
    Webhook {
        id: WebhookId::from_text("WHK-1"),
        account: AccountId::from_text("ACC-1"),
        name: "CRM sync".into(),
        url: "https://crm.example/".into(),
        events: Vec::new(),
        created: at(0),
        secret: Sealed(Vec::new()),
        status,
        health,
    }
}

fn enabled(health: Health) -> Webhook {
    webhook(Status::Enabled, health)
}

fn quarter(delivered: u64, failed: u64, gave_up: u64) -> Quarter {
    Quarter { delivered, failed, gave_up, ..Quarter::of(at(0)) }
}

fn said(webhook: &Webhook, quarters: Vec<Quarter>, waiting: Waiting) -> (HealthState, String) {
    let verdict = assess(webhook, &Record { quarters, waiting }, false, at(0));
    (verdict.state, verdict.sentence)
}

#[test]
fn a_healthy_webhook_says_what_arrived_and_what_is_still_to_come() {
    let well = enabled(Health::default());
    let waiting = |count, tried, most_attempts| Waiting { count, tried, most_attempts, ..Waiting::default() };
    let cases = [
        (vec![quarter(1, 0, 0)], waiting(0, 0, 0), "Healthy. The one delivery of the last 24 hours arrived."),
        (
            vec![quarter(1_000, 3, 0), quarter(284, 0, 0)],
            waiting(0, 0, 0),
            "Healthy. All 1,284 deliveries of the last 24 hours arrived.",
        ),
        (
            vec![quarter(1_283, 1, 0)],
            waiting(1, 1, 1),
            "Healthy. 1,283 of 1,284 deliveries arrived in the last 24 hours; one is on its second try.",
        ),
        (
            vec![quarter(7, 4, 1)],
            waiting(2, 2, 3),
            "Healthy. 7 of 10 deliveries arrived in the last 24 hours; one was given up, 2 are being tried again.",
        ),
        (
            vec![quarter(9, 4, 1)],
            Waiting { again: 1, ..waiting(3, 1, 1) },
            "Healthy. 9 of 12 deliveries arrived in the last 24 hours; one was given up, one is being tried again, one is sent again by hand.",
        ),
        (
            vec![quarter(2, 0, 0)],
            Waiting { again: 2, ..waiting(2, 0, 0) },
            "Healthy. All 2 deliveries of the last 24 hours arrived; 2 are sent again by hand.",
        ),
        (
            vec![],
            waiting(1, 0, 0),
            "Healthy. 0 of 1 delivery arrived in the last 24 hours; one is on its way.",
        ),
    ];
    for (quarters, waiting, sentence) in cases {
        assert_eq!(said(&well, quarters, waiting), (HealthState::Healthy, sentence.to_owned()));
    }
}

#[test]
fn without_deliveries_it_is_idle() {
    let (state, sentence) = said(&enabled(Health::default()), vec![], Waiting::default());
    assert_eq!(
        (state, sentence.as_str()),
        (HealthState::Idle, "Idle. Nothing was to be delivered in the last 24 hours.")
    );
}

#[test]
fn a_webhook_whose_last_try_failed_says_when_the_next_is() {
    let failing = |failures_in_a_row| enabled(Health { failures_in_a_row, ..Health::default() });
    let waiting = Waiting { count: 4, tried: 1, most_attempts: 2, next: Some(at(166)), ..Waiting::default() };
    let (state, sentence) = said(&failing(2), vec![quarter(5, 2, 0)], waiting);
    let words = "Retrying. The last 2 tries failed; 4 deliveries wait, the next try is in 2 min 46 s.";
    assert_eq!((state, sentence.as_str()), (HealthState::Retrying, words));
    let told = said(&failing(1), vec![quarter(5, 1, 1)], Waiting::default());
    let words = "Failing. The last try failed; nothing waits to be tried again.";
    assert_eq!(told, (HealthState::Failing, words.into()), "where nothing is owed, nothing is retried");
    let last = Waiting { count: 1, in_flight: 1, tried: 1, most_attempts: 2, ..Waiting::default() };
    let (state, sentence) = said(&failing(2), vec![], last);
    assert_eq!(
        (state, sentence.as_str()),
        (HealthState::Retrying, "Retrying. The last 2 tries failed; one delivery waits.")
    );
    let paused = |webhook: &Webhook, waiting| {
        assess(webhook, &Record { quarters: vec![], waiting }, true, at(0)).sentence
    };
    let words =
        "Retrying. The last try failed; 4 deliveries wait, and nothing is sent before `deskbell resume`.";
    assert_eq!(paused(&failing(1), waiting), words);
    let words = "Healthy. 0 of 4 deliveries arrived in the last 24 hours; one is being tried again, nothing is sent before `deskbell resume`.";
    assert_eq!(paused(&enabled(Health::default()), waiting), words);
}

#[test]
fn a_rest_and_the_probe_after_it_are_told_apart() {
    let resting = |end| enabled(Health { rest_until: Some(at(end)), ..Health::default() });
    let waiting = Waiting { count: 214, ..Waiting::default() };
    let words = "Resting. It was overloaded or too slow: nothing is sent to it for another 34 s; 214 deliveries wait, the next try is in 34 s.";
    assert_eq!(said(&resting(34), vec![], waiting), (HealthState::Resting, words.into()));
    let later = Waiting { next: Some(at(18_000)), ..waiting };
    let words = "Resting. It was overloaded or too slow: nothing is sent to it for another 34 s; 214 deliveries wait, the next try is in 5 h.";
    assert_eq!(said(&resting(34), vec![], later).1, words, "the rest is over long before");
    let words = "Resting. It was overloaded or too slow: nothing is sent to it for another 34 s.";
    assert_eq!(
        said(&resting(34), vec![], Waiting::default()).1,
        words,
        "no try is named where none is to come"
    );
    let words = "Resting. It was overloaded or too slow: one try at a time, until one succeeds.";
    assert_eq!(said(&resting(0), vec![], Waiting::default()), (HealthState::Resting, words.into()));
}

#[test]
fn what_its_owner_turned_off_is_paused_and_what_we_turned_off_is_disabled() {
    let off = |reason| webhook(Status::Disabled { reason, at: at(-60) }, Health::default());
    let verdict = |reason| assess(&off(reason), &Record::default(), false, at(0));
    let paused = verdict(DisableReason::ByOwner);
    assert_eq!((paused.state, paused.since), (HealthState::Paused, Some(at(-60))));
    for (reason, because) in [(DisableReason::Gone, "410"), (DisableReason::WindowExhausted, "used up")] {
        let disabled = verdict(reason);
        assert_eq!((disabled.state, disabled.since), (HealthState::Disabled, Some(at(-60))));
        assert!(disabled.sentence.contains(because), "{}", disabled.sentence);
    }
}

#[test]
fn a_fifth_of_failures_is_not_ill_and_more_is() {
    let well = enabled(Health::default());
    let ill = |delivered, failed| illness(&well, &[quarter(delivered, failed, 0)], at(0));
    assert_eq!(ill(12, 3), None, "exactly 20 %");
    assert_eq!(ill(0, 2), None, "two failures are not enough");
    let verdict = ill(11, 3).unwrap();
    assert_eq!(verdict.sentence, "3 of 14 tries failed in the last hour.");
    assert_eq!(verdict.state, HealthState::Failing);
    assert_eq!(illness(&well, &[], at(0)), None);
}

#[test]
fn resting_and_turned_off_by_us_are_ill_and_paused_is_not() {
    let resting = enabled(Health { rest_until: Some(at(5)), ..Health::default() });
    assert_eq!(illness(&resting, &[], at(0)).map(|verdict| verdict.state), Some(HealthState::Resting));
    let off = |reason, since| webhook(Status::Disabled { reason, at: at(since) }, Health::default());
    let state = |reason, since| illness(&off(reason, since), &[], at(0)).map(|verdict| verdict.state);
    assert_eq!(state(DisableReason::Gone, -60), Some(HealthState::Disabled));
    assert_eq!(state(DisableReason::Gone, -24 * 3600), None, "a day later it is no news");
    assert_eq!(state(DisableReason::ByOwner, -60), None);
}

#[test]
fn the_headline_counts_the_ill_and_the_others() {
    let cases = [
        ((0, 0), "No webhooks yet."),
        ((0, 1), "The one webhook is not ill. Nothing that is due waits longer than 5 s."),
        ((0, 43), "None of the 43 webhooks is ill. Nothing that is due waits longer than 5 s."),
        ((2, 43), "Two of 43 webhooks are ill. Nothing that is due waits longer than 5 s."),
        ((1, 2), "One of 2 webhooks is ill. Nothing that is due waits longer than 5 s."),
        ((12, 1_500), "12 of 1,500 webhooks are ill. Nothing that is due waits longer than 5 s."),
        ((1, 1), "The one webhook is ill."),
        ((3, 3), "All 3 webhooks are ill."),
    ];
    for ((ill, all), words) in cases {
        assert_eq!(headline(ill, all, None), words);
    }
    let late = headline(0, 43, Some(Duration::from_secs(72)));
    assert_eq!(late, "None of the 43 webhooks is ill. What is due waits up to 1 min 12 s.");
}

#[test]
fn a_paused_instance_says_as_of_when_it_is_and_what_waits() {
    let said = |queued| paused(at(0), queued, at(60));
    assert!(said(0).ends_with("Nothing is sent before `deskbell resume`; nothing waits."), "{}", said(0));
    assert!(said(1).contains("; one delivery waits, and may have been sent since."), "{}", said(1));
    assert!(
        said(1_284).contains("; 1,284 deliveries wait, and may have been sent since."),
        "{}",
        said(1_284)
    );
    assert!(
        paused(at(0), 1, at(90_000)).starts_with("Paused: restored as of 2027-01-15 "),
        "the day of another day"
    );
}

#[test]
fn the_operator_is_told_of_what_no_machine_does() {
    use crate::id::NodeId;
    use crate::node::{Load, Node, Role, Roles, Seen};
    let seen = |name: &str, roles: &[Role], silent| Seen {
        node: Node {
            id: NodeId::from_text(name),
            name: name.into(),
            host: "host".into(),
            roles: roles.iter().copied().collect::<Roles>(),
            version: "1".into(),
            started: at(0),
            load: Load::default(),
        },
        silent: Duration::from_secs(silent),
        clock_ms: 0,
    };
    let front = seen("front", &[Role::Api], 0);
    let back = seen("back", &[Role::Engine, Role::Sweeps], 0);
    assert_eq!(nodes(&[]), None);
    assert_eq!(nodes(&[front.clone(), back.clone()]), None);
    let told = nodes(std::slice::from_ref(&front)).unwrap();
    assert!(told.contains("role engine") && told.contains("role sweeps"), "{told}");
    let told = nodes(&[front, seen("engine", &[Role::Engine], 0)]).unwrap();
    assert!(!told.contains("role engine") && told.contains("role sweeps"), "{told}");
    let gone = nodes(&[seen("front", &[Role::Api], 20), back]).unwrap();
    assert!(gone.contains("front is gone") && !gone.contains("role"), "{gone}");
}

#[test]
fn the_operator_is_told_of_accounts_that_keep_nearly_what_they_may() {
    let keeper = |email: &str, bytes, own| Keeper {
        account: AccountId::from_text(email),
        email: email.into(),
        kept: Kept { bytes, own, is_partial: false },
    };
    let said = |percents: &[u64]| {
        let all: Vec<_> =
            percents.iter().map(|percent| keeper("ana@harbour.example", *percent, None)).collect();
        full(&all, 100)
    };
    assert_eq!((said(&[]), said(&[79, 3])), (None, None));
    let said = |percents| said(percents).unwrap();
    assert_eq!(said(&[80, 79]), "ana@harbour.example keeps 80 % of the events that it may.");
    let another =
        "ana@harbour.example keeps 99 % of the events that it may; another account is near its quota too.";
    assert_eq!(said(&[99, 80]), another);
    let others = "ana@harbour.example keeps 100 % of the events that it may; 2 other accounts are near their quotas too.";
    assert_eq!(said(&[100, 99, 80, 2]), others);
    assert_eq!(full(&[keeper("a", 1 << 40, Some(UNBOUNDED))], 100), None);
}
