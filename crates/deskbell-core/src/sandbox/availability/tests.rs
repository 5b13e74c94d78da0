//! What a change of an availability may say, and what becomes of the hours.

use super::*;
use crate::policy::limit::{OVERRIDES_PER_USER, WORKING_HOURS_PER_DAY};
use crate::sandbox::{Address, Provider};
use jiff::civil::{date, time};

const TODAY: Date = date(2027, 3, 15);

fn hours(start: (i8, i8), end: (i8, i8)) -> WorkingHours {
    WorkingHours { start: time(start.0, start.1, 0, 0), end: time(end.0, end.1, 0, 0), locations: Vec::new() }
}

fn weekly(days: &[(Day, Vec<WorkingHours>)]) -> AvailabilityChange {
    AvailabilityChange { weekly: days.to_vec(), ..AvailabilityChange::default() }
}

fn overrides(dates: &[(Date, Option<Vec<WorkingHours>>)]) -> AvailabilityChange {
    AvailabilityChange { overrides: dates.to_vec(), ..AvailabilityChange::default() }
}

fn refused(change: &AvailabilityChange) -> (HoursOf, String) {
    let fault = Availability::default().changed(change, TODAY).unwrap_err();
    (fault.of, fault.rule.to_string())
}

#[test]
fn a_user_works_from_monday_to_friday() {
    let hosts = Availability::default();
    assert_eq!(hosts.on(TODAY), [hours((9, 0), (17, 0))]);
    assert_eq!(hosts.on(date(2027, 3, 20)), [], "a Saturday");
    assert!(!hosts.weekly.contains_key(&Day::Saturday), "it was never set");
}

#[test]
fn a_named_day_is_overwritten_whole_and_the_others_stay() {
    let morning = vec![hours((8, 30), (12, 15))];
    let change = weekly(&[(Day::Monday, morning.clone()), (Day::Tuesday, vec![])]);
    let changed = Availability::default().changed(&change, TODAY).unwrap();
    assert_eq!(changed.on(TODAY), morning);
    assert_eq!(changed.weekly[&Day::Tuesday], [], "cleared, and still there");
    assert_eq!(changed.weekly[&Day::Friday], Availability::default().weekly[&Day::Friday]);
}

#[test]
fn an_override_goes_before_its_weekday_until_it_is_taken_away() {
    let (off, sunday) = (date(2027, 3, 17), date(2027, 3, 21));
    let short = vec![hours((10, 0), (11, 0))];
    let change = overrides(&[(off, Some(vec![])), (sunday, Some(short.clone())), (TODAY, None)]);
    let changed = Availability::default().changed(&change, TODAY).unwrap();
    assert_eq!((changed.on(off), changed.on(sunday)), (&[][..], &short[..]));
    let back = changed.changed(&overrides(&[(off, None)]), TODAY).unwrap();
    assert_eq!(back.on(off), [hours((9, 0), (17, 0))]);
    assert_eq!(back.on(sunday), short, "others stay");
    let later = changed.changed(&weekly(&[(Day::Monday, vec![])]), date(2027, 3, 18)).unwrap();
    assert_eq!(later.overrides.keys().collect::<Vec<_>>(), [&sunday], "what is past is forgotten");
}

#[test]
fn hours_that_break_a_rule_are_refused_in_the_vendors_words() {
    for (day, message) in [
        (vec![hours((9, 5), (10, 0))], "start time should be multiple of 15: '09:05'"),
        (vec![hours((9, 0), (9, 50))], "end time should be multiple of 15: '09:50'"),
        (vec![hours((9, 0), (8, 0))], "end time should be after start time: '09:00-08:00'"),
        (vec![hours((9, 0), (9, 0))], "end time should be after start time: '09:00-09:00'"),
        (
            vec![hours((8, 0), (10, 0)), hours((9, 0), (11, 0))],
            "availability range is overlapping: '09:00-11:00'",
        ),
        (
            vec![hours((9, 0), (11, 0)), hours((9, 0), (11, 0))],
            "availability range is overlapping: '09:00-11:00'",
        ),
    ] {
        assert_eq!(refused(&weekly(&[(Day::Monday, day.clone())])), (HoursOf::Weekly, message.into()));
        assert_eq!(refused(&overrides(&[(TODAY, Some(day))])), (HoursOf::Overrides, message.into()));
    }
    let touching = vec![hours((11, 0), (12, 0)), hours((9, 0), (11, 0))];
    assert!(Availability::default().changed(&weekly(&[(Day::Monday, touching)]), TODAY).is_ok());
    let twice = (Day::Monday, vec![]);
    let message = "Duplicate entry for day or date: 'Monday'".into();
    assert_eq!(refused(&weekly(&[twice.clone(), twice])), (HoursOf::Weekly, message));
    let twice = (TODAY, None);
    let message = "Duplicate entry for day or date: '2027-03-15'".into();
    assert_eq!(refused(&overrides(&[twice.clone(), twice])), (HoursOf::Overrides, message));
    let yesterday = (date(2027, 3, 14), None);
    let message = "Date cannot be in the past: '2027-03-14'".into();
    assert_eq!(refused(&overrides(&[yesterday])), (HoursOf::Overrides, message));
}

