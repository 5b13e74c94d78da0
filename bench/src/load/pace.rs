//! Pace: a closed loop sends as fast as answers come, an open one at its own moments. Every time is taken from the moment
//! at which a call was meant to begin, so that a server that stalls cannot hide what it kept waiting ("coordinated
//! omission").

use crate::client::Connection;
use crate::{clock, figures};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

/// How calls follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Closed loop: each connection waits for its answer before its next call.
    AsAnswered,
    /// Open loop: this many calls a second, whether or not the ones before were answered.
    PerSecond(u32),
}

/// Leave to make one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// 0, 1, 2 and so on.
    pub number: u32,
    /// When the call is meant to begin, in microseconds since the epoch.
    pub due: u64,
}

/// A finished run of load.
#[derive(Debug, Default)]
pub struct Sent {
    /// Calls that did what they were made for.
    pub accepted: u32,
    /// Calls that were answered "too much to do".
    pub refused: u32,
    /// When the first call began, in microseconds since the epoch.
    pub began: u64,
    /// When the last answer had come.
    pub ended: u64,
    /// The time of each call from when it was due, in microseconds.
    pub calls: Vec<u64>,
    /// How late the 99th percentile of tickets of an open loop was given out, in milliseconds: above 1 the generator
    /// itself was short of time.
    pub late_ms: f64,
}

impl Sent {
    /// Accepted calls a second.
    pub fn rate(&self) -> f64 {
        f64::from(self.accepted) * 1e6 / figures::float((self.ended - self.began).max(1))
    }
}

/// Calls `once` `count` times over `connections` kept connections to `address`. Where all of them wait for answers, due
/// tickets wait too, and their waiting counts.
///
/// # Errors
/// The first error of a call.
pub async fn drive<F, R>(
    address: SocketAddr,
    connections: usize,
    pace: Pace,
    count: u32,
    once: F,
) -> anyhow::Result<Sent>
where
    F: Fn(Connection, Ticket) -> R + Clone + Send + 'static,
    R: Future<Output = anyhow::Result<(Connection, bool)>> + Send,
{
    let began = clock::micros();
    let tickets = Arc::new(Tickets::new(pace, count, began));
    let mut workers: JoinSet<anyhow::Result<Sent>> = JoinSet::new();
    for _ in 0..connections {
        let (tickets, once) = (tickets.clone(), once.clone());
        workers.spawn(async move {
            let (mut connection, mut sent) = (Connection::new(address), Sent::default());
            while let Some(ticket) = tickets.next().await {
                let accepted;
                (connection, accepted) = once(connection, ticket).await?;
                sent.calls.push(clock::micros().saturating_sub(ticket.due));
                *if accepted { &mut sent.accepted } else { &mut sent.refused } += 1;
            }
            Ok(sent)
        });
    }
    let mut all = Sent { began, ..Sent::default() };
    while let Some(worker) = workers.join_next().await {
        let mut sent = worker??;
        all.calls.append(&mut sent.calls);
        all.accepted += sent.accepted;
        all.refused += sent.refused;
    }
    Ok(Sent { ended: clock::micros(), late_ms: tickets.late_ms().await, ..all })
}

/// Where the connections take their tickets from.
enum Tickets {
    Counter { next: AtomicU32, count: u32 },
    Paced(Mutex<Paced>),
}

/// Tickets that a thread gives out, each at its moment.
struct Paced {
    /// A ticket, and by how many microseconds it was late.
    given: mpsc::UnboundedReceiver<(Ticket, u64)>,
    lateness: Vec<u64>,
}

impl Tickets {
    fn new(pace: Pace, count: u32, began: u64) -> Self {
        let Pace::PerSecond(rate) = pace else { return Self::Counter { next: AtomicU32::new(0), count } };
        let (give, given) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for number in 0..count {
                let ticket =
                    Ticket { number, due: began + u64::from(number) * 1_000_000 / u64::from(rate.max(1)) };
                wait_until(ticket.due);
                if give.send((ticket, clock::micros().saturating_sub(ticket.due))).is_err() {
                    return;
                }
            }
        });
        Self::Paced(Mutex::new(Paced { given, lateness: Vec::new() }))
    }

    async fn next(&self) -> Option<Ticket> {
        match self {
            Self::Counter { next, count } => {
                let number = next.fetch_add(1, Ordering::Relaxed);
                (number < *count).then(|| Ticket { number, due: clock::micros() })
            }
            Self::Paced(paced) => {
                let mut paced = paced.lock().await;
                let (ticket, late) = paced.given.recv().await?;
                paced.lateness.push(late);
                Some(ticket)
            }
        }
    }

    async fn late_ms(&self) -> f64 {
        match self {
            Self::Counter { .. } => 0.0,
            Self::Paced(paced) => {
                figures::Percentiles::of(std::mem::take(&mut paced.lock().await.lateness)).p99
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "it waits for a moment; a timer of the runtime is up to 1 ms late"
)]
fn wait_until(moment: u64) {
    std::thread::sleep(Duration::from_micros(moment.saturating_sub(clock::micros())));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nowhere() -> SocketAddr {
        ([127, 0, 0, 1], 9).into()
    }

    #[tokio::test]
    async fn a_stalled_server_shows_the_wait_of_every_intended_send() {
        const STALL: u64 = 100_000;
        let once = |connection, ticket: Ticket| async move {
            while ticket.number == 0 && clock::micros() < ticket.due + STALL {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            anyhow::Ok((connection, true))
        };
        let sent = drive(nowhere(), 1, Pace::PerSecond(1_000), 50, once).await.unwrap();
        assert_eq!((sent.accepted, sent.calls.len()), (50, 50));
        for (number, micros) in (0..).zip(&sent.calls) {
            assert!(*micros >= STALL - number * 1_000, "call {number} hides its wait: {micros} µs");
        }
    }

    #[tokio::test]
    async fn an_open_loop_begins_no_call_before_it_is_due_and_makes_each_once() {
        let begun = Arc::new(std::sync::Mutex::new(Vec::new()));
        let seen = begun.clone();
        let once = move |connection, ticket: Ticket| {
            seen.lock().unwrap().push((ticket.number, clock::micros() >= ticket.due));
            std::future::ready(anyhow::Ok((connection, true)))
        };
        let sent = drive(nowhere(), 8, Pace::PerSecond(2_000), 100, once).await.unwrap();
        let mut begun = begun.lock().unwrap().clone();
        begun.sort_unstable();
        assert_eq!(begun, (0..100).map(|number| (number, true)).collect::<Vec<_>>());
        assert!(sent.ended - sent.began >= 99 * 500, "100 calls at 2,000/s take 49.5 ms at least");
    }

    #[tokio::test]
    async fn a_closed_loop_makes_each_call_once_and_tells_what_was_refused() {
        let once = |connection, ticket: Ticket| async move {
            anyhow::Ok((connection, !ticket.number.is_multiple_of(10)))
        };
        let sent = drive(nowhere(), 4, Pace::AsAnswered, 100, once).await.unwrap();
        assert_eq!((sent.accepted, sent.refused, sent.calls.len()), (90, 10, 100));
    }
}
