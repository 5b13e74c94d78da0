//! The nodes of an instance: who serves, and what each has in hand.

use super::Result;
use crate::Timestamp;
use crate::id::NodeId;
use crate::node::{Node, Seen};
use async_trait::async_trait;

/// Who serves from a store. None of it decides anything: what a node holds is its by its epoch ([`Queue::join`](super::Queue::join)).
#[async_trait]
pub trait Nodes: Send + Sync {
    /// A heartbeat: the node is there, as it says. `now` is its own clock; a store that several machines use goes by one of its
    /// own. Forgets nodes that are [gone](crate::node::State::Gone) for longer than
    /// [`FORGOTTEN_AFTER`](crate::node::FORGOTTEN_AFTER), and those in whose place another of their name has come.
    async fn beat_node(&self, node: &Node, now: Timestamp) -> Result<()>;

    /// The node ends in order: it is forgotten at once.
    async fn forget_node(&self, node: &NodeId) -> Result<()>;

    /// The nodes, at most `limit`, those that were heard of last; by their names, and those of one name by their start.
    async fn nodes(&self, now: Timestamp, limit: u32) -> Result<Vec<Seen>>;
}
