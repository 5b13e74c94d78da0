//! Slots in examples, and slots of random availabilities held against a slow clock that is looked at every quarter of an hour.

use super::*;
use crate::door::SeededRandom;
use crate::id::AccountId;
use crate::sandbox::{Availability, Sandbox, WorkingHours};
use crate::time::{from_millis, overlap};
use jiff::civil::{Date, Time, date, time};
use proptest::prelude::*;
use std::collections::BTreeMap;

const QUARTER: SignedDuration = SignedDuration::from_mins(15);

fn host(time_zone: &str) -> (Calendar, User) {
    let mut sandbox = Sandbox::new(&AccountId::from_text("ACC-1"), &SeededRandom::new(1), from_millis(0));
    let calendar = Calendar { duration_minutes: 60, ..sandbox.calendars.remove(0) };
    (calendar, User { time_zone: time_zone.into(), ..sandbox.users.remove(0) })
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hours(start: (i8, i8), end: (i8, i8)) -> WorkingHours {
    WorkingHours { start: time(start.0, start.1, 0, 0), end: time(end.0, end.1, 0, 0), locations: Vec::new() }
}

fn slots(zone: &str, from: &str, to: &str, taken: &[(&str, &str)]) -> Vec<String> {
    let (calendar, host) = host(zone);
    let taken: Vec<_> = taken.iter().map(|(start, end)| (at(start), at(end))).collect();
    open_slots(&calendar, &host, at(from), at(to), &taken)
        .iter()
        .map(|slot| slot.starts.to_string())
        .collect()
}

/// The slots of one date with those hours.
fn slots_on(zone: &str, date: Date, day: Vec<WorkingHours>) -> Vec<String> {
    let (calendar, mut host) = host(zone);
    host.availability = Availability { weekly: BTreeMap::new(), overrides: BTreeMap::from([(date, day)]) };
    let (from, to) = (date.yesterday().unwrap(), date.tomorrow().unwrap().tomorrow().unwrap());
    let utc = |date: Date| date.to_zoned(TimeZone::UTC).unwrap().timestamp();
    open_slots(&calendar, &host, utc(from), utc(to), &[]).iter().map(|slot| slot.starts.to_string()).collect()
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
    assert_eq!(slots("UTC", "2026-11-23T10:30:00Z", "2026-11-23T12:00:00Z", &[]), ["2026-11-23T11:00:00Z"]);
    assert!(slots("UTC", "2026-11-23T12:00:00Z", "2026-11-23T11:00:00Z", &[]).is_empty());
}

#[test]
fn slots_begin_anew_with_the_hours_and_none_reaches_into_the_next() {
    let day = vec![hours((8, 30), (10, 15)), hours((10, 15), (11, 0)), hours((13, 0), (15, 0))];
    let found = slots_on("UTC", date(2027, 3, 17), day);
    assert_eq!(found, ["2027-03-17T08:30:00Z", "2027-03-17T13:00:00Z", "2027-03-17T14:00:00Z"]);
}

#[test]
fn hours_that_the_clock_leaves_out_have_no_slots_and_those_it_shows_twice_last_longer() {
    // New York's clock goes from 02:00 to 03:00 on 2027-03-14, and from 02:00 back to 01:00 on 2027-11-07.
    let (spring, autumn) = (date(2027, 3, 14), date(2027, 11, 7));
    let early = || vec![hours((1, 0), (4, 0))];
    assert_eq!(
        slots_on("America/New_York", spring, early()),
        ["2027-03-14T06:00:00Z", "2027-03-14T07:00:00Z"]
    );
    assert!(slots_on("America/New_York", spring, vec![hours((2, 0), (3, 0))]).is_empty());
    let autumn = slots_on("America/New_York", autumn, early());
    assert_eq!(
        (autumn.len(), autumn[0].as_str(), autumn[3].as_str()),
        (4, "2027-11-07T05:00:00Z", "2027-11-07T08:00:00Z")
    );
}

/// Zones whose clocks change by an hour, by half an hour, at midnight, and never.
const ZONES: [&str; 6] = [
    "America/New_York",
    "Europe/Lisbon",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Pacific/Chatham",
];

/// Hours of one day that do not overlap, from numbers of quarters.
fn day_of(mut quarters: Vec<i8>) -> Vec<WorkingHours> {
    quarters.sort_unstable();
    quarters.dedup();
    let clock = |quarter: i8| time(quarter / 4, quarter % 4 * 15, 0, 0);
    let span = |pair: &[i8]| match pair {
        [start, end] => Some(WorkingHours { start: clock(*start), end: clock(*end), locations: Vec::new() }),
        _ => None,
    };
    quarters.chunks(2).filter_map(span).collect()
}

/// The first quarter of an hour at which the clock shows that time of the date, or has passed it.
fn seen(zone: &TimeZone, date: Date, time: Time) -> Timestamp {
    let midnight = date.yesterday().unwrap().to_zoned(TimeZone::UTC).unwrap().timestamp();
    let mut quarters = std::iter::successors(Some(midnight), |quarter| Some(*quarter + QUARTER));
    quarters.find(|quarter| zone.to_datetime(*quarter) >= date.to_datetime(time)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Near a change of the clocks, half of the time: the days of the four weeks that begin at some hour of two years.
    #[test]
    fn slots_are_inside_the_hours_and_touch_no_booking(
        zone in prop::sample::select(&ZONES[..]),
        hour in 0_i64..(2 * 365 * 24),
        at_change in any::<bool>(),
        days in prop::collection::vec(prop::collection::vec(0_i8..96, 0..8), 7),
        other in prop::collection::vec(0_i8..96, 0..8),
        length in 1_u32..9,
        taken in prop::collection::vec((0_i64..(9 * 96), 1_i64..12), 0..20),
    ) {
        let (calendar, mut host) = host(zone);
        let calendar = Calendar { duration_minutes: length * 15, ..calendar };
        let clock = host.clock();
        let some = at("2026-01-01T00:00:00Z") + SignedDuration::from_hours(hour);
        let change = clock.following(some).next().map(|change| change.timestamp()).filter(|_| at_change);
        let from = change.map_or(some, |change| change - SignedDuration::from_hours(3 * 24));
        let to = from + SignedDuration::from_hours(9 * 24);
        let first = clock.to_datetime(from).date();
        let weekly = crate::sandbox::Day::ALL.into_iter().zip(days.into_iter().map(day_of)).collect();
        let third = first.tomorrow().unwrap().tomorrow().unwrap();
        host.availability = Availability { weekly, overrides: BTreeMap::from([(third, day_of(other))]) };
        let taken: Vec<_> = taken.iter().map(|(start, length)| {
            let start = from + QUARTER * i32::try_from(*start).unwrap();
            (start, start + QUARTER * i32::try_from(*length).unwrap())
        }).collect();
        let length = SignedDuration::from_mins(i64::from(calendar.duration_minutes));

        let mut expected = Vec::new();
        for date in first.series(jiff::Span::new().days(1)).take(11) {
            for hours in host.availability.on(date) {
                let (mut start, closes) = (seen(&clock, date, hours.start), seen(&clock, date, hours.end));
                while start + length <= closes {
                    let free = !taken.iter().any(|taken| overlap((start, start + length), *taken));
                    if free && start >= from && start < to {
                        expected.push(start);
                    }
                    start += length;
                }
            }
        }
        let found = open_slots(&calendar, &host, from, to, &taken);
        let starts: Vec<_> = found.iter().map(|slot| slot.starts).collect();
        prop_assert_eq!(&starts, &expected, "{}", zone);
        prop_assert!(starts.windows(2).all(|two| two[0] + length <= two[1]), "one after another");
    }
}
