//! The pool: what it keeps, for whom, for how long, and how many connections are opened at once.

use super::connections::IDLE;
use super::*;
use bytes::Bytes;
use deskbell_core::attempt::Outcome;
use deskbell_core::door::Deadlines;
use deskbell_core::policy::ssrf_guard::Rules;
use tokio::io::{AsyncReadExt as _, DuplexStream};

fn of(pool: &Pool, webhook: &str, url: &str) -> Result<Arc<Connections>, Failure> {
    let request = Request {
        webhook: WebhookId::from_text(webhook),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Bytes::new(),
        deadlines: Deadlines::default(),
    };
    pool.of(&request, &SsrfGuard::new(Rules::default()))
}

fn hook(pool: &Pool) -> Arc<Connections> {
    of(pool, "WHK-1", "https://hook.example/").unwrap()
}

async fn connection() -> (Connection, DuplexStream) {
    let (ours, theirs) = tokio::io::duplex(64);
    (Connection::new(Box::new(ours), "192.0.2.1:443".parse().unwrap()).await.unwrap(), theirs)
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_idle_for_15_s_at_most_and_lives_60_s_at_most() {
    let pool = Arc::new(Pool::new(5, Alarm::default()));
    let hook = hook(&pool);
    let (first, _far) = connection().await;
    pool.keep(&hook, first);
    tokio::time::advance(IDLE.saturating_sub(SWEEP)).await;
    let mut kept = hook.take(Instant::now()).expect("T-03: still fresh");
    pool.keep(&hook, kept);
    tokio::time::advance(IDLE).await;
    assert!(hook.take(Instant::now()).is_none(), "idle for too long");

    let (young, _far) = connection().await;
    kept = young;
    for _ in 0..4 {
        pool.keep(&hook, kept);
        tokio::time::advance(Duration::from_secs(14)).await;
        kept = hook.take(Instant::now()).expect("B-017: younger than a minute");
    }
    pool.keep(&hook, kept);
    tokio::time::advance(Duration::from_secs(4)).await;
    assert!(hook.take(Instant::now()).is_none(), "B-017: a minute old, so its name is judged anew");
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_closed_although_nobody_asks_for_them() {
    let pool = Arc::new(Pool::new(5, Alarm::default()));
    let (idle, mut far) = connection().await;
    pool.keep(&hook(&pool), idle);
    let mut byte = [0; 1];
    let closed = tokio::time::timeout(IDLE + 2 * SWEEP, far.read(&mut byte)).await;
    assert_eq!(closed.expect("closed in time").unwrap(), 0);
    assert_eq!(pool.idle(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_its_receiver_closed_is_swept_away_however_much_is_idle() {
    let pool = Arc::new(Pool::new(1_000, Alarm::default()));
    let mut far = Vec::new();
    for _ in 0..1_000 {
        let (idle, end) = connection().await;
        pool.keep(&hook(&pool), idle);
        far.push(end);
    }
    assert_eq!(pool.idle(), 1_000);
    far.truncate(1);
    tokio::time::sleep(2 * SWEEP).await;
    assert_eq!(pool.idle(), 1, "B-104: within a moment, not when it is idle for too long");
}

#[tokio::test]
async fn a_connection_serves_only_its_webhook_and_target() {
    let pool = Arc::new(Pool::new(5, Alarm::default()));
    let (one, _far) = connection().await;
    let connections = hook(&pool);
    pool.keep(&connections, one);
    assert!(of(&pool, "WHK-2", "https://hook.example/").unwrap().take(Instant::now()).is_none(), "B-109");
    assert!(hook(&pool).take(Instant::now()).is_some(), "control");

    let (one, mut far) = connection().await;
    pool.keep(&connections, one);
    drop(connections);
    assert!(
        of(&pool, "WHK-1", "https://other.example/").unwrap().take(Instant::now()).is_none(),
        "another URL from now on"
    );
    assert_eq!(far.read(&mut [0; 1]).await.unwrap(), 0, "what led to the old one is closed");
    assert!(hook(&pool).take(Instant::now()).is_none());
    assert_eq!(pool.idle(), 0);
}

#[tokio::test]
async fn a_url_is_judged_once_and_another_one_at_once() {
    let pool = Pool::new(5, Alarm::default());
    assert!(Arc::ptr_eq(&hook(&pool), &hook(&pool)), "judged once");
    let refused = of(&pool, "WHK-1", "https://127.0.0.1/").err().unwrap();
    assert_eq!(refused.outcome, Outcome::AddressBlocked);
    assert_eq!(of(&pool, "WHK-1", "https://127.0.0.1/").err().unwrap().outcome, Outcome::AddressBlocked);
}

#[tokio::test]
async fn the_webhook_rung_longest_ago_makes_room() {
    let pool = Pool::new(5, Alarm::default());
    let stranger = of(&pool, "WHK-stranger", "https://hook.example/").unwrap();
    let regular = hook(&pool);
    for number in 0..MAX.get() {
        of(&pool, &format!("WHK-x{number}"), "https://hook.example/").unwrap();
        hook(&pool);
    }
    assert_eq!(pool.lock().len(), MAX.get());
    assert!(Arc::ptr_eq(&regular, &hook(&pool)));
    assert!(!Arc::ptr_eq(&stranger, &of(&pool, "WHK-stranger", "https://hook.example/").unwrap()));
}

#[tokio::test(start_paused = true)]
async fn those_idle_longest_make_room_whoevers_they_are() {
    let pool = Arc::new(Pool::new(40, Alarm::default()));
    let mut far = Vec::new();
    let (greedy, modest) = (hook(&pool), of(&pool, "WHK-2", "https://hook.example/").unwrap());
    for _ in 0..60 {
        let (connection, end) = connection().await;
        pool.keep(&greedy, connection);
        far.push(end);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(pool.idle() <= 40, "bounded");
    }
    let (connection, _far) = connection().await;
    pool.keep(&modest, connection);
    assert!(modest.take(Instant::now()).is_some(), "one webhook's many connections keep nobody else's out");
    assert!(pool.idle() >= 25, "and most of them are still there");
}

#[tokio::test]
async fn the_pool_forgets_what_the_receiver_closed() {
    let pool = Arc::new(Pool::new(5, Alarm::default()));
    let hook = hook(&pool);
    let (connection, far) = connection().await;
    pool.keep(&hook, connection);
    drop(far);
    assert!(hook.take(Instant::now()).is_none(), "B-104: closed meanwhile");
    assert_eq!(pool.idle(), 0);
}

#[tokio::test]
async fn who_waits_gets_what_comes_first_a_kept_connection_or_a_turn() {
    let pool = Arc::new(Pool::new(5, Alarm::default()));
    let hook = hook(&pool);
    let mut turns = Vec::new();
    for _ in 0..limit::OPENING_PER_WEBHOOK {
        turns.push(hook.turn().await);
    }
    let waiting = |hook: &Arc<Connections>| {
        let hook = Arc::clone(hook);
        tokio::spawn(async move { hook.way().await })
    };
    let (one, two) = (waiting(&hook), waiting(&hook));
    tokio::task::yield_now().await;
    assert!(!one.is_finished() && !two.is_finished(), "no turn is free");
    let (connection, _far) = connection().await;
    pool.keep(&hook, connection);
    assert!(matches!(one.await.unwrap(), Way::Kept(_)));
    turns.pop();
    assert!(matches!(two.await.unwrap(), Way::Turn(_)));
}
