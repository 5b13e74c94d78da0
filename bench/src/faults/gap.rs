//! Gap: how long nothing happened.

use std::time::Duration;

/// A stretch of time in which nothing happened, in microseconds since the epoch.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) from: u64,
    pub(super) to: u64,
}

impl Gap {
    pub(super) fn length(self) -> Duration {
        Duration::from_micros(self.to.saturating_sub(self.from))
    }
}

/// The longest gap between any two of `times`, and the ends, that reaches into the time from `begin` to `end`.
pub(super) fn longest(times: &[u64], begin: u64, end: u64) -> Gap {
    let mut times: Vec<u64> = times.iter().copied().filter(|at| *at <= end).collect();
    times.sort_unstable();
    // What happened last before the time begins the first gap of it.
    let first = times.iter().rposition(|at| *at <= begin).map_or(begin, |at| times[at]);
    let inside = times.into_iter().filter(|at| *at > begin);
    let ends = inside.chain([end]);
    let mut from = first;
    let gaps = ends.map(|to| Gap { from: std::mem::replace(&mut from, to), to });
    gaps.max_by_key(|gap| gap.length()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gap_has_the_ends_of_the_time_for_its_own() {
        let of = |times: &[u64]| {
            let gap = longest(times, 100, 200);
            (gap.from, gap.to)
        };
        assert_eq!(of(&[]), (100, 200));
        assert_eq!(of(&[20, 110, 190, 150, 300]), (20, 110), "begun before the time");
        assert_eq!(of(&[95, 110, 190, 160, 300]), (110, 160));
        assert_eq!(of(&[100, 120, 130]), (130, 200), "still going on at the end");
    }
}
