//! Destination: where one webhook's requests go, with all that follows from its URL and the settings alone. It is judged and
//! made ready once, and holds as long as the URL stays the same; addresses are judged at each dial.

use crate::failure::Failure;
use crate::wire::Block;
use deskbell_core::attempt::Outcome;
use deskbell_core::policy::ssrf_guard::{Refusal, Route, SsrfGuard, Target};
use http::{HeaderValue, Uri};
use rustls::pki_types::ServerName;

/// Where a webhook's requests go.
pub(crate) struct Destination {
    /// The URL as the webhook stores it.
    pub(crate) url: String,
    pub(crate) route: Route,
    pub(crate) port: u16,
    /// Over TLS.
    pub(crate) secure: bool,
    /// The path and query of the request line.
    pub(crate) path: Uri,
    /// `POST path HTTP/1.1` with its end of line, in bytes.
    pub(crate) line_bytes: usize,
    /// The `Host` header.
    pub(crate) host: HeaderValue,
    /// The other headers, as they were last read.
    pub(crate) block: Block,
}

impl Destination {
    /// Judges `url` with `guard`.
    ///
    /// # Errors
    /// `address_blocked` when the guard refuses it; `sender_failed` when it cannot be written.
    pub(crate) fn new(guard: &SsrfGuard, url: &str) -> Result<Self, Failure> {
        let Target { url: parsed, route } = guard.judge(url).map_err(blocked)?;
        let path = &parsed[url::Position::BeforePath..url::Position::AfterQuery];
        // With its port where the scheme does not say it.
        let host = &parsed[url::Position::BeforeHost..url::Position::AfterPort];
        Ok(Self {
            url: url.to_owned(),
            port: parsed.port_or_known_default().unwrap_or(443),
            secure: match route {
                Route::OwnInbox { tls, .. } => tls,
                Route::Address(_) | Route::Name(_) => parsed.scheme() == "https",
            },
            line_bytes: "POST  HTTP/1.1\r\n".len() + path.len(),
            path: path.parse().map_err(|_| Failure::broken("the URL's path cannot be written"))?,
            host: host.parse().map_err(|_| Failure::broken("the URL's host cannot be written"))?,
            block: Block::default(),
            route,
        })
    }

    /// The name that the certificate must be for.
    pub(crate) fn server_name(&self) -> Result<ServerName<'static>, Failure> {
        match &self.route {
            Route::Address(address) => Ok(ServerName::from(*address)),
            Route::Name(name) => ServerName::try_from(name.clone()).map_err(|_| {
                Failure::new(Outcome::TlsNameMismatch, "No certificate can be for the URL's host.")
            }),
            Route::OwnInbox { socket, .. } => Ok(ServerName::from(socket.ip())),
        }
    }
}

pub(crate) fn blocked(refusal: Refusal) -> Failure {
    Failure::new(Outcome::AddressBlocked, refusal.message)
}
