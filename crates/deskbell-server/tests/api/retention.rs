//! What is older than it is kept is gone, and whoever asks for it is told so.

use crate::bell::{Bell, CLOSED, now};
use crate::client::Answer;
use crate::stream::Follower;
use deskbell_core::retention::Keep;
use deskbell_core::store::{Expire, Expired};
use deskbell_core::time::later;
use serde_json::json;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Deletes all that is over, as in a hundred days.
async fn expire(bell: &Bell) -> Expired {
    let part = Expire { now: later(now(), 100 * DAY), keep: Keep::all(90 * DAY), rows: 1_000, from: None };
    bell.store.expire(part).await.unwrap()
}

/// Where the past was cut, as the end of that list tells.
async fn cut(bell: &Bell, path: &str) -> String {
    let list = bell.get(path).await;
    assert_eq!((list.status, list.at("/has_more")), (200, "false".into()), "{path}: {}", list.text());
    list.json()["deleted_before"].as_str().unwrap_or_default().to_owned()
}

struct Delivered {
    webhook: String,
    event: String,
    delivery: String,
    attempt: String,
}

async fn delivered(bell: &Bell) -> Delivered {
    let (_, url) = bell.inbox(&[200]).await;
    let (webhook, _) = bell.webhook("CRM sync", &url, &["booking"]).await;
    let posted = json!({"type": "booking.scheduled", "subject": "BKNG-1", "data": {"object": "booking"}});
    let event = bell.post("/v2/events", posted).await.at("/id");
    let done = |answer: &Answer| answer.at("/data/0/status") == "delivered";
    let list = bell.until(&format!("/v2/deliveries?event={event}"), done).await;
    let attempt = bell.get(&format!("/v2/attempts?event={event}")).await.at("/data/0/id");
    Delivered { webhook, event, delivery: list.at("/data/0/id"), attempt }
}

#[tokio::test]
async fn what_is_gone_is_said_to_be_deleted_wherever_it_is_asked_for() {
    let bell = Bell::start_on_file(CLOSED).await;
    let Delivered { webhook, event, delivery, attempt } = delivered(&bell).await;
    let (delivery, attempt) = (delivery.as_str(), attempt.as_str());
    let lists = ["/v2/events", "/v2/deliveries", "/v2/deliveries?q=type:booking", "/v2/attempts"];
    for path in lists {
        assert_eq!(cut(&bell, path).await, "", "{path}: nothing was deleted yet");
    }
    let share = bell.post("/v2/shares", json!({"delivery": delivery})).await;
    assert_eq!(expire(&bell).await.events, 1);

    for path in lists {
        let before = cut(&bell, path).await;
        assert!(before.starts_with("20") && before.ends_with('Z'), "{path}: {before}");
    }
    let before = cut(&bell, "/v2/events").await;
    let said = format!("Events before {before} were deleted: they were older than they are kept.");
    let retry = format!("/v2/deliveries/{delivery}/retry");
    for (method, path, id) in [
        ("GET", format!("/v2/events/{event}"), event.as_str()),
        ("GET", format!("/v2/deliveries/{delivery}"), delivery),
        ("GET", format!("/v2/deliveries/{delivery}/request"), delivery),
        ("POST", retry, delivery),
        ("GET", format!("/v2/attempts/{attempt}"), attempt),
        ("GET", format!("/v2/why?event={event}&webhook={webhook}"), event.as_str()),
    ] {
        let answer = bell.call(method, &path, None).await;
        assert_eq!((answer.status, answer.at("/code")), (404, "not_found".into()), "{path}");
        let message = answer.at("/message");
        assert!(message.contains(id) && message.ends_with(&said), "{path}: {message}");
    }
    let refused = bell.post("/v2/shares", json!({"delivery": delivery})).await;
    assert_eq!((refused.status, refused.at("/param")), (404, "delivery".into()));
    assert!(refused.at("/message").ends_with(&said));
    // Of what never was, it says no such thing.
    let young = bell.get("/v2/events/EVNT-ZZZZZZZZZZ").await;
    assert_eq!((young.status, young.at("/message")), (404, "No such event: 'EVNT-ZZZZZZZZZZ'".into()));
    // What was frozen stays, and so does what the tester captured.
    let url = share.at("/url");
    let page = bell.send("GET", &url[url.find("/s/").unwrap()..], &[("Accept", "text/html")], None).await;
    assert!(page.status == 200 && page.text().contains(delivery));
    let inbox = bell.get("/v2/inboxes").await.at("/data/0/id");
    let captured = bell.get(&format!("/v2/inboxes/{inbox}/requests")).await;
    assert_eq!((captured.status, captured.at("/data/0/delivery_of")), (200, "null".into()));
    // And how the webhook does.
    let health = bell.get(&format!("/v2/webhooks/{webhook}?expand=health")).await;
    assert_eq!(health.status, 200, "{}", health.text());
}

