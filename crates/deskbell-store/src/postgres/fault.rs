//! What can go wrong inside, and what callers are told of it.

use super::client::is_of_names;
use deadpool::managed::PoolError;
use deskbell_core::store::{Error, Unready};
use std::time::Duration;
use tokio_postgres::error::SqlState;

/// When somebody should come again who has waited for a lock in vain.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// An error of the database's, or one of the contract's.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(tokio_postgres::Error),
    Store(Error),
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// A row makes no sense.
    pub(super) fn damaged(why: impl ToString) -> Self {
        Self::Store(Error::Damaged(why.to_string()))
    }

    fn state(&self) -> Option<&SqlState> {
        match self {
            Self::Sql(error) => error.code(),
            Self::Store(_) => None,
        }
    }

    /// Whether the same transaction, done again, may well succeed: it met another one.
    pub(super) fn is_passing(&self) -> bool {
        let passing = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
            // Somebody else had just taken that name: now it is seen.
            SqlState::UNIQUE_VIOLATION,
        ];
        let is_passing = |state| passing.contains(state) || is_of_names(state);
        self.state().is_some_and(is_passing) || self.is_of_old_plan()
    }

    /// Whether a newer release changed what a named statement gives: the connection is of no use for it any more.
    pub(super) fn is_of_old_plan(&self) -> bool {
        self.state().is_some_and(|state| *state == SqlState::FEATURE_NOT_SUPPORTED)
    }

    /// What it says of whoever writes next; `None` where it was the fault of one transaction.
    pub(super) fn unready(&self) -> Option<Unready> {
        let Self::Sql(error) = self else { return None };
        let Some(state) = error.code() else { return Some(Unready::Failing) };
        match *state {
            SqlState::DISK_FULL => Some(Unready::Full),
            SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => Some(Unready::Damaged),
            SqlState::IO_ERROR => Some(Unready::Unwritable),
            _ => is_going(state).then_some(Unready::Failing),
        }
    }

    /// Whether the connection leads to a server that is not, or no longer, the one that writes.
    pub(super) fn is_demoted(&self) -> bool {
        self.state().is_some_and(|state| *state == SqlState::READ_ONLY_SQL_TRANSACTION)
    }

    /// Whether the database did not say how it went: the connection is gone, or is going.
    pub(super) fn is_silence(&self) -> bool {
        match self {
            Self::Sql(error) => error.code().is_none_or(is_going),
            Self::Store(_) => false,
        }
    }
}

/// Whether the server closes the connection with it.
fn is_going(state: &SqlState) -> bool {
    let shutdown = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        SqlState::READ_ONLY_SQL_TRANSACTION,
    ];
    shutdown.contains(state) || state.code().starts_with("08")
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sql(error) => f.write_str(&words(error)),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<PoolError<tokio_postgres::Error>> for Fault {
    fn from(error: PoolError<tokio_postgres::Error>) -> Self {
        match error {
            PoolError::Backend(error) => Self::Sql(error),
            other => Self::Store(Error::Unavailable(other.to_string())),
        }
    }
}

impl From<serde_json::Error> for Fault {
    /// Documents are written by this crate: one that does not read back is damaged.
    fn from(error: serde_json::Error) -> Self {
        Self::damaged(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(error) => error,
            Fault::Sql(error) => told(&error),
        }
    }
}

/// The contract's error for one of the database's.
fn told(error: &tokio_postgres::Error) -> Error {
    match error.code() {
        Some(state) if *state == SqlState::DISK_FULL => Error::Full,
        Some(state) if *state == SqlState::LOCK_NOT_AVAILABLE => Error::Busy { retry_after: RETRY_AFTER },
        Some(state) if *state == SqlState::QUERY_CANCELED => Error::Unavailable("it takes too long".into()),
        Some(state) if [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(state) => {
            Error::Damaged(words(error))
        }
        _ => Error::Unavailable(words(error)),
    }
}

/// What it is and why: of an error of the database's, its own words without the values that it may quote.
pub(super) fn words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(told) => format!("{} ({})", told.message(), told.code().code()),
        None => match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    }
}
