//! What the coach says, and that it never says anything else than what the sender does.

use super::*;
use crate::policy::circuit_breaker;
use crate::time::from_millis;
use proptest::prelude::*;

const NOW: i64 = 1_800_000_000_000;

fn answer(status: u16, delay_ms: u64, retry_after: &[&str]) -> ScriptedAnswer {
    let headers = retry_after.iter().map(|value| ("retry-AFTER".to_owned(), (*value).to_owned())).collect();
    ScriptedAnswer { status, headers, body: String::new(), delay: Duration::from_millis(delay_ms) }
}

fn advice(status: u16, delay_ms: u64, retry_after: &[&str]) -> Advice {
    let rules = Rules::default();
    coach(&answer(status, delay_ms, retry_after), 1, &Deadlines::default(), &rules, from_millis(NOW))
}

#[track_caller]
fn says(advice: &Advice, outcome: Outcome, next: Next, sentence: &str, reason: &str) {
    let found = (advice.outcome, advice.next, advice.sentence.as_str(), advice.reason.as_deref());
    assert_eq!(found, (outcome, next, sentence, Some(reason).filter(|reason| !reason.is_empty())));
}

const SECOND: Duration = Duration::from_secs(1);
const TRIES: &str = "It is tried at most 15 times within 72 h.";
const LATE: &str = "They took longer than 15 s to answer. They may have done the work, so expect a duplicate. 5 overloads or time-outs in a row, or 16 among the last 32 tries, rest the whole webhook.";
const TOO_MUCH: &str =
    "5 overloads or time-outs in a row, or 16 among the last 32 tries, rest the whole webhook.";

#[test]
fn a_success_in_time_is_delivered() {
    let enough = "Delivered. Any 2xx within 15 s is enough; it is not sent again.";
    says(&advice(200, 0, &[]), Outcome::Delivered, Next::Done, enough, "");
    let close = "1 s to spare: past 15 s we stop listening and send it again.";
    says(&advice(204, 14_000, &[]), Outcome::Delivered, Next::Done, enough, close);
    assert_eq!(advice(299, 0, &["60"]).rest, None, "a success asks for nothing");
}

#[test]
fn an_answer_that_comes_too_late_is_sent_again() {
    let late = advice(200, 16_000, &[]);
    let sentence = "Too late by 1 s. We stop listening at 15 s and send it again, though your handler has done the work.";
    says(&late, Outcome::HeadTimeout, Next::Retry(35 * SECOND), sentence, LATE);
    assert_eq!((late.rest, late.tone()), (None, Tone::Wait), "one slow answer rests nothing");
    assert!(
        advice(200, 15_000, &[]).sentence.starts_with("Too late. We stop"),
        "the limit itself is too late"
    );
    let short = Deadlines { head: SECOND, total: SECOND, ..Deadlines::default() };
    let late = coach(&answer(200, 1_500, &[]), 1, &short, &Rules::default(), from_millis(NOW));
    assert_eq!(late.outcome, Outcome::TotalTimeout);
    assert!(late.sentence.starts_with("Too late by 500 ms. We stop listening at 1 s "), "{}", late.sentence);
}

#[test]
fn an_overload_that_asks_for_a_pause_rests_the_whole_webhook() {
    let sentence = "429 with Retry-After 60: the whole webhook waits 60 s, not only this delivery.";
    says(&advice(429, 0, &["60"]), Outcome::HttpStatus, Next::Retry(60 * SECOND), sentence, TRIES);
    let short = advice(503, 0, &["5"]);
    let sentence = "503 with Retry-After 5: the whole webhook waits 5 s, and this delivery 35 s.";
    says(&short, Outcome::HttpStatus, Next::Retry(35 * SECOND), sentence, TRIES);
    assert_eq!(short.rest, Some(5 * SECOND));
    let long = advice(503, 0, &["7200"]);
    let sentence = "503 with Retry-After 7200: the whole webhook waits 15 min, and this delivery 2 h.";
    let bound = "15 min is the longest rest of a whole webhook.";
    says(&long, Outcome::HttpStatus, Next::Retry(7_200 * SECOND), sentence, bound);
    let day = advice(503, 0, &["9999999"]);
    assert_eq!(day.reason.as_deref(), Some("24 h is the longest wait that a Retry-After can ask for."));
}

#[test]
fn an_overload_that_asks_for_nothing_is_retried_alone_unless_it_is_one_of_many() {
    for (status, sentence) in [
        (429, "429 counts as a failure. We try again in 35 s."),
        (504, "504 counts as a failure. We try again in 35 s."),
    ] {
        let advice = advice(status, 0, &[]);
        says(&advice, Outcome::HttpStatus, Next::Retry(35 * SECOND), sentence, TOO_MUCH);
        assert_eq!(advice.rest, None);
    }
    let unread = "Its Retry-After is ignored: it must stand once, as whole seconds or an HTTP date.";
    let sentence = "429 counts as a failure. We try again in 35 s.";
    says(&advice(429, 0, &["5", "6"]), Outcome::HttpStatus, Next::Retry(35 * SECOND), sentence, unread);
}

