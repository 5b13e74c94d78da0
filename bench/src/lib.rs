//! The measuring side.
