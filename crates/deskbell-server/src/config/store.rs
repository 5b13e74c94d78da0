//! Where the store is: an SQLite file, or a PostgreSQL database.

use std::fmt;
use std::path::{Path, PathBuf};

/// The setting `server.store`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreAddress {
    /// The file of an SQLite database.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(DatabaseUrl),
}

/// The URL of a database. It may have a password in it, and is printed without.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(pub(super) String);

impl StoreAddress {
    /// Where the store is unless something else is set: in the data directory.
    pub(crate) fn within(data: &Path) -> Self {
        Self::Sqlite(data.join("deskbell.db"))
    }

    /// The file, of a store that is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// The setting as it is written, without a password.
    pub fn written(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => url.to_string(),
        }
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl DatabaseUrl {
    /// All of it, for whoever connects.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// The URL of a database with a mark in the place of a password; any other text as it is. One that is wrong must not show it either.
pub(super) fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| scheme.starts_with("postgres"))
    else {
        return text.to_owned();
    };
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let place = match place.rsplit_once('@').and_then(|(who, host)| Some((who.split_once(':')?.0, host))) {
        Some((user, host)) => format!("{user}:***@{host}"),
        None => place.to_owned(),
    };
    let hide = |part: &str| match part.split_once('=') {
        Some((name, _)) if name.eq_ignore_ascii_case("password") => format!("{name}=***"),
        _ => part.to_owned(),
    };
    let query = query.map(|query| query.split('&').map(hide).collect::<Vec<_>>().join("&"));
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{scheme}://{place}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_printed() {
        for (url, printed) in [
            ("postgres://ana:secret@db.example/deskbell", "postgres://ana:***@db.example/deskbell"),
            ("postgresql://ana:se@c/ret@db:x/deskbell", "postgresql://ana:***@db:x/deskbell"),
            ("postgres:///deskbell?user=ana&password=secret", "postgres:///deskbell?user=ana&password=***"),
            ("postgres://ana@db.example/deskbell", "postgres://ana@db.example/deskbell"),
            ("sqlite:./a:b@c", "sqlite:./a:b@c"),
        ] {
            let shown = DatabaseUrl(url.to_owned());
            assert_eq!((shown.to_string(), without_password(url)), (printed.to_owned(), printed.to_owned()));
            assert!(!format!("{shown:?}").contains("secret") && !format!("{shown:?}").contains("ret@"));
        }
    }
}
