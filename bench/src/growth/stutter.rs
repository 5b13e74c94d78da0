//! Stutter: a receiver that refuses each event once and takes it the second time, and says how long after.

use crate::load::stamp;
use crate::receiver::{Reaction, Receiver};
use anyhow::Context as _;
use std::collections::HashMap;
use std::future::ready;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as Turn, mpsc};

/// The wait before a retry; settings and receiver must agree on it.
pub(super) const WAIT: Duration = Duration::from_millis(200);
/// How long a retry may be under way.
const PATIENCE: Duration = Duration::from_secs(30);

/// The receiver.
pub struct Stutter {
    receiver: Receiver,
    /// Microseconds between the first and the second try of an event.
    between: Turn<mpsc::UnboundedReceiver<u64>>,
}

impl Stutter {
    /// Listens, on the runtime that this is called on.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn listen() -> anyhow::Result<Self> {
        let (told, between) = mpsc::unbounded_channel();
        let refused = Mutex::new(HashMap::new());
        let receiver = Receiver::listen(move |arrival| {
            let number = stamp(&arrival.body).map(|ticket| ticket.number);
            let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
            ready(match refused.remove(&number) {
                None => {
                    refused.insert(number, arrival.at);
                    Reaction::Answer(500)
                }
                Some(first) => {
                    // Nobody listens any more once the run is over.
                    let _ = told.send(arrival.at.saturating_sub(first));
                    Reaction::Answer(204)
                }
            })
        })
        .await?;
        Ok(Self { receiver, between: Turn::new(between) })
    }

    pub(super) fn url(&self) -> String {
        self.receiver.url("")
    }

    /// How much later than due the second try of the one event under way began, in microseconds.
    pub(super) async fn late(&self) -> anyhow::Result<u64> {
        let mut between = self.between.lock().await;
        let between = tokio::time::timeout(PATIENCE, between.recv()).await.context("no retry came")?;
        let wait = u64::try_from(WAIT.as_micros())?;
        Ok(between.context("the receiver has ended")?.saturating_sub(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Connection;
    use crate::load::{Ticket, event};
    use hyper::Method;

    #[tokio::test]
    async fn an_event_is_refused_once_then_taken_and_told_of() {
        let stutter = Stutter::listen().await.unwrap();
        let mut connection = Connection::new(stutter.receiver.address());
        for number in [7, 8] {
            for status in [500, 204] {
                let body = event("booking.no_show", Ticket { number, due: 0 });
                let answer = connection.send(Method::POST, "/", &[], body).await.unwrap();
                assert_eq!(answer.status, status);
            }
            stutter.late().await.unwrap();
        }
    }
}
