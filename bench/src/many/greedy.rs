//! Greedy: callers that publish as fast as they are answered, and do not wait when they are told to.

use crate::client::Connection;
use crate::clock;
use crate::load::{Ticket, event};
use crate::scenario::SINGLE;
use anyhow::bail;
use bytes::Bytes;
use hyper::Method;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tokio::task::JoinSet;

/// Connections of each: with one alone it would wait for its answers more than it calls.
const CONNECTIONS: usize = 4;

/// Callers at work.
pub(super) struct Greedy {
    over: Arc<AtomicBool>,
    callers: JoinSet<anyhow::Result<[u32; 2]>>,
    owed: Arc<AtomicU32>,
}

/// What they were told, in calls.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Greed {
    pub(super) accepted: f64,
    pub(super) refused: f64,
}

impl Greedy {
    /// One caller for each key. Each accepted event is one more that is owed.
    pub(super) fn start(
        address: SocketAddr,
        keys: &[Arc<str>],
        number: &Arc<AtomicU32>,
        owed: &Arc<AtomicU32>,
    ) -> Self {
        let (over, mut callers) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for key in keys.iter().flat_map(|key| std::iter::repeat_n(key, CONNECTIONS)) {
            let (key, over, number) = (Arc::clone(key), Arc::clone(&over), Arc::clone(number));
            callers.spawn(async move {
                let (mut connection, mut told) = (Connection::new(address), [0, 0]);
                while !over.load(Ordering::Relaxed) {
                    let accepted = call(&mut connection, &key, next_event(&number)).await?;
                    told[usize::from(!accepted)] += 1;
                }
                Ok(told)
            });
        }
        Self { over, callers, owed: Arc::clone(owed) }
    }

    /// Ends it.
    pub(super) async fn end(mut self) -> anyhow::Result<Greed> {
        self.over.store(true, Ordering::Relaxed);
        let mut greed = Greed::default();
        while let Some(caller) = self.callers.join_next().await {
            let [accepted, refused] = caller??;
            self.owed.fetch_add(accepted, Ordering::Relaxed);
            greed.accepted += f64::from(accepted);
            greed.refused += f64::from(refused);
        }
        Ok(greed)
    }
}

/// One call; whether it was accepted.
async fn call(connection: &mut Connection, key: &str, body: Bytes) -> anyhow::Result<bool> {
    let headers = [("api-key", key), ("content-type", "application/json")];
    let answer = connection.send(Method::POST, "/v2/events", &headers, body).await?;
    match answer.status {
        202 => Ok(true),
        429 | 503 => Ok(false),
        status => bail!("a greedy caller was answered {status}"),
    }
}

/// An event whose number no other has.
pub(super) fn next_event(number: &AtomicU32) -> Bytes {
    event(SINGLE, Ticket { number: number.fetch_add(1, Ordering::Relaxed), due: clock::micros() })
}
