//! Owed: there is a delivery, and its state is the answer.

use super::{Facts, Stage, StageState, Verdict, Why};
use crate::attempt::{Attempt, Outcome};
use crate::delivery::{Delivery, Status};
use crate::event::Origin;
use crate::explain::next::{Hold, NextTry, next_try};
use crate::explain::words;
use crate::time::{later, until};
use crate::webhook::history::as_of;
use crate::webhook::{DisableReason, Status as WebhookStatus};
use std::time::Duration;

/// A shorter absence of ours is a restart like any other.
const AWAY_SHOWN: Duration = Duration::from_secs(60);

/// A verdict, its sentence, and one more.
type Told = (Verdict, String, String);

pub(super) fn why(ledger: &Facts<'_>, delivery: &Delivery) -> Why {
    let (verdict, sentence, reason) = match delivery.status {
        Status::Delivered => delivered(ledger, delivery),
        Status::Pending => pending(ledger, delivery),
        Status::Failed => failed(ledger, delivery),
        Status::Cancelled => cancelled(ledger, delivery),
        Status::Quarantined if ledger.event.is_damaged() => (
            Verdict::Quarantined,
            "Set aside: the event's bytes are damaged on the disk, and are not sent.".into(),
            "Nothing sends it again. Its sender has to publish the event anew.".into(),
        ),
        Status::Quarantined if delivery.lost == 0 => (
            Verdict::Quarantined,
            "Set aside: it or its event could not be read on the disk when it was due.".into(),
            "It is not sent again by itself. A retry by hand sends it once.".into(),
        ),
        Status::Quarantined => (
            Verdict::Quarantined,
            format!("Set aside after {}: {}.", words::tries(delivery.lost), lost(ledger)),
            "It is not sent again by itself. A retry by hand sends it once.".into(),
        ),
    };
    let reason = format!("{reason} {}", away(delivery)).trim().to_owned();
    Why {
        ruled_out: ledger.ruled_out(verdict),
        steps: steps(ledger, delivery, verdict),
        verdict,
        sentence,
        reason,
        nearest: None,
    }
}

