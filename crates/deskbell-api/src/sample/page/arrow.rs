//! Arrows: the transitions that ring a trigger. Those of bookings are found by trying every step on a booking in every state.

use deskbell_core::Timestamp;
use deskbell_core::booking::step::Transition;
use deskbell_core::booking::{Actor, Asked, Booking, Changed, Guest, Location, Pick, Status};
use deskbell_core::door::SeededRandom;
use deskbell_core::id::{AccountId, BookingId, CalendarId};
use deskbell_core::sandbox::{Calendar, Sandbox, User};
use deskbell_core::time::from_millis;
use deskbell_core::trigger::Trigger;
use std::fmt;

/// A transition: a row of the table.
#[derive(PartialEq, Eq)]
pub(super) struct Arrow {
    /// The states it leaves; none when something begins.
    from: Vec<&'static str>,
    happens: &'static str,
    /// The call that makes it happen.
    how: &'static str,
    to: &'static str,
}

impl fmt::Display for Arrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from: Vec<String> = self.from.iter().map(|state| format!("`{state}`")).collect();
        let from = if from.is_empty() { "none: a new one".to_owned() } else { from.join(", ") };
        write!(f, "| {from} | {} | {} | `{}` |", self.happens, self.how, self.to)
    }
}

/// What can happen to a booking, the call that does it, and its step.
type Happening = (&'static str, &'static str, fn(&Booking, &World) -> Transition);

const HAPPENINGS: [Happening; 11] = [
    ("a guest books", "`POST /v2/booking-calendars/{id}/schedule`", |_, world| Ok(vec![world.book()])),
    ("a guest moves it, calendar the same", "`POST /v2/bookings/{id}/reschedule`", |booking, world| {
        world.reschedule(booking, &world.calendar, false)
    }),
    ("a guest moves it to another calendar", "`POST /v2/bookings/{id}/reschedule`", |booking, world| {
        world.reschedule(booking, &world.elsewhere, false)
    }),
    ("a guest picks the new time asked for", "`POST /v2/bookings/{id}/reschedule`", |booking, world| {
        world.reschedule(booking, &world.calendar, true)
    }),
    ("a user approves what the guest asked for", "`POST /v2/bookings/{id}/approve`", |booking, world| {
        booking.approve(Some(&world.replaced), world.now)
    }),
    ("a user declines what the guest asked for", "`POST /v2/bookings/{id}/decline`", |booking, world| {
        booking.decline(None, world.now)
    }),
    ("anybody cancels", "`POST /v2/bookings/{id}/cancel`", |booking, world| {
        booking.cancel(None, Actor::Customer, world.now)
    }),
    ("a user asks for a new time", "`POST /v2/bookings/{id}/request-reschedule`", |booking, world| {
        booking.request_reschedule(None, world.now)
    }),
    ("a user reassigns it", "`POST /v2/bookings/{id}/reassign`", |booking, world| {
        booking.reassign(&world.colleague, None, world.now)
    }),
    ("it began, and nobody came", "`POST /v2/bookings/{id}/no-show`", |booking, world| {
        booking.no_show(world.now)
    }),
    ("its end passes", "by itself, or `POST /v2/bookings/{id}/complete`", |booking, world| {
        booking.complete(world.now)
    }),
];

/// The transitions that ring `trigger`.
pub(super) fn that_ring(trigger: Trigger) -> Vec<Arrow> {
    let of_a_visitor = |from, happens, how, to| Arrow { from, happens, how, to };
    match trigger {
        Trigger::ConversationStarted => {
            vec![of_a_visitor(vec![], "a visitor's first input", "`POST /v2/conversations`", "started")]
        }
        Trigger::ConversationClosed => vec![
            of_a_visitor(vec!["started"], "the flow ends", "`POST /v2/conversations/{id}/close`", "closed"),
            of_a_visitor(
                vec!["started"],
                "the visitor turns to another bot",
                "`POST /v2/conversations`",
                "closed",
            ),
        ],
        Trigger::ConversationAbandoned => vec![of_a_visitor(
            vec!["started"],
            "no input for more than ten minutes",
            "by itself, or `POST /v2/conversations/{id}/abandon`",
            "abandoned",
        )],
        _ => of_bookings(trigger),
    }
}

