//! How things are kept in either database: what is no column of its own, and what stands in numbers.

pub(crate) mod body;
pub(crate) mod headers;
pub(crate) mod latencies;
pub(crate) mod packed;
pub(crate) mod state;
pub(crate) mod throughput;
pub(crate) mod trace;
pub(crate) mod value;
