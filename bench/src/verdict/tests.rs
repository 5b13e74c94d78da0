//! Made-up ledgers: a clean one, and one for each thing that the judge must see.

use super::*;

const SCHEDULE: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(400)];

/// `booking.scheduled` is wanted by two webhooks, everything else by one.
fn subscribers(trigger: &str) -> BTreeSet<String> {
    let both = ["steady".to_owned(), "flaky".to_owned()];
    if trigger == "booking.scheduled" { both.into() } else { ["flaky".to_owned()].into() }
}

/// A history that tests damage in one place.
struct History {
    published: Vec<Publish>,
    receipts: Vec<Receipt>,
    owed: Vec<Owed>,
    tries: Vec<Try>,
}

fn receipt(webhook: &str, at: u64, status: u16) -> Receipt {
    let (event, key) = ("EVNT-1".into(), "k-1".into());
    let (webhook, sender) = (webhook.into(), "one".into());
    Receipt { at, answered: at + 1_000, webhook, event, key, sender, signed: true, status }
}

fn attempt(webhook: &str, number: u32, started: u64, outcome: Outcome) -> Try {
    Try { event: "EVNT-1".into(), webhook: webhook.into(), number, started, outcome }
}

fn owed(webhook: &str, status: &str) -> Owed {
    let trigger = "booking.scheduled".into();
    Owed { event: "EVNT-1".into(), webhook: webhook.into(), trigger, status: status.into() }
}

impl History {
    /// One event for two webhooks; one of them fails once, and is tried again when it is due.
    fn clean() -> Self {
        let line = |event: Option<&str>| Publish {
            key: "k-1".into(),
            trigger: "booking.scheduled".into(),
            event: event.map(str::to_owned),
            at: 9_999_000,
            refused: false,
        };
        Self {
            published: vec![line(None), line(Some("EVNT-1"))],
            receipts: vec![
                receipt("steady", 10_000_000, 200),
                receipt("flaky", 10_000_500, 500),
                receipt("flaky", 10_190_000, 200),
            ],
            owed: vec![owed("steady", "delivered"), owed("flaky", "delivered")],
            tries: vec![
                attempt("steady", 1, 10_000_000, Outcome::Delivered),
                attempt("flaky", 1, 10_000_000, Outcome::HttpStatus),
                attempt("flaky", 2, 10_189_000, Outcome::Delivered),
            ],
        }
    }

    fn judge(&self) -> Counts {
        self.judge_over(&[])
    }

    fn judge_over(&self, leaps: &[u64]) -> Counts {
        let promise = Promise {
            schedule: &SCHEDULE,
            jitter: 0.1,
            lost_limit: 3,
            subscribers: &|trigger| subscribers(trigger),
            leaps,
        };
        judge(&self.published, &self.receipts, &self.owed, &self.tries, &promise)
    }
}

/// The damaged history has this one fault, `count` times, and no other.
fn only(history: &History, name: &str, count: usize) {
    let counts = history.judge();
    for (fault, found) in counts.faults() {
        assert_eq!(found, if fault == name { count } else { 0 }, "{fault} in {counts:?}");
    }
}

#[test]
fn a_clean_history_has_no_fault() {
    let counts = History::clean().judge();
    assert!(counts.clean(), "{counts:?}");
    assert_eq!((counts.acknowledged, counts.unknown, counts.received, counts.duplicates), (1, 0, 2, 0));
}

#[test]
fn an_acknowledged_pair_that_nobody_received_is_lost_even_if_the_program_says_delivered() {
    let mut history = History::clean();
    history.receipts.retain(|receipt| receipt.webhook != "steady");
    only(&history, "lost", 1);
    history.owed[0].status = "failed".into();
    only(&history, "lost", 0);
}

#[test]
fn an_acknowledged_event_without_a_trace_is_lost_for_each_webhook() {
    let mut history = History::clean();
    history.receipts.clear();
    history.owed.clear();
    history.tries.clear();
    only(&history, "lost", 2);
    // Without the acknowledgement it may have vanished.
    history.published.pop();
    only(&history, "lost", 0);
    assert_eq!(history.judge().unknown, 1);
}

#[test]
fn an_arrival_that_nobody_published_is_a_ghost() {
    let mut history = History::clean();
    history.receipts.push(Receipt { key: "k-2".into(), ..receipt("steady", 11_000_000, 200) });
    history.receipts[3].event = "EVNT-2".into();
    only(&history, "ghost", 1);
}

#[test]
fn an_arrival_of_what_was_refused_is_a_ghost_and_of_what_was_not_answered_is_none() {
    let mut history = History::clean();
    history.published[1].event = None;
    let counts = history.judge();
    assert!(counts.clean() && (counts.unknown, counts.refused) == (1, 0), "{counts:?}");
    history.published[1].refused = true;
    only(&history, "ghost", 3);
    assert_eq!((history.judge().unknown, history.judge().refused), (0, 1));
}