fn of_bookings(trigger: Trigger) -> Vec<Arrow> {
    let world = World::new();
    let mut arrows: Vec<Arrow> = Vec::new();
    for (happens, how, step) in HAPPENINGS {
        for booking in world.bookings() {
            for changed in step(&booking, &world).into_iter().flatten() {
                if changed.rings != Some(trigger) {
                    continue;
                }
                let before = [&booking, &world.replaced].into_iter().find(|old| old.id == changed.booking.id);
                let (from, to) = (before.map(|old| old.status.as_str()), changed.booking.status.as_str());
                let same = |arrow: &&mut Arrow| {
                    arrow.happens == happens && arrow.to == to && arrow.from.is_empty() == from.is_none()
                };
                match arrows.iter_mut().find(same) {
                    Some(arrow) => arrow.from.extend(from.filter(|from| !arrow.from.contains(from))),
                    None => arrows.push(Arrow { from: from.into_iter().collect(), happens, how, to }),
                }
            }
        }
    }
    arrows
}

/// The sandbox that each step is tried in, to see what it rings.
struct World {
    account: AccountId,
    now: Timestamp,
    calendar: Calendar,
    elsewhere: Calendar,
    host: User,
    colleague: User,
    /// The id of the next booking.
    next: BookingId,
    /// A booking that another one is to replace.
    replaced: Booking,
}

impl World {
    fn new() -> Self {
        let (account, random, now) = (AccountId::from_text("ACC-1"), SeededRandom::new(1), from_millis(0));
        let sandbox = Sandbox::new(&account, &random, now);
        let [host, colleague] = [0, 1].map(|at| sandbox.users[at].clone());
        let calendar = sandbox.calendars[0].clone();
        let elsewhere = Calendar { id: CalendarId::new(&random), ..calendar.clone() };
        let [next, replaced] = [0, 1].map(|_| BookingId::new(&random));
        let location = Location::online(host.provider(), &replaced);
        let pick = Pick { id: &replaced, calendar: &calendar, host: &host, starts: now, location: &location };
        let replaced = Booking::book(&account, pick, guest(), now).booking;
        Self { account, now, calendar, elsewhere, host, colleague, next, replaced }
    }

    fn pick<'a>(&'a self, calendar: &'a Calendar) -> Pick<'a> {
        Pick {
            id: &self.next,
            calendar,
            host: &self.host,
            starts: self.now,
            location: &self.replaced.location,
        }
    }

    fn book(&self) -> Changed {
        Booking::book(&self.account, self.pick(&self.calendar), guest(), self.now)
    }

    /// Only those that wait to be booked anew, or only the others.
    fn reschedule(&self, booking: &Booking, calendar: &Calendar, rebookable: bool) -> Transition {
        if booking.rebookable != rebookable {
            return Ok(Vec::new());
        }
        booking.reschedule(self.pick(calendar), self.now)
    }

    /// A booking in every state. What was asked for is a meeting, a move or a replacement; what is cancelled may wait to be
    /// booked anew.
    fn bookings(&self) -> Vec<Booking> {
        let booking = Booking { id: BookingId::from_text("BKNG-1"), ..self.replaced.clone() };
        let requested = |asked| Booking {
            status: Status::Requested,
            asked,
            replaces: (asked == Asked::Replacement).then(|| self.replaced.id.clone()),
            ..booking.clone()
        };
        let mut bookings: Vec<Booking> =
            Status::ALL.into_iter().map(|status| Booking { status, ..booking.clone() }).collect();
        bookings.extend([Asked::Move, Asked::Replacement].map(requested));
        bookings.push(Booking { status: Status::Canceled, rebookable: true, ..booking.clone() });
        bookings
    }
}

fn guest() -> Guest {
    Guest { time_zone: "UTC".into(), ..Guest::default() }
}
