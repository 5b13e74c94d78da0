//! Retry: when is the next try? (wire contract, 8; catalogue 6.1)

use crate::Timestamp;
use crate::time::later;
use std::time::Duration;

/// The rules of retrying. The defaults are the vendor's; each is a setting of the section `delivery`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// The wait before try 2, try 3 and so on. One more try than there are waits.
    pub schedule: Vec<Duration>,
    /// No try starts later than this after the first one.
    pub window: Duration,
    /// Each wait is longer or shorter by up to this share of it. 0.1; 0 in tests.
    pub jitter: f64,
    /// How long a webhook rests at first that is overloaded or too slow. 1 s.
    pub rest_floor: Duration,
    /// Its rests grow twofold up to this, while its probes fail. No `Retry-After` makes one longer. 15 min.
    pub rest_ceiling: Duration,
    /// The longest wait of a delivery that a `Retry-After` can ask for. 24 h.
    pub retry_after_cap: Duration,
    /// A delivery is quarantined with its lost attempt of this number (C-42, C-43, E-04). 3.
    pub lost_limit: u32,
    /// The wait after a fault of this machine, which does not use up the schedule. 5 s.
    pub local_pause: Duration,
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The vendor's schedule: 35 s, 3 min, 72 min, then every 6 h inside 72 h: 15 tries in all (decision 17).
pub fn vendor_schedule() -> Vec<Duration> {
    let mut waits = vec![Duration::from_secs(35), 3 * MINUTE, 72 * MINUTE];
    waits.extend([6 * HOUR; 11]);
    waits
}

/// The vendor's older schedule: every hour for three days, 73 tries.
pub fn hourly_schedule() -> Vec<Duration> {
    vec![HOUR; 72]
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            schedule: vendor_schedule(),
            window: 72 * HOUR,
            jitter: 0.1,
            rest_floor: Duration::from_secs(1),
            rest_ceiling: 15 * MINUTE,
            retry_after_cap: 24 * HOUR,
            lost_limit: 3,
            local_pause: Duration::from_secs(5),
        }
    }
}

impl Rules {
    /// When to try again after `tries` failures, the last of which ended at `now`, and not before `not_before`; `None`
    /// when the window is used up. `randomness` is in `[0, 1)`.
    pub fn next(
        &self,
        tries: u32,
        first_attempt: Timestamp,
        now: Timestamp,
        not_before: Timestamp,
        randomness: f64,
    ) -> Option<Timestamp> {
        let wait = self.schedule.get(usize::try_from(tries).ok()?.checked_sub(1)?)?;
        let end = later(first_attempt, self.window);
        let share = 1.0 + self.jitter * (2.0 * randomness - 1.0);
        let next = later(now, Duration::try_from_secs_f64(wait.as_secs_f64() * share).unwrap_or(*wait));
        // Jitter may reach past the window; then the last try is made at its end, not dropped. What the receiver asked
        // for is kept, even when no time is left after it.
        let next = next.min(end).max(not_before);
        (now < end && next <= end).then_some(next)
    }

    /// The tries that are left after `tries` failures, the next of them at `next`, if each fails at once; without jitter.
    pub fn ahead(&self, tries: u32, first_attempt: Timestamp, next: Timestamp) -> Vec<Timestamp> {
        let after = |(tries, at): &(u32, Timestamp)| {
            let tries = tries.saturating_add(1);
            Some((tries, self.next(tries, first_attempt, *at, *at, 0.5)?))
        };
        std::iter::successors(Some((tries, next)), after).map(|(_, at)| at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_millis;
    use proptest::prelude::*;

    /// Runs a delivery that always fails at once; gives the start of each try.
    fn tries(rules: &Rules, mut randomness: impl FnMut() -> f64) -> Vec<i64> {
        let first = from_millis(0);
        let mut now = first;
        let mut starts = vec![0];
        while let Some(next) = rules.next(u32::try_from(starts.len()).unwrap(), first, now, now, randomness())
        {
            now = next;
            starts.push(now.as_second());
        }
        starts
    }

    #[test]
    fn the_vendors_schedule_has_fifteen_tries_in_72_hours() {
        let starts = tries(&Rules { jitter: 0.0, ..Rules::default() }, || 0.5);
        assert_eq!(starts.len(), 15);
        assert_eq!(&starts[..5], &[0, 35, 215, 4535, 26_135]);
        assert_eq!(*starts.last().unwrap(), 35 + 180 + 4320 + 11 * 21_600);
    }

    #[test]
    fn the_tries_ahead_are_those_that_will_be_made() {
        let rules = Rules { jitter: 0.0, ..Rules::default() };
        let starts = tries(&rules, || 0.5);
        for done in 0..starts.len() {
            let ahead =
                rules.ahead(u32::try_from(done).unwrap(), from_millis(0), from_millis(starts[done] * 1000));
            assert_eq!(ahead.iter().map(|at| at.as_second()).collect::<Vec<_>>(), starts[done..]);
        }
    }

    #[test]
    fn the_hourly_profile_has_73_tries() {
        let rules = Rules { jitter: 0.0, schedule: hourly_schedule(), ..Rules::default() };
        let starts = tries(&rules, || 0.5);
        assert_eq!((starts.len(), *starts.last().unwrap()), (73, 72 * 3600));
    }

    #[test]
    fn what_the_receiver_asked_for_is_kept_and_the_window_too() {
        let rules = Rules { jitter: 0.0, ..Rules::default() };
        let (first, asked) = (from_millis(0), from_millis(600_000));
        assert_eq!(rules.next(1, first, first, asked, 0.5), Some(asked));
        let end = later(first, rules.window);
        assert_eq!(rules.next(1, first, first, end, 0.5), Some(end));
        assert_eq!(rules.next(1, first, first, later(end, Duration::from_secs(1)), 0.5), None);
    }

    proptest! {
        #[test]
        fn jitter_keeps_the_count_the_window_and_its_share(seed in proptest::collection::vec(0.0f64..1.0, 20)) {
            let mut randomness = seed.into_iter().cycle();
            let rules = Rules::default();
            let starts = tries(&rules, || randomness.next().unwrap());
            prop_assert_eq!(starts.len(), 15);
            prop_assert!(*starts.last().unwrap() <= 72 * 3600);
            for (gap, wait) in starts.windows(2).map(|pair| pair[1] - pair[0]).zip(&rules.schedule).take(13) {
                let wait = wait.as_secs_f64();
                prop_assert!((gap as f64) >= wait * 0.9 - 1.0 && (gap as f64) <= wait * 1.1 + 1.0);
            }
        }

        #[test]
        fn no_input_makes_it_early_or_wrap(tries in 0u32..=u32::MAX, first in any::<i64>(), now in any::<i64>(), randomness in 0.0f64..1.0) {
            let (first, now) = (from_millis(first), from_millis(now));
            if let Some(next) = Rules::default().next(tries, first, now, now, randomness) {
                prop_assert!(next >= now);
            }
        }
    }
}
