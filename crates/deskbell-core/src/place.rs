//! Place: the one sortable number under which a row is kept. It orders rows by the time they were written, is unique over all
//! machines, and tells the day that a row belongs to.

use crate::Timestamp;
use crate::time::{earlier, from_millis, millis};
use std::time::Duration;

/// Bits of the counter: places of one millisecond.
const COUNTER_BITS: u32 = 16;
/// Bits of the writer: machines that write at the same time.
const WRITER_BITS: u32 = 6;
/// Milliseconds from the Unix epoch to 2025-01-01 UTC, where places begin.
const BEGINNING: i64 = 1_735_689_600_000;

/// By so much the clock of whoever made something may be ahead of the clock by which it got its place.
const SKEW: Duration = Duration::from_secs(600);

/// A place. Never negative; milliseconds since 2025 above 6 bits of writer above 16 bits of counter, which lasts until 2094.
pub type Place = i64;

/// The first place of that millisecond: what was written earlier has a smaller one.
pub fn first_at(at: Timestamp) -> Place {
    let shift = WRITER_BITS + COUNTER_BITS;
    millis(at).saturating_sub(BEGINNING).clamp(0, i64::MAX >> shift) << shift
}

/// What was made at that time or later has this place or a larger one, unless clocks are more than ten minutes apart. A clock that is
/// behind gives nothing a smaller place: places never go back.
pub fn least_since(at: Timestamp) -> Place {
    first_at(earlier(at, SKEW))
}

/// The millisecond that a place belongs to.
pub fn time_of(place: Place) -> Timestamp {
    from_millis((place >> (WRITER_BITS + COUNTER_BITS)).saturating_add(BEGINNING))
}

/// Makes places for one writer, each larger than all before.
#[derive(Debug, Clone)]
pub struct Places {
    writer: i64,
    last: Place,
}

impl Places {
    /// Of writer number `writer`, of which the lowest six bits count, behind `last`.
    pub fn behind(last: Place, writer: u8) -> Self {
        Self { writer: i64::from(writer) & ((1 << WRITER_BITS) - 1), last }
    }

    /// Never again gives a place up to `place`: it is taken.
    pub fn skip(&mut self, place: Place) {
        self.last = self.last.max(place);
    }

    /// The next place at `now`. Where the clock stands still or goes back, counting goes on from the last one.
    pub fn next(&mut self, now: Timestamp) -> Place {
        let shift = WRITER_BITS + COUNTER_BITS;
        let first = |ms: i64| (ms << shift) | (self.writer << COUNTER_BITS);
        let of_now = first_at(now) | (self.writer << COUNTER_BITS);
        let last = self.last >> shift;
        let counted = self.last + 1;
        // Past its counter's end a millisecond goes on in the next one.
        let ours = counted > first(last) && counted >> COUNTER_BITS == first(last) >> COUNTER_BITS;
        let next = if ours { counted } else { first(last + 1) };
        self.last = if of_now > self.last { of_now } else { next };
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    #[test]
    fn places_grow_with_the_clock_and_without_it() {
        let mut places = Places::behind(0, 3);
        let first = places.next(from_millis(NOW));
        let more: Vec<Place> = (0..200_000).map(|_| places.next(from_millis(NOW - 5))).collect();
        assert!(more.is_sorted_by(|one, next| one < next) && more[0] > first);
        assert!(more.iter().all(|place| (place >> COUNTER_BITS) & 63 == 3), "the writer's bits are its own");
        let later = places.next(from_millis(NOW + 60_000));
        assert!(later > *more.last().unwrap());
        assert_eq!(
            later >> (WRITER_BITS + COUNTER_BITS),
            NOW + 60_000 - BEGINNING,
            "its millisecond can be read"
        );
    }

    #[test]
    fn a_place_tells_its_time_and_a_time_its_first_place() {
        let mut places = Places::behind(0, 3);
        let place = places.next(from_millis(NOW));
        assert_eq!(time_of(place), from_millis(NOW));
        assert!(first_at(from_millis(NOW)) <= place && first_at(from_millis(NOW + 1)) > place);
        assert!(
            least_since(from_millis(NOW + 600_000)) <= place
                && least_since(from_millis(NOW + 600_001)) > place
        );
        assert_eq!(least_since(Timestamp::MIN), 0);
        assert_eq!(first_at(Timestamp::MIN), 0, "nothing was before it");
        assert!(first_at(Timestamp::MAX) > place);
    }

    #[test]
    fn two_writers_never_meet() {
        let (mut one, mut other) = (Places::behind(0, 0), Places::behind(0, 63));
        let places = |of: &mut Places| (0..100).map(|_| of.next(from_millis(NOW))).collect::<Vec<_>>();
        let (one, other) = (places(&mut one), places(&mut other));
        assert!(one.iter().all(|place| !other.contains(place)));
    }

    #[test]
    fn what_another_wrote_is_skipped() {
        let mut places = Places::behind(0, 0);
        let first = places.next(from_millis(NOW));
        places.skip(first + 10);
        assert!(places.next(from_millis(NOW)) > first + 10);
        let mut again = Places::behind(first, 0);
        assert_eq!(again.next(from_millis(NOW)), first + 1);
        assert!(again.next(Timestamp::MIN) > first + 1 && Places::behind(0, 0).next(Timestamp::MIN) > 0);
        assert!(again.next(Timestamp::MAX) > 0);
    }
}
