//! The head of a request as it came: order, case and repeats of its lines kept.

use bytes::Bytes;
use httparse::Header;
use std::mem::MaybeUninit;

/// Header lines a request may have.
pub const LINES: usize = 100;
/// Bytes of a request's head.
pub const HEAD_BYTES: usize = 16 << 10;

/// Room for the lines of a head. As many as hyper is told to take: with more here, a head could be sound for us and refused there.
pub(super) type Lines<'b> = [MaybeUninit<Header<'b>>; LINES];
/// [`Lines`] that are not read yet.
pub(super) const UNREAD: MaybeUninit<Header<'_>> = MaybeUninit::uninit();

/// A request's head, as it stands in the bytes that came.
#[derive(Debug, Clone, Copy)]
pub struct Head<'h> {
    /// The method, in the case it came in.
    pub method: &'h str,
    /// The target: usually a path and a query.
    pub target: &'h str,
    /// The minor version: 0 or 1.
    pub minor: u8,
    lines: &'h [Header<'h>],
}

impl<'h> Head<'h> {
    /// The values of `name`, in any case.
    pub fn values(&self, name: &'h str) -> impl Iterator<Item = &'h [u8]> + use<'h> {
        self.lines.iter().filter(move |line| line.name.eq_ignore_ascii_case(name)).map(|line| line.value)
    }

    /// The path of the target, without the query; of an absolute target too.
    pub fn path(&self) -> &'h str {
        let target = match self.authority() {
            Some(authority) => {
                let start = self.target.find("://").map_or(0, |at| at + 3) + authority.len();
                &self.target[start..]
            }
            None => self.target,
        };
        target.split(['?', '#']).next().unwrap_or_default()
    }

    /// The host and port of an absolute target (`http://host:port/path`).
    pub fn authority(&self) -> Option<&'h str> {
        if self.target.starts_with('/') {
            return None;
        }
        let (_, rest) = self.target.split_once("://")?;
        Some(rest.split(['/', '?', '#']).next().unwrap_or_default())
    }
}

/// The head of a request to an [open](crate::Served::open) path, byte for byte. In the extensions of each of them, and of no
/// other request: who is not asked for it, does not carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawHead {
    /// The method, in the case it came in.
    pub method: String,
    /// The target: usually a path and a query.
    pub target: String,
    /// Names and values as they came; values without the white space around them.
    pub headers: Vec<(Bytes, Bytes)>,
}

impl RawHead {
    /// What `head` says; `bytes` are those that it was read from, and are not copied.
    pub(super) fn new(head: &Head<'_>, bytes: &Bytes) -> Self {
        // Slices of the head itself. The empty ones point nowhere in it, and have to be made anew.
        let part = |part: &[u8]| if part.is_empty() { Bytes::new() } else { bytes.slice_ref(part) };
        let pair = |line: &Header<'_>| (part(line.name.as_bytes()), part(line.value));
        Self {
            method: head.method.to_owned(),
            target: head.target.to_owned(),
            headers: head.lines.iter().map(pair).collect(),
        }
    }
}

/// What the bytes that came so far are.
pub(super) enum Parsed<'h> {
    /// A head of this many bytes.
    Whole(usize, Head<'h>),
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
pub(super) fn parse<'h>(bytes: &'h [u8], lines: &'h mut Lines<'h>) -> Parsed<'h> {
    // A lone line feed ends a line for some readers and not for others (RFC 9112, 2.2): two could see two heads.
    if memchr::memchr_iter(b'\n', bytes).any(|at| at == 0 || bytes[at - 1] != b'\r') {
        return Parsed::Malformed;
    }
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(bytes, lines) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Parsed::Partial,
        Err(httparse::Error::TooManyHeaders) => return Parsed::TooManyLines,
        Err(httparse::Error::Version) => return Parsed::OtherVersion,
        Err(_) => return Parsed::Malformed,
    };
    let head = Head {
        method: request.method.unwrap_or_default(),
        target: request.path.unwrap_or_default(),
        minor: request.version.unwrap_or(1),
        lines: request.headers,
    };
    Parsed::Whole(length, head)
}
