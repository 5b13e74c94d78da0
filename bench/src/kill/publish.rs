//! The publishing end: several workers, each call on disk before it is made and after it was answered.

use super::{Randomness, TRIGGERS};
use crate::client::{Connection, Reply};
use crate::clock;
use crate::ledger::Ledger;
use crate::verdict::Publish;
use anyhow::{Context as _, bail};
use hyper::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Connections that publish side by side, for each address.
const WORKERS: usize = 8;
/// How long one waits after a refusal, and after no answer.
const REFUSED: Duration = Duration::from_millis(500);
const CUT_OFF: Duration = Duration::from_millis(20);
/// How long one waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the cycle tells the workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Down,
    Up,
    Over,
}

/// The workers.
pub struct Publisher {
    phase: watch::Sender<Phase>,
    workers: JoinSet<anyhow::Result<()>>,
    /// How many there were at first.
    all: usize,
}

struct Worker {
    ledger: Arc<Ledger>,
    numbers: Arc<AtomicU64>,
    phase: watch::Receiver<Phase>,
    addresses: Vec<SocketAddr>,
    /// The one that it calls.
    at: usize,
    connection: Connection,
    key: String,
    randomness: Randomness,
}

impl Publisher {
    /// Starts workers that together publish `rate` events a second whenever the program is up, each to one of the `addresses`, and to
    /// the next of them when that does not answer.
    ///
    /// # Errors
    /// When the ledger at `path` cannot be made.
    pub fn start(
        path: &Path,
        addresses: &[SocketAddr],
        key: &str,
        rate: u64,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let (ledger, numbers) = (Arc::new(Ledger::create(path)?), Arc::new(AtomicU64::new(1)));
        let (phase, watched) = watch::channel(Phase::Down);
        let mut workers = JoinSet::new();
        let all = WORKERS * addresses.len();
        let pace = Duration::from_micros(1_000_000 * all as u64 / rate.max(1));
        for (number, at) in (0..).zip((0..addresses.len()).cycle().take(all)) {
            let worker = Worker {
                ledger: ledger.clone(),
                numbers: numbers.clone(),
                phase: watched.clone(),
                addresses: addresses.to_vec(),
                at,
                connection: Connection::new(addresses[at]),
                key: key.to_owned(),
                randomness: Randomness::new(seed, 100 + number),
            };
            workers.spawn(worker.run(pace));
        }
        Ok(Self { phase, workers, all })
    }

    /// The program answers.
    pub fn up(&self) {
        self.phase.send_replace(Phase::Up);
    }

    /// The program is about to be killed, or gone.
    pub fn down(&self) {
        self.phase.send_replace(Phase::Down);
    }

    /// Whether a worker has given up.
    pub fn failed(&self) -> bool {
        self.workers.len() < self.all
    }

    /// Ends publishing while the program is up.
    ///
    /// # Errors
    /// What made a worker give up.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        self.phase.send_replace(Phase::Over);
        while let Some(worker) = self.workers.join_next().await {
            worker??;
        }
        Ok(())
    }
}

impl Worker {
    async fn run(mut self, pace: Duration) -> anyhow::Result<()> {
        let mut tick = interval(pace);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if *self.phase.wait_for(|phase| *phase != Phase::Down).await? == Phase::Over {
                return Ok(());
            }
            self.publish().await?;
        }
    }

    /// One event. Without an answer the call is either repeated with the same key, as a good client does, or left
    /// unknown, as a crashed client does.
    async fn publish(&mut self) -> anyhow::Result<()> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let key = format!("k-{number}");
        let trigger = TRIGGERS[usize::try_from(number).unwrap_or(0) % TRIGGERS.len()];
        let line = |event, refused| Publish {
            key: key.clone(),
            trigger: trigger.to_owned(),
            event,
            at: clock::micros(),
            refused,
        };
        let body = json!({"type": trigger, "subject": key, "data": {"key": key, "note": "Zoë 日本語 ✓"}})
            .to_string();
        self.ledger.write(&line(None, false)).await?;
        let (mut repeated, mut unanswered) = (false, false);
        loop {
            let headers = [
                ("api-key", self.key.as_str()),
                ("content-type", "application/json"),
                ("idempotency-key", key.as_str()),
            ];
            let sent = self.connection.send(Method::POST, "/v2/events", &headers, body.clone().into());
            let sent = timeout(PATIENCE, sent).await.ok().and_then(Result::ok);
            let answer = sent.map(|answer| accepted(&answer, repeated)).transpose()?;
            if answer.is_none() {
                self.at = (self.at + 1) % self.addresses.len();
                self.connection = Connection::new(self.addresses[self.at]);
            }
            if let Some(Some(event)) = answer {
                return self.ledger.write(&line(Some(event), false)).await;
            }
            (repeated, unanswered) = (true, unanswered || answer.is_none());
            if self.randomness.chance(40) {
                return if unanswered { Ok(()) } else { self.ledger.write(&line(None, true)).await };
            }
            // Yields to the cycle that has just killed the program, then waits for the next start.
            tokio::time::sleep(if answer.is_some() { REFUSED } else { CUT_OFF }).await;
            self.phase.wait_for(|phase| *phase != Phase::Down).await?;
        }
    }
}

/// The event's id in a 2xx; nothing for a 5xx, which leaves it open; an error for anything else. Only a repeated call
/// may be told that it is a duplicate.
fn accepted(answer: &Reply, repeated: bool) -> anyhow::Result<Option<String>> {
    let text = String::from_utf8_lossy(&answer.body);
    match answer.status {
        200 if !repeated => bail!("a first call was called a duplicate: {text}"),
        200 | 202 => {
            let body: Value = serde_json::from_slice(&answer.body)?;
            let id = body["id"].as_str().with_context(|| format!("no id in {text}"))?;
            Ok(Some(id.to_owned()))
        }
        500.. => Ok(None),
        status => bail!("an event was refused with {status}: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &'static str) -> Reply {
        Reply { status, body: body.into(), next: None }
    }

    #[test]
    fn answers_are_read_strictly() {
        let id = r#"{"id":"EVNT-1"}"#;
        assert_eq!(accepted(&answer(202, id), false).unwrap().as_deref(), Some("EVNT-1"));
        assert_eq!(accepted(&answer(200, id), true).unwrap().as_deref(), Some("EVNT-1"));
        assert_eq!(accepted(&answer(503, "{}"), false).unwrap(), None);
        assert!(accepted(&answer(200, id), false).is_err());
        assert!(accepted(&answer(202, "{}"), false).is_err());
        assert!(accepted(&answer(409, "{}"), true).is_err());
    }
}
