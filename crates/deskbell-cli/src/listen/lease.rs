//! Lease: one listener at a time takes what comes to an inbox. Two would take it from each other, and each would seem deaf.

use crate::Failure;
use crate::client::{Client, Query};
use crate::clock;
use crate::trigger::is_code;
use deskbell_core::time::millis;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// One that died keeps its place for two seconds: so long, and longer, whoever comes is patient.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// A name of this process's own.
pub(crate) fn name() -> String {
    format!("deskbell-{}-{}", std::process::id(), millis(clock::now()))
}

/// Takes the inbox whose relay stands at `path`, or refuses: somebody else listens there. `what` they share is named.
pub(crate) async fn take(client: &Client, path: &str, listener: &str, what: &str) -> Result<(), Failure> {
    let end = Instant::now() + PATIENCE;
    let query: Query = vec![("wait", "0".to_owned()), ("listener", listener.to_owned())];
    loop {
        match client.get(path, &query).await {
            Ok(_) => return Ok(()),
            Err(fault) if is_code(&fault, "relay_taken") && Instant::now() < end => sleep(PAUSE).await,
            Err(fault) if is_code(&fault, "relay_taken") => {
                let message =
                    format!("somebody listens at this {what} already: choose another, or end that one first");
                return Err(Failure::Refused(message));
            }
            Err(fault) => return Err(fault.into()),
        }
    }
}
