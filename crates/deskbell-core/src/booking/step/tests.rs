//! Random histories of bookings, held against a small model: no forbidden step passes, no event is missing or doubled.

use super::*;
use crate::booking::Asked;
use crate::door::SeededRandom;
use crate::sandbox::{ExternalCalendarType, Sandbox};
use crate::time::{from_millis, later};
use proptest::prelude::*;
use std::time::Duration;

/// What happens next; a number names one of the bookings that there are by then.
#[derive(Debug, Clone)]
enum Happens {
    Hours(u64),
    Books { calendar: usize, approval: bool },
    Moves { booking: usize, calendar: usize, approval: bool },
    Approves(usize),
    Does(usize, &'static str),
}

/// Every arrow that one booking takes alone: from, step, to, event (wire contract, 10.2).
const ARROWS: &[(&str, &str, &str, &str)] = &[
    ("requested", "decline", "canceled", "booking.canceled"),
    ("requested", "cancel", "canceled", "booking.canceled"),
    ("scheduled", "cancel", "canceled", "booking.canceled"),
    ("rescheduled", "cancel", "canceled", "booking.canceled"),
    ("scheduled", "ask again", "canceled", "booking.canceled_reschedule_requested"),
    ("rescheduled", "ask again", "canceled", "booking.canceled_reschedule_requested"),
    ("completed", "ask again", "canceled", "booking.canceled_reschedule_requested"),
    ("no_show", "ask again", "canceled", "booking.canceled_reschedule_requested"),
    ("scheduled", "reassign", "scheduled", "booking.reassigned"),
    ("rescheduled", "reassign", "rescheduled", "booking.reassigned"),
    ("scheduled", "complete", "completed", "booking.completed"),
    ("rescheduled", "complete", "completed", "booking.completed"),
    ("scheduled", "no-show", "no_show", "booking.no_show"),
    ("rescheduled", "no-show", "no_show", "booking.no_show"),
    ("completed", "no-show", "no_show", "booking.no_show"),
];

/// A booking as the model sees it.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    status: &'static str,
    calendar: usize,
    starts: Timestamp,
    /// The one it is to replace, or replaced.
    replaces: Option<usize>,
    /// It becomes scheduled when approved; moved ones become rescheduled.
    first: bool,
    /// It waits for approval to take another's place.
    replacing: bool,
    /// Its guest was asked for a new time.
    open: bool,
}

