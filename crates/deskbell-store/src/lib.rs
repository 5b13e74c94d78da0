//! The store contract ([`deskbell_core::store`]) on SQLite and, for tests, on memory. Every line of SQL lives in this crate.
//!
//! Both stores pass one suite, `tests/contract`: it is the definition of correct.

#[cfg(feature = "memory")]
mod memory;
mod sqlite;

#[cfg(feature = "memory")]
pub use memory::MemoryStore;
pub use sqlite::{
    Backup, Checked, Copied, CopyError, Missing, OpenError, Progress, Restore, Rule, SqliteStore, Why,
    backup, beside, check, migrations, restore,
};
#[cfg(feature = "memory")]
pub use sqlite::{Plans, make_older};
