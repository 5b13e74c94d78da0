//! Connections to the database that are cut at any moment.

use crate::cluster::Cluster;
use crate::given::{Given, at, first, postgres};
use deskbell_core::event::{Idempotency, NewEvent};
use deskbell_core::store::{Accepted, Error, EventFilter};
use deskbell_core::trigger::Trigger;

const EVENTS: u8 = 100;
const CUTS: usize = 20;

/// C-28. Who is told nothing calls again with the same key, as callers do; who is told *accepted* need not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_accepted_while_connections_are_cut_is_there_once() {
    let (store, database) = postgres().await;
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    let call = |n: u8| {
        let idempotency = Some(Idempotency { key: format!("key {n}"), digest: [n; 32] });
        let new = NewEvent { idempotency, ..given.event(Trigger::BookingScheduled) };
        let store = given.store.clone();
        async move {
            loop {
                match store.accept(vec![new.clone()], at(0)).await.as_deref() {
                    Ok([Accepted::New { .. } | Accepted::Duplicate { .. }]) => return,
                    Err(Error::Unavailable(_)) => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    };
    let calls: Vec<_> = (0..EVENTS).map(|n| tokio::spawn(call(n))).collect();
    let cut =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", database.name);
    for _ in 0..CUTS {
        Cluster::shared().run(&cut);
    }
    for call in calls {
        call.await.unwrap();
    }
    let (mut count, mut page) = (0, first(100));
    loop {
        let found = given.store.events(&given.account, &EventFilter::default(), &page).await.unwrap();
        count += found.items.len();
        if !found.older {
            break;
        }
        let last = found.items.last().unwrap().id.to_string();
        page.cursor = Some(deskbell_core::store::Cursor::After(last));
    }
    assert_eq!(count, usize::from(EVENTS));
    database.drop();
}