type Rung = Vec<(usize, &'static str)>;

/// What must become of the bookings, and what must ring; `None` when it is forbidden.
fn model(seen: &mut Vec<Seen>, happens: &Happens, now: Timestamp) -> Option<Rung> {
    let fresh = |calendar, approval: bool, replaces: Option<usize>| Seen {
        status: match (approval, replaces) {
            (true, _) => "requested",
            (false, None) => "scheduled",
            (false, Some(_)) => "rescheduled",
        },
        calendar,
        starts: slot(now),
        replaces,
        first: replaces.is_none(),
        replacing: approval && replaces.is_some(),
        open: false,
    };
    match *happens {
        Happens::Hours(_) => Some(vec![]),
        Happens::Books { calendar, approval } => {
            seen.push(fresh(calendar, approval, None));
            Some(if approval { vec![] } else { vec![(seen.len() - 1, "booking.scheduled")] })
        }
        Happens::Moves { booking: n, calendar, approval } => {
            let agreed = matches!(seen[n].status, "scheduled" | "rescheduled");
            if agreed && seen[n].calendar == calendar {
                let status = if approval { "requested" } else { "rescheduled" };
                let moved =
                    Seen { status, starts: slot(now), first: false, replacing: false, ..seen[n].clone() };
                seen[n] = moved;
                return Some(if approval { vec![] } else { vec![(n, "booking.rescheduled")] });
            }
            let mut rung = vec![];
            if approval {
                (agreed || seen[n].open).then_some(())?;
            } else {
                rung.extend(ends(seen, n)?);
                rung.push((seen.len(), "booking.rescheduled"));
            }
            seen.push(fresh(calendar, approval, Some(n)));
            Some(rung)
        }
        Happens::Approves(n) => {
            (seen[n].status == "requested").then_some(())?;
            let mut rung = vec![];
            if seen[n].replacing {
                let replaced = seen[n].replaces?;
                rung.extend(ends(seen, replaced)?);
            }
            let scheduled = seen[n].first;
            seen[n].status = if scheduled { "scheduled" } else { "rescheduled" };
            rung.push((n, if scheduled { "booking.scheduled" } else { "booking.rescheduled" }));
            Some(rung)
        }
        Happens::Does(n, step) => {
            let early = step == "no-show" && seen[n].status != "completed" && now < seen[n].starts;
            let arrow = ARROWS.iter().find(|arrow| (arrow.0, arrow.1) == (seen[n].status, step) && !early)?;
            seen[n].status = arrow.2;
            seen[n].open = step == "ask again";
            Some(vec![(n, arrow.3)])
        }
    }
}

/// The end of a booking whose place another one takes.
fn ends(seen: &mut [Seen], n: usize) -> Option<Rung> {
    if std::mem::take(&mut seen[n].open) {
        return Some(vec![]);
    }
    matches!(seen[n].status, "scheduled" | "rescheduled").then_some(())?;
    seen[n].status = "canceled";
    Some(vec![(n, "booking.canceled_then_rescheduled")])
}

/// The slot that every guest picks.
fn slot(now: Timestamp) -> Timestamp {
    later(now, Duration::from_secs(7_200))
}

/// What truly becomes of them.
fn real(
    bookings: &[Booking],
    sandbox: &Sandbox,
    happens: &Happens,
    now: Timestamp,
    id: &BookingId,
) -> Transition {
    let calendar = |n: usize, approval| Calendar { approval, ..sandbox.calendars[n].clone() };
    let host = |booking: &Booking| &sandbox.users[usize::from(booking.owner == sandbox.users[0].id)];
    let location = Location::online(Some(Provider::GoogleMeet), id);
    match *happens {
        Happens::Hours(_) => Ok(vec![]),
        Happens::Books { calendar: n, approval } => {
            let guest = Guest { time_zone: "UTC".into(), ..Guest::default() };
            let (calendar, host) = (&calendar(n, approval), &sandbox.users[n]);
            let pick = Pick { id, calendar, host, starts: slot(now), location: &location };
            Ok(vec![Booking::book(&AccountId::from_text("ACC-1"), pick, guest, now)])
        }
        Happens::Moves { booking, calendar: n, approval } => {
            let (calendar, host) = (&calendar(n, approval), &sandbox.users[n]);
            let pick = Pick { id, calendar, host, starts: slot(now), location: &location };
            bookings[booking].reschedule(pick, now)
        }
        Happens::Approves(n) => {
            let replaces = bookings[n].replaces.as_ref();
            bookings[n].approve(bookings.iter().find(|other| Some(&other.id) == replaces), now)
        }
        Happens::Does(n, step) => match (step, &bookings[n]) {
            ("decline", booking) => booking.decline(None, now),
            ("cancel", booking) => booking.cancel(None, Actor::Customer, now),
            ("ask again", booking) => booking.request_reschedule(None, now),
            ("reassign", booking) => booking.reassign(host(booking), None, now),
            ("complete", booking) => booking.complete(now),
            ("no-show", booking) => booking.no_show(now),
            (other, _) => unreachable!("{other}"),
        },
    }
}

fn history() -> impl Strategy<Value = Vec<Happens>> {
    let steps = ["decline", "cancel", "ask again", "reassign", "complete", "no-show"];
    let happens = prop_oneof![
        1 => (0..3u64).prop_map(Happens::Hours),
        3 => (0..2usize, any::<bool>()).prop_map(|(calendar, approval)| Happens::Books { calendar, approval }),
        6 => (any::<usize>(), 0..2usize, any::<bool>())
            .prop_map(|(booking, calendar, approval)| Happens::Moves { booking, calendar, approval }),
        4 => any::<usize>().prop_map(Happens::Approves),
        8 => (any::<usize>(), proptest::sample::select(steps.to_vec())).prop_map(|(n, step)| Happens::Does(n, step)),
    ];
    proptest::collection::vec(happens, 1..60)
}

/// The same, with a booking that there is.
fn among(happens: Happens, count: usize) -> Option<Happens> {
    Some(match happens {
        Happens::Moves { .. } | Happens::Approves(_) | Happens::Does(..) if count == 0 => return None,
        Happens::Moves { booking, calendar, approval } => {
            Happens::Moves { booking: booking % count, calendar, approval }
        }
        Happens::Approves(n) => Happens::Approves(n % count),
        Happens::Does(n, step) => Happens::Does(n % count, step),
        other => other,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bookings_live_as_the_model_says(history in history()) {
        let sandbox = Sandbox::new(&AccountId::from_text("ACC-1"), &SeededRandom::new(1), from_millis(0));
        let (mut bookings, mut seen, mut now) = (Vec::<Booking>::new(), Vec::new(), from_millis(0));
        for happens in history {
            let Some(happens) = among(happens, bookings.len()) else { continue };
            if let Happens::Hours(hours) = happens {
                now = later(now, Duration::from_secs(hours * 3_600));
            }
            let before = seen.clone();
            let expected = model(&mut seen, &happens, now);
            let id = BookingId::from_text(format!("BKNG-{}", bookings.len()));
            let changes = match (real(&bookings, &sandbox, &happens, now, &id), &expected) {
                (Ok(changes), Some(_)) => changes,
                (Err(_), None) => {
                    prop_assert_eq!(&before, &seen, "A-180: {:?}", happens);
                    continue;
                }
                (answer, _) => return Err(TestCaseError::fail(format!("A-180: {happens:?}: {answer:?}"))),
            };
            let mut rung = Rung::new();
            for Changed { booking, rings } in changes {
                let place = bookings.iter().position(|other| other.id == booking.id).unwrap_or(bookings.len());
                rung.extend(rings.map(|trigger| (place, trigger.as_str())));
                match bookings.get_mut(place) {
                    Some(stored) => {
                        prop_assert_eq!(booking.revision, stored.revision + 1);
                        *stored = booking;
                    }
                    None => {
                        prop_assert_eq!(booking.revision, 0);
                        bookings.push(booking);
                    }
                }
            }
            prop_assert_eq!(Some(rung), expected, "{:?}", happens);
            let ids: Vec<_> = bookings.iter().map(|booking| booking.id.clone()).collect();
            let place = |id: &BookingId| ids.iter().position(|other| other == id);
            for (booking, seen) in bookings.iter().zip(&seen) {
                prop_assert_eq!(booking.status.as_str(), seen.status);
                prop_assert_eq!(booking.starts, seen.starts);
                prop_assert_eq!(booking.rebookable, seen.open);
                prop_assert_eq!(booking.replaces.as_ref().and_then(place), seen.replaces);
                prop_assert_eq!(&booking.calendar, &sandbox.calendars[seen.calendar].id);
            }
            prop_assert_eq!(bookings.len(), seen.len());
        }
    }
}

fn booked() -> (Sandbox, Booking) {
    let sandbox = Sandbox::new(&AccountId::from_text("ACC-1"), &SeededRandom::new(1), from_millis(0));
    let id = BookingId::from_text("BKNG-1");
    let books = Happens::Books { calendar: 0, approval: false };
    let booking = real(&[], &sandbox, &books, from_millis(0), &id).unwrap().remove(0).booking;
    (sandbox, booking)
}

#[test]
fn a_reassigned_booking_has_the_new_host_among_its_attendees() {
    let (sandbox, booking) = booked();
    let (old, new) = (&sandbox.users[0], &sandbox.users[1]);
    assert!(booking.reassign(old, None, from_millis(1)).is_err(), "the same host");
    let changed = booking.reassign(new, None, from_millis(1)).unwrap().remove(0).booking;
    assert_eq!((&changed.owner, &changed.owner_email), (&new.id, &new.email));
    assert_eq!(
        (changed.status, changed.starts, changed.updated),
        (Status::Scheduled, booking.starts, from_millis(1))
    );
}

#[test]
fn a_reassigned_booking_stands_in_the_calendar_that_the_new_host_has_connected() {
    let (mut sandbox, booking) = booked();
    assert_eq!(booking.external_calendar, ExternalCalendar::of(&sandbox.users[0], &booking.id));
    sandbox.users[1].external_calendar = ExternalCalendarType::Office365;
    let changed = booking.reassign(&sandbox.users[1], None, from_millis(1)).unwrap().remove(0).booking;
    assert_eq!(changed.external_calendar, ExternalCalendar::of(&sandbox.users[1], &booking.id));
    assert_eq!(changed.external_calendar.kind, ExternalCalendarType::Office365);
}

/// What a guest paid, and which link they came by, is true of the booking that takes the place of theirs too.
#[test]
fn what_came_with_a_booking_stays_with_the_one_that_takes_its_place() {
    let (sandbox, booking) = booked();
    let utm_params = Some(UtmParams { source: Some("newsletter".into()), ..UtmParams::default() });
    let booking = Booking { payment: Some(payment()), utm_params, made_by: MadeBy::Administrator, ..booking };
    for calendar in 0..2 {
        let moves = Happens::Moves { booking: 0, calendar, approval: false };
        let id = BookingId::from_text("BKNG-2");
        let changes = real(std::slice::from_ref(&booking), &sandbox, &moves, from_millis(1), &id).unwrap();
        let moved = &changes.last().unwrap().booking;
        assert_eq!(
            (&moved.payment, &moved.utm_params, moved.made_by),
            (&booking.payment, &booking.utm_params, booking.made_by)
        );
        let host = &sandbox.users[calendar];
        assert_eq!(moved.external_calendar, ExternalCalendar::of(host, &moved.id));
    }
}

fn payment() -> Payment {
    Payment { amount_charged: 4_500, currency: "EUR".into(), transaction_id: "ch_1".into() }
}

#[test]
fn a_user_calls_no_paid_booking_off() {
    let (_, booking) = booked();
    let (paid, now) = (Booking { payment: Some(payment()), ..booking }, from_millis(1));
    let user = || Actor::User(paid.owner.clone());
    assert_eq!(paid.cancel(None, user(), now), Err(Forbidden::Paid { action: ActionName::Cancel }));
    let asked = paid.request_reschedule(None, now);
    assert_eq!(asked, Err(Forbidden::Paid { action: ActionName::RequestReschedule }));
    assert!(paid.cancel(None, Actor::Customer, now).is_ok());
    let over = Booking { status: Status::Canceled, ..paid.clone() };
    assert!(
        matches!(over.cancel(None, user(), now), Err(Forbidden::State { .. })),
        "its state is told first"
    );
}

#[test]
fn every_rescheduled_booking_says_that_the_guest_moved_it() {
    let (sandbox, booking) = booked();
    for calendar in 0..2 {
        let moves = Happens::Moves { booking: 0, calendar, approval: false };
        let id = BookingId::from_text("BKNG-2");
        let changes = real(std::slice::from_ref(&booking), &sandbox, &moves, from_millis(1), &id).unwrap();
        for Changed { booking, .. } in &changes {
            assert_eq!(booking.cancellation, Some(by_guest()), "{:?}", booking.status);
        }
        assert_ne!(changes.last().unwrap().booking.asked, Asked::Meeting);
        assert_eq!(changes.len(), calendar + 1);
    }
}

#[test]
fn only_an_agreed_booking_is_completed_by_time() {
    let (_, booking) = booked();
    assert_eq!(booking.completes(), Some(booking.ends()));
    for status in Status::ALL {
        let completes = Booking { status, ..booking.clone() }.completes().is_some();
        assert_eq!(completes, status.is_agreed(), "{status:?}");
        assert_eq!(Status::parse(status.as_str()), Some(status));
    }
}
