//! The head of a request as it came: order, case and repeats of its lines kept.

use bytes::Bytes;

/// Header lines a request may have.
pub const LINES: usize = 100;
/// Bytes of a request's head.
pub const HEAD_BYTES: usize = 16 << 10;

/// A request's head, byte for byte. In the extensions of every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawHead {
    /// The method, in the case it came in.
    pub method: String,
    /// The target: usually a path and a query.
    pub target: String,
    /// The minor version: 0 or 1.
    pub minor: u8,
    /// Names and values as they came; values without the white space around them.
    pub headers: Vec<(Bytes, Bytes)>,
}

impl RawHead {
    /// The values of `name`, in any case.
    pub fn values<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
        let wanted = move |(given, _): &&(Bytes, Bytes)| given.eq_ignore_ascii_case(name.as_bytes());
        self.headers.iter().filter(wanted).map(|(_, value)| value.as_ref())
    }

    /// The path of the target, without the query; of an absolute target too.
    pub fn path(&self) -> &str {
        let target = match self.authority() {
            Some(authority) => {
                let start = self.target.find("://").map_or(0, |at| at + 3) + authority.len();
                &self.target[start..]
            }
            None => &self.target,
        };
        target.split(['?', '#']).next().unwrap_or_default()
    }

    /// The host and port of an absolute target (`http://host:port/path`).
    pub fn authority(&self) -> Option<&str> {
        if self.target.starts_with('/') {
            return None;
        }
        let (_, rest) = self.target.split_once("://")?;
        Some(rest.split(['/', '?', '#']).next().unwrap_or_default())
    }
}

/// What the bytes that came so far are.
pub(super) enum Parsed {
    /// A head of this many bytes.
    Whole(usize, RawHead),
    /// The beginning of a head.
    Partial,
    /// A head with more than [`LINES`] header lines.
    TooManyLines,
    /// The head of another version of HTTP.
    OtherVersion,
    /// Nothing HTTP/1 could be.
    Malformed,
}

/// Reads a head with the parser that hyper uses, so that both see the same.
pub(super) fn parse(bytes: &Bytes) -> Parsed {
    // A lone line feed ends a line for some readers and not for others (RFC 9112, 2.2): two could see two heads.
    if bytes.iter().enumerate().any(|(at, byte)| *byte == b'\n' && (at == 0 || bytes[at - 1] != b'\r')) {
        return Parsed::Malformed;
    }
    // As many lines as hyper is told to take: with more here, a head could be sound for us and refused there.
    let mut lines = [httparse::EMPTY_HEADER; LINES];
    let mut request = httparse::Request::new(&mut lines);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Parsed::Partial,
        Err(httparse::Error::TooManyHeaders) => return Parsed::TooManyLines,
        Err(httparse::Error::Version) => return Parsed::OtherVersion,
        Err(_) => return Parsed::Malformed,
    };
    // Slices of the head itself. The empty ones point nowhere in it, and have to be made anew.
    let part = |part: &[u8]| if part.is_empty() { Bytes::new() } else { bytes.slice_ref(part) };
    let pair = |line: &httparse::Header<'_>| (part(line.name.as_bytes()), part(line.value));
    let head = RawHead {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        minor: request.version.unwrap_or(1),
        headers: request.headers.iter().map(pair).collect(),
    };
    Parsed::Whole(length, head)
}
