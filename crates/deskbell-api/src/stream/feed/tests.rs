//! The feed on virtual time: its silence, and its end.

use super::tell::QUIET;
use super::*;
use crate::parts::Parts;
use crate::parts::tests::{StandingClock, parts};
use crate::publisher::Publisher;
use crate::sample;
use crate::signals::Signals;
use crate::stream::filter::Filter;
use crate::stream::lane::GATHER;
use crate::trace::Traced;
use axum::extract::FromRef;
use deskbell_core::account::{Account, ApiKey, KeyText, PayloadStyle};
use deskbell_core::door::SeededRandom;
use deskbell_core::event::Origin;
use deskbell_core::id::{AccountId, EventId, KeyId, MemberId};
use deskbell_core::member::{Member, Role};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::session::Session;
use deskbell_core::store::ChangeFeed;
use deskbell_core::token::TokenHash;
use deskbell_core::trigger::Trigger;
use deskbell_core::vault::Vault;
use deskbell_core::{Store, Timestamp};
use deskbell_store::MemoryStore;
use deskbell_wire::stream::StreamQuery;
use tokio::time::sleep;

mod independence;
mod many;
mod probe;
mod rows;

use probe::{Probe, VirtualClock};

const THROUGH: &str = "event: lag\nid: e0-a0-c0\ndata: {\"behind_ms\":0}\n\n";

struct World {
    parts: Parts,
    store: Arc<dyn Store>,
    /// The store's change feed, as feeds see it.
    feed: Arc<Probe>,
    account: Account,
    key: KeyId,
    stop: watch::Sender<bool>,
}

/// One of the parts.
fn part<T: FromRef<Parts>>(parts: &Parts) -> T {
    T::from_ref(parts)
}

impl World {
    async fn new() -> Self {
        let (stop, stopping) = watch::channel(false);
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let parts = parts(Arc::clone(&store), stopping);
        let random = SeededRandom::new(3);
        let now = StandingClock.now();
        let account = Account {
            id: AccountId::new(&random),
            email: "owner@bell.example".into(),
            created: now,
            payload_style: PayloadStyle::Current,
            operator: false,
        };
        let sandbox = Sandbox::new(&account.id, &random, now);
        store.create_account(account.clone(), sandbox).await.unwrap();
        let text = KeyText::new(&random);
        let key = ApiKey {
            id: text.id().clone(),
            account: account.id.clone(),
            name: "test".into(),
            hash: text.hash(&part::<Arc<Vault>>(&parts)),
            created: now,
            expires: None,
            revoked: None,
            last_used: None,
        };
        store.create_key(key, 25).await.unwrap();
        let feed = Arc::new(Probe::new(Arc::clone(&store)));
        Self { parts, store, feed, account, key: text.id().clone(), stop }
    }

    /// A feed of everything from the beginning, behind its greeting and its first word, that it is through.
    async fn feed(&self) -> Feed {
        self.feed_of(Credential::Key(self.key.clone())).await
    }

    /// The same for whoever holds `credential`.
    async fn feed_of(&self, credential: Credential) -> Feed {
        let mut feed = self.fresh(credential, FeedCursor::at(&Position::default()));
        assert_eq!(feed.next().await.unwrap(), "retry: 1000\nid: e0-a0-c0\n\n");
        assert_eq!(feed.next().await.unwrap(), THROUGH);
        feed
    }

    fn fresh(&self, credential: Credential, cursor: FeedCursor) -> Feed {
        let rows = Rows {
            store: Arc::clone(&self.feed) as Arc<dyn ChangeFeed>,
            ledger: Arc::clone(&self.store),
            clock: Arc::new(StandingClock),
            captures: part(&self.parts),
            answers: part(&self.parts),
            account: Arc::new(self.account.clone()),
            filter: Arc::new(Filter::new(StreamQuery::default())),
        };
        let signals: Arc<Signals> = part(&self.parts);
        let pass = Pass { callers: part(&self.parts), credential };
        let bell = signals.account(&self.account.id);
        Feed::new(rows, pass, bell, signals.stopping(), Arc::new(VirtualClock::default()), cursor)
    }

