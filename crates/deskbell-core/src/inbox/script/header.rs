//! Header: what an inbox may answer with under the instance's own name (A-137, T-25). Both lists name what is known to be harmless:
//! browsers, and proxies and caches in front, obey more headers than anybody can list, many of them for the whole origin, and
//! render or run types under names that are hard to guess.

use super::{Unfit, unfit};

/// Headers that say something to the program that called, and nothing to a browser or a proxy on the way.
pub const HEADERS: [&str; 17] = [
    "Allow",
    "Content-Language",
    "Content-Type",
    "Deprecation",
    "ETag",
    "Last-Modified",
    "RateLimit",
    "RateLimit-Limit",
    "RateLimit-Policy",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "Sunset",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-Id",
];
/// How names begin that are free to be made up.
pub const FREE_PREFIX: &str = "X-Test-";

/// Media types that a browser shows as text or offers to save.
const TYPES: [&str; 9] = [
    "application/cbor",
    "application/cloudevents+json",
    "application/json",
    "application/octet-stream",
    "application/problem+json",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "text/csv",
    "text/plain",
];
/// The one parameter a type may have: other character sets have been read as markup.
const CHARSET: &str = "charset=utf-8";

/// Whether an inbox may answer with this header.
pub(super) fn check(name: &str, value: &str) -> Result<(), Unfit> {
    let free = name.get(..FREE_PREFIX.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(FREE_PREFIX));
    if !free && !HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        let message = format!(
            "An inbox cannot answer with the header {name:.60}. It can with {}, and with names that begin with {FREE_PREFIX}.",
            HEADERS.join(", ")
        );
        return Err(unfit("response_header_forbidden", message));
    }
    if name.eq_ignore_ascii_case("content-type") && !is_data(value) {
        let message = format!(
            "An inbox cannot answer with the Content-Type {value:.60}. It can with {}, and {CHARSET} after each.",
            TYPES.join(", ")
        );
        return Err(unfit("response_header_forbidden", message));
    }
    Ok(())
}

/// The whole value is looked at: a comma begins another type, and the last one counts.
fn is_data(value: &str) -> bool {
    let (kind, parameter) = value.split_once(';').unwrap_or((value, CHARSET));
    TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind.trim()))
        && parameter.trim().eq_ignore_ascii_case(CHARSET)
}

#[cfg(test)]
mod tests;