#[test]
fn other_failures_are_retried_alone() {
    let sentence = "500 counts as a failure. We try again in 35 s.";
    says(&advice(500, 0, &[]), Outcome::HttpStatus, Next::Retry(35 * SECOND), sentence, TRIES);
    let sentence = "500 with Retry-After 120: this delivery waits 2 min; the webhook's others go on.";
    says(&advice(500, 0, &["120"]), Outcome::HttpStatus, Next::Retry(120 * SECOND), sentence, TRIES);
    let sentence = "301 counts as a failure: redirects are not followed. We try again in 35 s.";
    let reason = "They answered 301. Redirects are not followed; set the webhook's URL to the new address.";
    says(&advice(301, 0, &[]), Outcome::RedirectRefused, Next::Retry(35 * SECOND), sentence, reason);
    let sentence = "101 is no final answer, so it counts as a failure. We try again in 35 s.";
    says(&advice(101, 0, &[]), Outcome::ResponseMalformed, Next::Retry(35 * SECOND), sentence, TRIES);
}

#[test]
fn what_ends_a_delivery_is_said_to() {
    let gone = advice(410, 0, &[]);
    let sentence = "410 turns the webhook off at once. Nothing more is sent to it until you turn it on.";
    let reason = "410 says that the address is gone for good. What was still owed to it is canceled.";
    says(&gone, Outcome::HttpStatus, Next::Disable(DisableReason::Gone), sentence, reason);
    assert_eq!(gone.tone(), Tone::Bad);
    let once = Rules { schedule: Vec::new(), ..Rules::default() };
    let last = coach(&answer(500, 0, &[]), 1, &Deadlines::default(), &once, from_millis(NOW));
    assert_eq!((last.next, last.tone()), (Next::GiveUp, Tone::Bad));
    assert!(last.sentence.starts_with("500 is a failure, and no try fits"), "{}", last.sentence);
}

#[test]
fn each_try_has_the_wait_of_its_place_in_the_schedule() {
    let waits: Vec<Next> = (1..=4)
        .map(|number| {
            coach(&answer(500, 0, &[]), number, &Deadlines::default(), &Rules::default(), from_millis(NOW))
                .next
        })
        .collect();
    let seconds = |seconds| Next::Retry(Duration::from_secs(seconds));
    assert_eq!(waits, [seconds(35), seconds(180), seconds(72 * 60), seconds(6 * 3600)]);
    let after = coach(&answer(500, 0, &[]), 15, &Deadlines::default(), &Rules::default(), from_millis(NOW));
    assert_eq!(after.next, Next::GiveUp);
}

/// The rules of the policies one by one, without the step that joins them: outcome, rest, next try.
fn policies(
    given: &ScriptedAnswer,
    number: u32,
    deadlines: &Deadlines,
    rules: &Rules,
    now: Timestamp,
) -> (Outcome, Option<Timestamp>, Option<Timestamp>) {
    let attempt = attempt(given, number, deadlines, now);
    let mut health = Health::default();
    circuit_breaker::after(&mut health, &attempt, rules, now);
    let not_before = circuit_breaker::not_before(&health, &attempt, rules, now);
    let next = (attempt.outcome != Outcome::Delivered
        && !(given.status == 410 && attempt.response.is_some()))
    .then(|| {
        let made = usize::try_from(number - 1).unwrap();
        rules.next(number, earlier(now, rules.schedule.iter().take(made).sum()), now, not_before, 0.5)
    })
    .flatten();
    (attempt.outcome, health.rest_until, next)
}

proptest! {
    #[test]
    fn the_coach_never_contradicts_the_policies(
        delay_ms in 0u64..30_000,
        asked in proptest::option::of(prop_oneof!["[0-9]{1,7}", "[a-z]{1,5}", Just("Wed, 21 Jan 2037 07:28:00 GMT".to_owned())]),
        timeout in 1u64..30,
        waits in proptest::collection::vec(1u64..100_000, 0..5),
        floor in 1u64..1_000,
        number in 1u32..7,
    ) {
        let total = Duration::from_secs(timeout);
        let deadlines = Deadlines { head: total.min(15 * SECOND), total, ..Deadlines::default() };
        let schedule = waits.into_iter().map(Duration::from_secs).collect();
        let rules = Rules { schedule, rest_floor: Duration::from_secs(floor), ..Rules::default() };
        let now = from_millis(NOW);
        for status in 100..=599 {
            let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
            let given = answer(status, delay_ms, &asked);
            let advice = coach(&given, number, &deadlines, &rules, now);
            let (outcome, rest, next) = policies(&given, number, &deadlines, &rules, now);
            let late = delay_ms >= u64::try_from(deadlines.head.as_millis()).unwrap();
            prop_assert_eq!(outcome.is_timeout(), late);
            prop_assert_eq!(outcome == Outcome::Delivered, !late && (200..300).contains(&status));
            prop_assert_eq!(advice.outcome, outcome);
            prop_assert_eq!(advice.rest, rest.map(|end| until(now, end)).filter(|rest| !rest.is_zero()));
            let expected = match next {
                Some(at) => Next::Retry(until(now, at)),
                None if outcome == Outcome::Delivered => Next::Done,
                None if status == 410 && !late => Next::Disable(DisableReason::Gone),
                None => Next::GiveUp,
            };
            prop_assert_eq!(advice.next, expected, "{} after {} ms", status, delay_ms);
            prop_assert!(!advice.sentence.is_empty());
        }
    }
}