    /// An event of `account` for its webhooks, not announced.
    async fn accept(&self, account: &Account, seed: u64) -> EventId {
        let random = SeededRandom::new(seed);
        let trigger = Trigger::ConversationStarted;
        let draft =
            sample::event(&*self.store, &random, StandingClock.now(), account, trigger, Traced::default());
        let publisher: Arc<Publisher> = part(&self.parts);
        let new = publisher.render(&draft.await.unwrap(), Origin::Platform, None);
        let id = new.event.id.clone();
        self.store.accept(vec![new], StandingClock.now()).await.unwrap();
        id
    }

    fn signals(&self) -> Arc<Signals> {
        part(&self.parts)
    }
}

#[tokio::test(start_paused = true)]
async fn a_comment_comes_every_fifteen_seconds_of_silence() {
    let world = World::new().await;
    let mut feed = world.feed().await;
    for _ in 0..3 {
        let began = Instant::now();
        assert_eq!(feed.next().await.unwrap(), message::HEARTBEAT);
        let silence = began.elapsed();
        assert!((QUIET..QUIET + LOOK + GATHER).contains(&silence), "{silence:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_revoked_key_ends_the_feed_within_a_second() {
    let world = World::new().await;
    let mut feed = world.feed().await;
    let revoking = async {
        sleep(Duration::from_millis(2_345)).await;
        assert!(world.store.revoke_key(&world.key, Timestamp::MIN).await.unwrap());
        Instant::now()
    };
    let (end, revoked) = tokio::join!(feed.next(), revoking);
    assert_eq!(end, None, "A-117");
    assert!(revoked.elapsed() <= Duration::from_secs(1), "A-117: {:?}", revoked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_ends_the_feed_within_a_second() {
    let world = World::new().await;
    let now = StandingClock.now();
    let owner = Member {
        id: MemberId::new(&SeededRandom::new(5)),
        account: world.account.id.clone(),
        email: None,
        password: None,
        role: Role::Owner,
        created: now,
    };
    let owner = world.store.owner_or(owner).await.unwrap();
    let hash = TokenHash([5; 32]);
    world.store.create_session(Session::new(hash.clone(), owner.id, now), 10).await.unwrap();
    let mut feed = world.feed_of(Credential::Session(hash.clone())).await;
    let signing_out = async {
        sleep(Duration::from_millis(2_345)).await;
        assert!(world.store.end_session(&hash).await.unwrap());
        Instant::now()
    };
    let (end, ended) = tokio::join!(feed.next(), signing_out);
    assert_eq!(end, None, "H-11");
    assert!(ended.elapsed() <= Duration::from_secs(1), "H-11: {:?}", ended.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_feed_at_once() {
    let world = World::new().await;
    let mut feed = world.feed().await;
    let stopping = async {
        sleep(Duration::from_millis(100)).await;
        world.stop.send_replace(true);
        Instant::now()
    };
    let (end, stopped) = tokio::join!(feed.next(), stopping);
    assert_eq!((end, stopped.elapsed()), (None, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn an_event_is_told_when_the_bell_rings_and_at_the_next_look_without_one() {
    let world = World::new().await;
    let mut feed = world.feed().await;
    for rings in [true, false] {
        let accepting = async {
            sleep(Duration::from_millis(100)).await;
            world.accept(&world.account, if rings { 9 } else { 10 }).await;
            if rings {
                world.signals().announce_events(&world.account.id);
            }
            Instant::now()
        };
        let (chunk, accepted) = tokio::join!(feed.next(), accepting);
        let told = String::from_utf8(chunk.unwrap().to_vec()).unwrap();
        assert!(told.starts_with("event: event\nid: e"), "{told}");
        let bound = if rings { GATHER + Duration::from_millis(1) } else { LOOK };
        assert!(accepted.elapsed() <= bound, "{:?}", accepted.elapsed());
    }
}