#[test]
fn a_type_of_location_stands_once_and_links_are_of_one_kind() {
    let at = |locations: &[HostLocation]| {
        weekly(&[(
            Day::Monday,
            vec![WorkingHours { locations: locations.to_vec(), ..hours((9, 0), (10, 0)) }],
        )])
    };
    let (link, room) = (
        HostLocation::Virtual { provider: None },
        HostLocation::VirtualStatic { url: "https://a.example".into() },
    );
    let office = |address| HostLocation::Physical { address };
    let zoom = HostLocation::Virtual { provider: Some(Provider::Zoom) };
    let words = "You can set either online_dynamic_link or online_static_link";
    assert_eq!(refused(&at(&[link.clone(), room])).1, words);
    let words = "Duplicate entry for location type: 'online_dynamic_link'";
    assert_eq!(refused(&at(&[link.clone(), zoom])).1, words);
    let words = "Duplicate entry for location type: 'in_person_by_host'";
    assert_eq!(refused(&at(&[office(Address::HarbourRoad), office(Address::RuaDoMoinho)])).1, words);
    let all = [link, office(Address::HarbourRoad), HostLocation::GuestPhone, HostLocation::InPersonByGuest];
    assert!(Availability::default().changed(&at(&all), TODAY).is_ok());
}

#[test]
fn an_availability_is_bounded() {
    let quarter = |n: i8| hours((n / 4, n % 4 * 15), ((n + 1) / 4, (n + 1) % 4 * 15));
    let day = |count: usize| (0..).map(quarter).take(count).collect::<Vec<_>>();
    let monday = |count| weekly(&[(Day::Monday, day(count))]);
    assert!(Availability::default().changed(&monday(WORKING_HOURS_PER_DAY), TODAY).is_ok());
    assert_eq!(refused(&monday(WORKING_HOURS_PER_DAY + 1)).1, "A day has at most 24 working hours.");
    let days =
        |count: usize| TODAY.series(jiff::Span::new().days(1)).take(count).map(|date| (date, Some(vec![])));
    let dates = |count| overrides(&days(count).collect::<Vec<_>>());
    let full = Availability::default().changed(&dates(OVERRIDES_PER_USER), TODAY).unwrap();
    assert_eq!(refused(&dates(OVERRIDES_PER_USER + 1)).1, "A user has at most 100 overrides to come.");
    let next = TODAY.saturating_add(jiff::Span::new().days(100));
    assert!(full.changed(&overrides(&[(next, Some(vec![]))]), TODAY).is_err(), "with those that are there");
    assert!(
        full.changed(&overrides(&[(next, Some(vec![]))]), TODAY.tomorrow().unwrap()).is_ok(),
        "one is past"
    );
    let large =
        |count: usize| overrides(&days(count).map(|(date, _)| (date, Some(day(24)))).collect::<Vec<_>>());
    assert_eq!(refused(&large(100)).1, "The availability would take more than 32768 bytes.");
    assert!(Availability::default().changed(&large(10), TODAY).is_ok());
}

#[test]
fn it_is_kept_as_it_was() {
    let all = [
        HostLocation::Virtual { provider: Some(Provider::Zoom) },
        HostLocation::Physical { address: Address::HarbourRoad },
    ];
    let day = vec![WorkingHours { locations: all.to_vec(), ..hours((9, 0), (23, 45)) }];
    let change =
        AvailabilityChange { weekly: vec![(Day::Sunday, day.clone())], overrides: vec![(TODAY, Some(day))] };
    let changed = Availability::default().changed(&change, TODAY).unwrap();
    assert!(Availability::default().is_default() && !changed.is_default());
    let kept = serde_json::to_string(&changed).unwrap();
    assert_eq!(serde_json::from_str::<Availability>(&kept).unwrap(), changed);
}
