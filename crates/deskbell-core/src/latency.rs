//! Latency: how long something took, counted in a histogram of one fixed scale, so that counts can be added up, kept in a
//! row, and asked for a share of them.

/// Buckets of the scale.
pub const BUCKETS: usize = 40;

/// The upper bounds of all buckets but the last, in microseconds, bounds included: 0.1 ms, and each √2 times the one
/// before, up to 52.4 s. The longest attempt takes 31 s. A percentile is wrong by less than the width of a bucket.
pub const BOUNDS_US: [u64; BUCKETS - 1] = bounds();

const fn bounds() -> [u64; BUCKETS - 1] {
    let (mut bounds, mut at) = ([0; BUCKETS - 1], 0);
    while at < bounds.len() {
        let octave = 1 << (at / 2);
        bounds[at] = if at % 2 == 0 { 100 * octave } else { 141_421 * octave / 1_000 };
        at += 1;
    }
    bounds
}

/// The bucket of a time.
pub fn bucket(us: u64) -> usize {
    BOUNDS_US.partition_point(|bound| *bound < us)
}

/// How many times fell into each bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Histogram(pub [u64; BUCKETS]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Histogram {
    /// Counts one time.
    pub fn note(&mut self, us: u64) {
        self.0[bucket(us)] += 1;
    }

    /// All that was counted.
    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Self) {
        for (mine, more) in self.0.iter_mut().zip(other.0) {
            *mine += more;
        }
    }

    /// What was counted since `earlier`, an older reading of the same counts.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self(std::array::from_fn(|bucket| self.0[bucket].saturating_sub(earlier.0[bucket])))
    }

    /// The time in microseconds that `percent` of what was counted did not exceed, as if the times of a bucket were spread
    /// evenly over it; `None` when nothing was counted. Of the last bucket, which has no upper bound, it is the lower one.
    pub fn percentile_us(&self, percent: u8) -> Option<u64> {
        let all = self.count();
        if all == 0 {
            return None;
        }
        let wanted = (u128::from(all) * u128::from(percent.min(100))).div_ceil(100).max(1);
        let mut below = 0u128;
        for (bucket, count) in self.0.iter().enumerate() {
            let here = u128::from(*count);
            if below + here >= wanted {
                let from = bucket.checked_sub(1).map_or(0, |lower| BOUNDS_US[lower]);
                let to = BOUNDS_US.get(bucket).copied().unwrap_or(from);
                let share = u128::from(to - from) * (wanted - below) / here;
                return Some(from.saturating_add(u64::try_from(share).unwrap_or(u64::MAX)));
            }
            below += here;
        }
        None
    }

    /// The same in whole milliseconds, rounded up, as it is shown.
    pub fn percentile_ms(&self, percent: u8) -> Option<u64> {
        self.percentile_us(percent).map(|us| us.div_ceil(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_grows_by_the_root_of_two_and_holds_the_longest_attempt() {
        assert_eq!((BOUNDS_US[0], BOUNDS_US[1], BOUNDS_US[2]), (100, 141, 200));
        assert!(BOUNDS_US.is_sorted() && BOUNDS_US[BUCKETS - 2] > 31_000_000, "{BOUNDS_US:?}");
        for (at, bound) in BOUNDS_US.iter().enumerate() {
            assert_eq!((bucket(*bound), bucket(bound + 1)), (at, at + 1), "a bound belongs to its bucket");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn a_percentile_lies_in_the_bucket_of_the_true_one() {
        let mut latencies = Histogram::default();
        assert_eq!(latencies.percentile_us(95), None);
        (1..=1_000).for_each(|ms| latencies.note(ms * 1_000));
        for (percent, exact) in [(1, 10_000), (50, 500_000), (95, 950_000), (100, 1_000_000)] {
            let found = latencies.percentile_us(percent).unwrap();
            assert_eq!(bucket(found), bucket(exact), "{percent}: {found}");
        }
        let mut slowest = Histogram::default();
        slowest.note(u64::MAX);
        assert_eq!(slowest.percentile_us(95), Some(BOUNDS_US[BUCKETS - 2]), "the last bucket has no end");
    }

    #[test]
    fn readings_add_up_and_subtract() {
        let (mut first, mut both) = (Histogram::default(), Histogram::default());
        first.note(5_000);
        both.add(&first);
        both.note(9_000_000);
        assert_eq!(both.count(), 2);
        let since = both.since(&first);
        assert_eq!((since.count(), since.0[bucket(9_000_000)]), (1, 1));
    }
}
