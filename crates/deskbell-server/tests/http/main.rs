//! The inbound HTTP foundation on real sockets: what a client may send, how slowly, how often, and what it is told.

// Also what the tests share may fail loudly.
#![allow(clippy::unwrap_used)]

mod answers;
mod bodies;
mod deadlines;
mod heads;
mod tls;
mod world;
