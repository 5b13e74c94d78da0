//! The engine on virtual time: a memory store, a clock that follows tokio's paused one, repeatable randomness and a scripted
//! receiver. Nothing here waits for real time.

#![allow(clippy::unwrap_used, reason = "in a test, what cannot go on shall stop it")]

mod circuit_breaker;
mod drain;
mod faults;
mod hand_over;
mod isolation;
mod retry;
mod sim;
mod world;
