//! Served: what whoever listens must know of what is served, without knowing a route.

/// The names that this instance is known by, and the paths that are not for browsers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// Host names, without port; `*` is every name. Addresses and `localhost` always are.
    pub hosts: Vec<String>,
    /// Where paths begin whose answers are JSON, for programs; `None` where nothing is.
    pub api: Option<&'static str>,
    /// Where paths begin that take whatever comes, under every host name; `None` where nothing does.
    pub open: Option<&'static str>,
}

impl Served {
    /// Whether `path` is for programs.
    pub fn is_api(&self, path: &str) -> bool {
        self.api.is_some_and(|api| path.starts_with(api))
    }

    /// Whether `path` takes whatever comes.
    pub fn is_open(&self, path: &str) -> bool {
        self.open.is_some_and(|open| path.starts_with(open))
    }
}
