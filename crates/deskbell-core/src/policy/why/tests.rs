//! The words; each verdict is driven out of a real server in the server's own tests.

use super::words;
use crate::time::from_millis;
use std::time::Duration;

#[test]
fn durations_have_two_parts_at_most() {
    for (millis, text) in [
        (44, "44 ms"),
        (1_250, "1.2 s"),
        (35_900, "35 s"),
        (216_000, "3 min 36 s"),
        (240_000, "4 min"),
        (18_120_000, "5 h 2 min"),
        (241_200_000, "67 h"),
    ] {
        assert_eq!(words::span(Duration::from_millis(millis)), text);
    }
    assert_eq!(words::span(Duration::from_micros(400)), "400 µs");
}

#[test]
fn a_time_is_a_clock_and_has_its_day_only_when_it_is_another() {
    let now = from_millis(1_778_072_782_000);
    assert_eq!(words::clock(now, now), "13:06:22 UTC");
    assert_eq!(words::clock(from_millis(1_777_899_982_000), now), "2026-05-04 13:06:22 UTC");
}

#[test]
fn counts_and_places_are_said_as_people_say_them() {
    let said = [1, 2, 10, 11, 21, 22, 23, 112].map(words::ordinal);
    assert_eq!(said, ["first", "second", "tenth", "11th", "21st", "22nd", "23rd", "112th"]);
    assert_eq!((words::tries(1), words::tries(15)), ("1 try".into(), "15 tries".into()));
    assert_eq!([7, 1_802, 10_500].map(words::bytes), ["7 bytes", "1,802 bytes", "10 kB"]);
}
