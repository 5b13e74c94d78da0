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
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::{Host, Url};

/// What an operator and the listener say about targets.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Plain HTTP targets are allowed (setting `delivery.allow_http`).
    pub allow_http: bool,
    /// Addresses that are allowed although they are not public (setting `delivery.allow_addresses`).
    pub allow_addresses: Vec<IpNet>,
    /// How clients reach this instance: each with a path that ends with a slash. The paths under `in/` below it are the inboxes.
    pub own_urls: Vec<Url>,
    /// Where this instance listens.
    pub own_socket: Option<SocketAddr>,
    /// It speaks TLS there.
    pub own_tls: bool,
    /// Where it serves its metrics.
    pub metrics_socket: Option<SocketAddr>,
    /// Whether an address is this machine's, of whatever interface; when it cannot be asked, the loopback is.
    pub is_here: Option<fn(IpAddr) -> bool>,
}

/// Judges URLs before they are looked up, and addresses before they are dialled.
#[derive(Debug, Clone)]
pub struct SsrfGuard {
    rules: Rules,
}

/// A URL that passed, and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The URL, in its canonical form: the host judged is the host dialled. Of an own inbox, with the path at our listener.
    pub url: Url,
    /// How its addresses are found.
    pub route: Route,
}

/// How a target's addresses are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// One of our own inboxes: the listener itself, in the way it speaks, whatever stands in front of it.
    OwnInbox {
        /// Where it listens.
        socket: SocketAddr,
        /// It speaks TLS.
        tls: bool,
    },
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
        if let Some(inbox) = self.own_inbox(&url)? {
            return Ok(inbox);
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

    /// What is ours: an inbox is the exception, everything else is refused. Its listener knows nothing of the path that a proxy
    /// in front takes off.
    fn own_inbox(&self, url: &Url) -> Result<Option<Target>, Refusal> {
        let Some(socket) = self.rules.own_socket else { return Ok(None) };
        let same_origin = self.rules.own_urls.iter().filter(|own| own.origin() == url.origin());
        let ours: Vec<&str> = same_origin.filter_map(|own| below(own.path(), url.path())).collect();
        let is_inbox = |path: &&&str| {
            path.strip_prefix("in/").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        };
        let Some(path) = ours.iter().find(is_inbox) else {
            return if ours.is_empty() { Ok(None) } else { Err(own_forbidden()) };
        };
        let mut at_listener = url.clone();
        at_listener.set_path(&format!("/{path}"));
        let socket = SocketAddr::new(reachable(socket.ip()), socket.port());
        Ok(Some(Target { url: at_listener, route: Route::OwnInbox { socket, tls: self.rules.own_tls } }))
    }

    fn address(&self, address: IpAddr, port: u16) -> Result<Route, Refusal> {
        // Before what a setting opens: whatever it opens, it is not us.
        if self.is_own(address, port) {
            return Err(own_forbidden());
        }
        if address::is_public(address) || self.opened(address) {
            return Ok(Route::Address(address));
        }
        Err(Refusal::new(
            "target_address_blocked",
            "The URL does not lead to a public address. The setting delivery.allow_addresses opens others.",
        ))
    }

    /// Whether one of our own listeners is reached there.
    fn is_own(&self, address: IpAddr, port: u16) -> bool {
        let dialled = reachable(address.to_canonical());
        let here = || dialled.is_loopback() || self.rules.is_here.is_some_and(|is_here| is_here(dialled));
        let listeners = self.rules.own_socket.iter().chain(&self.rules.metrics_socket);
        let mut at_port = listeners.filter(|own| own.port() == port);
        at_port.any(|own| dialled == own.ip().to_canonical() || (own.ip().is_unspecified() && here()))
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

/// What of `path` is below `base`, where we are; `None` where the host has another program. A path that a proxy in front may read in
/// more than one way is ours, and no inbox's.
fn below<'p>(base: &str, path: &'p str) -> Option<&'p str> {
    if let Some(below) = path.strip_prefix(base) {
        return Some(below);
    }
    let base = base.trim_end_matches('/');
    let begins = path.get(..base.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(base));
    let unclear = path.contains("//") || path.contains(['%', ';', '\\']);
    (begins || unclear).then_some("")
}

fn own_forbidden() -> Refusal {
    Refusal::new(
        "target_self_forbidden",
        "The URL leads to this instance itself; only its inbox addresses (/in/…) can be targets.",
    )
}

/// Who answers at an address: at an unspecified one it is the loopback.
fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

#[cfg(test)]
mod tests;
