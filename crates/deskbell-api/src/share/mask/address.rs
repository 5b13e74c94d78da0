//! Address: what a share shows of a URL. The addresses of chat and automation services are secrets themselves, some in the path, some in
//! a label of the host; whoever knows one may write to it, as with the token of an inbox.

use super::MASKED;
use std::net::{IpAddr, SocketAddr};

/// Segments of paths, and labels of hosts, that everybody uses.
const WORDS: [&str; 19] = [
    "api",
    "callback",
    "callbacks",
    "deskbell",
    "event",
    "events",
    "hook",
    "hooks",
    "in",
    "inbound",
    "notifications",
    "oncehub",
    "v1",
    "v2",
    "v3",
    "webhook",
    "webhooks",
    "www",
    "",
];

/// Labels that name whom a host belongs to.
const DOMAIN_LABELS: usize = 2;

/// A URL, or a path, up to where it could be a secret; that it had a query or a fragment is shown.
pub(in crate::share) fn url(url: &str) -> String {
    let (bare, rest) = match url.find(['?', '#']) {
        Some(at) => (&url[..at], format!("{}{MASKED}", &url[at..=at])),
        None => (url, String::new()),
    };
    let (scheme, bare) = bare.split_at(bare.find("://").map_or(0, |at| at + 3));
    let (place, path) = bare.split_at(bare.find('/').unwrap_or(bare.len()));
    let place = match scheme {
        "http://" | "https://" => authority(place),
        "" if place.is_empty() => String::new(),
        _ => return MASKED.to_owned(),
    };
    format!("{scheme}{place}{}{rest}", steps(path))
}

/// Whether a word, read as a host, has more labels than those that name whom it belongs to.
pub(super) fn has_labels_of_its_own(word: &str) -> bool {
    word.split('.').count() > DOMAIN_LABELS
}

/// A host with its port, and without a user or labels that could be a secret.
pub(super) fn authority(text: &str) -> String {
    let (user, place) = match text.rsplit_once('@') {
        Some((_, place)) => ("…@", place),
        None => ("", text),
    };
    let is_address = place.parse::<SocketAddr>().is_ok() || place.parse::<IpAddr>().is_ok();
    let is_bracketed = || place.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(is_v6);
    if is_address || is_bracketed() {
        return format!("{user}{place}");
    }
    let (name, port) = match place.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => (name, format!(":{port}")),
        _ => (place, String::new()),
    };
    format!("{user}{}{port}", host(name))
}

fn is_v6(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

/// A name from its right end: whom it belongs to, and then words that everybody uses.
fn host(name: &str) -> String {
    let of_names = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if !name.trim_start_matches(MASKED).bytes().all(of_names) {
        return MASKED.to_owned();
    }
    let labels: Vec<&str> = name.split('.').collect();
    let known = |(index, label): &(usize, &&str)| *index < DOMAIN_LABELS || WORDS.contains(label);
    let shown = labels.iter().rev().enumerate().take_while(known).count();
    let rest = labels[labels.len() - shown..].join(".");
    if shown == labels.len() { rest } else { format!("{MASKED}.{rest}") }
}

/// A path up to its first segment that is not a word of everybody's.
fn steps(path: &str) -> String {
    let mut shown = String::new();
    for segment in path.split('/').skip(1) {
        shown.push('/');
        if !WORDS.contains(&segment) {
            return shown + MASKED;
        }
        shown.push_str(segment);
    }
    shown
}
