//! Times as callers may give them.

use super::*;

#[test]
fn times_are_dates_or_have_a_zone() {
    let at = |text: &str| read(text).map_err(|broken| broken.of("creation_time.gt"));
    for (given, read) in [
        ("2026-05-06", "2026-05-06T00:00:00Z"),
        ("2026-05-06T13:02:41Z", "2026-05-06T13:02:41Z"),
        ("2026-05-06T13:02:41.300Z", "2026-05-06T13:02:41.3Z"),
        ("2026-05-06T13:02:41.300999Z", "2026-05-06T13:02:41.3Z"),
        ("2026-05-06T15:02:41+02:00", "2026-05-06T13:02:41Z"),
    ] {
        assert_eq!(at(given).unwrap().to_string(), read, "A-105's control");
    }
    let long = "9".repeat(5_000);
    for bad in [
        "2026-02-30",
        "2026-02-30T00:00:00Z",
        "2026-05-06T13:02:41",
        "1778072561",
        "2026-05-06T24:00:01Z",
        "",
        "tomorrow",
        "2025-13-45T99:99:99Z",
        "-002026-05-06T00:00:00Z",
        "2026-05-06 13:02:41Z",
        "20260506",
        "20260506T130241Z",
        "2026-05-06T13Z",
        "2026-05-06T13:02:41,5Z",
        "2026-05-06T13:02:41+01",
        "2026-05-06T13:02:41+0100",
        "2026-05-06T13:02:41+24:00",
        "2026-05-06T13:02:41+01:00[Europe/Paris]",
        "2026-05-06T13:02:4é",
        &long,
    ] {
        let problem = at(bad).expect_err(bad);
        assert_eq!(
            (problem.code, problem.param.as_deref()),
            ("timestamp_invalid", Some("creation_time.gt")),
            "A-105"
        );
        assert!(
            problem.message.starts_with("Invalid date: ") && problem.message.len() < 230,
            "{}",
            problem.message
        );
    }
    assert_eq!(
        at("2025-13-45T99:99:99Z").unwrap_err().message,
        "Invalid date: 2025-13-45T99:99:99Z",
        "A-105"
    );
}
