//! Ready means ready: what keeps the database from being written is said, and so is when it can be written again.

use crate::cluster::Cluster;
use deskbell_core::store::{Queue as _, Statistics as _, Unready};
use deskbell_store::PostgresStore;
use futures::future::join_all;
use std::time::Duration;
use tokio::time::timeout;

/// Asks until the answer is this one.
async fn until(store: &PostgresStore, wanted: Option<Unready>) {
    let asked = async {
        while store.unready().await != wanted {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(60), asked).await.expect("it never says so");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_no_writes_is_not_ready_until_it_does() {
    let cluster = Cluster::shared();
    let database = cluster.database("template1");
    let store = PostgresStore::open(&database.url).await.unwrap();
    until(&store, None).await;
    let name = &database.name;
    // As a standby is, or a primary whose disk is full.
    cluster.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let close = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
                 AND pid <> pg_backend_pid()";
    cluster.run_in(name, close);
    until(&store, Some(Unready::Failing)).await;
    cluster.run(&format!("ALTER DATABASE {name} RESET default_transaction_read_only"));
    until(&store, None).await;
    drop(store);
    database.drop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_ask_one_write_is_made_and_none_beside_other_writes() {
    let database = Cluster::shared().database("template1");
    let store = PostgresStore::open(&database.url).await.unwrap();
    let commits = || store.meter().read().commit_time.buckets.count();
    let before = commits();
    while commits() == before {
        let asked = join_all((0..500).map(|_| store.unready())).await;
        assert!(asked.iter().all(Option::is_none));
    }
    assert_eq!(commits(), before + 1, "one for all of them");
    assert_eq!(store.unready().await, None);
    assert_eq!(commits(), before + 1, "what was found is good for a while");
    drop(store);
    database.drop();
}
