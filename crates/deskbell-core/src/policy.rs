//! The policies: rules, one file each. All are pure: they are handed the time and the randomness.

pub mod circuit_breaker;
pub mod concurrency;
pub mod fair_share;
pub mod limit;
pub mod matching;
pub mod retry;
pub mod revision;
pub mod round_robin;
pub mod sign;
pub mod ssrf_guard;
