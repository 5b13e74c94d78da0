//! Metrics for Prometheus: what [`deskbell_api::metrics`] measured, as text, on a listener of its own.

mod serve;
mod text;

pub use serve::serve;
