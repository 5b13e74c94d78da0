//! Exporter: gathers steps, sends them as spans, tries again for a while, and counts what nobody took.

use crate::client::Client;
use crate::span;
use crate::step::Step;
use bytes::Bytes;
use deskbell_core::trace::SpanCount;
use prost::Message as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// Steps of one request at most: some hundreds of KiB.
const BATCH: usize = 512;
/// How long the first of them waits for others.
const GATHER: Duration = Duration::from_secs(1);
/// How often a request is sent.
const TRIES: u32 = 5;
/// The wait after the first; each is twice as long as the one before.
const WAIT: Duration = Duration::from_secs(1);
/// No wait is longer, whatever the collector asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Tells the collector, until it is ended.
#[derive(Debug)]
pub struct Exporter {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl Exporter {
    pub(crate) fn start(
        client: Client,
        instance: &str,
        steps: Receiver<Step>,
        count: Arc<SpanCount>,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let telling = Telling {
            client,
            instance: instance.to_owned(),
            steps,
            batch: Vec::new(),
            count,
            failing: false,
        };
        Self { task: tokio::spawn(telling.run(stopped)), stop }
    }

    /// Sends what waits, once, and ends; after `limit` the rest is dropped.
    pub async fn end(mut self, limit: Duration) {
        // It may have ended by itself.
        let _ = self.stop.send(());
        if timeout(limit, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("the collector did not take the last spans in time; they are dropped");
        }
    }
}

struct Telling {
    client: Client,
    instance: String,
    steps: Receiver<Step>,
    /// What is being sent.
    batch: Vec<Step>,
    count: Arc<SpanCount>,
    /// The last spans were dropped, and the log knows.
    failing: bool,
}

impl Telling {
    async fn run(mut self, stopped: oneshot::Receiver<()>) {
        let on = async {
            while self.gather().await {
                self.send(TRIES).await;
            }
        };
        tokio::select! {
            () = on => {}
            _ = stopped => {}
        }
        self.steps.close();
        loop {
            if self.batch.is_empty() && self.steps.recv_many(&mut self.batch, BATCH).await == 0 {
                return;
            }
            self.send(1).await;
        }
    }

    /// Waits for steps, and then for more of them; `false` when there will be none.
    async fn gather(&mut self) -> bool {
        if self.steps.recv_many(&mut self.batch, BATCH).await == 0 {
            return false;
        }
        let until = Instant::now() + GATHER;
        while self.batch.len() < BATCH {
            let room = BATCH - self.batch.len();
            match timeout_at(until, self.steps.recv_many(&mut self.batch, room)).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        true
    }

    /// Sends the batch, at most so often, and forgets it.
    async fn send(&mut self, tries: u32) {
        let spans: u64 = self.batch.iter().map(Step::spans).sum();
        let body = Bytes::from(span::request(&self.instance, self.batch.iter()).encode_to_vec());
        let (mut wait, mut tried) = (WAIT, 1);
        let sent = loop {
            match self.client.post(body.clone()).await {
                Err(refused) if refused.again && tried < tries => {
                    sleep(refused.after.unwrap_or(wait).min(LONGEST_WAIT)).await;
                    (wait, tried) = (2 * wait, tried + 1);
                }
                other => break other,
            }
        };
        self.batch.clear();
        match sent {
            Ok(rejected) => {
                self.count.export_spans(spans.saturating_sub(rejected));
                self.count.drop_spans(rejected);
                if std::mem::take(&mut self.failing) {
                    tracing::info!("the collector takes spans again");
                }
            }
            Err(refused) => {
                self.count.drop_spans(spans);
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::warn!(
                        why = refused.why,
                        "the collector takes no spans: they are dropped until it does"
                    );
                }
            }
        }
    }
}
