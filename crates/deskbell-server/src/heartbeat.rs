//! The heartbeat of this process: says every few seconds that it is there, under which name, and how much it has in hand, for those who
//! ask which machines serve.

use crate::config::Server;
use deskbell_core::id::NodeId;
use deskbell_core::node::{BEAT, Load, Node};
use deskbell_core::store::Result;
use deskbell_core::{Clock, Random, Store};
use deskbell_engine::Gauge;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How many heartbeats there are between two looks at the names of the others.
const BETWEEN_LOOKS: u32 = 5;
/// Nodes that are looked at.
const NODES: u32 = 100;
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

    /// Which process it is of.
    pub(crate) fn id(&self) -> NodeId {
        self.node.id.clone()
    }

    /// Where the engine's gauge is put when it runs.
    pub(crate) fn gauge(&self) -> Arc<OnceLock<Gauge>> {
        Arc::clone(&self.gauge)
    }

    /// Beats until it is dropped.
    pub(crate) async fn run(self) {
        tracing::info!(name = self.node.name, roles = self.node.roles.written(), "serving");
        let (mut beats, mut count, mut namesake) = (interval(BEAT), 0_u32, false);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            if let Err(error) = self.beat().await {
                tracing::warn!(%error, "the others cannot be told that this machine is there");
                continue;
            }
            count = (count + 1) % BETWEEN_LOOKS;
            if count > 0 {
                continue;
            }
            let Ok(has_namesake) = self.has_namesake().await else { continue };
            if has_namesake && !namesake {
                tracing::warn!(
                    name = self.node.name,
                    "another machine that serves has the same name: give each its own in server.name"
                );
            }
            namesake = has_namesake;
        }
    }

    async fn beat(&self) -> Result<()> {
        let load = self.gauge.get().map(Gauge::load).unwrap_or_default();
        let node = Node { load, ..self.node.clone() };
        self.store.beat_node(&node, self.clock.now()).await
    }

    async fn has_namesake(&self) -> Result<bool> {
        let all = self.store.nodes(self.clock.now(), NODES).await?;
        Ok(all.iter().any(|seen| seen.node.id == self.node.id && seen.has_namesake(&all)))
    }
}

/// The process ends in order: nobody waits for its next heartbeat.
pub(crate) async fn end(store: &dyn Store, node: &NodeId) {
    match timeout(PATIENCE, store.forget_node(node)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the others were not told of the end; they will see it"),
        Err(_) => tracing::debug!("the others were not told of the end; they will see it"),
    }
}
