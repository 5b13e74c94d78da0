//! PublicUrl: how clients reach this instance, and what follows from it: where links lead, whose pages are ours, where cookies go.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use url::Url;

/// How clients reach this instance: scheme, host, port, and the path that a proxy in front takes off. As text it has no slash at
/// its end, so that a path of ours can follow.
#[derive(Debug, Clone)]
pub struct PublicUrl {
    url: Url,
    is_given: bool,
    /// How our listener itself is called.
    direct: &'static str,
}

impl PublicUrl {
    /// `url`, whose path ends with a slash; `is_given` where the operator named it, else it is the address that is listened on, where
    /// the scheme is `direct`.
    pub fn new(url: Url, is_given: bool, direct: &'static str) -> Self {
        Self { url, is_given, direct }
    }

    /// The operator named it.
    pub fn is_given(&self) -> bool {
        self.is_given
    }

    /// Scheme, host and port, as browsers write them.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// What a proxy in front takes off: `/` where none does.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// Clients come by way of TLS.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// What a link begins with so that whoever called `host` can follow it; a host that is not served does not come here.
    /// Another name than the public one is called directly; but one that a trusted proxy calls may be the proxy's own
    /// affair, and only the operator knows what its callers say.
    pub fn for_caller_of(&self, host: Option<&str>, through_proxy: bool) -> Cow<'_, str> {
        let is_known = |host: &&str| self.is_at(host) || (through_proxy && self.is_given);
        match host.filter(|host| !is_known(host)) {
            Some(host) => Cow::Owned(format!("{}://{host}", self.direct)),
            None => Cow::Borrowed(self),
        }
    }

    /// Whether `host`, as the header has it, is the public one. Proxies that leave the port out mean any.
    fn is_at(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ => (host, ""),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        let same_port = port.is_empty() || port.parse().ok() == self.url.port_or_known_default();
        same_port && self.url.host_str().is_some_and(|own| own.eq_ignore_ascii_case(name))
    }
}

impl Deref for PublicUrl {
    type Target = str;

    fn deref(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public_url(text: &str, is_given: bool) -> PublicUrl {
        PublicUrl::new(text.parse().unwrap(), is_given, "http")
    }

    #[test]
    fn a_link_begins_with_what_its_caller_called() {
        let given = public_url("https://bell.example/hooks/", true);
        let link = |host| given.for_caller_of(host, false).into_owned();
        for host in ["bell.example", "BELL.example.", "bell.example:443", "bell.example:"] {
            assert_eq!(link(Some(host)), "https://bell.example/hooks", "{host}");
        }
        assert_eq!(link(None), "https://bell.example/hooks", "HTTP/1.0 names no host");
        for host in ["bell.example:8480", "127.0.0.1:8480", "[::1]:8480", "[::1]", "bell.internal"] {
            assert_eq!(link(Some(host)), format!("http://{host}"), "a direct call");
        }
        let tls = PublicUrl::new("https://bell.example/".parse().unwrap(), true, "https");
        assert_eq!(tls.for_caller_of(Some("10.0.0.1:8480"), false), "https://10.0.0.1:8480");
        let own = public_url("http://[::1]:8480/", false);
        assert_eq!(own.for_caller_of(Some("[::1]:8480"), false), "http://[::1]:8480");
    }

    #[test]
    fn what_a_trusted_proxy_calls_is_not_what_its_callers_do() {
        let given = public_url("https://bell.example/", true);
        assert_eq!(given.for_caller_of(Some("127.0.0.1:8480"), true), "https://bell.example");
        let own = public_url("http://127.0.0.1:8480/", false);
        assert_eq!(
            own.for_caller_of(Some("bell.internal"), true),
            "http://bell.internal",
            "nothing is better known"
        );
    }

    #[test]
    fn as_text_it_is_followed_by_a_path() {
        let [bare, below] =
            ["https://bell.example", "https://bell.example/a/b/"].map(|text| public_url(text, true));
        assert_eq!(
            (&*bare, bare.path(), bare.origin().as_str()),
            ("https://bell.example", "/", "https://bell.example")
        );
        assert_eq!(format!("{below}/in/x"), "https://bell.example/a/b/in/x");
        assert_eq!((below.path(), below.origin().as_str()), ("/a/b/", "https://bell.example"));
    }
}
