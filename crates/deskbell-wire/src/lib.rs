//! Every public shape once: what callers send and get, as one type that is parsed, printed and documented.

pub mod bytes;
pub mod fields;
pub mod json;
pub mod problem;