/// What became of the tries that did not end well, as far as it is known.
fn lost(ledger: &Facts<'_>) -> &'static str {
    let had = |outcome| ledger.attempts.iter().any(|attempt| attempt.outcome == outcome);
    match (had(Outcome::Lost), had(Outcome::SenderFailed)) {
        (true, false) => "each time the machine that sent it was lost",
        (false, true) => "each time the sender itself failed",
        _ => "each time the machine that sent it was lost, or the sender itself failed",
    }
}

/// What our own absence did to it, if it was long enough to be noticed.
fn away(delivery: &Delivery) -> String {
    if delivery.away < AWAY_SHOWN {
        return String::new();
    }
    let away = words::rough(delivery.away);
    format!("For {away} nobody was here to try it; its window is as much longer.")
}

fn delivered(ledger: &Facts<'_>, delivery: &Delivery) -> Told {
    let success = ledger.attempts.iter().find(|attempt| attempt.outcome == Outcome::Delivered);
    let sentence = match success {
        Some(attempt) if attempt.number == 1 => {
            let took = Duration::from_micros(attempt.timings.total_us);
            format!("Delivered on the first try in {}.", words::took(took))
        }
        Some(attempt) => {
            let end = later(attempt.started, Duration::from_micros(attempt.timings.total_us));
            let after = words::took(until(ledger.event.created, end));
            format!("Delivered on the {} try, {after} after the event.", words::ordinal(attempt.number))
        }
        None => format!("Delivered after {}.", words::tries(delivery.attempts)),
    };
    let reason = success.map(words::cause).unwrap_or_default();
    (Verdict::Delivered, sentence, reason)
}

fn pending(ledger: &Facts<'_>, delivery: &Delivery) -> Told {
    let next = next(ledger, delivery);
    if delivery.last_outcome == Some(Outcome::AddressBlocked) && !delivery.is_leased() {
        let (sentence, said) = blocked(ledger);
        return (Verdict::Blocked, sentence, format!("{said} The next try is {next}."));
    }
    let sentence = match delivery.attempts {
        0 => format!("It is still on its way: the first try is {next}."),
        1 => format!("It is still on its way: 1 try has failed, the next is {next}."),
        tries => format!("It is still on its way: {tries} tries have failed, the next is {next}."),
    };
    (Verdict::OnItsWay, sentence, ledger.attempts.last().map(words::cause).unwrap_or_default())
}

/// When the next try is, as in "the next is …".
fn next(ledger: &Facts<'_>, delivery: &Delivery) -> String {
    let Some(NextTry { at, hold }) = next_try(delivery, ledger.webhook, ledger.paused, ledger.now) else {
        return "under way".into();
    };
    let at = at.map(|at| format!("at {}", words::clock(at, ledger.now))).unwrap_or_default();
    match hold {
        None => at,
        Some(Hold::Rest) => format!("{at}, because {} is slowed down", ledger.name()),
        Some(Hold::Room) => "due now".into(),
        Some(Hold::InstancePaused) => "not made before this instance is resumed".into(),
        Some(Hold::WebhookOff) => format!("not made, because {} is off", ledger.name()),
    }
}

/// The sentence, and what the SSRF guard said.
fn blocked(ledger: &Facts<'_>) -> (String, String) {
    let attempt = ledger.attempts.iter().rev().find(|attempt| attempt.outcome == Outcome::AddressBlocked);
    let host = |attempt: &Attempt| url::Url::parse(&attempt.url).ok()?.host_str().map(str::to_owned);
    let host = attempt.and_then(host).unwrap_or_else(|| "its host".into());
    let said = attempt.map(|attempt| attempt.detail.as_str()).filter(|said| !said.is_empty());
    let said = said.unwrap_or(Outcome::AddressBlocked.meaning());
    // What came before may well have been sent.
    let never = ledger.attempts.iter().all(|attempt| attempt.outcome == Outcome::AddressBlocked);
    let not_sent = if never { "Not sent" } else { "The last try was not sent" };
    (format!("{not_sent}: {host} may not be called."), said.to_owned())
}

fn failed(ledger: &Facts<'_>, delivery: &Delivery) -> Told {
    let started = ledger.attempts.first().map(|attempt| attempt.started).or(delivery.first_attempt);
    let took = started.zip(delivery.settled).map(|(from, to)| until(from, to));
    let within = took.map(|took| format!(" in {}", words::took(took))).unwrap_or_default();
    let reason = match delivery.is_sample() {
        true => "It was a sample: a test is tried once. A retry by hand sends it once more.",
        false => "It is not sent again by itself. A retry by hand sends it once.",
    };
    if delivery.last_outcome == Some(Outcome::AddressBlocked) {
        let (sentence, said) = blocked(ledger);
        return (Verdict::Blocked, sentence, format!("{said} {reason}"));
    }
    let cause = ledger.attempts.last().map(words::cause).unwrap_or_default();
    let sentence = match delivery.is_sample() {
        true => format!("Failed after {}{within}.", words::tries(delivery.attempts)),
        false => format!("Gave up after {}{within}.", words::tries(delivery.attempts)),
    };
    (Verdict::GaveUp, sentence, format!("{cause} {reason}").trim().to_owned())
}

fn cancelled(ledger: &Facts<'_>, delivery: &Delivery) -> Told {
    let name = ledger.name();
    let at = delivery.settled.map(|at| format!(" at {}", words::clock(at, ledger.now))).unwrap_or_default();
    let before = match delivery.attempts {
        0 => "before it was tried".to_owned(),
        made => format!("after {}", words::tries(made)),
    };
    let lost = "It is not sent again by itself.".to_owned();
    if delivery.last_status == Some(410) {
        let sentence = format!("Turned off{at}, because they answered 410.");
        return (Verdict::Disabled, sentence, lost);
    }
    match ledger.webhook.map(|webhook| webhook.status) {
        None | Some(WebhookStatus::Deleted { .. }) => {
            (Verdict::Deleted, format!("Called off{at}: {name} was deleted {before}."), lost)
        }
        Some(_) if delivery.is_sample() => (
            Verdict::CalledOff,
            format!("Called off{at}, {before}."),
            "It was a sample: a test. A retry by hand sends it once.".into(),
        ),
        Some(status) => {
            let reason = match status {
                WebhookStatus::Enabled => format!("{name} is on again since; a retry by hand sends it once."),
                _ => lost,
            };
            // What turned it off then, and not what did so later.
            let then = delivery.settled.zip(ledger.webhook).and_then(|(settled, webhook)| {
                match as_of(webhook, ledger.history, settled).status {
                    WebhookStatus::Disabled { reason, at } if at <= settled => Some(reason),
                    _ => None,
                }
            });
            let (verdict, was) = match then {
                Some(DisableReason::ByOwner) => (Verdict::Paused, "paused".to_owned()),
                Some(reason) => (Verdict::Disabled, format!("{},", words::off(reason))),
                None => (Verdict::Paused, "paused or turned off".to_owned()),
            };
            (verdict, format!("Called off{at}: {name} was {was} {before}."), reason)
        }
    }
}

fn steps(ledger: &Facts<'_>, delivery: &Delivery, verdict: Verdict) -> Vec<Stage> {
    let matched = match ledger.others.len() {
        _ if ledger.event.origin == Origin::Sample => format!("A sample, for {} alone.", ledger.name()),
        0 => format!("It was owed to {} alone.", ledger.name()),
        others => format!("It was owed to {} and {others} more.", ledger.name()),
    };
    let settled = delivery.settled;
    let owed = match delivery.status {
        Status::Pending => format!("{} waits.", delivery.id),
        status => format!("{} is {}.", delivery.id, status.as_str()),
    };
    vec![
        ledger.event_made(),
        Stage::new("Match", StageState::Done, matched, Some(delivery.created)),
        Stage::new("Delivery", StageState::Done, owed, Some(delivery.created)),
        attempts(ledger, delivery),
        match (verdict, delivery.status) {
            (Verdict::Delivered, _) => {
                let last = ledger.attempts.iter().find(|attempt| attempt.outcome == Outcome::Delivered);
                Stage::new("Answer", StageState::Done, last.map(words::cause).unwrap_or_default(), settled)
            }
            (_, Status::Pending) => Stage::new("Answer", StageState::NotReached, "No 2xx yet.", None),
            (_, status) => Stage::new("Answer", StageState::Stopped, unanswered(status), settled),
        },
    ]
}

/// How a delivery ended to which no 2xx came.
fn unanswered(status: Status) -> &'static str {
    match status {
        Status::Cancelled => "No 2xx: it was called off.",
        Status::Quarantined => "No 2xx: it was set aside.",
        _ => "No 2xx, and no try is left.",
    }
}

