//! The wall clock of the measuring side: one reading serves the load, the receiver and the ledgers.

/// Microseconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "the measuring side is outside of the program's Clock door")]
pub fn micros() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Today, in UTC, as `2026-01-31`.
pub fn today() -> String {
    let micros = i64::try_from(micros()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_microsecond(micros)
        .map_or_else(|_| String::new(), |at| at.to_string()[..10].to_owned())
}
