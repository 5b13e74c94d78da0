//! What is allowed in each state, what it rings, and the sentences of what is not.

use super::*;
use crate::booking::Location;
use crate::booking::Payment;
use crate::booking::step::{Changed, Guest};
use crate::door::SeededRandom;
use crate::id::{AccountId, BookingId};
use crate::sandbox::Sandbox;
use crate::time::{from_millis, later};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

/// A sandbox, and the present in it.
struct World {
    sandbox: Sandbox,
    now: Timestamp,
}

impl World {
    fn new(approval: bool) -> Self {
        let now = from_millis(1_000_000);
        let mut sandbox = Sandbox::new(&AccountId::from_text("ACC-1"), &SeededRandom::new(1), now);
        sandbox.calendars[0].approval = approval;
        Self { sandbox, now }
    }

    fn around<'a>(&'a self, replaced: Option<&'a Booking>) -> Around<'a> {
        let (calendar, host) = self.sandbox.calendar(&self.sandbox.calendars[0].id).unwrap();
        Around { calendar, host, replaced }
    }

    /// Booked for an hour from now.
    fn booked(&self) -> Booking {
        let Around { calendar, host, .. } = self.around(None);
        let guest = Guest { time_zone: "Europe/Dublin".into(), ..Guest::default() };
        let id = BookingId::from_text("BKNG-1");
        let (starts, location) = (later(self.now, HOUR), &Location::online(host.provider(), &id));
        let pick = Pick { id: &id, calendar, host, starts, location };
        Booking::book(&AccountId::from_text("ACC-1"), pick, guest, self.now).booking
    }

    /// Asked for on the calendar in place of `booking`.
    fn replacing(&self, booking: &Booking) -> Booking {
        let Around { calendar, host, .. } = self.around(None);
        let id = BookingId::from_text("BKNG-2");
        let elsewhere = Booking { calendar: crate::id::CalendarId::from_text("BKC-2"), ..booking.clone() };
        let Booking { starts, location, .. } = booking;
        let pick = Pick { id: &id, calendar, host, starts: *starts, location };
        elsewhere.reschedule(pick, self.now).unwrap().pop().unwrap().booking
    }

    /// The allowed actions with what they ring.
    fn allowed(
        &self,
        booking: &Booking,
        replaced: Option<&Booking>,
    ) -> Vec<(&'static str, Vec<&'static str>)> {
        let rung = |rings: Vec<Trigger>| rings.iter().map(|trigger| trigger.as_str()).collect();
        actions(booking, &self.around(replaced), self.now)
            .into_iter()
            .filter_map(|action| Some((action.name.as_str(), rung(action.outcome.ok()?))))
            .collect()
    }

    fn reason(&self, booking: &Booking, replaced: Option<&Booking>, name: ActionName) -> String {
        let actions = actions(booking, &self.around(replaced), self.now);
        let action = actions.into_iter().find(|action| action.name == name).unwrap();
        action.outcome.unwrap_err()
    }
}

fn only(step: Transition) -> Booking {
    let Ok([Changed { booking, .. }]) = step.as_deref() else { panic!("{step:?}") };
    booking.clone()
}

const RESCHEDULED: &str = "booking.rescheduled";
const ASKED: (&str, &str) = ("request-reschedule", "booking.canceled_reschedule_requested");

fn rings(actions: &[(&'static str, &'static str)]) -> Vec<(&'static str, Vec<&'static str>)> {
    actions.iter().map(|(name, trigger)| (*name, vec![*trigger])).collect()
}

#[test]
fn each_state_allows_what_its_steps_do() {
    let world = World::new(false);
    let booked = world.booked();
    let agreed = rings(&[
        ("reschedule", RESCHEDULED),
        ("reassign", "booking.reassigned"),
        ASKED,
        ("complete", "booking.completed"),
        ("cancel", "booking.canceled"),
    ]);
    assert_eq!(world.allowed(&booked, None), agreed);
    assert_eq!(world.allowed(&Booking { status: Status::Rescheduled, ..booked.clone() }, None), agreed);
    let begun = World { now: booked.starts, ..World::new(false) };
    let mut with_no_show = agreed.clone();
    with_no_show.insert(4, ("no-show", vec!["booking.no_show"]));
    assert_eq!(begun.allowed(&booked, None), with_no_show);
    let completed = only(booked.complete(world.now));
    assert_eq!(world.allowed(&completed, None), rings(&[ASKED, ("no-show", "booking.no_show")]));
    assert_eq!(world.allowed(&only(completed.no_show(world.now)), None), rings(&[ASKED]));
    let canceled = only(booked.cancel(None, Actor::Customer, world.now));
    assert_eq!(world.allowed(&canceled, None), []);
    let asked_again = only(booked.request_reschedule(None, world.now));
    assert_eq!(world.allowed(&asked_again, None), rings(&[("reschedule", RESCHEDULED)]));
}

