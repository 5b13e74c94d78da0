//! The store contract ([`deskbell_core::store`]) on SQLite and, for tests, on memory. Every line of SQL lives in this crate.
//!
//! Both stores pass one suite, `tests/contract`: it is the definition of correct.

#[cfg(feature = "memory")]
mod memory;
mod sqlite;

#[cfg(feature = "memory")]
pub use memory::MemoryStore;
#[cfg(feature = "memory")]
pub use sqlite::Plans;
pub use sqlite::{Checked, OpenError, Rule, SqliteStore, beside, check};
