//! Figures: each number that the documentation promises is the one that the rules have. What the rules do with it is tested beside them.

use deskbell_core::policy::circuit_breaker::{ATTEMPTS_REMEMBERED, OVERLOADS_AMONG_LAST, OVERLOADS_IN_A_ROW};
use deskbell_core::policy::concurrency::{QUICK, SLOW};
use deskbell_core::policy::limit::{
    ACCOUNT_SHARE, ATTEMPTS_PER_PROCESSOR, IDEMPOTENCY_LIFE, IN_FLIGHT_PER_PROCESSOR, IN_FLIGHT_PER_WEBHOOK,
    IN_FLIGHT_START, RESPONSE_STORED_BYTES, ROUNDS_IN_LINE,
};
use deskbell_core::policy::retry::{Rules, hourly_schedule};
use deskbell_core::session::{IDLE, LIFE, RECENT};
use std::time::Duration;

/// A document on one line, as its sentences are broken anywhere.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn seconds(span: Duration) -> u64 {
    assert_eq!(span.subsec_nanos(), 0);
    span.as_secs()
}

/// A small number as it is written out.
fn word(number: u32) -> &'static str {
    ["no", "one", "two", "three", "four", "five"].get(number as usize).copied().unwrap_or("many")
}

/// How many times more.
fn times(number: u32) -> &'static str {
    ["never", "once", "twice"].get(number as usize).copied().unwrap_or("many times")
}

#[test]
fn the_figures_of_the_concepts_are_those_of_the_rules() {
    let concepts = on_one_line(include_str!("../../../docs/concepts.md"));
    let rules = Rules::default();
    let hours = |span| seconds(span) / 3_600;
    let waits = rules.schedule.len();
    let last: Duration = rules.schedule.iter().sum();
    for sentence in [
        format!("An `Idempotency-Key` is remembered for {} days.", hours(IDEMPOTENCY_LIFE) / 24),
        format!(
            "35 s, 3 min, 72 min, then 6 h eleven times | {}, the last about {} h after the first",
            waits + 1,
            hours(last)
        ),
        format!("| 1 h, {} times | {} |", hourly_schedule().len(), hourly_schedule().len() + 1),
        format!("each wait up to {} % longer or shorter", rules.jitter * 100.0),
        format!("**The window** ({} h)", hours(rules.window)),
        format!("is due again {} seconds later", seconds(rules.local_pause)),
        format!(
            "after **{OVERLOADS_IN_A_ROW} in a row**, or **{OVERLOADS_AMONG_LAST} among its last {ATTEMPTS_REMEMBERED} attempts**"
        ),
        format!("It rests for {} second (`delivery.rest_floor`).", seconds(rules.rest_floor)),
        format!("up to {} minutes (`delivery.rest_ceiling`)", seconds(rules.rest_ceiling) / 60),
        format!("that delivery's own next try, by up to {} hours", hours(rules.retry_after_cap)),
        format!(
            "its own room: {IN_FLIGHT_START} attempts in flight at first, more while it answers quickly and well ({IN_FLIGHT_PER_WEBHOOK} unless"
        ),
        format!("An answer within {} ms lets the room grow", QUICK.as_millis()),
        format!("an answer after more than {} second", if SLOW.as_secs() == 1 { "a" } else { "many" }),
        format!("which has at most {} times the places that are free", word(ACCOUNT_SHARE)),
        format!("While its answers are quick, {} as many stand in line", times(ROUNDS_IN_LINE)),
        format!(
            "up to {} where they take much less than {} ms",
            ROUNDS_IN_LINE * IN_FLIGHT_PER_WEBHOOK,
            QUICK.as_millis()
        ),
        format!("{IN_FLIGHT_PER_PROCESSOR} attempts in flight for each processor keep it busy where"),
        format!("as many as {},000 a second need", ATTEMPTS_PER_PROCESSOR / 1_000),
        format!("at least {IN_FLIGHT_START} to each"),
        format!(
            "ended by a bug of ours (`sender_failed`) {} times in all is **quarantined**",
            word(rules.lost_limit)
        ),
    ] {
        assert!(concepts.contains(&sentence), "docs/concepts.md does not say: {sentence}");
    }
}

#[test]
fn the_figures_of_sessions_are_those_of_the_rules() {
    let security = on_one_line(include_str!("../../../SECURITY.md"));
    let hours = |span| seconds(span) / 3_600;
    assert_eq!(seconds(RECENT), 600, "ten minutes are written out");
    for sentence in [
        format!("over after {} silent hours or {} days;", hours(IDLE), hours(LIFE) / 24),
        "only to an owner who signed in less than ten minutes ago".to_owned(),
    ] {
        assert!(security.contains(&sentence), "SECURITY.md does not say: {sentence}");
    }
}

#[test]
fn the_figures_of_the_readme_are_those_of_the_rules() {
    let readme = on_one_line(include_str!("../../../README.md"));
    let sentence = format!("the first {} KiB of the answer", RESPONSE_STORED_BYTES >> 10);
    assert!(readme.contains(&sentence), "README.md does not say: {sentence}");
}
