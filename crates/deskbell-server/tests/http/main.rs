//! The inbound HTTP foundation on real sockets: what a client may send, how slowly, how often, and what it is told.

mod answers;
mod bodies;
mod deadlines;
mod heads;
mod world;
