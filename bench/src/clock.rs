//! The wall clock of the measuring side: one reading serves the load, the receiver and the ledgers.

use jiff::Timestamp;

/// Microseconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "the measuring side is outside of the program's Clock door")]
pub fn micros() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// The same as a timestamp.
pub fn now() -> Timestamp {
    let micros = i64::try_from(micros()).unwrap_or(i64::MAX);
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

/// Today, in UTC, as `2026-01-31`.
pub fn today() -> String {
    now().to_string()[..10].to_owned()
}
