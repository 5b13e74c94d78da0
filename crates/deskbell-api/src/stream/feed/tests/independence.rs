//! No kind of news waits for another, and a feed says how far it is behind.

use super::probe::{Kind, Mood};
use super::*;
use serde_json::Value;

/// The messages of a chunk: their kinds and data.
fn messages(chunk: &Bytes) -> Vec<(String, Value)> {
    let text = std::str::from_utf8(chunk).unwrap();
    let blocks = text.split_terminator("\n\n").filter(|block| !block.starts_with(':'));
    let field = |block: &str, name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned()
    };
    blocks
        .map(|block| (field(block, "event: "), serde_json::from_str(&field(block, "data: ")).unwrap()))
        .collect()
}

/// The next messages that are news, and what was said of the lag until then.
async fn news(feed: &mut Feed) -> (Vec<(String, Value)>, Vec<u64>) {
    let mut lags = Vec::new();
    for _ in 0..100 {
        let (lag, news): (Vec<_>, Vec<_>) =
            messages(&feed.next().await.unwrap()).into_iter().partition(|(kind, _)| kind == "lag");
        lags.extend(lag.iter().map(|(_, data)| data["behind_ms"].as_u64().unwrap()));
        if !news.is_empty() {
            return (news, lags);
        }
    }
    panic!("no news come: {lags:?}");
}

/// What is said of the lag until there is no more of it.
async fn lags_until_live(feed: &mut Feed) -> Vec<u64> {
    let mut lags = Vec::new();
    for _ in 0..100 {
        for (kind, data) in messages(&feed.next().await.unwrap()) {
            if kind == "lag" {
                lags.push(data["behind_ms"].as_u64().unwrap());
            }
        }
        if lags.last().is_some_and(|lag| *lag < 1_000) {
            return lags;
        }
    }
    panic!("it never says that it is live again: {lags:?}");
}

