//! The command line against a running server, both as a person runs them: the real binary, real sockets.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod away;
mod checkup;
mod ci;
#[path = "../../../deskbell-store/tests/contract/cluster.rs"]
mod cluster;
mod copies;
mod copy;
mod descriptors;
mod handler;
mod import;
mod listen;
mod lists;
mod log;
mod machines;
mod memory;
mod nodes;
mod operating;
mod secure;
mod server;
mod service_manager;
mod shell;
mod suite;
mod tls;
mod trigger;
mod verify;
mod why;