fn attempts(ledger: &Facts<'_>, delivery: &Delivery) -> Stage {
    let Some(last) = ledger.attempts.last() else {
        let ended = delivery.status != Status::Pending;
        let sentence = if ended { "None was made." } else { "None yet." };
        return Stage::new("Attempts", StageState::NotReached, sentence, None);
    };
    let sentence = format!("{}. The last: {}", words::tries(delivery.attempts), words::cause(last));
    Stage::new("Attempts", StageState::Done, sentence, Some(last.started))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::Timings;
    use crate::event::Event;
    use crate::id::{AccountId, AttemptId, EventId, WebhookId};
    use crate::time::from_millis;
    use crate::trigger::Trigger;

    fn event() -> Event {
        Event {
            id: EventId::from_text("EVNT-1"),
            account: AccountId::from_text("ACC-1"),
            trigger: Trigger::BookingScheduled,
            subject: None,
            created: from_millis(0),
            body: bytes::Bytes::from_static(b"{}"),
            origin: Origin::Platform,
            payload_deleted: false,
        }
    }

    fn tried(delivery: &Delivery, number: u32, outcome: Outcome) -> Attempt {
        Attempt {
            id: AttemptId::from_text("ATT-1"),
            delivery: delivery.id.clone(),
            event: delivery.event.clone(),
            webhook: delivery.webhook.clone(),
            account: delivery.account.clone(),
            number,
            manual: false,
            sample: false,
            started: from_millis(i64::from(number)),
            outcome,
            detail: String::new(),
            possibly_received: false,
            timings: Timings::default(),
            address: None,
            url: "https://a.example/hook".into(),
            request_headers: Vec::new(),
            response: None,
        }
    }

    /// What is said of a delivery that ended in `status`, with these outcomes before.
    fn told(status: Status, outcomes: &[Outcome]) -> (String, String) {
        let (event, id) = (event(), WebhookId::from_text("WHK-1"));
        let new = Delivery::new(&event, &id, from_millis(0));
        let numbered = (1..).zip(outcomes);
        let attempts: Vec<_> = numbered.map(|(number, outcome)| tried(&new, number, *outcome)).collect();
        let delivery = Delivery { status, last_outcome: outcomes.last().copied(), lost: 3, ..new };
        let facts = Facts {
            now: from_millis(9),
            paused: false,
            event: &event,
            id: &id,
            webhook: None,
            history: &[],
            delivery: Some(&delivery),
            attempts: &attempts,
            others: &[],
            got_it: None,
        };
        let why = super::why(&facts, &delivery);
        (why.sentence, why.steps.last().map(|step| step.sentence.clone()).unwrap_or_default())
    }

    #[test]
    fn what_was_sent_before_a_blocked_try_is_not_said_to_be_unsent() {
        let (blocked, answered) = (Outcome::AddressBlocked, Outcome::HttpStatus);
        assert_eq!(told(Status::Failed, &[blocked, blocked]).0, "Not sent: a.example may not be called.");
        let last = "The last try was not sent: a.example may not be called.";
        assert_eq!(told(Status::Failed, &[answered, blocked]).0, last);
        assert_eq!(told(Status::Failed, &[blocked, answered]).1, "No 2xx, and no try is left.");
        assert_eq!(told(Status::Cancelled, &[answered]).1, "No 2xx: it was called off.");
    }

    #[test]
    fn a_cause_has_its_particulars_where_they_were_seen() {
        let new = Delivery::new(&event(), &WebhookId::from_text("WHK-1"), from_millis(0));
        let seen = "The receiver's certificate, or one of its chain, expired on 2025-04-01T00:00:00Z.";
        let expired = tried(&new, 1, Outcome::TlsExpired);
        assert_eq!(words::cause(&expired), Outcome::TlsExpired.meaning());
        assert_eq!(words::cause(&Attempt { detail: seen.to_owned(), ..expired }), seen);
    }

    #[test]
    fn what_was_set_aside_says_which_tries_did_not_end_well() {
        let said = |outcomes| told(Status::Quarantined, outcomes);
        let (lost, failed) = (Outcome::Lost, Outcome::SenderFailed);
        for (outcomes, words) in [
            (&[lost, lost, lost], "each time the machine that sent it was lost."),
            (&[failed, failed, failed], "each time the sender itself failed."),
            (
                &[lost, failed, lost],
                "each time the machine that sent it was lost, or the sender itself failed.",
            ),
        ] {
            let (sentence, answer) = said(outcomes);
            assert_eq!(sentence, format!("Set aside after 3 tries: {words}"));
            assert_eq!(answer, "No 2xx: it was set aside.");
        }
    }

    #[test]
    fn an_absence_of_ours_is_told() {
        let event = event();
        let delivery = Delivery::new(&event, &WebhookId::from_text("WHK-1"), from_millis(0));
        let told = |seconds| {
            let away = Duration::from_secs(seconds);
            super::away(&Delivery { away, ..delivery.clone() })
        };
        assert_eq!((told(0), told(59)), (String::new(), String::new()), "a restart");
        let words = "For 4 d nobody was here to try it; its window is as much longer.";
        assert_eq!(told(4 * 86_400), words);
    }
}
