//! Quiet: the neighbour, an account that does well, and what it notices.

use crate::client::Connection;
use crate::figures::{Percentiles, count};
use crate::load::{Arrivals, Pace, Ticket, drive, event};
use crate::program::Plan;
use crate::receiver::Receiver;
use crate::scenario::{SINGLE, Sink, bare};
use crate::tally::{NO_ANSWER, Tally};
use bytes::Bytes;
use hyper::Method;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// Events a second: half of what an account may call.
const RATE: u32 = 50;
/// Its connections.
const CONNECTIONS: usize = 8;
/// What an event that was accepted is answered.
const ACCEPTED: u16 = 202;
/// Who has no answer after so long gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// The neighbour on one program.
pub(super) struct Quiet {
    address: SocketAddr,
    key: Arc<str>,
    arrivals: Arc<Arrivals>,
    /// Lives as long as the neighbour.
    _receiver: Receiver,
    /// The number of its next event; none is used twice.
    next: u32,
}

/// What it noticed in one window.
#[derive(Debug)]
pub(super) struct Window {
    /// From when an event was meant to be published until that was answered.
    pub(super) publish: Percentiles,
    /// From then until its first byte is at the receiver.
    pub(super) delivery: Percentiles,
    /// The same of a bare client, which posts to its receiver at the same rate in the same window.
    pub(super) bare: Percentiles,
    /// Events that were not accepted, by what was answered instead.
    pub(super) failed: Tally,
    /// Events that were accepted and did not arrive.
    pub(super) lost: usize,
    /// Deliveries that were one too many.
    pub(super) twice: usize,
}

impl Quiet {
    /// Makes its webhook in the first account of a program that has stopped.
    pub(super) async fn found(plan: &Plan) -> anyhow::Result<Self> {
        let (arrivals, receiver) = Arrivals::at_webhook(plan).await?;
        let (address, key) = (plan.address, plan.key()?.into());
        Ok(Self { address, key, arrivals, _receiver: receiver, next: 0 })
    }

    /// Publishes for a while, beside a bare client.
    pub(super) async fn window(&mut self, sink: &Sink, time: Duration) -> anyhow::Result<Window> {
        let events = count(f64::from(RATE) * time.as_secs_f64());
        let (accepted, failed) = (Arc::new(Mutex::new(HashSet::new())), Arc::new(Tally::default()));
        let (first, key) = (self.next, Arc::clone(&self.key));
        let (noted, refused) = (Arc::clone(&accepted), Arc::clone(&failed));
        self.next += events;
        let once = move |mut connection, ticket: Ticket| {
            let ticket = Ticket { number: first + ticket.number, ..ticket };
            let (key, noted, refused) = (Arc::clone(&key), Arc::clone(&noted), Arc::clone(&refused));
            async move {
                let status = publish(&mut connection, &key, event(SINGLE, ticket)).await;
                if status == ACCEPTED {
                    noted.lock().unwrap_or_else(PoisonError::into_inner).insert(ticket.number);
                } else {
                    refused.count("events", status);
                }
                Ok((connection, status == ACCEPTED))
            }
        };
        let (sent, bare) = tokio::join!(
            drive(self.address, CONNECTIONS, Pace::PerSecond(RATE), events, once),
            bare::open(sink, RATE, events),
        );
        let sent = sent?;
        let mut missing = std::mem::take(&mut *accepted.lock().unwrap_or_else(PoisonError::into_inner));
        let arrived = self.arrivals.gather(missing.len()).await;
        let mut numbers = HashSet::new();
        let twice = arrived.iter().filter(|one| !numbers.insert(one.number)).count();
        missing.retain(|number| !numbers.contains(number));
        Ok(Window {
            publish: Percentiles::of(sent.calls),
            delivery: Percentiles::of(arrived.iter().map(|one| one.micros).collect()),
            bare: bare?,
            failed: Arc::into_inner(failed).unwrap_or_default(),
            lost: missing.len(),
            twice,
        })
    }
}

/// Publishes an event; gives the answer's status.
async fn publish(connection: &mut Connection, key: &str, body: Bytes) -> u16 {
    let headers = [("api-key", key), ("content-type", "application/json")];
    let call = connection.send(Method::POST, "/v2/events", &headers, body);
    match timeout(PATIENCE, call).await {
        Ok(Ok(answer)) => answer.status,
        Ok(Err(_)) | Err(_) => NO_ANSWER,
    }
}
