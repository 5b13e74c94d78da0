//! Load: events of a fixed size, in a closed loop (as fast as answers come) or an open one (at a fixed rate).

use crate::client::Connection;
use crate::{clock, figures};
use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hyper::Method;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Bytes of a delivered body.
pub const BODY_BYTES: usize = 1_500;

/// What a delivery has around the data, but for its type.
const ENVELOPE: &str = r#"{"id":"EVNT-0123456789","object":"event","creation_time":"2023-11-14T22:13:20.000Z","type":"","api_version":"v2","data":}"#;

/// The body of a call that publishes event `number` with `trigger`, stamped now. Delivered it has [`BODY_BYTES`].
pub fn event(trigger: &str, number: u32) -> Bytes {
    let head = format!(r#"{{"sent":{},"number":{number},"fill":""#, clock::micros());
    let fill = BODY_BYTES.saturating_sub(ENVELOPE.len() + trigger.len() + head.len() + r#""}"#.len());
    format!(r#"{{"type":"{trigger}","data":{head}{}"}}}}"#, "x".repeat(fill)).into()
}

/// The number and the stamp in a delivered `body`. The fields are searched, not parsed: the receiver must be cheap.
pub fn stamp(body: &[u8]) -> Option<(u32, u64)> {
    Some((field(body, b"\"number\":")?.try_into().ok()?, field(body, b"\"sent\":")?))
}

fn field(body: &[u8], name: &[u8]) -> Option<u64> {
    let start = body.windows(name.len()).position(|window| window == name)? + name.len();
    let digits = body[start..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// What arrived: a lock round a list is enough for what two cores can send.
#[derive(Debug, Default)]
pub struct Arrivals(Mutex<Vec<Delivered>>);

/// One arrival.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The event's number.
    pub number: u32,
    /// The path it came to.
    pub path: String,
    /// From just before the call that published it to its first byte here, in microseconds.
    pub micros: u64,
    /// When it arrived, in microseconds since the epoch.
    pub at: u64,
}

impl Arrivals {
    /// Takes an arrival in; a body without a stamp is not counted, so it shows as missing.
    pub fn take(&self, arrival: crate::receiver::Arrival) {
        let Some((number, sent)) = stamp(&arrival.body) else { return };
        let micros = arrival.at.saturating_sub(sent);
        let delivered = Delivered { number, path: arrival.path, micros, at: arrival.at };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(delivered);
    }

    /// Waits until `count` have arrived and hands them over.
    ///
    /// # Errors
    /// When nothing arrives for 30 s and some are still missing; when there are more than `count`, or one came twice.
    pub async fn complete(&self, count: usize) -> anyhow::Result<Vec<Delivered>> {
        let (mut seen, mut since) = (0, Instant::now());
        loop {
            let now = self.0.lock().unwrap_or_else(PoisonError::into_inner).len();
            if now >= count {
                break;
            }
            if now > seen {
                (seen, since) = (now, Instant::now());
            }
            ensure!(
                since.elapsed() < Duration::from_secs(30),
                "{now} of {count} deliveries arrived, then no more"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut pairs: Vec<_> = all.iter().map(|one| (one.number, one.path.as_str())).collect();
        pairs.sort_unstable();
        pairs.dedup();
        ensure!(
            pairs.len() == count && all.len() == count,
            "{} arrivals, {} pairs, {count} due",
            all.len(),
            pairs.len()
        );
        Ok(all)
    }

    /// Forgets what has arrived so far and hands it over.
    pub fn drain(&self) -> Vec<Delivered> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A finished run of load.
#[derive(Debug)]
pub struct Sent {
    /// Events that were accepted.
    pub accepted: u32,
    /// When the first call began, in microseconds since the epoch.
    pub began: u64,
    /// When the last answer had come.
    pub ended: u64,
    /// The time of each call, in microseconds.
    pub calls: Vec<u64>,
    /// How late the 99th percentile of calls of an open loop began, in milliseconds: above 1 the generator itself
    /// was short of time.
    pub late_ms: f64,
}

/// Calls `once` with 0, 1, 2 … up to, but not, `count` from `connections` connections to `address`, each waiting for its
/// answer before the next.
///
/// # Errors
/// The first error of a call.
pub async fn closed<F, R>(
    address: SocketAddr,
    connections: usize,
    count: u32,
    once: F,
) -> anyhow::Result<Sent>
where
    F: Fn(Connection, u32) -> R + Clone + Send + 'static,
    R: Future<Output = anyhow::Result<Connection>> + Send,
{
    let numbers = Arc::new(AtomicU32::new(0));
    let began = clock::micros();
    let mut workers: JoinSet<anyhow::Result<Vec<u64>>> = JoinSet::new();
    for _ in 0..connections {
        let (numbers, once) = (numbers.clone(), once.clone());
        workers.spawn(async move {
            let (mut connection, mut calls) = (Connection::new(address), Vec::new());
            loop {
                let (start, number) = (Instant::now(), numbers.fetch_add(1, Ordering::Relaxed));
                if number >= count {
                    break;
                }
                connection = once(connection, number).await?;
                calls.push(u64::try_from(start.elapsed().as_micros())?);
            }
            Ok(calls)
        });
    }
    let mut calls = Vec::new();
    while let Some(worker) = workers.join_next().await {
        calls.append(&mut worker??);
    }
    Ok(Sent { accepted: u32::try_from(calls.len())?, began, ended: clock::micros(), calls, late_ms: 0.0 })
}

/// Calls `once` `rate` times a second for `time`, each at its own moment, whether or not the ones before were
/// answered: a slow program cannot slow the load down. `first` is the first number.
///
/// # Errors
/// The first error of a call.
pub async fn open<F, R>(
    address: SocketAddr,
    rate: u32,
    time: Duration,
    first: u32,
    once: F,
) -> anyhow::Result<Sent>
where
    F: Fn(Connection, u32) -> R + Clone + Send + 'static,
    R: Future<Output = anyhow::Result<Connection>> + Send,
{
    let idle: Arc<Mutex<Vec<Connection>>> = Arc::default();
    let (began, start) = (clock::micros(), Instant::now());
    let count = u32::try_from(u128::from(rate) * time.as_millis() / 1000)?;
    let mut running: JoinSet<anyhow::Result<u64>> = JoinSet::new();
    let (mut calls, mut late) = (Vec::new(), Vec::new());
    for index in 0..count {
        let due = start + Duration::from_secs(1) * index / rate.max(1);
        sleep_until(due).await;
        late.push(u64::try_from(due.elapsed().as_micros())?);
        let (idle, once) = (idle.clone(), once.clone());
        running.spawn(async move {
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let start = Instant::now();
            let connection = once(kept.unwrap_or_else(|| Connection::new(address)), first + index).await?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(u64::try_from(start.elapsed().as_micros())?)
        });
        while let Some(done) = running.try_join_next() {
            calls.push(done??);
        }
    }
    while let Some(done) = running.join_next().await {
        calls.push(done??);
    }
    let late_ms = figures::latency(late).1;
    Ok(Sent { accepted: count, began, ended: clock::micros(), calls, late_ms })
}

/// Publishes one event over `connection` and gives it back.
///
/// # Errors
/// Anything but a 202.
pub async fn publish(mut connection: Connection, key: &str, body: Bytes) -> anyhow::Result<Connection> {
    let headers = [("api-key", key), ("content-type", "application/json")];
    let answer = connection.send(Method::POST, "/v2/events", &headers, body).await.context("publishing")?;
    let text = || String::from_utf8_lossy(&answer.body).into_owned();
    ensure!(answer.status == 202, "an event was answered {}: {}", answer.status, text());
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_its_size_and_its_stamp() {
        let body = event("booking.scheduled", 42);
        let parsed: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(parsed["type"], "booking.scheduled");
        let (number, sent) = stamp(&body).unwrap();
        assert_eq!(number, 42);
        assert!(sent > 1_700_000_000_000_000);
        assert_eq!(stamp(b"{}"), None);
        let data = &body[br#"{"type":"booking.scheduled","data":"#.len()..body.len() - 1];
        assert_eq!(ENVELOPE.len() + "booking.scheduled".len() + data.len(), BODY_BYTES);
        assert!(parsed["data"]["fill"].as_str().unwrap().len() > 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn an_open_loop_keeps_its_rate_while_nobody_answers() {
        let address = "127.0.0.1:9".parse().unwrap();
        let begun = Instant::now();
        let once = |connection, _| async move {
            tokio::time::sleep(Duration::from_secs(5)).await;
            anyhow::Ok(connection)
        };
        let sent = open(address, 100, Duration::from_secs(2), 0, once).await.unwrap();
        assert_eq!((sent.accepted, sent.calls.len()), (200, 200));
        assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn arrivals_that_come_twice_are_refused() {
        let arrivals = Arrivals::default();
        let arrival = || crate::receiver::Arrival {
            at: clock::micros(),
            path: "/a".into(),
            headers: hyper::header::HeaderMap::new(),
            body: event("booking.scheduled", 1),
        };
        arrivals.take(arrival());
        assert_eq!(arrivals.complete(1).await.unwrap().len(), 1);
        arrivals.take(arrival());
        arrivals.take(arrival());
        assert!(arrivals.complete(2).await.is_err());
    }
}