fn kinds(news: &[(String, Value)]) -> Vec<&str> {
    news.iter().map(|(kind, _)| kind.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn captures_that_hang_or_fail_hold_back_nothing_else() {
    for mood in [Mood::Hangs, Mood::Fails] {
        let world = World::new().await;
        world.webhook().await;
        let mut feed = world.feed().await;
        world.feed.set(Kind::Captures, Some(mood));
        world.capture(1).await;
        world.signals().announce_capture(&world.account.id, &deskbell_core::id::InboxId::from_text("INB-1"));
        // The look-up is on its way.
        assert!(tokio::time::timeout(GATHER * 5, feed.next()).await.is_err(), "{mood:?}");
        let began = Instant::now();
        world.accept(&world.account, 1).await;
        world.signals().announce_events(&world.account.id);
        assert_eq!(kinds(&news(&mut feed).await.0), ["event", "delivery"], "{mood:?}");
        world.deliver().await;
        world.signals().announce_attempts(&world.account.id);
        assert_eq!(kinds(&news(&mut feed).await.0), ["attempt", "delivery"], "{mood:?}");
        assert!(began.elapsed() < Duration::from_millis(100), "{mood:?}: {:?}", began.elapsed());
        world.feed.set(Kind::Captures, None);
        assert_eq!(kinds(&news(&mut feed).await.0), ["capture"], "{mood:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_go_on_without_events_that_hang_or_fail_and_nothing_older_is_told_of_their_deliveries() {
    for mood in [Mood::Hangs, Mood::Fails] {
        let world = World::new().await;
        world.webhook().await;
        let mut feed = world.feed().await;
        world.feed.set(Kind::Events, Some(mood));
        world.accept(&world.account, 1).await;
        world.signals().announce_events(&world.account.id);
        let began = Instant::now();
        // The read of the events is on its way, and finds the delivery as it is before its attempt.
        let (lags, ()) = tokio::join!(
            async {
                let (told, lags) = news(&mut feed).await;
                assert_eq!(kinds(&told), ["attempt", "delivery"], "{mood:?}");
                assert_eq!(told[1].1["status"], "delivered", "{mood:?}");
                lags
            },
            async {
                sleep(Duration::from_millis(100)).await;
                world.deliver().await;
                world.signals().announce_attempts(&world.account.id);
            }
        );
        assert!(began.elapsed() < PATIENCE + LOOK * 2, "{mood:?}: {:?}", began.elapsed());
        assert!(!lags.is_empty() && lags.iter().all(|lag| *lag >= 1_000), "{mood:?}: {lags:?}");
        // The next attempt does not wait again.
        world.accept(&world.account, 2).await;
        world.deliver().await;
        let began = Instant::now();
        world.signals().announce_attempts(&world.account.id);
        assert_eq!(kinds(&news(&mut feed).await.0), ["attempt", "delivery"], "{mood:?}");
        assert!(began.elapsed() < Duration::from_millis(100), "{mood:?}: {:?}", began.elapsed());
        world.feed.set(Kind::Events, None);
        let (mut told, _) = news(&mut feed).await;
        while told.iter().filter(|(kind, _)| kind == "event").count() < 2 {
            told.extend(news(&mut feed).await.0);
        }
        assert!(
            told.iter().all(|(_, data)| data["status"] != "pending"),
            "an older word came last: {told:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_cannot_be_looked_up_holds_back_nothing() {
    let world = World::new().await;
    world.webhook().await;
    let mut feed = world.feed().await;
    world.feed.set(Kind::Position, Some(Mood::Hangs));
    for seed in 0..3 {
        world.accept(&world.account, seed).await;
        world.signals().announce_events(&world.account.id);
        assert_eq!(kinds(&news(&mut feed).await.0), ["event", "delivery"]);
        let began = Instant::now();
        world.deliver().await;
        world.signals().announce_attempts(&world.account.id);
        assert_eq!(kinds(&news(&mut feed).await.0), ["attempt", "delivery"]);
        let bound = if seed == 0 { PATIENCE + LOOK } else { Duration::from_millis(100) };
        assert!(began.elapsed() <= bound, "{seed}: {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_is_told_behind_its_event_also_when_it_is_announced_first() {
    let world = World::new().await;
    world.webhook().await;
    let mut feed = world.feed().await;
    for seed in 0..3 {
        world.accept(&world.account, seed).await;
        world.deliver().await;
        world.signals().announce_attempts(&world.account.id);
        let mut told = Vec::new();
        while told.len() < 4 {
            told.extend(news(&mut feed).await.0);
        }
        assert_eq!(kinds(&told), ["event", "delivery", "attempt", "delivery"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_feed_says_how_far_it_is_behind_while_it_is_and_when_it_is_no_longer() {
    let world = World::new().await;
    let mut feed = world.feed().await;
    world.feed.set(Kind::Captures, Some(Mood::Hangs));
    world.capture(1).await;
    world.signals().announce_capture(&world.account.id, &deskbell_core::id::InboxId::from_text("INB-1"));
    let healing = async {
        sleep(Duration::from_secs(12)).await;
        world.feed.set(Kind::Captures, None);
    };
    let (lags, ()) = tokio::join!(lags_until_live(&mut feed), healing);
    let (last, late) = lags.split_last().unwrap();
    assert_eq!(*last, 0, "caught up: {lags:?}");
    assert!((1_000..2_000).contains(&late[0]), "{lags:?}");
    assert!(late.windows(2).all(|two| two[0] < two[1] && two[1] - two[0] <= 2_000), "{lags:?}");
    assert!(*late.last().unwrap() >= 10_000, "{lags:?}");
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_comes_back_to_a_backlog_says_how_old_it_is_and_tells_it_in_steps() {
    let world = World::new().await;
    for seed in 0..40 {
        world.capture(seed).await;
    }
    let mut feed = world.fresh(Credential::Key(world.key.clone()), FeedCursor::at(&Position::default()));
    feed.next().await.unwrap();
    // The captures were made five minutes before.
    feed.clock = Arc::new(VirtualClock::ahead(Duration::from_secs(300)));
    let (mut captures, mut lags) = (0, Vec::new());
    while lags.last() != Some(&0) {
        let chunk = feed.next().await.unwrap();
        assert!(chunk.len() < 150_000, "one capture has 100,000 bytes, and {} came in a step", chunk.len());
        for (kind, data) in messages(&chunk) {
            match kind.as_str() {
                "lag" => lags.push(data["behind_ms"].as_u64().unwrap()),
                _ => captures += 1,
            }
        }
    }
    assert_eq!(captures, 40, "all of it before it says that it is through");
    assert!(lags[0] >= 300_000, "{lags:?}");
}