#[test]
fn an_arrival_at_a_webhook_that_did_not_subscribe_is_a_ghost() {
    let mut history = History::clean();
    for line in &mut history.published {
        line.trigger = "booking.canceled".into();
    }
    for owed in &mut history.owed {
        owed.trigger = "booking.canceled".into();
    }
    let counts = history.judge();
    assert_eq!((counts.ghost, counts.half), (1, 1), "{counts:?}");
}

#[test]
fn a_second_event_for_one_key_is_a_ghost() {
    let mut history = History::clean();
    history.receipts.push(Receipt { event: "EVNT-2".into(), ..receipt("steady", 11_000_000, 200) });
    only(&history, "ghost", 1);
}

#[test]
fn a_second_taking_is_a_duplicate_and_no_fault() {
    let mut history = History::clean();
    history.receipts.push(receipt("steady", 11_000_000, 200));
    only(&history, "", 0);
    assert_eq!(history.judge().duplicates, 1);
}

#[test]
fn an_arrival_before_its_due_time_is_early() {
    let mut history = History::clean();
    // 0.9 of 200 ms after the answer is 10,181,500: 5 ms are forgiven, 6 are not.
    history.receipts[2].at = 10_177_000;
    history.tries[2].started = 10_177_000;
    only(&history, "early", 0);
    history.receipts[2].at = 10_175_000;
    history.tries[2].started = 10_175_000;
    only(&history, "early", 1);
}

#[test]
fn a_wait_over_which_the_clock_was_set_forward_is_not_early() {
    let mut history = History::clean();
    history.receipts[2].at = 10_100_000;
    history.tries[2].started = 10_100_000;
    assert_eq!(history.judge_over(&[10_100_500]).early, 1, "set forward after it");
    assert_eq!(history.judge_over(&[10_050_000]).early, 0);
}

#[test]
fn an_arrival_of_a_lost_attempt_sets_no_due_time() {
    let mut history = History::clean();
    // The first try was killed before it was recorded; after the restart it is repeated at once.
    history.tries[1] = attempt("flaky", 1, 10_050_000, Outcome::Lost);
    history.tries[2] = attempt("flaky", 2, 10_050_000, Outcome::Delivered);
    history.receipts[2].at = 10_051_000;
    only(&history, "early", 0);
    // A lost attempt between two recorded ones must keep to the due time that the first has set.
    history.tries[1] = attempt("flaky", 1, 10_000_000, Outcome::HttpStatus);
    history.tries.insert(2, attempt("flaky", 2, 10_500_000, Outcome::Lost));
    history.tries[3] = attempt("flaky", 3, 10_500_000, Outcome::Delivered);
    history.receipts.push(receipt("flaky", 10_501_000, 200));
    only(&history, "early", 1);
}

#[test]
fn the_second_wait_is_the_schedules_second() {
    let mut history = History::clean();
    history.receipts[2].status = 500;
    history.tries[2].outcome = Outcome::HttpStatus;
    history.receipts.push(receipt("flaky", 10_400_000, 200));
    history.tries.push(attempt("flaky", 3, 10_400_000, Outcome::Delivered));
    only(&history, "early", 1);
}

#[test]
fn more_attempts_than_the_schedule_and_the_lost_ones_allow_are_over() {
    let mut history = History::clean();
    // Three tries and three lost ones are allowed.
    history.tries.extend((2..=6).map(|number| attempt("steady", number, 20_000_000, Outcome::Lost)));
    only(&history, "over", 0);
    history.tries.push(attempt("steady", 7, 20_000_000, Outcome::Lost));
    only(&history, "over", 1);
}

#[test]
fn a_pair_that_is_not_settled_in_the_end_is_stuck() {
    let mut history = History::clean();
    history.owed[1].status = "pending".into();
    only(&history, "stuck", 1);
}

#[test]
fn an_event_owed_to_some_of_its_webhooks_is_half_fanned_out() {
    let mut history = History::clean();
    history.owed.remove(0);
    only(&history, "half fan-out", 1);
}

#[test]
fn an_arrival_that_does_not_verify_is_counted() {
    let mut history = History::clean();
    history.receipts[0].signed = false;
    only(&history, "bad signature", 1);
}

#[test]
fn a_second_taking_is_explained_by_a_kill_while_the_first_was_under_way_or_by_a_slow_receiver() {
    let late = Duration::from_secs(2);
    let twice = |answered| {
        let first = Receipt { answered, ..receipt("steady", 10_000_000, 200) };
        [first, receipt("steady", 15_000_000, 200), receipt("flaky", 10_000_000, 500)]
    };
    let quick = twice(10_001_000);
    assert_eq!(unexplained(&quick, &[], late), 1);
    assert_eq!(unexplained(&quick, &[10_500_000], late), 0, "answered, and perhaps not yet recorded");
    assert_eq!(unexplained(&quick, &[9_500_000], late), 0, "sent, and not yet taken up here");
    assert_eq!(unexplained(&quick, &[12_500_000], late), 1, "long recorded");
    assert_eq!(unexplained(&twice(12_000_000), &[], late), 0, "given up by the sender");
    assert_eq!(unexplained(&quick[1..], &[], late), 0);
}
