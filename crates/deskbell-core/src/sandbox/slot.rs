//! The slots that guests can book: one after another through the hours of a host's availability, on the host's own clock.

use super::{Calendar, HostLocation, User};
use crate::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, ToSpan};

/// An open slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot<'h> {
    /// When it starts; it lasts as long as the calendar says.
    pub starts: Timestamp,
    /// The locations of the hours it is in; what the host then [offers](User::offers) follows.
    pub locations: &'h [HostLocation],
}

/// The calendar's open slots in `[from, to)`, without those that overlap a `taken` time (start, end). Those of other hours
/// begin anew: none reaches from one into the next.
pub fn open_slots<'h>(
    calendar: &Calendar,
    host: &'h User,
    from: Timestamp,
    to: Timestamp,
    taken: &[(Timestamp, Timestamp)],
) -> Vec<Slot<'h>> {
    let clock = host.clock();
    let length = SignedDuration::from_mins(i64::from(calendar.duration_minutes.max(1)));
    let taken = disjoint(taken);
    let mut slots = Vec::new();
    let (mut day, last) = (clock.to_datetime(from).date(), clock.to_datetime(to).date());
    while day <= last {
        for hours in host.availability.on(day) {
            let at = |time| first_moment(&clock, day.to_datetime(time));
            let (Some(opens), Some(closes)) = (at(hours.start), at(hours.end)) else { continue };
            let open = starts(opens, closes, length)
                .filter(|(start, end)| (from..to).contains(start) && is_free(&taken, *start, *end));
            slots.extend(open.map(|(starts, _)| Slot { starts, locations: &hours.locations }));
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    slots
}

/// The first moment at which the clock shows `at`, or has passed it. Where clocks go forward over it, that is when they do.
fn first_moment(clock: &TimeZone, at: DateTime) -> Option<Timestamp> {
    let at = clock.to_ambiguous_timestamp(at);
    match at.offset() {
        AmbiguousOffset::Gap { .. } => {
            let before = at.earlier().ok()?;
            clock.following(before).next().map(|change| change.timestamp())
        }
        _ => at.earlier().ok(),
    }
}

/// Starts and ends of the slots that follow one another from `opens` to `closes`.
fn starts(
    opens: Timestamp,
    closes: Timestamp,
    length: SignedDuration,
) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let slot = move |start: Timestamp| Some((start, start.checked_add(length).ok()?));
    std::iter::successors(slot(opens), move |(_, end)| slot(*end)).take_while(move |(_, end)| *end <= closes)
}

/// The same times, sorted, those that overlap or touch made one.
fn disjoint(times: &[(Timestamp, Timestamp)]) -> Vec<(Timestamp, Timestamp)> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let mut apart: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(sorted.len());
    for (start, end) in sorted {
        match apart.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => apart.push((start, end)),
        }
    }
    apart
}

/// Whether none of the `taken` times, which are [disjoint], has a moment between `start` and `end`.
fn is_free(taken: &[(Timestamp, Timestamp)], start: Timestamp, end: Timestamp) -> bool {
    let next = taken.partition_point(|(_, over)| *over <= start);
    taken.get(next).is_none_or(|(begins, _)| *begins >= end)
}

/// The end of the longest span that can be asked for (wire contract, 10.1): 30 days.
pub fn longest(from: Timestamp) -> Timestamp {
    from.checked_add((30 * 24).hours()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