#[test]
fn where_a_user_approves_a_move_rings_nothing_yet() {
    let world = World::new(true);
    let requested = world.booked();
    let declined = [("decline", "booking.canceled"), ("cancel", "booking.canceled")];
    let mut allowed = rings(&declined);
    allowed.insert(0, ("approve", vec!["booking.scheduled"]));
    assert_eq!(world.allowed(&requested, None), allowed);
    let agreed = only(requested.approve(None, world.now));
    assert!(world.allowed(&agreed, None).contains(&("reschedule", vec![])));

    let replacing = world.replacing(&agreed);
    allowed[0] = ("approve", vec!["booking.canceled_then_rescheduled", RESCHEDULED]);
    assert_eq!(world.allowed(&replacing, Some(&agreed)), allowed);
    let asked_again = only(agreed.request_reschedule(None, world.now));
    allowed[0] = ("approve", vec![RESCHEDULED]);
    assert_eq!(world.allowed(&world.replacing(&asked_again), Some(&asked_again)), allowed);
    let gone = only(agreed.cancel(None, Actor::Customer, world.now));
    assert_eq!(world.allowed(&replacing, Some(&gone)), rings(&declined));
    assert_eq!(
        world.reason(&replacing, Some(&gone), ActionName::Approve),
        "Only while the booking that it replaces still waits to be replaced. That one is over."
    );
}

#[test]
fn approval_is_no_matter_where_nobody_asks_for_it() {
    let names = |world: &World, booking: &Booking| {
        actions(booking, &world.around(None), world.now).iter().map(|action| action.name).collect::<Vec<_>>()
    };
    let (free, by_approval) = (World::new(false), World::new(true));
    assert_eq!(names(&free, &free.booked()), ActionName::ALL[2..]);
    assert_eq!(names(&by_approval, &free.booked()), ActionName::ALL);
    assert_eq!(
        names(&free, &by_approval.booked()),
        ActionName::ALL,
        "asked for before approval was turned off"
    );
}

#[test]
fn a_reason_says_what_could_be_and_what_is() {
    let world = World::new(true);
    let agreed = only(world.booked().approve(None, world.now));
    let no_show = only(only(agreed.complete(world.now)).no_show(world.now));
    for (booking, name, reason) in [
        (&agreed, ActionName::Approve, "Only a requested booking can be approved. This one is scheduled."),
        (&agreed, ActionName::Decline, "Only a requested booking can be declined. This one is scheduled."),
        (&agreed, ActionName::NoShow, "Only once it has begun, or was completed. This one is still to come."),
        (
            &no_show,
            ActionName::Reschedule,
            "Only a scheduled or rescheduled booking, or one whose guest was asked for a new time, can move. \
             This one is no show.",
        ),
        (
            &no_show,
            ActionName::Reassign,
            "Only a scheduled or rescheduled booking can get another host. This one is no show.",
        ),
        (
            &no_show,
            ActionName::Complete,
            "Only a scheduled or rescheduled booking can take place. This one is no show.",
        ),
        (
            &no_show,
            ActionName::NoShow,
            "Only a booking that has begun or was completed can be a no show. This one is no show.",
        ),
        (
            &no_show,
            ActionName::Cancel,
            "Only a requested, scheduled or rescheduled booking can be canceled. This one is no show.",
        ),
    ] {
        assert_eq!(world.reason(booking, None, name), reason);
    }
    let payment = Payment { amount_charged: 1, currency: "EUR".into(), transaction_id: "ch_1".into() };
    let paid = Booking { payment: Some(payment), ..agreed };
    for name in [ActionName::Cancel, ActionName::RequestReschedule] {
        assert_eq!(
            world.reason(&paid, None, name),
            "Only a booking without a payment can be called off through the API. This one is paid."
        );
    }
    assert_eq!(
        world.reason(&world.booked(), None, ActionName::RequestReschedule),
        "Only a booking that was agreed can be asked for again. This one is requested."
    );
}
