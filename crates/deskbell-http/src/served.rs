//! Served: what whoever listens must know of what is served, without knowing a route.

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The names that this instance is known by, and the paths that are not for browsers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// Host names, without port; `*` is every name. Addresses and `localhost` always are.
    pub hosts: Vec<String>,
    /// Where paths begin whose answers are JSON, for programs; `None` where nothing is.
    pub api: Option<&'static str>,
    /// Where paths begin that take whatever comes, under every host name; `None` where nothing does.
    pub open: Option<&'static str>,
    /// Browsers are told to come over TLS alone: the whole host is this listener's.
    pub strict_transport: bool,
}

impl Served {
    /// Whether `path` is for programs.
    pub fn is_api(&self, path: &str) -> bool {
        self.api.is_some_and(|api| path.starts_with(api))
    }

    /// Takes the one slash off that a path for programs may end with: it means the path without it (wire contract, 1).
    /// Answered in place, for clients that are told to go elsewhere drop their headers or their method.
    pub(crate) fn without_slash(&self, uri: &mut Uri) {
        let path = uri.path();
        let Some(short) = path.strip_suffix('/').filter(|short| self.is_api(short)) else { return };
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = PathAndQuery::try_from(format!("{short}{query}")).ok();
        if let Ok(shorter) = Uri::from_parts(parts) {
            *uri = shorter;
        }
    }

    /// Whether `path` takes whatever comes.
    pub fn is_open(&self, path: &str) -> bool {
        self.open.is_some_and(|open| path.starts_with(open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slash_at_the_end_of_a_path_for_programs_is_none() {
        let served = Served { api: Some("/v2/"), ..Served::default() };
        for (given, meant) in [
            ("/v2/users/", "/v2/users"),
            ("/v2/users/?limit=1&x=/", "/v2/users?limit=1&x=/"),
            ("http://bell.example/v2/users/?limit=1", "http://bell.example/v2/users?limit=1"),
            ("/v2/users//", "/v2/users/"),
            ("/v2/users", "/v2/users"),
            ("/v2/users?x=/", "/v2/users?x=/"),
            ("/v2/", "/v2/"),
            ("/in/token/", "/in/token/"),
            ("/", "/"),
        ] {
            let mut uri: Uri = given.parse().unwrap();
            served.without_slash(&mut uri);
            assert_eq!(uri.to_string(), meant, "{given}");
        }
    }
}
