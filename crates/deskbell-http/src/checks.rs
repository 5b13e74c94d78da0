//! What is refused by its head alone, before hyper or the router see it.

use crate::head::Head;
use crate::served::Served;
use axum::http::{StatusCode, Uri};
use deskbell_wire::problem::{Problem, cut};
use std::net::{IpAddr, Ipv6Addr};

/// Bytes of a request's target.
pub const TARGET_BYTES: usize = 8 << 10;

/// How far the body of a request reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes.
    Length(u64),
    /// Chunks, until their end.
    Chunked,
}

/// Judges a head that came by `scheme`, and says where its body ends.
pub fn check_head(head: &Head<'_>, scheme: &str, served: &Served) -> Result<Framing, Problem> {
    let framing = framing(head)?;
    method(head)?;
    target(head, scheme)?;
    host(head, served)?;
    accept(head, served)?;
    Ok(framing)
}

/// One way to find the body's end, and only one: where two readers could differ, a request can be smuggled.
fn framing(head: &Head<'_>) -> Result<Framing, Problem> {
    let refuse = |message: &str| Err(Problem::bad_request("length_invalid", message));
    let mut lengths = head.values("content-length");
    let mut codings = head.values("transfer-encoding");
    match (lengths.next(), codings.next()) {
        (None, None) => Ok(Framing::Length(0)),
        (Some(_), Some(_)) => refuse("Content-Length and Transfer-Encoding may not stand together."),
        (Some(length), None) => {
            if lengths.next().is_some() {
                return refuse("Content-Length stands twice.");
            }
            let digits = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
            let number = std::str::from_utf8(length).ok().and_then(|text| text.parse::<u64>().ok());
            match number.filter(|number| digits && i64::try_from(*number).is_ok()) {
                Some(number) => Ok(Framing::Length(number)),
                None => refuse("Content-Length is not a number of bytes."),
            }
        }
        (None, Some(coding)) => {
            if codings.next().is_some() || !coding.eq_ignore_ascii_case(b"chunked") || head.minor == 0 {
                return refuse("Transfer-Encoding must be chunked, once, in HTTP/1.1.");
            }
            Ok(Framing::Chunked)
        }
    }
}

/// No tunnels, no mirrors.
fn method(head: &Head<'_>) -> Result<(), Problem> {
    match head.method {
        "CONNECT" | "TRACE" => {
            Err(Problem::method_not_allowed(Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")))
        }
        _ => Ok(()),
    }
}

/// A path of this server, at most [`TARGET_BYTES`] long.
fn target(head: &Head<'_>, scheme: &str) -> Result<(), Problem> {
    if head.target.len() > TARGET_BYTES {
        let message = format!("The request's target is over {TARGET_BYTES} bytes.");
        return Err(Problem::new(StatusCode::URI_TOO_LONG, "target_too_long", message));
    }
    let path = head.target.starts_with('/');
    let given = head.target.split_once("://").map(|(given, _)| given);
    let absolute =
        head.authority().is_some() && given.is_some_and(|given| given.eq_ignore_ascii_case(scheme));
    if (path || absolute) && head.target.parse::<Uri>().is_ok() {
        return Ok(());
    }
    Err(Problem::bad_request("target_unsupported", "The request's target must be a path of this server."))
}

/// One Host, and one that is ours: a page that rebinds its own name to our address names itself here. An
/// inbox is reached under any name.
fn host(head: &Head<'_>, served: &Served) -> Result<(), Problem> {
    let refuse = |message: &str| Err(Problem::bad_request("host_invalid", message));
    let mut given = head.values("host");
    let host = match (given.next(), given.next()) {
        (Some(host), None) => host,
        (None, _) if head.minor == 0 => return Ok(()),
        (None, _) => return refuse("The request has no Host header."),
        (Some(_), Some(_)) => return refuse("The request has two Host headers."),
    };
    let Some(name) = std::str::from_utf8(host).ok().and_then(host_name) else {
        return refuse("The Host header is not a host, or a host and a port.");
    };
    if let Some(authority) = head.authority()
        && !host_name(authority).is_some_and(|named| named.eq_ignore_ascii_case(name))
    {
        let message = "The request's target is on another host.";
        return Err(Problem::bad_request("target_unsupported", message));
    }
    if served.is_open(head.path()) || is_ours(name, &served.hosts) {
        return Ok(());
    }
    let message = format!(
        "This instance does not serve the host '{}'; the setting server.hosts lists those it does.",
        cut(name)
    );
    Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "host_unknown", message))
}

/// The name or address of `host[:port]`; an IPv6 address without its brackets.
fn host_name(host: &str) -> Option<&str> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            address.parse::<Ipv6Addr>().ok()?;
            (address, port)
        }
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let digits = |port: &str| port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let valid = !name.is_empty() && name.len() <= 253 && name.chars().all(plain);
    (valid && (port.is_empty() || port.strip_prefix(':').is_some_and(digits))).then_some(name)
}

/// Addresses cannot be rebound, and the names of the loopback belong to this machine.
fn is_ours(name: &str, hosts: &[String]) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    name.parse::<IpAddr>().is_ok()
        || last.eq_ignore_ascii_case("localhost")
        || hosts.iter().any(|host| host == "*" || host.eq_ignore_ascii_case(name))
}

/// The API answers in JSON, and streams in `text/event-stream`. Other paths serve what they serve.
fn accept(head: &Head<'_>, served: &Served) -> Result<(), Problem> {
    if !served.is_api(head.path()) {
        return Ok(());
    }
    const SERVED: [&str; 4] = ["application/json", "application/*", "*/*", "text/event-stream"];
    let mut asked = false;
    for value in head.values("accept") {
        for media in String::from_utf8_lossy(value).split(',') {
            let media = media.split(';').next().unwrap_or_default().trim();
            if SERVED.iter().any(|served| served.eq_ignore_ascii_case(media)) {
                return Ok(());
            }
            asked |= !media.is_empty();
        }
    }
    if asked {
        let message = "The Accept header leaves out application/json.";
        return Err(Problem::new(StatusCode::NOT_ACCEPTABLE, "accept_unsupported", message));
    }
    Ok(())
}
