//! The remote client: the commands that call a server by its public API and nothing else, and `verify`, which needs no server.
#![allow(
    missing_docs,
    reason = "clap shows doc comments to people: what a command is for stands at its variant"
)]

mod client;
mod clock;
mod handler;
mod http;
mod known;
mod listen;
pub mod print;
mod remote;
mod stream;
mod suite;
pub mod trigger;
mod verify;

pub use client::Flags;
pub use remote::{Command, run};
pub use verify::{Verify, run as verify};

/// Why a command ended badly.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// What was asked for cannot be done.
    #[error("{0}")]
    Refused(String),
    /// The answer could not be printed.
    #[error("cannot print: {0}")]
    Print(#[from] std::io::Error),
    /// What was asked for has the answer no, and the answer is printed already.
    #[error("no")]
    Told,
}

impl Failure {
    /// The exit code: 2 for what a person typed, 1 for everything else.
    pub fn code(&self) -> u8 {
        if matches!(self, Self::Usage(_)) { 2 } else { 1 }
    }

    /// Nothing is left to say: the answer was no, or whoever read it had read enough, as `head` does.
    pub fn is_told(&self) -> bool {
        match self {
            Self::Told => true,
            Self::Print(error) => error.kind() == std::io::ErrorKind::BrokenPipe,
            _ => false,
        }
    }
}
