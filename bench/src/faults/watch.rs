//! Watch: what `readyz` says, asked ten times a second.

use super::gap::Gap;
use crate::client::Connection;
use crate::clock;
use bytes::Bytes;
use hyper::Method;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(100);
/// Who asks does not wait longer: a program that does not answer is not ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// What it said, and when: one entry for each time that it said something else than before. `None`: ready.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen(Vec<(u64, Option<String>)>);

/// A task that asks.
pub(super) struct Watch {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Watch {
    pub(super) fn start(address: SocketAddr) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let into = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut connection = Connection::new(address);
            loop {
                let said = ask(address, &mut connection).await;
                lock(&into).note(clock::micros(), said);
                sleep(PAUSE).await;
            }
        });
        Self { seen, task }
    }

    /// Waits until it says ready, `limit` at most.
    pub(super) async fn wait_until_ready(&self, limit: Duration) {
        let end = Instant::now() + limit;
        while Instant::now() < end && !lock(&self.seen).is_ready() {
            sleep(PAUSE).await;
        }
    }

    /// What was seen until now.
    pub(super) fn end(self) -> Seen {
        lock(&self.seen).clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn ask(address: SocketAddr, connection: &mut Connection) -> Option<String> {
    let answer = timeout(PATIENCE, connection.send(Method::GET, "/readyz", &[], Bytes::new())).await;
    match answer {
        Ok(Ok(answer)) if answer.status == 200 => None,
        Ok(Ok(answer)) => {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let message = body["message"].as_str().unwrap_or("no reason");
            Some(message.trim_start_matches("Not ready: ").trim_end_matches('.').to_owned())
        }
        Ok(Err(_)) => Some(SILENT.to_owned()),
        Err(_) => {
            *connection = Connection::new(address);
            Some(SILENT.to_owned())
        }
    }
}

/// Stands for the reason where there was no answer.
pub(super) const SILENT: &str = "no answer";

impl Seen {
    #[cfg(test)]
    pub(super) fn made_up<const N: usize>(said: [(u64, Option<&str>); N]) -> Self {
        let mut seen = Self::default();
        said.into_iter().for_each(|(at, said)| seen.note(at, said.map(str::to_owned)));
        seen
    }

    fn note(&mut self, at: u64, said: Option<String>) {
        if self.0.last().is_none_or(|(_, last)| *last != said) {
            self.0.push((at, said));
        }
    }

    fn is_ready(&self) -> bool {
        self.0.last().is_some_and(|(_, said)| said.is_none())
    }

    /// When it first said that it was not ready from `begin` on, and why; at `begin` if it said so already.
    pub(super) fn unready_since(&self, begin: u64) -> Option<(u64, &str)> {
        let after = self.0.iter().skip_while(|(at, _)| *at <= begin);
        let before = self.0.iter().rev().find(|(at, _)| *at <= begin);
        before.into_iter().chain(after).find_map(|(at, said)| Some(((*at).max(begin), said.as_deref()?)))
    }

    /// When it was ready for good, if it is, after it last said that it was not.
    pub(super) fn ready_since(&self) -> Option<u64> {
        self.0.last().filter(|(_, said)| said.is_none()).map(|(at, _)| *at)
    }

    /// All the reasons that it gave from `begin` on, each once.
    pub(super) fn reasons(&self, begin: u64) -> Vec<&str> {
        let said = self.0.iter().filter(|(at, _)| *at >= begin).filter_map(|(_, said)| said.as_deref());
        said.fold(Vec::new(), |mut all, reason| {
            if !all.contains(&reason) {
                all.push(reason);
            }
            all
        })
    }

    /// Whether it said within `patience` of the beginning of `gap` that it is not ready.
    pub(super) fn tells_of(&self, gap: Gap, patience: Duration) -> bool {
        let limit = gap.from + u64::try_from(patience.as_micros()).unwrap_or(u64::MAX);
        self.unready_since(gap.from).is_some_and(|(at, _)| at <= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_told_of_when_it_is_said_in_time_or_was_said_before() {
        let said = [(10, None), (20, Some("full")), (25, Some("full")), (40, None), (60, Some("locked"))];
        let mut seen = Seen::made_up(said);
        assert_eq!(seen.0.len(), 4);
        let tells = |from| seen.tells_of(Gap { from, to: 99 }, Duration::from_micros(10));
        assert_eq!([12, 30, 45, 50, 70].map(tells), [true, true, false, true, true]);
        assert!(!tells(5), "15 later");
        assert_eq!(seen.unready_since(30), Some((30, "full")));
        assert_eq!((seen.unready_since(41), seen.ready_since()), (Some((60, "locked")), None));
        assert_eq!(seen.reasons(0), ["full", "locked"]);
        seen.note(80, None);
        assert_eq!((seen.unready_since(81), seen.ready_since()), (None, Some(80)));
    }
}