#[tokio::test]
async fn why_tells_where_the_past_was_cut() {
    let bell = Bell::start_on_file(CLOSED).await;
    let Delivered { webhook, .. } = delivered(&bell).await;
    let ask = async |rest: &str| {
        bell.get(&format!("/v2/why?webhook={webhook}&type=booking.scheduled&subject=BKNG-1{rest}")).await
    };
    assert_eq!(ask("").await.at("/verdict"), "delivered");
    expire(&bell).await;
    let gone = ask("").await;
    assert_eq!(gone.at("/verdict"), "no_longer_kept", "{}", gone.text());
    assert_eq!(gone.at("/sentence"), "No such event is kept.");
    let reason = gone.at("/reason");
    assert!(reason.starts_with("Events before ") && reason.contains(" were deleted"), "{reason}");
    assert_eq!(gone.json()["steps"].as_array().unwrap().len(), 5);
    let later = ask("&after=2099-01-01").await;
    assert_eq!(later.at("/verdict"), "never_produced", "what was deleted is older than what is asked for");
}

#[tokio::test]
async fn a_stream_that_would_miss_what_was_deleted_is_told_so() {
    for bell in [Bell::start(CLOSED).await, Bell::start_on_file(CLOSED).await] {
        let follow = async |last: &str| {
            let headers = [("API-Key", bell.key.as_str()), ("Last-Event-ID", last)];
            bell.send("GET", "/v2/stream", &headers, None).await
        };
        delivered(&bell).await;
        let end = bell.store.position(&bell.account).await.unwrap();
        expire(&bell).await;
        let missed = [
            format!("e0-a{}-c0", end.attempt),
            format!("e{}-a0-c0", end.event),
            format!("e{}.1-a{}-c0", end.event, end.attempt),
        ];
        for last in missed {
            let refused = follow(&last).await;
            let expired = (400, "Last-Event-ID".to_owned(), "cursor_expired".to_owned());
            assert_eq!(refused.refusal(), expired, "{last}");
            assert!(refused.at("/message").contains("events before 20"), "{}", refused.text());
        }
        // Who has heard all of it goes on, also with nothing left of it.
        let mut follower = Follower::resume(&bell, &format!("e{}-a{}-c0", end.event, end.attempt)).await;
        let next = bell.post("/v2/events", json!({"type": "booking.canceled", "data": {}})).await.at("/id");
        let mut told = follower.next().await.unwrap();
        while told.kind != "event" {
            // Captures are kept for another time.
            assert_eq!(told.kind, "capture");
            told = follower.next().await.unwrap();
        }
        assert_eq!(told.object(), next);
    }
}

#[tokio::test]
async fn an_event_whose_bytes_were_deleted_is_shown_and_not_sent_again() {
    for bell in [Bell::start(CLOSED).await, Bell::start_on_file(CLOSED).await] {
        let Delivered { webhook, event, delivery, .. } = delivered(&bell).await;
        let keep = Keep { events: 90 * DAY, payloads: 30 * DAY };
        let part = Expire { now: later(now(), 31 * DAY), keep, rows: 1_000, from: None };
        assert_eq!(bell.store.expire(part).await.unwrap().payloads, 1);
        let shown = bell.get(&format!("/v2/events/{event}")).await.json();
        assert_eq!((&shown["id"], &shown["payload_deleted"]), (&json!(event), &json!(true)));
        assert!(shown.get("payload").is_none() && shown.get("payload_sha256").is_none(), "{shown:#}");
        let listed = bell.get("/v2/deliveries?expand=event,attempts,policy").await;
        assert_eq!((listed.status, listed.at("/data/0/id")), (200, delivery.clone()));
        assert_eq!(bell.get("/v2/deliveries?q=body.object:booking").await.json()["data"], json!([]));
        let calls = [("POST", "retry"), ("GET", "request")];
        for (method, call) in calls {
            let refused = bell.call(method, &format!("/v2/deliveries/{delivery}/{call}"), None).await;
            assert_eq!(refused.refusal(), (409, "id".into(), "payload_deleted".into()), "{call}");
        }
        let why = bell.get(&format!("/v2/why?event={event}&webhook={webhook}")).await;
        assert_eq!(why.at("/verdict"), "delivered");
        assert!(why.at("/steps/0/sentence").ends_with("its bytes were deleted since."), "{}", why.text());
        let inbox = bell.get("/v2/inboxes").await.at("/data/0/id");
        let captured = bell.get(&format!("/v2/inboxes/{inbox}/requests")).await;
        assert_eq!(captured.at("/data/0/delivery_of/same_bytes"), "true", "{}", captured.text());
    }
}
