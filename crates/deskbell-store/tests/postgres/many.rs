//! What things cost with many of everything: the same work looks at about as many pages beside few rows as beside many, whatever the
//! database believes of its tables, and walks none of them. Pages are counted, not times, so that it holds on any machine.

use crate::cluster::Cluster;
use crate::explained::{Explained, mark};
use crate::world::{Counted, World, behind_history, beside_sleepers, expiring, from_queues, pages};
use deskbell_core::policy::concurrency::Bounds;
use deskbell_store::PostgresStore;
use std::marker::PhantomData;
use std::ops::Deref;

const FEW: usize = 50;
const MANY: usize = 3_000;
/// How much more the same work may cost beside many than beside few: an index is a page deeper, or two.
const FLAT: f64 = 1.5;
/// Pages that come to that where the work looks at a handful.
const SLACK: u64 = 40;
/// The same of twenty deliveries, each of which comes into a dozen indexes.
const DEEPER: u64 = 20 * 20;
/// Rows of a table that may be walked.
const WALKED: u64 = 200;

/// What the database believes of its tables.
trait Belief {
    /// What it does before anything is in them, and when all is.
    const LOOKS: [&str; 2];
}

/// Nothing: it has never looked.
struct Nothing;
/// That they are empty.
struct Emptiness;
/// The truth.
struct Truth;

impl Belief for Nothing {
    const LOOKS: [&str; 2] = ["", ""];
}

impl Belief for Emptiness {
    const LOOKS: [&str; 2] = ["VACUUM (ANALYZE)", ""];
}

impl Belief for Truth {
    const LOOKS: [&str; 2] = ["", "VACUUM (ANALYZE)"];
}

/// A store in a database of its own.
struct Kept<B> {
    world: World<PostgresStore>,
    explained: Explained,
    belief: PhantomData<B>,
}

impl<B> Deref for Kept<B> {
    type Target = World<PostgresStore>;

    fn deref(&self) -> &Self::Target {
        &self.world
    }
}

impl<B: Belief> Counted for Kept<B> {
    type Store = PostgresStore;

    async fn with(bounds: Bounds) -> Self {
        let explained = Explained::of(Cluster::shared().database("template1"));
        let store = PostgresStore::open(&explained.database.url).await.unwrap();
        Cluster::shared().run_in(&explained.database.name, B::LOOKS[0]);
        Self { world: World::on(store, bounds).await, explained, belief: PhantomData }
    }

    async fn filled(&self) {
        Cluster::shared().run_in(&self.explained.database.name, B::LOOKS[1]);
    }

    /// Pages that the work looks at. None of its statements walks a table or is compiled.
    async fn cost(&self, work: impl Future<Output = ()>) -> u64 {
        let mark = mark();
        work.await;
        let statements = self.explained.since(mark);
        for statement in &statements {
            let walks = statement.walks();
            assert!(walks.iter().all(|(_, rows)| *rows <= WALKED), "{}\nwalks {walks:?}", statement.text);
            assert!(!statement.is_compiled, "{}\nis compiled", statement.text);
        }
        statements.iter().map(|statement| statement.pages()).sum()
    }
}

fn assert_flat(what: &str, few: u64, many: u64) {
    let most = (few as f64 * FLAT) as u64 + SLACK;
    assert!(many <= most, "{what}: {few} pages beside few rows, {many} beside many");
}

async fn deliveries_are_flat<B: Belief>() {
    let [few, many] = [beside_sleepers::<Kept<B>>(FEW).await, beside_sleepers::<Kept<B>>(MANY).await];
    for (at, what) in ["accepting", "finishing", "claiming"].iter().enumerate() {
        assert_flat(what, few[at], many[at]);
    }
}

async fn histories_are_flat<B: Belief>() {
    let [few, many] = [behind_history::<Kept<B>>(FEW).await, behind_history::<Kept<B>>(MANY).await];
    for (at, what) in ["accepting", "failing", "claiming", "delivering"].iter().enumerate() {
        let (few, many) = (few[at], many[at]);
        assert!(many <= few + DEEPER, "{what}: {few} pages beside few rows, {many} beside many");
    }
}

async fn claims_are_flat<B: Belief>() {
    assert_flat("a full claim", from_queues::<Kept<B>>(5).await, from_queues::<Kept<B>>(50).await);
}

async fn pages_are_flat<B: Belief>() {
    let (few, many) = (pages::<Kept<B>>(FEW).await, pages::<Kept<B>>(MANY).await);
    for ((what, few), (_, many)) in few.into_iter().zip(many) {
        assert_flat(what, few, many);
    }
}

async fn expiry_is_flat<B: Belief>() {
    let ([few, none], [many, none_of_many]) =
        (expiring::<Kept<B>>(FEW).await, expiring::<Kept<B>>(MANY).await);
    // An account that has nothing old costs a look into its index.
    let looks = (MANY / 10) as u64 * 8;
    assert!(many <= few + looks, "{few} pages beside few events, {many} beside many");
    assert!(none_of_many <= none + looks, "for nothing: {none} pages beside few, {none_of_many} beside many");
}

macro_rules! believing {
    ($($belief:ident: $module:ident),+) => {
        $(mod $module {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_delivery_costs_the_same_beside_many_webhooks_that_sleep() {
                deliveries_are_flat::<$belief>().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_delivery_costs_the_same_behind_many_of_its_webhook() {
                histories_are_flat::<$belief>().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_claim_costs_what_it_hands_out_however_much_waits_for_each_webhook() {
                claims_are_flat::<$belief>().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_page_costs_the_same_with_many_rows() {
                pages_are_flat::<$belief>().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn what_is_old_is_found_without_a_walk_over_what_is_kept() {
                expiry_is_flat::<$belief>().await;
            }
        })+
    };
}

believing!(Nothing: before_it_has_looked, Emptiness: since_it_saw_them_empty, Truth: when_it_knows);
