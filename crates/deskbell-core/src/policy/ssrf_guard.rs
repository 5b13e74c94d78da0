//! SsrfGuard: may this URL be a target, and may this address be dialled? One code path for every door: registration,
//! change, test and the dial itself (catalogue 6.2, T-01 to T-08).
//!
//! The policy has the form of an allow-list: public unicast addresses, HTTPS, a port that web servers use. Two loud
//! settings open it, [`Rules::allow_http`] and [`Rules::allow_addresses`]. The instance's own inboxes are the one
//! exception. Registration judges the URL as text; the dial judges it again, with every address its name has.

mod address;
mod text;

pub use text::parse;

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use url::{Host, Url};

/// What an operator and the listener say about targets.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Plain HTTP targets are allowed (setting `delivery.allow_http`).
    pub allow_http: bool,
    /// Addresses that are allowed although they are not public (setting `delivery.allow_addresses`).
    pub allow_addresses: Vec<IpNet>,
    /// How clients reach this instance; its paths under `/in/` are the inboxes.
    pub own_origins: Vec<Url>,
    /// Where this instance listens.
    pub own_socket: Option<SocketAddr>,
}

/// Judges URLs before they are looked up, and addresses before they are dialled.
#[derive(Debug, Clone)]
pub struct SsrfGuard {
    rules: Rules,
}

/// A URL that passed, and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The URL, in its canonical form: the host judged is the host dialled.
    pub url: Url,
    /// How its addresses are found.
    pub route: Route,
}

/// How a target's addresses are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// One of our own inboxes: the listener itself, over plain HTTP, whatever stands in front of it.
    OwnInbox(SocketAddr),
    /// The address stands in the URL.
    Address(IpAddr),
    /// The name has to be looked up, and every answer judged with [`SsrfGuard::judge_addresses`].
    Name(String),
}

/// Why a target was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// A stable machine name.
    pub code: &'static str,
    /// A sentence that names the rule, and the limit where there is one.
    pub message: String,
}

impl Refusal {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Ports below 1024 other than these two are refused.
const WEB_PORTS: [u16; 2] = [80, 443];
/// Ports of well-known services that must not be spoken to over HTTP.
const BLOCKED_PORTS: [u16; 18] = [
    1433, 1521, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5672, 5900, 6379, 6443, 9042, 11211, 25565,
    27017,
];

impl SsrfGuard {
    /// A guard under `rules`.
    pub fn new(rules: Rules) -> Self {
        Self { rules }
    }

    /// Judges a URL as it was given. Makes no look-up.
    ///
    /// # Errors
    /// The [`Refusal`] of the first rule that it breaks.
    pub fn judge(&self, text: &str) -> Result<Target, Refusal> {
        let url = text::parse(text)?;
        if let Some(own) = self.own(&url)? {
            return Ok(Target { url, route: own });
        }
        if url.scheme() == "http" && !self.rules.allow_http {
            return Err(Refusal::new(
                "url_https_required",
                "The URL must begin with https://. The setting delivery.allow_http opens plain http.",
            ));
        }
        let port = url.port_or_known_default().unwrap_or(443);
        if (port < 1024 && !WEB_PORTS.contains(&port)) || BLOCKED_PORTS.contains(&port) {
            return Err(Refusal::new(
                "url_port_blocked",
                format!(
                    "Port {port} is not allowed. Allowed are 443, 80 and 1024 to 65535 without the ports of known services."
                ),
            ));
        }
        let route = match url.host() {
            Some(Host::Ipv4(address)) => self.address(address.into(), port)?,
            Some(Host::Ipv6(address)) => self.address(address.into(), port)?,
            Some(Host::Domain(name)) => self.name(name, port)?,
            None => return Err(Refusal::new("url_host_missing", "The URL has no host.")),
        };
        Ok(Target { url, route })
    }

    /// Judges all the addresses that a name has: one forbidden address refuses the whole try (B-008).
    ///
    /// # Errors
    /// The [`Refusal`]; the address itself is not named in it, so that names inside a network cannot be mapped.
    pub fn judge_addresses(&self, addresses: &[IpAddr], port: u16) -> Result<(), Refusal> {
        addresses.iter().try_for_each(|address| self.address(*address, port).map(|_| ()))
    }

    /// Our own origin: an inbox is the exception, everything else is refused.
    fn own(&self, url: &Url) -> Result<Option<Route>, Refusal> {
        let Some(socket) = self.rules.own_socket else { return Ok(None) };
        if !self.rules.own_origins.iter().any(|own| own.origin() == url.origin()) {
            return Ok(None);
        }
        let inbox =
            url.path().strip_prefix("/in/").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
        if inbox { Ok(Some(Route::OwnInbox(reachable(socket)))) } else { Err(own_forbidden()) }
    }

    fn address(&self, address: IpAddr, port: u16) -> Result<Route, Refusal> {
        if let Some(own) = self.rules.own_socket {
            let here = address == own.ip() || (own.ip().is_unspecified() && address.is_loopback());
            if own.port() == port && here {
                return Err(own_forbidden());
            }
        }
        if address::is_public(address) || self.opened(address) {
            return Ok(Route::Address(address));
        }
        Err(Refusal::new(
            "target_address_blocked",
            "The URL does not lead to a public address. The setting delivery.allow_addresses opens others.",
        ))
    }

    fn opened(&self, address: IpAddr) -> bool {
        self.rules.allow_addresses.iter().any(|net| net.contains(&address))
    }

    fn name(&self, name: &str, port: u16) -> Result<Route, Refusal> {
        let name = name.strip_suffix('.').unwrap_or(name);
        text::check_name(name)?;
        if text::means_this_machine(name) {
            // Not looked up: the name means the loopback, whatever a resolver says.
            return self.address(Ipv4Addr::LOCALHOST.into(), port);
        }
        // Whoever opened private addresses has private names too; their addresses are judged at the dial.
        if text::is_private_name(name) && self.rules.allow_addresses.is_empty() {
            return Err(Refusal::new(
                "target_name_blocked",
                "The host is a name of a private network. The setting delivery.allow_addresses opens those.",
            ));
        }
        Ok(Route::Name(name.to_owned()))
    }
}

fn own_forbidden() -> Refusal {
    Refusal::new(
        "target_self_forbidden",
        "The URL leads to this instance itself; only its inbox addresses (/in/…) can be targets.",
    )
}

/// Where a listener can be dialled: an unspecified address means the loopback.
fn reachable(socket: SocketAddr) -> SocketAddr {
    match socket.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), socket.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => {
            SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), socket.port())
        }
        _ => socket,
    }
}

#[cfg(test)]
mod tests;
