//! `--data`: the object that an event tells of, as it was written.

use super::Failure;
use serde_json::value::RawValue;
use std::io::Read as _;

/// Reads what `--data` gives or names: JSON that begins with a brace, `-` for standard input, else a file, with or without
/// an `@` before it.
pub(super) fn read(given: &str) -> Result<Box<RawValue>, Failure> {
    let unread = |name: &str, error| Failure::Usage(format!("--data: {name} cannot be read: {error}"));
    let text = if given.trim_start().starts_with('{') {
        given.to_owned()
    } else if given == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|error| unread("standard input", error))?;
        text
    } else {
        let path = given.strip_prefix('@').unwrap_or(given);
        std::fs::read_to_string(path).map_err(|error| unread(path, error))?
    };
    RawValue::from_string(text).map_err(|error| Failure::Usage(format!("--data is not JSON: {error}")))
}
