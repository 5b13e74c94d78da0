//! Origin: whether a request with a session came from a page of ours, and not from somebody else's (A-122, H-13).

use crate::api::state::App;
use axum::http::{HeaderMap, header};

/// What a request says of the page it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A page of ours.
    Ours,
    /// A page of another origin, or one that hides its origin.
    Foreign,
    /// Nothing.
    Unsaid,
}

impl App {
    /// Where the request came from. Ours is the public URL and, when the operator named none, the address that the
    /// browser itself called: whose name that may be was checked with the head.
    pub fn origin(&self, headers: &HeaderMap) -> Origin {
        let mut given = headers.get_all(header::ORIGIN).iter();
        let origin = match (given.next(), given.next()) {
            (None, _) => return Origin::Unsaid,
            (Some(origin), None) => origin.as_bytes(),
            (Some(_), Some(_)) => return Origin::Foreign,
        };
        let called = headers.get(header::HOST).filter(|_| self.config.server.public_url.is_none());
        let called = called.is_some_and(|host| {
            origin.strip_prefix(b"http://").is_some_and(|of| of.eq_ignore_ascii_case(host.as_bytes()))
        });
        if called || origin.eq_ignore_ascii_case(self.public_url.as_bytes()) {
            Origin::Ours
        } else {
            Origin::Foreign
        }
    }
}
