//! The nodes of a store that knows them in memory: where one process serves, and for tests. They need not outlive it.

use deskbell_core::Timestamp;
use deskbell_core::id::NodeId;
use deskbell_core::node::{FORGOTTEN_AFTER, Node, Seen, State};
use deskbell_core::time::until;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The nodes, each with its last heartbeat.
#[derive(Debug, Default)]
pub(crate) struct Registry(Mutex<BTreeMap<NodeId, (Node, Timestamp)>>);

impl Registry {
    pub(crate) fn beat(&self, node: &Node, now: Timestamp) {
        let mut nodes = self.lock();
        nodes.insert(node.id.clone(), (node.clone(), now));
        nodes.retain(|id, (other, beat)| {
            let silent = until(*beat, now);
            let replaced = *id != node.id && other.name == node.name && State::of(silent) == State::Gone;
            silent < FORGOTTEN_AFTER && !replaced
        });
    }

    pub(crate) fn forget(&self, node: &NodeId) {
        self.lock().remove(node);
    }

    pub(crate) fn nodes(&self, now: Timestamp, limit: u32) -> Vec<Seen> {
        let seen = |(node, beat): &(Node, Timestamp)| Seen {
            node: node.clone(),
            silent: until(*beat, now),
            clock_ms: 0,
        };
        let mut nodes: Vec<Seen> = self.lock().values().map(seen).collect();
        nodes.sort_by_key(|seen| seen.silent);
        nodes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        nodes.sort_by(|one, other| {
            let key = |seen: &Seen| (seen.node.name.clone(), seen.node.started);
            key(one).cmp(&key(other))
        });
        nodes
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeId, (Node, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The verbs of a store that keeps its nodes in its `registry`.
macro_rules! registered {
    ($store:ty) => {
        #[async_trait::async_trait]
        impl deskbell_core::store::Nodes for $store {
            async fn beat_node(
                &self,
                node: &deskbell_core::node::Node,
                now: deskbell_core::Timestamp,
            ) -> deskbell_core::store::Result<()> {
                self.registry.beat(node, now);
                Ok(())
            }

            async fn forget_node(
                &self,
                node: &deskbell_core::id::NodeId,
            ) -> deskbell_core::store::Result<()> {
                self.registry.forget(node);
                Ok(())
            }

            async fn nodes(
                &self,
                now: deskbell_core::Timestamp,
                limit: u32,
            ) -> deskbell_core::store::Result<Vec<deskbell_core::node::Seen>> {
                Ok(self.registry.nodes(now, limit))
            }
        }
    };
}
pub(crate) use registered;

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::node::{Load, Roles};
    use deskbell_core::time::from_millis;

    fn node(id: &str, name: &str) -> Node {
        Node {
            id: NodeId::from_text(id),
            name: name.into(),
            host: "host".into(),
            roles: Roles::ALL,
            version: "0.1.0".into(),
            started: from_millis(0),
            load: Load::default(),
        }
    }

    #[test]
    fn who_is_gone_is_told_for_a_day_or_until_another_of_its_name_comes() {
        let registry = Registry::default();
        let at = |seconds: i64| from_millis(seconds * 1_000);
        let told = |seconds| {
            let seen = registry.nodes(at(seconds), 100);
            seen.iter().map(|seen| (seen.node.id.to_string(), seen.state())).collect::<Vec<_>>()
        };
        let one = |id: &str, state| (id.to_owned(), state);
        for (id, name) in [("NODE-1", "a"), ("NODE-2", "b")] {
            registry.beat(&node(id, name), at(0));
        }
        registry.beat(&node("NODE-3", "c"), at(15));
        let there = one("NODE-3", State::Working);
        assert_eq!(told(15), [one("NODE-1", State::Gone), one("NODE-2", State::Gone), there.clone()]);
        registry.beat(&node("NODE-4", "b"), at(15));
        assert_eq!(told(15), [one("NODE-1", State::Gone), one("NODE-4", State::Working), there]);
        registry.beat(&node("NODE-3", "c"), at(24 * 3_600));
        assert_eq!(told(24 * 3_600), [one("NODE-4", State::Gone), one("NODE-3", State::Working)]);
    }
}
