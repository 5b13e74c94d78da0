//! Sequence: fresh ids of events, each behind the one before. A store that keeps them as numbers of base 36 adds new ones at one
//! end of its index, and not all over it: with many events that would be a page more to write for each.

use super::{ALPHABET, EventId, PART};
use crate::time::{from_millis, millis};
use crate::{Random, Timestamp};
use compact_str::CompactString;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where the milliseconds of an id begin: the first moment of 2026.
const SINCE_MILLIS: i64 = 1_767_225_600_000;
/// Bits of an id that tell events of one millisecond apart. They are random, so that machines seldom meet and nobody reads
/// from two ids how much others publish.
const WITHIN_BITS: u32 = 12;
/// Numbers of ids: 39 bits of milliseconds last until 2043 and then begin anew. Ten characters of base 36 have room for it.
const NUMBERS: u64 = 1 << (39 + WITHIN_BITS);

/// Gives the ids. One for each machine.
#[derive(Debug, Default)]
pub struct EventIds {
    last: AtomicU64,
}

impl EventIds {
    /// The id of an event that was made at `now`. It is behind all that were given before, also when the clock was set back.
    pub fn next(&self, now: Timestamp, random: &dyn Random) -> EventId {
        let mut bits = [0; 2];
        random.fill(&mut bits);
        let within = u64::from(u16::from_le_bytes(bits)) % (1 << WITHIN_BITS);
        let moment = millis(now).saturating_sub(SINCE_MILLIS).cast_unsigned();
        let fresh = ((moment << WITHIN_BITS) | within) % NUMBERS;
        let behind = |last: u64| fresh.max(last + 1);
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(behind(last)));
        number(last.map_or(fresh, behind) % NUMBERS)
    }
}

impl EventId {
    /// When it was made; `None` for an id that has not the form of ours.
    pub fn made(&self) -> Option<Timestamp> {
        let tail = self.0.strip_prefix(Self::PREFIX).filter(|tail| tail.len() == PART)?;
        let digit = |character: char| character.to_digit(36).filter(|_| !character.is_ascii_lowercase());
        let number =
            tail.chars().try_fold(0, |number: u64, next| Some(number * 36 + u64::from(digit(next)?)))?;
        Some(from_millis((number >> WITHIN_BITS).cast_signed().saturating_add(SINCE_MILLIS)))
    }
}

fn number(number: u64) -> EventId {
    let (mut tail, mut left) = ([b'0'; PART], number);
    for digit in tail.iter_mut().rev() {
        // A rest by 36 is an index of the alphabet.
        *digit = ALPHABET[(left % 36) as usize];
        left /= 36;
    }
    let mut id = CompactString::with_capacity(EventId::PREFIX.len() + PART);
    id.push_str(EventId::PREFIX);
    id.extend(tail.iter().map(|digit| char::from(*digit)));
    EventId(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SeededRandom;
    use std::collections::HashSet;

    #[test]
    fn each_is_behind_the_one_before_however_many_a_moment_has_and_wherever_the_clock_goes() {
        let (ids, random) = (EventIds::default(), SeededRandom::new(1));
        let mut given = Vec::new();
        for after in [5_000, 5_001, 5_001, 5_050, 1_000, 60_000] {
            given.extend((0..10_000).map(|_| ids.next(from_millis(SINCE_MILLIS + after), &random)));
        }
        assert!(given.is_sorted_by(|one, next| one < next));
        assert!(given.iter().all(|id| id.as_str().len() == "EVNT-".len() + PART));
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let (ids, random) = (EventIds::default(), SeededRandom::new(1));
        let now = from_millis(SINCE_MILLIS + 5_000);
        assert_eq!(ids.next(now, &random).made(), Some(now));
        for text in ["", "EVNT-", "EVNT-000000000a", "EVNT-00000000000", "WHK-0000000000", "EVNT-+000000000"]
        {
            assert_eq!(EventId::from_text(text).made(), None, "{text}");
        }
    }

    #[test]
    fn machines_seldom_meet_and_nobody_can_count_by_ids() {
        let random = SeededRandom::new(1);
        let now = from_millis(SINCE_MILLIS + 5_000);
        // Each of them from a machine of its own.
        let given: HashSet<_> = (0..100).map(|_| EventIds::default().next(now, &random)).collect();
        assert!(given.len() > 90, "{}", given.len());
    }

    #[test]
    fn they_outlast_their_years() {
        let (ids, random) = (EventIds::default(), SeededRandom::new(1));
        for year in [1_970, 2_026, 2_043, 2_044, 2_200] {
            let id = ids.next(from_millis((year - 1_970) * 31_557_600_000), &random);
            assert_eq!(id.as_str().len(), "EVNT-".len() + PART, "{year}: {id}");
        }
    }
}
