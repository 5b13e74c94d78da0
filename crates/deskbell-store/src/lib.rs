//! The store contract ([`deskbell_core::store`]) on memory and on SQLite. Every line of SQL lives in this crate.
//!
//! Both stores pass one suite, `tests/contract`: it is the definition of correct.

mod memory;
mod share;
mod sqlite;

pub use memory::MemoryStore;
pub use sqlite::{OpenError, Rule, SqliteStore};
