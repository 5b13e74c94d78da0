//! Addresses, networks, host names and the public URL as text.

use super::Parsed;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use url::{Host, Url};

/// Where to listen.
pub(in crate::config) fn socket(text: &str) -> Parsed<SocketAddr> {
    text.parse().map_err(|_| "must be an IP address and a port, as 127.0.0.1:8480 or [::1]:8480".to_owned())
}

/// A name server: an address, with a port unless it is 53.
pub(in crate::config) fn nameserver(text: &str) -> Parsed<SocketAddr> {
    let plain = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, 53));
    let server = plain.or_else(|_| text.parse::<SocketAddr>()).ok().filter(|server| server.port() != 0);
    server.ok_or_else(|| "must be an IP address, or one with a port, as 192.0.2.53:5353".to_owned())
}

/// A network in CIDR form, or one address.
pub(in crate::config) fn network(text: &str) -> Parsed<IpNet> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.into());
    }
    let Ok(net) = text.parse::<IpNet>() else {
        return Err("must be an IP address or a network, as 127.0.0.0/8".to_owned());
    };
    // 10.1.2.3/8 may mean the one address or all sixteen million: we do not guess.
    if net == net.trunc() {
        Ok(net)
    } else {
        Err(format!("has host bits set; the network is {}", net.trunc()))
    }
}

/// A name that may stand in a Host header, or `*`.
pub(in crate::config) fn host(text: &str) -> Parsed<String> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    let rule = || "must be a host name or an address without scheme, port or path, or *".to_owned();
    if text.is_empty() || text.contains('*') {
        return Err(rule());
    }
    Host::parse(text).map(|host| host.to_string()).map_err(|_| rule())
}

/// A collector: scheme, host, port and path. What it wants to know of us stands in headers.
pub(in crate::config) fn collector(text: &str) -> Parsed<Url> {
    let rule = || {
        "must be http:// or https://, a host, and a port and a path if need be, as http://127.0.0.1:4318"
            .to_owned()
    };
    let url = Url::parse(text).map_err(|_| rule())?;
    let bare = url.query().is_none() && url.fragment().is_none() && !text.contains('@');
    let web = matches!(url.scheme(), "http" | "https") && url.has_host() && url.port() != Some(0);
    if bare && web { Ok(url) } else { Err(rule()) }
}

/// Scheme, host, port and path, which ends with a slash. A path of plain characters alone: it goes into cookies, and whatever a proxy
/// takes off must be told from everything else.
pub(in crate::config) fn public_url(text: &str) -> Parsed<Url> {
    let rule = || {
        "must be http:// or https://, a host, a port and a path of letters, digits, '-', '.', '_' and '~' if need be, and nothing else"
            .to_owned()
    };
    let mut url = Url::parse(text).map_err(|_| rule())?;
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let path = url.path().bytes().all(plain) && !url.path().contains("//");
    let bare = url.query().is_none() && url.fragment().is_none();
    let anonymous = url.username().is_empty() && url.password().is_none() && !text.contains('@');
    let web = matches!(url.scheme(), "http" | "https") && url.has_host() && url.port() != Some(0);
    if path && bare && anonymous && web { Ok(url) } else { Err(rule()) }
}
