//! The simulation: several machines with skewed clocks on one store, receivers with moods, a store that refuses or
//! commits and loses the answer, machines killed or cut off from the store at any moment. First with faults, then without; then every promise is
//! checked. One seed is one history: it runs twice and must go the same way.
//!
//! `DESKBELL_SIM_SEED=17` runs one seed, `DESKBELL_SIM_SEEDS=5000` that many.

#[path = "sim/faulty.rs"]
mod faulty;
#[path = "sim/history.rs"]
mod history;
#[path = "sim/promises.rs"]
mod promises;

use crate::world::Make;
use history::History;
use std::sync::Arc;

const SEEDS: u64 = 50;

#[test]
fn every_promise_holds_in_every_history() {
    let seeds = match (setting("DESKBELL_SIM_SEED"), setting("DESKBELL_SIM_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, count) => 1..count.unwrap_or(SEEDS) + 1,
    };
    let mut total = history::Totals::default();
    for seed in seeds {
        let history = live(seed, |store| Arc::new(store));
        let mut broken = promises::broken(&history);
        if !history.is_same_as(&live(seed, |store| Arc::new(store))) {
            broken.push("a_seed_is_a_history: the second run went another way".into());
        }
        assert!(
            broken.is_empty(),
            "{}\n\nDESKBELL_SIM_SEED={seed} cargo test -p deskbell-engine --test engine sim::\n",
            broken.join("\n")
        );
        total.add(&history);
    }
    // A simulation in which nothing goes wrong proves nothing. One seed alone may well be calm.
    if setting("DESKBELL_SIM_SEED").is_none() {
        assert!(total.is_eventful(), "{total:?}");
    }
}

/// Whether a history with such queues breaks that promise.
fn is_caught(promise: &str, make: Make) -> bool {
    let reports = |seed| promises::broken(&live(seed, make)).iter().any(|found| found.starts_with(promise));
    // Some faults show only where several misfortunes meet.
    (1..=10 * SEEDS).any(reports)
}

#[test]
fn a_hand_over_before_the_commit_is_caught() {
    assert!(is_caught("what_is_sent_is_stored", faulty::hands_over_before_the_commit));
}

#[test]
fn an_epoch_that_is_given_twice_is_caught() {
    assert!(is_caught("an_epoch_is_given_once", faulty::gives_an_epoch_twice));
}

#[test]
fn a_late_result_that_is_recorded_is_caught() {
    assert!(is_caught("a_late_result_changes_nothing", faulty::records_late_results));
}

#[test]
fn room_that_is_never_given_back_is_caught() {
    assert!(is_caught("room_is_given_back", faulty::keeps_room));
}

#[test]
fn a_lease_that_is_handed_out_while_another_lasts_is_caught() {
    assert!(is_caught("at_most_one_lease", faulty::takes_over_too_early));
}

fn live(seed: u64, make: Make) -> History {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(History::live(seed, make))
}

#[expect(clippy::disallowed_methods, reason = "a test has no config module")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}
