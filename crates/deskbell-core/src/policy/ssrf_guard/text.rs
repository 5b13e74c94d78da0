//! Reading a URL strictly. The URL library follows browsers, which forgive much (tabs, backslashes, missing slashes);
//! what is forgiven is where two readers come to differ, so it is refused here first.

use super::Refusal;
use crate::policy::limit;
use url::Url;

/// Reads `text`, or says which rule of a plain absolute URL it breaks. Whether it may be called is not judged.
pub fn parse(text: &str) -> Result<Url, Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new("url_empty", "The URL is empty."));
    }
    if text.trim() != text {
        return Err(Refusal::new("url_whitespace", "The URL begins or ends with white space."));
    }
    if let Some(at) = text.chars().position(char::is_control) {
        return Err(Refusal::new(
            "url_control_character",
            format!("The URL has a control character at position {at}."),
        ));
    }
    let length = text.chars().count();
    if length > limit::URL_CHARS {
        let limit = limit::URL_CHARS;
        return Err(Refusal::new(
            "url_too_long",
            format!("The URL has {length} characters; at most {limit} are allowed."),
        ));
    }
    let rest = after_scheme(text)?;
    if text.contains('#') {
        return Err(Refusal::new(
            "url_fragment_forbidden",
            "The URL has a fragment (#…), which is never sent.",
        ));
    }
    let authority = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
    if authority.contains('\\') {
        return Err(Refusal::new("url_host_invalid", "The URL has a backslash in its host."));
    }
    if authority.contains('@') {
        return Err(Refusal::new(
            "url_credentials_forbidden",
            "The URL holds a user name or password; leave them out.",
        ));
    }
    check_port(authority)?;
    Url::parse(text)
        .map_err(|error| Refusal::new("url_host_invalid", format!("The URL cannot be read: {error}.")))
}

/// What follows `https://` or `http://`.
fn after_scheme(text: &str) -> Result<&str, Refusal> {
    let not_absolute =
        || Refusal::new("url_not_absolute", "The URL must be absolute, such as https://example.com/hook.");
    let (scheme, rest) = text.split_once(':').ok_or_else(not_absolute)?;
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(name) {
        return Err(not_absolute());
    }
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        // `localhost:3000/hook` is a host and a port, not a scheme.
        let port = rest.starts_with(|c: char| c.is_ascii_digit());
        let unsupported = || {
            Refusal::new(
                "url_scheme_unsupported",
                "The URL must begin with https:// (http:// where it is allowed).",
            )
        };
        return Err(if port { not_absolute() } else { unsupported() });
    }
    rest.strip_prefix("//").ok_or_else(not_absolute)
}

fn check_port(authority: &str) -> Result<(), Refusal> {
    let host_end = authority.rfind(']').map_or(0, |end| end + 1);
    let (host, port) = match authority[host_end..].rfind(':') {
        Some(colon) => (&authority[..host_end + colon], Some(&authority[host_end + colon + 1..])),
        None => (authority, None),
    };
    if host.is_empty() {
        return Err(Refusal::new("url_host_missing", "The URL has no host."));
    }
    let valid = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    match port {
        Some(port) if !valid(port) => {
            Err(Refusal::new("url_port_invalid", "The URL's port must be a number from 1 to 65535."))
        }
        _ => Ok(()),
    }
}

/// A name that DNS can hold: labels of 1 to 63 letters, digits, dashes and underscores, 253 characters in all.
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if name.len() > 253 || !name.split('.').all(label) {
        return Err(Refusal::new(
            "url_host_invalid",
            "The URL's host is not a valid name: labels of 1 to 63 letters, digits and dashes, at most 253 characters in all.",
        ));
    }
    Ok(())
}

/// Names of the loopback. The name is lowercase: the URL library saw to that.
pub(super) fn means_this_machine(name: &str) -> bool {
    const NAMES: [&str; 5] =
        ["localhost", "localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback"];
    NAMES.contains(&name) || name.ends_with(".localhost")
}

/// Names that no public resolver should answer.
pub(super) fn is_private_name(name: &str) -> bool {
    const SUFFIXES: [&str; 12] = [
        "internal",
        "local",
        "localdomain",
        "lan",
        "home",
        "home.arpa",
        "intranet",
        "corp",
        "private",
        "onion",
        "cluster.local",
        "svc",
    ];
    !name.contains('.')
        || SUFFIXES.iter().any(|suffix| name.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.')))
}
