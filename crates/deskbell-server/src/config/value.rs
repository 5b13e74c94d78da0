//! How a setting's text becomes a value. Each parser gives the value, or the rule that the text breaks.

pub(super) mod net;
mod schedule;

pub(super) use schedule::schedule;

use super::store::{DatabaseUrl, StoreAddress};
use deskbell_core::duration;
use deskbell_core::node::{Role, Roles};
use deskbell_core::printable::is_printable;
use deskbell_core::retention::FOR_EVER;
use http::{HeaderName, HeaderValue};
use std::path::PathBuf;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// What a parser gives: the value, or the rule as the end of a sentence.
pub(crate) type Parsed<T> = Result<T, String>;

/// Reads a whole number from `from` to `to`, in plain digits.
pub(crate) fn number(from: u32, to: u32) -> impl Fn(&str) -> Parsed<u32> {
    move |text| {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if plain { text.parse().ok() } else { None };
        number
            .filter(|number| (from..=to).contains(number))
            .ok_or_else(|| format!("must be a whole number from {from} to {to}"))
    }
}

/// Reads how many of something may be held at once.
pub(super) fn size(from: u32, to: u32) -> impl Fn(&str) -> Parsed<usize> {
    move |text| number(from, to)(text).map(|number| usize::try_from(number).unwrap_or(usize::MAX))
}

/// Reads a number from `from` to `to`, decimals allowed.
pub(super) fn fraction(from: f64, to: f64) -> impl Fn(&str) -> Parsed<f64> {
    move |text| {
        let number = text.parse().ok().filter(|number| (from..=to).contains(number));
        number.ok_or_else(|| format!("must be a number from {from} to {to}"))
    }
}

/// `true` or `false`.
pub(super) fn truth(text: &str) -> Parsed<bool> {
    choice([("true", true), ("false", false)])(text)
}

/// Reads one of two words, each with its value.
pub(super) fn choice<T: Copy>(words: [(&'static str, T); 2]) -> impl Fn(&str) -> Parsed<T> {
    move |text| {
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| format!("must be {} or {}", words[0].0, words[1].0))
    }
}

/// Longest time that things can be kept and the setting can name: a century.
const CENTURY: Duration = Duration::from_secs(36_500 * 24 * 3_600);
/// And what is longer than any.
const EVER: &str = "forever";

/// For how long something is kept, at least `from`; or for ever.
pub(crate) fn kept(from: Duration) -> impl Fn(&str) -> Parsed<Duration> {
    move |text| {
        if text == EVER {
            return Ok(FOR_EVER);
        }
        duration::within(from, CENTURY)(text).map_err(|rule| format!("{rule}; or {EVER}"))
    }
}

/// The text of what [`kept`] reads.
pub(crate) fn written_kept(span: Duration) -> String {
    if span == FOR_EVER { EVER.to_owned() } else { duration::written(span) }
}

/// Nothing at all, or what `parse` reads.
pub(super) fn optional<T>(parse: impl Fn(&str) -> Parsed<T>) -> impl Fn(&str) -> Parsed<Option<T>> {
    move |text| if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Entries with commas between them.
pub(super) fn list<T>(parse: impl Fn(&str) -> Parsed<T>) -> impl Fn(&str) -> Parsed<Vec<T>> {
    move |text| {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let entries = text.split(',').map(str::trim).enumerate();
        entries.map(|(at, entry)| parse(entry).map_err(|rule| format!("entry {}: {rule}", at + 1))).collect()
    }
}

/// Reads a path; an empty one is a mistake.
pub(super) fn path(text: &str) -> Parsed<PathBuf> {
    if text.trim().is_empty() || text.contains('\0') {
        return Err("must be a path".to_owned());
    }
    Ok(PathBuf::from(text))
}

/// A store: a scheme and where it is.
pub(super) fn store(text: &str) -> Parsed<StoreAddress> {
    match text.split_once(':') {
        Some(("sqlite", place)) => match path(place) {
            // SQLite's own names for a database without a file would be lost at the end.
            Ok(path) if !place.starts_with("file:") && place != ":memory:" => Ok(StoreAddress::Sqlite(path)),
            _ => Err("must be sqlite: and the path of a file".to_owned()),
        },
        Some(("postgres" | "postgresql", _)) => {
            let checked = deskbell_store::check_url(text).map_err(|error| error.to_string());
            checked.map(|()| StoreAddress::Postgres(DatabaseUrl(text.to_owned())))
        }
        _ => Err("must be sqlite: and the path of a file, as sqlite:./data/deskbell.db, or the postgres:// URL of a database".to_owned()),
    }
}

/// What a process is called.
pub(super) fn name(text: &str) -> Parsed<String> {
    let printable = text.chars().all(is_printable) && text.trim() == text;
    if printable && (1..=100).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err("must be 1 to 100 printable characters, without spaces around them".to_owned())
}

/// What a process does: one role at least, each once.
pub(super) fn roles(text: &str) -> Parsed<Roles> {
    let rule =
        || "must be one or more of api, engine and sweeps, each once, with commas between them".to_owned();
    let roles: Vec<Role> = list(|word| Role::parse(word).ok_or_else(rule))(text).map_err(|_| rule())?;
    let given: Roles = roles.iter().copied().collect();
    if roles.is_empty() || given.iter().count() != roles.len() { Err(rule()) } else { Ok(given) }
}

/// A file with certificates. What is in it, the transport reads.
pub(super) fn pem_file(text: &str) -> Parsed<PathBuf> {
    let path = path(text)?;
    match std::fs::read_to_string(&path) {
        Ok(pem) if pem.contains("-----BEGIN CERTIFICATE-----") => Ok(path),
        Ok(_) => Err("must be a PEM file with certificates; there are none in it".to_owned()),
        Err(error) => Err(format!("must be a PEM file with certificates; it cannot be read: {error}")),
    }
}

/// A header, as `name=value`. What it says is a secret, and not repeated.
pub(super) fn header(text: &str) -> Parsed<(HeaderName, HeaderValue)> {
    let read = || {
        let (name, value) = text.split_once('=')?;
        let mut value: HeaderValue = value.trim().parse().ok()?;
        value.set_sensitive(true);
        Some((name.trim().parse().ok()?, value))
    };
    read().ok_or_else(|| "must be the name of a header, = and what it says, in visible ASCII".to_owned())
}

/// The value of a `User-Agent` header.
pub(super) fn user_agent(text: &str) -> Parsed<String> {
    let visible = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if visible && text.len() <= 200 && text.trim() == text {
        return Ok(text.to_owned());
    }
    Err("must be 1 to 200 visible ASCII characters, without spaces around them".to_owned())
}

/// Reads what is to be logged.
pub(super) fn filter(text: &str) -> Parsed<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let level = |word: &str| LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level));
    // EnvFilter takes a lone word that is no level for a module, and would log all of it and nothing else.
    let clear = text.split(',').map(str::trim).all(|part| level(part) || part.contains('='));
    if clear && EnvFilter::try_new(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err("must be off, error, warn, info, debug or trace, or module=level with commas between them".to_owned())
}
