//! The transport against hostile and broken receivers: real sockets on the loopback, a certificate authority and a name
//! server of its own. Each file holds the rows of one phase.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod body;
mod certificate;
mod head;
mod kept;
mod name;
mod network;
mod reach;
mod receiver;
mod stage;
mod status;
mod tls;
mod wire;
