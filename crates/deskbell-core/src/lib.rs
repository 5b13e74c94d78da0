//! What Deskbell is about, with nothing that touches the world.
//!
//! - **Nouns**: [`account`], [`webhook`], [`event`], [`delivery`], [`attempt`], [`inbox`], and the event sources
//!   [`booking`], [`conversation`] and [`sandbox`].
//! - **Policies**, one file a rule, in [`policy`]: matching, sign, retry, SSRF guard, circuit breaker, fair share, revision, limit; what puts
//!   them into words is in [`explain`].
//! - **Doors** to the world: [`Clock`], [`Random`], [`Transport`] and [`Store`].
//!
//! This crate knows no async runtime, no database and no HTTP library. A policy is handed its `now` and its randomness.

pub mod account;
pub mod alarm;
pub mod attempt;
pub mod booking;
pub mod call;
pub mod conversation;
pub mod delivery;
pub mod door;
pub mod duration;
pub mod event;
pub mod explain;
pub mod hex;
pub mod id;
pub mod import;
pub mod imported;
pub mod inbox;
pub mod latency;
pub mod member;
pub mod meter;
pub mod node;
pub mod one_time_link;
pub mod place;
pub mod policy;
pub mod printable;
pub mod quota;
pub mod retention;
pub mod sandbox;
pub mod session;
pub mod share;
pub mod store;
pub mod throughput;
pub mod time;
pub mod token;
pub mod trace;
pub mod trigger;
pub mod usage;
pub mod vault;
pub mod webhook;

pub use alarm::Alarm;
pub use door::{Clock, Random, Transport};
pub use store::{Queue, Store};
pub use time::Timestamp;
