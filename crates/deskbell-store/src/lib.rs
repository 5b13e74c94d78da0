//! The store contract ([`deskbell_core::store`]) on memory and on SQLite. Every line of SQL lives in this crate.
//!
//! Both stores pass one suite, `tests/contract`: it is the definition of correct.

mod memory;
mod share;

pub use memory::MemoryStore;
