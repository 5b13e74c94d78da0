//! The store contract ([`deskbell_core::store`]) on SQLite, on PostgreSQL and, for tests, on memory. Every line of SQL lives in this crate.
//!
//! All stores pass one suite, `tests/contract`: it is the definition of correct.

mod admission;
mod encoding;
#[cfg(feature = "memory")]
mod memory;
mod postgres;
mod registry;
mod sqlite;
mod transfer;
mod turns;

#[cfg(feature = "memory")]
pub use memory::MemoryStore;
pub use postgres::{
    DatabaseError, DatabaseFound, PostgresStore, check_url, database_migrations, look_at_database,
};
pub use sqlite::{
    Backup, Checked, Copied, CopyError, Missing, OpenError, Progress, Restore, Rule, SqliteStore, Why,
    backup, beside, check, migrations, restore,
};
#[cfg(feature = "memory")]
pub use sqlite::{Plans, make_older};
#[cfg(feature = "memory")]
pub use transfer::transferred;
pub use transfer::{Compared, Moving, Taken, Transfer, TransferError, Transferred, transfer};
