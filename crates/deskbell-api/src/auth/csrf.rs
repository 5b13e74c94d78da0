//! CSRF: whether a request with a session came from a page of ours, and not from somebody else's (A-122, H-13).

use axum::http::{HeaderMap, header};

/// What a request says of the page it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestOrigin {
    /// A page of ours.
    Ours,
    /// A page of another origin, or one that hides its origin.
    Foreign,
    /// It has no `Origin` header: a program sent it, or a browser for a plain link.
    Unsaid,
}

/// The origins whose pages are ours.
#[derive(Debug, Clone)]
pub struct OwnOrigin {
    /// How this instance is reached: scheme, host and port.
    pub public: String,
    /// The operator said so. Where they did not, what the browser itself called is ours too: whose name that may be was
    /// checked with the head.
    pub is_given: bool,
}

impl OwnOrigin {
    /// Where the request came from.
    pub fn of(&self, headers: &HeaderMap) -> RequestOrigin {
        let mut given = headers.get_all(header::ORIGIN).iter();
        let origin = match (given.next(), given.next()) {
            (None, _) => return RequestOrigin::Unsaid,
            (Some(origin), None) => origin.as_bytes(),
            (Some(_), Some(_)) => return RequestOrigin::Foreign,
        };
        let called = headers.get(header::HOST).filter(|_| !self.is_given);
        let called = called.is_some_and(|host| {
            origin.strip_prefix(b"http://").is_some_and(|of| of.eq_ignore_ascii_case(host.as_bytes()))
        });
        if called || origin.eq_ignore_ascii_case(self.public.as_bytes()) {
            RequestOrigin::Ours
        } else {
            RequestOrigin::Foreign
        }
    }
}
