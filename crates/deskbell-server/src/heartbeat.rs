//! The heartbeat of this process: says every few seconds that it is there, under which name, and how much it has in hand, for those who
//! ask which machines serve.

use crate::config::Server;
use deskbell_core::id::NodeId;
use deskbell_core::node::{BEAT, Load, Node};
use deskbell_core::policy::limit::PAGE_MAX;
use deskbell_core::store::Result;
use deskbell_core::{Clock, Random, Store};
use deskbell_engine::Gauge;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How many heartbeats there are between two looks at the names of the others.
const BETWEEN_LOOKS: u32 = 5;
/// How long the end of a process waits for the store to forget it.
const PATIENCE: Duration = Duration::from_secs(1);

/// What beats.
pub(crate) struct Heartbeat {
    node: Node,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// Of the engine, once it runs.
    gauge: Arc<OnceLock<Gauge>>,
}

/// What is said once, and again after it was not so.
#[derive(Default)]
struct Told {
    /// Heartbeats are not written.
    silent: bool,
    /// Another one has its name.
    namesake: bool,
}

impl Heartbeat {
    /// Of the process that `server` describes and that listens at `bound`.
    pub(crate) fn new(
        server: &Server,
        bound: SocketAddr,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: &dyn Random,
    ) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let node = Node {
            id: NodeId::new(random),
            name: server.name.clone().unwrap_or_else(|| format!("{host}:{}", bound.port())),
            host,
            roles: server.roles,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: clock.now(),
            load: Load::default(),
        };
        Self { node, store, clock, gauge: Arc::default() }
    }

    /// What the process is called.
    pub(crate) fn name(&self) -> &str {
        &self.node.name
    }

    /// Where the engine's gauge is put when it runs.
    pub(crate) fn gauge(&self) -> Arc<OnceLock<Gauge>> {
        Arc::clone(&self.gauge)
    }

    /// Beats until the process has `ended`; then nobody waits for the next heartbeat.
    pub(crate) async fn run(self, ended: impl Future<Output = ()>) {
        tracing::info!(name = self.node.name, roles = self.node.roles.written(), "serving");
        let (mut beats, mut count, mut told) = (interval(BEAT), 0_u32, Told::default());
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ended = pin!(ended);
        loop {
            tokio::select! {
                _ = beats.tick() => {}
                () = &mut ended => break,
            }
            // A heartbeat that has begun is written before the end is.
            let beat = self.beat().await;
            if let Err(error) = &beat
                && !told.silent
            {
                tracing::warn!(%error, "the others cannot be told that this machine is there");
            }
            told.silent = beat.is_err();
            count = (count + 1) % BETWEEN_LOOKS;
            if told.silent || count > 0 {
                continue;
            }
            let Ok(has_namesake) = self.has_namesake().await else { continue };
            if has_namesake && !told.namesake {
                tracing::warn!(
                    name = self.node.name,
                    "another machine that serves has the same name: give each its own in server.name"
                );
            }
            told.namesake = has_namesake;
        }
        if let Err(error) = self.store.forget_node(&self.node.id).await {
            tracing::debug!(%error, "the others were not told of the end; they will see it");
        }
    }

    async fn beat(&self) -> Result<()> {
        let load = self.gauge.get().map(Gauge::load).unwrap_or_default();
        let node = Node { load, ..self.node.clone() };
        self.store.beat_node(&node, self.clock.now()).await
    }

    async fn has_namesake(&self) -> Result<bool> {
        let all = self.store.nodes(self.clock.now(), PAGE_MAX).await?;
        Ok(all.iter().any(|seen| seen.node.id == self.node.id && seen.has_namesake(&all)))
    }
}

/// Waits for the last of `beats`, but not long.
pub(crate) async fn end(beats: JoinHandle<()>) {
    let abort = beats.abort_handle();
    if timeout(PATIENCE, beats).await.is_err() {
        abort.abort();
        tracing::debug!("the others were not told of the end; they will see it");
    }
}
