//! Time as the wire and the stores write it: UTC, whole milliseconds.

pub use jiff::Timestamp;

/// The time as every answer and payload prints it: ISO 8601, UTC, exactly three decimals and `Z`
/// (wire contract, decision 25).
pub fn wire(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Milliseconds since the epoch: the form in which stores keep a time.
pub fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The time that [`millis`] wrote. A value outside of jiff's range (years -9999 to 9999) becomes the nearest bound,
/// so a damaged row can never end a reader.
pub fn from_millis(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// `at + wait`, saturating at the end of time (C-60): a schedule must never wrap into the past.
pub fn later(at: Timestamp, wait: std::time::Duration) -> Timestamp {
    jiff::SignedDuration::try_from(wait)
        .map_or(Timestamp::MAX, |wait| at.saturating_add(wait).unwrap_or(Timestamp::MAX))
}

/// `at - ago`, saturating at the beginning of time.
pub fn earlier(at: Timestamp, ago: std::time::Duration) -> Timestamp {
    jiff::SignedDuration::try_from(ago)
        .map_or(Timestamp::MIN, |ago| at.saturating_sub(ago).unwrap_or(Timestamp::MIN))
}

/// How long it is from `from` to `to`; zero when `to` is not later.
pub fn until(from: Timestamp, to: Timestamp) -> std::time::Duration {
    std::time::Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// Whether two spans (start, end) share a moment. A span's end is not part of it.
pub fn overlap(one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)) -> bool {
    one.0 < other.1 && other.0 < one.1
}

/// Cut to whole milliseconds, so that what is shown, stored and compared is one and the same value.
pub fn whole(at: Timestamp) -> Timestamp {
    from_millis(millis(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_wire_form_has_three_decimals_and_z() {
        assert_eq!(wire(from_millis(1_778_072_561_300)), "2026-05-06T13:02:41.300Z");
        assert_eq!(wire(from_millis(0)), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn spans_that_only_touch_do_not_overlap() {
        let span = |from, to| (from_millis(from), from_millis(to));
        assert!(overlap(span(0, 5), span(4, 9)) && overlap(span(4, 9), span(0, 5)));
        assert!(overlap(span(0, 9), span(4, 5)) && overlap(span(4, 5), span(0, 9)));
        assert!(!overlap(span(0, 5), span(5, 9)) && !overlap(span(5, 9), span(0, 5)));
    }

    #[test]
    fn schedule_arithmetic_saturates() {
        assert_eq!(later(Timestamp::MAX, Duration::from_secs(1)), Timestamp::MAX);
        assert_eq!(later(from_millis(0), Duration::MAX), Timestamp::MAX);
        assert_eq!(earlier(from_millis(5), Duration::from_millis(3)), from_millis(2));
        assert_eq!(earlier(Timestamp::MIN, Duration::from_secs(1)), Timestamp::MIN);
        assert_eq!(earlier(from_millis(0), Duration::MAX), Timestamp::MIN);
        assert_eq!(from_millis(i64::MAX), Timestamp::MAX);
        assert_eq!(until(from_millis(5), from_millis(2)), Duration::ZERO);
    }
}
