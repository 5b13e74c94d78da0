//! Nodes by the database's clock: who is gone, and for how long that is told.

use crate::cluster::Cluster;
use deskbell_core::Timestamp;
use deskbell_core::id::NodeId;
use deskbell_core::node::{Load, Node, Roles, State};
use deskbell_core::store::Nodes as _;
use deskbell_store::PostgresStore;

fn node(id: &str, name: &str) -> Node {
    Node {
        id: NodeId::from_text(id),
        name: name.into(),
        host: "host".into(),
        roles: Roles::ALL,
        version: "0.1.0".into(),
        started: Timestamp::UNIX_EPOCH,
        load: Load::default(),
    }
}

#[tokio::test]
async fn who_is_gone_is_told_for_a_day_or_until_another_of_its_name_comes() {
    let database = Cluster::shared().database("template1");
    let store = PostgresStore::open(&database.url).await.unwrap();
    let age = |id: &str, seconds: u32| {
        let update = format!("UPDATE nodes SET beat = beat - {seconds} * 1000 WHERE id = '{id}'");
        Cluster::shared().run_in(&database.name, &update);
    };
    // Whatever they say that it is.
    let now = Timestamp::UNIX_EPOCH;
    let gone = async || {
        let seen = store.nodes(now, 100).await.unwrap();
        let told = seen.iter().map(|seen| (seen.node.id.to_string(), seen.state() == State::Gone));
        told.collect::<Vec<_>>()
    };
    let one = |id: &str, gone: bool| (id.to_owned(), gone);
    for (id, name) in [("NODE-1", "a"), ("NODE-2", "b"), ("NODE-3", "c")] {
        store.beat_node(&node(id, name), now).await.unwrap();
    }
    age("NODE-1", 20);
    age("NODE-2", 20);
    store.beat_node(&node("NODE-3", "c"), now).await.unwrap();
    assert_eq!(gone().await, [one("NODE-1", true), one("NODE-2", true), one("NODE-3", false)]);

    store.beat_node(&node("NODE-4", "b"), now).await.unwrap();
    let came_back = [one("NODE-1", true), one("NODE-4", false), one("NODE-3", false)];
    assert_eq!(gone().await, came_back);

    age("NODE-1", 24 * 3600);
    store.beat_node(&node("NODE-3", "c"), now).await.unwrap();
    assert_eq!(gone().await, came_back[1..]);
    drop(store);
    database.drop();
}

#[tokio::test]
async fn how_far_a_clock_is_off_is_told() {
    let database = Cluster::shared().database("template1");
    let store = PostgresStore::open(&database.url).await.unwrap();
    let clock = || {
        let asked = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        Cluster::shared().ask(&database.name, asked).parse::<i64>().unwrap()
    };
    let (hour, before) = (3_600_000, clock());
    let now = deskbell_core::time::from_millis(before + hour);
    store.beat_node(&node("NODE-1", "a"), now).await.unwrap();
    let passed = clock() - before;
    let ahead = store.nodes(now, 100).await.unwrap()[0].clock_ms;
    assert!((hour - passed..=hour).contains(&ahead), "{ahead} of {hour}, {passed} ms");
    drop(store);
    database.drop();
}
