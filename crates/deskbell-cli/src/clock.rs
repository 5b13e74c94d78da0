//! The clock of the machine that a command runs on: there is nobody to hand one in.

use deskbell_core::{Timestamp, time};

/// The time now, in whole milliseconds.
#[allow(
    clippy::disallowed_methods,
    reason = "a command is a person's own process, and asks the machine it runs on"
)]
pub(crate) fn now() -> Timestamp {
    time::whole(Timestamp::now())
}
