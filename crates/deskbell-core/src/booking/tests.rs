//! What keeps a booking from being stored.

use super::*;
use crate::door::SeededRandom;
use crate::sandbox::Sandbox;
use crate::time::from_millis;

/// A booking of an hour that starts so many minutes after the epoch.
fn booking(id: &str, minutes: i64) -> Booking {
    let account = AccountId::from_text("ACC-1");
    let sandbox = Sandbox::new(&account, &SeededRandom::new(1), from_millis(0));
    let guest = Guest { time_zone: "UTC".into(), ..Guest::default() };
    let starts = from_millis(minutes * 60_000);
    let id = BookingId::from_text(id);
    let (calendar, host) = (&sandbox.calendars[1], &sandbox.users[1]);
    let pick = Pick { id: &id, calendar, host, starts, location: &Location::online(host.provider(), &id) };
    Booking::book(&account, pick, guest, from_millis(0)).booking
}

#[test]
fn a_host_is_in_one_place_at_a_time() {
    let one = booking("BKNG-1", 0);
    for (minutes, overlaps) in [(-60, false), (-59, true), (0, true), (59, true), (60, false)] {
        assert_eq!(one.overlaps(&booking("BKNG-2", minutes)), overlaps, "{minutes}");
    }
    assert!(!one.overlaps(&booking("BKNG-1", 0)), "it is itself");
    let elsewhere = Booking { owner: UserId::from_text("USR-9"), ..booking("BKNG-2", 0) };
    let canceled = Booking { status: Status::Canceled, ..booking("BKNG-2", 0) };
    assert!(!one.overlaps(&elsewhere) && !one.overlaps(&canceled) && !canceled.overlaps(&one));
}

#[test]
fn a_conflict_is_told_before_a_taken_slot_and_only_who_takes_up_time_needs_a_free_one() {
    let new = booking("BKNG-1", 0);
    let theirs = Some((&new.account, 0));
    assert_eq!(new.objection(None, false), None);
    assert_eq!(new.objection(None, true), Some(BookingSaved::SlotTaken));
    assert_eq!(new.objection(theirs, true), Some(BookingSaved::IdTaken));
    let canceled = Booking { status: Status::Canceled, revision: 1, ..new.clone() };
    assert_eq!(canceled.objection(theirs, true), None);
    assert_eq!(canceled.objection(None, true), Some(BookingSaved::Changed));
}
