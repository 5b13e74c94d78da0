//! The nodes that serve. By which clock they are judged is a store's own.

use crate::given::{Shared, at};
use deskbell_core::delivery::Epoch;
use deskbell_core::id::NodeId;
use deskbell_core::node::{Load, Node, Role, Roles, Seen, State};

fn node(id: &str, name: &str) -> Node {
    Node {
        id: NodeId::from_text(id),
        name: name.into(),
        host: "host".into(),
        roles: Roles::ALL,
        version: "0.1.0".into(),
        started: at(5),
        load: Load::default(),
    }
}

async fn ids(store: &Shared, limit: u32) -> Vec<String> {
    let nodes = store.nodes(at(100), limit).await.unwrap();
    nodes.iter().map(|seen| seen.node.id.to_string()).collect()
}

pub(crate) async fn a_node_is_known_from_its_first_heartbeat_until_it_ends(store: Shared) {
    assert_eq!(store.nodes(at(10), 100).await.unwrap(), []);
    let mut one = Node { roles: [Role::Engine, Role::Api].into_iter().collect(), ..node("NODE-1", "bell") };
    let some = Load { epoch: Some(Epoch(7)), in_flight: 3, in_hand: 5 };
    for load in [Load::default(), some, Load { in_hand: 1, ..Load::default() }] {
        one.load = load;
        store.beat_node(&one, at(10)).await.unwrap();
        let seen = store.nodes(at(10), 100).await.unwrap();
        assert_eq!(seen.iter().map(|seen| &seen.node).collect::<Vec<_>>(), [&one]);
        assert_eq!(seen[0].state(), State::Working);
    }
    store.forget_node(&NodeId::from_text("NODE-2")).await.unwrap();
    assert_eq!(ids(&store, 100).await, ["NODE-1"]);
    store.forget_node(&one.id).await.unwrap();
    assert_eq!(ids(&store, 100).await, [""; 0]);
}

pub(crate) async fn two_of_one_name_are_told_apart(store: Shared) {
    let younger = Node { started: at(6), ..node("NODE-1", "bell") };
    for one in [younger, node("NODE-2", "bell"), node("NODE-3", "other")] {
        store.beat_node(&one, at(10)).await.unwrap();
    }
    let all = store.nodes(at(10), 100).await.unwrap();
    let told: Vec<_> = all.iter().map(|seen| (seen.node.id.as_str(), seen.has_namesake(&all))).collect();
    assert_eq!(told, [("NODE-2", true), ("NODE-1", true), ("NODE-3", false)], "the older one first");
}

pub(crate) async fn those_heard_of_last_are_told_by_their_names(store: Shared) {
    for (id, name, millis) in [("NODE-1", "c", 10), ("NODE-2", "a", 11), ("NODE-3", "b", 12)] {
        store.beat_node(&node(id, name), at(millis)).await.unwrap();
        // The clock of a database has to move on.
        let heard = |seen: &Seen| seen.node.name == name && !seen.silent.is_zero();
        while !store.nodes(at(millis + 1), 100).await.unwrap().iter().any(heard) {}
    }
    assert_eq!(ids(&store, 100).await, ["NODE-2", "NODE-3", "NODE-1"]);
    assert_eq!(ids(&store, 2).await, ["NODE-2", "NODE-3"]);
    store.beat_node(&node("NODE-1", "c"), at(13)).await.unwrap();
    assert_eq!(ids(&store, 2).await, ["NODE-3", "NODE-1"]);
}
