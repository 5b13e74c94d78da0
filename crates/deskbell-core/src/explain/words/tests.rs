//! Every form, and where one ends and the next begins.

use super::*;
use crate::time::from_millis;

#[test]
fn measured_durations_have_two_parts_at_most() {
    for (millis, text) in [
        (44, "44 ms"),
        (1_250, "1.2 s"),
        (35_900, "35 s"),
        (216_000, "3 min 36 s"),
        (240_000, "4 min"),
        (18_120_000, "5 h 2 min"),
        (241_200_000, "67 h"),
    ] {
        assert_eq!(took(Duration::from_millis(millis)), text);
    }
    assert_eq!(took(Duration::from_micros(400)), "400 µs");
}

#[test]
fn a_time_is_a_clock_and_has_its_day_only_when_it_is_another() {
    let now = from_millis(1_778_072_782_000);
    assert_eq!(clock(now, now), "13:06:22 UTC");
    assert_eq!(clock(from_millis(1_777_899_982_000), now), "2026-05-04 13:06:22 UTC");
}

#[test]
fn counts_and_places_are_said_as_people_say_them() {
    let said = [1, 2, 10, 11, 21, 22, 23, 112].map(ordinal);
    assert_eq!(said, ["first", "second", "tenth", "11th", "21st", "22nd", "23rd", "112th"]);
    assert_eq!((tries(1), tries(15)), ("1 try".into(), "15 tries".into()));
    assert_eq!([7, 1_802, 10_500].map(bytes), ["7 bytes", "1,802 bytes", "10 kB"]);
    assert_eq!([9_999_999, 31_000_000, 12_345_678_900].map(bytes), ["9,999 kB", "31 MB", "12 GB"]);
}

#[test]
fn spans_have_two_parts_at_most() {
    let spans =
        [(44, "44 ms"), (1_200, "1.2 s"), (15_000, "15 s"), (60_000, "60 s"), (216_000, "3 min 36 s")];
    for (millis, text) in spans {
        assert_eq!(span(Duration::from_millis(millis)), text);
    }
    assert_eq!(span(Duration::from_secs(67 * 3600)), "67 h");
    assert_eq!(span(Duration::from_secs(3_660)), "1 h 1 min");
}

#[test]
fn rough_durations_have_two_units_at_most() {
    let said = |seconds| rough(Duration::from_secs(seconds));
    assert_eq!([said(0), said(59), said(60)], ["1 s", "59 s", "1 min"]);
    assert_eq!([said(216), said(3_600), said(90_061)], ["3 min 36 s", "1 h", "1 d 1 h"]);
}

#[test]
fn ordinals_are_words_and_then_digits() {
    let said = [2, 10, 11, 21, 22, 23].map(ordinal);
    assert_eq!(said, ["second", "tenth", "11th", "21st", "22nd", "23rd"]);
}
