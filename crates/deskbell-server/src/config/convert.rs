//! What the settings mean to the parts of the program, and what to warn of.

use super::Config;
use deskbell_core::door::Deadlines;
use deskbell_core::policy::{retry, ssrf_guard};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::Url;

impl Config {
    /// The rules of retrying and resting.
    pub fn rules(&self) -> retry::Rules {
        retry::Rules {
            schedule: self.delivery.retry_schedule.clone(),
            window: self.delivery.retry_window,
            jitter: self.delivery.jitter,
            rest_floor: self.delivery.rest_floor,
            rest_ceiling: self.delivery.rest_ceiling,
            ..retry::Rules::default()
        }
    }

    /// How long each phase of an attempt may take: no phase longer than all of it.
    pub fn deadlines(&self) -> Deadlines {
        let (phases, total) = (Deadlines::default(), self.delivery.timeout);
        Deadlines {
            name: phases.name.min(total),
            connect: phases.connect.min(total),
            tls: phases.tls.min(total),
            write: phases.write.min(total),
            head: phases.head.min(total),
            body: phases.body.min(total),
            total,
        }
    }

    /// The rules of the SSRF guard, once the listener is bound to `bound` and that of the metrics to `metrics`.
    pub fn ssrf_guard_rules(&self, bound: SocketAddr, metrics: Option<SocketAddr>) -> ssrf_guard::Rules {
        let mut own_urls = vec![self.public_url(bound), self.local_url(bound)];
        let here = reachable(bound.ip());
        if here.is_loopback() {
            own_urls.extend(Url::parse(&format!("{}://localhost:{}", self.scheme(), bound.port())).ok());
        }
        ssrf_guard::Rules {
            allow_http: self.delivery.allow_http,
            allow_addresses: self.delivery.allow_addresses.clone(),
            own_urls,
            own_socket: Some(bound),
            own_tls: self.server.tls.is_some(),
            metrics_socket: metrics,
            is_here: Some(deskbell_transport::has_address),
        }
    }

    /// How clients reach this instance, once the listener is bound to `bound`. Its path ends with a slash.
    pub fn public_url(&self, bound: SocketAddr) -> Url {
        self.server.public_url.clone().unwrap_or_else(|| self.local_url(bound))
    }

    /// What an address of the listener itself begins with.
    pub fn scheme(&self) -> &'static str {
        if self.server.tls.is_some() { "https" } else { "http" }
    }

    /// The whole host speaks TLS, as the listener does: there is nothing at it that a browser should reach in the clear.
    pub fn is_strict_transport(&self) -> bool {
        let is_host = |url: &Url| url.port_or_known_default() == Some(443) && url.path() == "/";
        self.server.tls.is_some() && self.server.public_url.as_ref().is_some_and(is_host)
    }

    fn local_url(&self, bound: SocketAddr) -> Url {
        let url = format!("{}://{}", self.scheme(), SocketAddr::new(reachable(bound.ip()), bound.port()));
        Url::parse(&url).unwrap_or_else(|error| unreachable!("{url}: {error}"))
    }

    /// What whoever starts this instance may not expect, though it weakens nothing.
    pub fn note(&self) -> Option<String> {
        let unsaid = !self.server.hosts.is_empty() && self.server.public_url.is_none();
        unsaid.then(|| {
            format!(
                "server.hosts is set and server.public_url is not: links to further pages of a list begin with {}:// and the name that \
                 was called; inbox addresses, shares and the link below begin with the address that is listened on",
                self.scheme()
            )
        })
    }

    /// One sentence for each setting that weakens this instance (T-45).
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.delivery.allow_http {
            warnings.push(
                "delivery.allow_http is on: events may be sent over plain http, open to anybody on the way"
                    .to_owned(),
            );
        }
        if !self.delivery.allow_addresses.is_empty() {
            let nets: Vec<_> = self.delivery.allow_addresses.iter().map(ToString::to_string).collect();
            warnings.push(format!(
                "delivery.allow_addresses is set: whoever can register a webhook can reach {}",
                nets.join(", ")
            ));
        }
        if !self.api.rate_limit {
            warnings.push("api.rate_limit is off: calls are not limited".to_owned());
        }
        if self.server.hosts.iter().any(|host| host == "*") {
            warnings.push(
                "server.hosts has *: any Host header is taken, so other people's pages can reach this instance \
                 by DNS rebinding"
                    .to_owned(),
            );
        }
        if self.dashboard.anonymous_tester {
            warnings.push(
                "dashboard.anonymous_tester is on: whoever reaches this instance can put requests on it and read them, \
                 without an account"
                    .to_owned(),
            );
        }
        if !self.server.listen.ip().is_loopback() {
            if self.dashboard.sign_up {
                warnings.push(
                    "dashboard.sign_up is on: whoever reaches this instance can make an account of their own"
                        .to_owned(),
                );
            }
            if self.public_url(self.server.listen).scheme() != "https" {
                warnings.push(
                    "server.public_url is not https: passwords and sessions of the dashboard can be read on the way"
                        .to_owned(),
                );
            }
        }
        if let Some(listen) = self.metrics.listen.filter(|listen| !listen.ip().is_loopback()) {
            warnings
                .push(format!("metrics.listen is {listen}: others than this machine may read the metrics"));
        }
        warnings
    }
}

/// The address to use for a listener: an unspecified one is reached at the loopback.
fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}
