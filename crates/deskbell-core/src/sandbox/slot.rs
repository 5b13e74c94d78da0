//! When a host can be booked: working days, 09:00 to 17:00 on the host's own clock, one slot after another.

use super::{Calendar, User};
use crate::Timestamp;
use crate::time::overlap;
use jiff::civil::{Date, Weekday, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

/// The starts of the calendar's open slots in `[from, to)`, without those that overlap a `taken` time (start, end).
///
/// Working hours follow the host's clock, also over a change to or from daylight-saving time. A host whose time zone is
/// unknown works in UTC.
pub fn open_slots(
    calendar: &Calendar,
    host: &User,
    from: Timestamp,
    to: Timestamp,
    taken: &[(Timestamp, Timestamp)],
) -> Vec<Timestamp> {
    let zone = TimeZone::get(&host.time_zone).unwrap_or(TimeZone::UTC);
    let length = SignedDuration::from_mins(i64::from(calendar.duration_minutes.max(1)));
    let free = |start: &Timestamp| {
        let end = start.saturating_add(length).unwrap_or(Timestamp::MAX);
        *start >= from && *start < to && !taken.iter().any(|taken| overlap((*start, end), *taken))
    };
    let mut slots = Vec::new();
    let (mut day, last) = (zone.to_datetime(from).date(), zone.to_datetime(to).date());
    while day <= last {
        slots.extend(starts(day, &zone, length).into_iter().filter(free));
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    slots
}

/// All starts of one day.
fn starts(day: Date, zone: &TimeZone, length: SignedDuration) -> Vec<Timestamp> {
    if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        return Vec::new();
    }
    let at = |hour| zone.to_timestamp(day.to_datetime(time(hour, 0, 0, 0)));
    let (Ok(opens), Ok(closes)) = (at(9), at(17)) else { return Vec::new() };
    let starts = std::iter::successors(Some(opens), |start| start.checked_add(length).ok());
    starts.take_while(|start| start.checked_add(length).is_ok_and(|end| end <= closes)).collect()
}

/// The end of the longest span that can be asked for (wire contract, 10.1): 30 days.
pub fn longest(from: Timestamp) -> Timestamp {
    from.checked_add((30 * 24).hours()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CalendarId, UserId};
    use crate::sandbox::{UserRole, UserStatus};

    fn host(time_zone: &str) -> (Calendar, User) {
        let host = User {
            id: UserId::from_text("USR-1"),
            first_name: "Mira".into(),
            last_name: "Okafor".into(),
            email: "mira@host.example".into(),
            status: UserStatus::Active,
            role_name: UserRole::Member,
            time_zone: time_zone.into(),
            teams: Vec::new(),
        };
        let calendar = Calendar {
            id: CalendarId::from_text("BKC-1"),
            host: host.id.clone(),
            name: "Introductions".into(),
            subject: "Introduction".into(),
            published: true,
            duration_minutes: 60,
            approval: false,
        };
        (calendar, host)
    }

    fn slots(zone: &str, from: &str, to: &str, taken: &[(&str, &str)]) -> Vec<String> {
        let (calendar, host) = host(zone);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let taken: Vec<_> = taken.iter().map(|(start, end)| (at(start), at(end))).collect();
        open_slots(&calendar, &host, at(from), at(to), &taken).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn hours_follow_the_hosts_clock_over_a_change_of_the_clocks() {
        // New York leaves daylight-saving time on Sunday 2026-11-01: 09:00 is 13:00 UTC before and 14:00 UTC after.
        assert_eq!(
            slots("America/New_York", "2026-10-30T00:00:00Z", "2026-10-31T00:00:00Z", &[])[0],
            "2026-10-30T13:00:00Z"
        );
        assert_eq!(
            slots("America/New_York", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z", &[])[0],
            "2026-11-02T14:00:00Z"
        );
    }

    #[test]
    fn weekends_and_taken_times_are_not_open() {
        let monday = slots(
            "UTC",
            "2026-11-21T00:00:00Z",
            "2026-11-24T00:00:00Z",
            &[("2026-11-23T10:30:00Z", "2026-11-23T11:00:00Z")],
        );
        let hours: Vec<_> = monday.iter().map(|slot| &slot[8..13]).collect();
        assert_eq!(hours, ["23T09", "23T11", "23T12", "23T13", "23T14", "23T15", "23T16"]);
    }

    #[test]
    fn a_span_is_cut_at_both_ends() {
        assert_eq!(
            slots("UTC", "2026-11-23T10:30:00Z", "2026-11-23T12:00:00Z", &[]),
            ["2026-11-23T11:00:00Z"]
        );
        assert!(slots("UTC", "2026-11-23T12:00:00Z", "2026-11-23T11:00:00Z", &[]).is_empty());
    }
}
