//! The simulation: several machines with skewed clocks on one store, receivers with moods, a store that refuses or
//! commits and loses the answer, machines killed at any moment. First with faults, then without; then every promise is
//! checked. One seed is one history: it runs twice and must go the same way.
//!
//! `DESKBELL_SIM_SEED=17` runs one seed, `DESKBELL_SIM_SEEDS=5000` that many.

#[path = "sim/history.rs"]
mod history;
#[path = "sim/promises.rs"]
mod promises;

use history::History;

const SEEDS: u64 = 50;

#[test]
fn every_promise_holds_in_every_history() {
    let seeds = match (setting("DESKBELL_SIM_SEED"), setting("DESKBELL_SIM_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, count) => 1..count.unwrap_or(SEEDS) + 1,
    };
    let mut total = history::Totals::default();
    for seed in seeds {
        let history = live(seed);
        let mut broken = promises::broken(&history);
        if !history.is_same_as(&live(seed)) {
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

fn live(seed: u64) -> History {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(History::live(seed))
}

#[expect(clippy::disallowed_methods, reason = "a test has no config module")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}
