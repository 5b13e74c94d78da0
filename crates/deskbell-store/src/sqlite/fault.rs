//! What can go wrong inside, and what callers are told of it.

use deskbell_core::store::{Error, Unready};
use rusqlite::{ErrorCode, ffi};

/// An error of SQLite's, or one of the contract's.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(rusqlite::Error),
    Store(Error),
    /// Another job of the same batch failed in the midst of writing.
    Spoiled,
}

impl Fault {
    /// Another process holds the file.
    pub(super) fn locked() -> Self {
        Self::Sql(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None))
    }

    pub(super) fn is_locked(&self) -> bool {
        self.unready() == Some(Unready::Locked)
    }

    /// What it says of whoever writes next; `None` where it was the fault of one job.
    pub(super) fn unready(&self) -> Option<Unready> {
        use ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseLocked, PermissionDenied, ReadOnly, SystemIoFailure,
        };
        Some(match self {
            Self::Spoiled => return None,
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(DatabaseBusy | DatabaseLocked) => Unready::Locked,
                Some(CannotOpen | PermissionDenied | ReadOnly | SystemIoFailure) => Unready::Unwritable,
                _ => match told(error) {
                    Error::Full => Unready::Full,
                    Error::Damaged(_) => Unready::Damaged,
                    _ => Unready::Failing,
                },
            },
            Self::Store(Error::Full) => Unready::Full,
            Self::Store(Error::Displaced(what)) => Unready::Displaced(what),
            Self::Store(Error::Damaged(_)) => Unready::Damaged,
            Self::Store(_) => Unready::Failing,
        })
    }
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<serde_json::Error> for Fault {
    /// Documents are written by this crate: one that does not read back is damaged.
    fn from(error: serde_json::Error) -> Self {
        Self::Store(Error::Damaged(error.to_string()))
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(error) => error,
            Fault::Sql(error) => told(&error),
            Fault::Spoiled => Self::Unavailable("another write of the same batch failed".into()),
        }
    }
}

/// The contract's error for one of SQLite's.
pub(super) fn told(error: &rusqlite::Error) -> Error {
    match error {
        // A row has to be there: another one names it.
        rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => Error::Damaged(error.to_string()),
        _ => match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Error::Full,
            Some(ErrorCode::OperationInterrupted) => Error::Unavailable("it takes too long".into()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Damaged(error.to_string()),
            _ => Error::Unavailable(error.to_string()),
        },
    }
}
