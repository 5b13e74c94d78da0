//! What the ledger tells a page beyond the rows: excerpts, expansions, the request as it would be sent, and the search.

use crate::bell::{Bell, CLOSED, OPEN, now};
use crate::client::Answer;
use deskbell_core::id::EventId;
use deskbell_core::policy::sign;
use deskbell_core::time::wire;
use deskbell_core::vault::Secret;
use serde_json::{Value, json};

const PATIENT: &[(&str, &str)] =
    &[("DESKBELL_API__RATE_LIMIT", "off"), ("DESKBELL_DELIVERY__RETRY_SCHEDULE", "1h,1h")];

fn booking(guest: &str) -> Value {
    json!({"object": "booking", "starting_time": "2026-05-11T15:15:00.000Z", "owner": "USR-1",
        "form_submission": {"name": guest, "email": "g@mail.example"}})
}

fn ids(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let data = json["data"].as_array().unwrap_or_else(|| panic!("{}", answer.text()));
    data.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn search(text: &str) -> String {
    let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    format!("/v2/deliveries?limit=100&q={text}")
}

#[tokio::test]
async fn an_event_shows_its_excerpt_everywhere_and_its_exact_bytes_alone() {
    let bell = Bell::start_on_file(CLOSED).await;
    let body = json!({"type": "booking.rescheduled", "data": booking("Ines Carvalho"), "subject": "BKNG-1"});
    let event = bell.post("/v2/events", body).await.at("/id");
    let excerpt = json!({"guest": "Ines Carvalho", "start": "2026-05-11T15:15:00.000Z", "hosts": ["USR-1"]});
    let listed = bell.get("/v2/events").await.json()["data"][0].clone();
    assert_eq!(listed["excerpt"], excerpt);
    assert!(listed.get("payload_text").is_none() && listed.get("payload_sha256").is_none(), "{listed}");
    let one = bell.get(&format!("/v2/events/{event}")).await.json();
    assert_eq!(one["excerpt"], excerpt);
    let stored = bell.store.event(&bell.account, &EventId::from_text(event)).await.unwrap().unwrap();
    assert_eq!(one["payload_text"].as_str().unwrap().as_bytes(), &stored.body[..]);
    assert_eq!(one["payload_bytes"], stored.body.len());
    assert_eq!(one["payload_sha256"], stored.digest());
}

#[tokio::test]
async fn deliveries_expand_to_event_attempts_and_policy() {
    let bell = Bell::start_on_file(PATIENT).await;
    let (_, url) = bell.inbox(&[500]).await;
    bell.webhook("patient", &url, &["booking"]).await;
    let event =
        bell.post("/v2/events", json!({"type": "booking.scheduled", "data": booking("Ana")})).await.at("/id");
    let path = "/v2/deliveries?expand=event,data.attempts,policy";
    let page = bell.until(path, |answer| answer.at("/data/0/attempts") == "1").await.json();
    let delivery = &page["data"][0];
    assert_eq!((&delivery["event"]["object"], &delivery["event"]["id"]), (&json!("event"), &json!(event)));
    assert_eq!(delivery["event"]["excerpt"]["guest"], "Ana");
    assert!(delivery["event"].get("payload").is_none(), "the payload stays behind: {delivery}");
    let made = delivery["attempts_made"].as_array().unwrap();
    let attempt = bell.get("/v2/attempts").await.json()["data"][0].clone();
    assert_eq!(
        *made,
        [json!({"id": attempt["id"], "number": 1, "outcome": "http_status", "status_code": 500,
            "started_time": attempt["started_time"], "total_us": attempt["timings"]["total_us"], "manual": false})]
    );
    assert_eq!(delivery["policy"]["max_attempts"], 3);
    let next = delivery["policy"]["next"].as_array().unwrap();
    assert_eq!((next.len(), &next[0]), (2, &delivery["next_attempt_time"]), "{delivery}");
    let one = format!("/v2/deliveries/{}", delivery["id"].as_str().unwrap());
    assert_eq!(bell.get(&format!("{one}?expand=event,attempts,policy")).await.json(), *delivery);
    let plain = bell.get(&one).await.json();
    assert_eq!(plain["event"], json!(event));
    assert!(plain.get("attempts_made").is_none() && plain.get("policy").is_none(), "{plain}");
    for path in [one.as_str(), "/v2/deliveries"] {
        let refused = bell.get(&format!("{path}?expand=webhook")).await;
        assert_eq!(refused.refusal(), (400, "expand".into(), "expand_invalid".into()));
    }
}

#[tokio::test]
async fn a_request_is_signed_afresh_and_nothing_is_sent() {
    let bell = Bell::start_on_file(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let (webhook, secret) = bell.webhook("again", &url, &["booking"]).await;
    bell.post("/v2/events", json!({"type": "booking.scheduled", "data": booking("Zoë")})).await;
    let sent = bell.captured(&inbox, 1).await.remove(0);
    let delivery = bell.until("/v2/deliveries", |answer| answer.at("/data/0/status") == "delivered").await;
    let path = format!("/v2/deliveries/{}/request", delivery.at("/data/0/id"));
    let request = bell.get(&path).await.json();
    assert_eq!((&request["method"], &request["url"]), (&json!("POST"), &json!(url)));
    assert_eq!((&request["body"], &request["body_encoding"]), (&sent["body"], &json!("utf8")));
    let header = |name: &str| {
        let headers = request["headers"].as_array().unwrap();
        let found =
            headers.iter().find(|pair| pair[0] == name).unwrap_or_else(|| panic!("{name}: {request}"));
        found[1].as_str().unwrap().to_owned()
    };
    let body = request["body"].as_str().unwrap().as_bytes();
    let signed = sign::verify(&Secret::new(secret), &header("Oncehub-Signature"), body).unwrap();
    let time: deskbell_core::Timestamp = request["signed_time"].as_str().unwrap().parse().unwrap();
    assert_eq!(signed, time.as_second());
    let of_attempt = bell.get("/v2/attempts").await.json()["data"][0]["request"]["headers"].clone();
    let names = |headers: &Value| -> Vec<Value> {
        headers.as_array().unwrap().iter().map(|pair| pair[0].clone()).collect()
    };
    assert_eq!(names(&request["headers"]), names(&of_attempt), "what would be sent is what is sent");
    assert_eq!(bell.get(&format!("/v2/inboxes/{inbox}/requests")).await.json()["data"][1], json!(null));
    bell.call("DELETE", &format!("/v2/webhooks/{webhook}"), None).await;
    assert_eq!(bell.get(&path).await.refusal(), (409, "id".into(), "webhook_deleted".into()));
}

/// Three events to two webhooks, one of which fails; one event is for the first alone.
async fn searched(bell: Bell) {
    let (_, good) = bell.inbox(&[200]).await;
    let (_, bad) = bell.inbox(&[503]).await;
    let (crm, _) = bell.webhook("CRM sync", &good, &["booking", "conversation"]).await;
    let (chat, _) = bell.webhook("Team chat", &bad, &["booking.scheduled"]).await;
    let post = async |kind: &str, data: Value, subject: &str| {
        bell.post("/v2/events", json!({"type": kind, "data": data, "subject": subject})).await.at("/id")
    };
    let first = post("booking.scheduled", booking("Ines Carvalho"), "BKNG-1").await;
    let all = "/v2/deliveries?limit=100&creation_time.gt=2020-01-01";
    let made = |count: usize| {
        move |answer: &Answer| {
            let json = answer.json();
            let rows = json["data"].as_array().unwrap();
            rows.len() == count && rows.iter().all(|row| row["attempts"] == 1)
        }
    };
    bell.until(all, made(2)).await;
    let second = post("booking.canceled", booking("Ben \"Big\" Ode"), "BKNG-2").await;
    bell.until(all, made(3)).await;
    // Times are whole milliseconds: the third has to be of a later one.
    let before = wire(now());
    while wire(now()) == before {
        tokio::task::yield_now().await;
    }
    let third =
        post("conversation.closed", json!({"object": "conversation", "bot": {"name": "Zoë"}}), "CVR-3").await;
    let rows = bell.until(all, made(4)).await.json()["data"].as_array().unwrap().clone();
    let of = |event: &str, webhook: &str| {
        let row = rows.iter().find(|row| row["event"] == event && row["webhook"] == webhook).unwrap();
        row["id"].as_str().unwrap().to_owned()
    };
    let (closed, canceled) = (of(&third, &crm), of(&second, &crm));
    let (scheduled, failed) = (of(&first, &crm), of(&first, &chat));
    let after =
        rows.iter().find(|row| row["id"] == canceled.as_str()).unwrap()["creation_time"].as_str().unwrap();
    for (text, expected) in [
        (" ", vec![&closed, &canceled, &failed, &scheduled]),
        ("type:booking", vec![&canceled, &failed, &scheduled]),
        ("-type:booking.scheduled", vec![&closed, &canceled]),
        ("status:503", vec![&failed]),
        ("status:delivered -type:conversation", vec![&canceled, &scheduled]),
        ("outcome:http_status", vec![&failed]),
        ("attempt:>1", vec![]),
        ("attempt:1 -webhook:\"crm sync\"", vec![&failed]),
        ("webhook:\"team chat\"", vec![&failed]),
        ("webhook:nobody", vec![]),
        ("subject:bkng-2", vec![&canceled]),
        (&format!("event:{third}"), vec![&closed]),
        (&format!("after:{after}"), vec![&closed]),
        (&format!("-after:{after} -before:{after}"), vec![&canceled]),
        ("zoë", vec![&closed]),
        ("carvalho type:booking -status:503", vec![&scheduled]),
        (r#""ben \"big\"""#, vec![&canceled]),
        ("body.data.form_submission.name:\"ines carvalho\"", vec![&failed, &scheduled]),
        ("-body.data.object:booking", vec![&closed]),
        ("header.webhook-signature:v1", vec![&closed, &canceled, &failed, &scheduled]),
        (&format!("header.webhook-id:{first} -status:503"), vec![&scheduled]),
    ] {
        let answer = bell.get(&search(text)).await;
        let mut found = ids(&answer);
        // The two deliveries of one event stand in the order of the webhooks.
        let mut expected: Vec<String> = expected.into_iter().cloned().collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{text}: {}", answer.text());
        assert_eq!(answer.at("/search/cursor"), "null", "{text}");
    }
    let both = bell.get(&format!("{}&status=pending", search("type:booking"))).await;
    assert_eq!(ids(&both), [failed], "parameters and tokens hold together");
    let refused = bell.get(&search("carvalho statuss:503")).await;
    assert_eq!(refused.refusal(), (400, "q".into(), "search_invalid".into()));
    let said = refused.at("/message");
    assert!(said.starts_with("statuss:503: ") && said.contains("Did you mean status?"), "{said}");
}

#[tokio::test]
async fn a_search_finds_the_same_in_memory() {
    searched(Bell::start(PATIENT).await).await;
}

#[tokio::test]
async fn a_search_finds_the_same_in_a_file() {
    searched(Bell::start_on_file(PATIENT).await).await;
}

#[tokio::test]
async fn a_search_looks_at_a_bounded_part_and_goes_on_from_its_cursor() {
    let bell = Bell::start_on_file(CLOSED).await;
    // The first answer rests the webhook, so that the rest of them only wait.
    let (_, url) = bell.inbox(&[429]).await;
    bell.webhook("resting", &url, &["booking"]).await;
    let event = |n: usize| {
        let word = if n % 1_000 == 7 { "needle" } else { "hay" };
        json!({"type": "booking.scheduled", "data": {"n": n, "word": word}})
    };
    for thousand in 0..3 {
        let events: Vec<Value> = (0..1_000).map(|n| event(thousand * 1_000 + n)).collect();
        assert_eq!(bell.post("/v2/events", json!({"events": events})).await.status, 202);
    }
    let path = "/v2/deliveries?q=needle&expand=event";
    let first = bell.get(path).await;
    let mut found = ids(&first);
    assert_eq!(
        (found.len(), first.at("/search/scanned")),
        (2, "2000".into()),
        "newest first, and no further"
    );
    assert_eq!(first.at("/has_more"), "true");
    let rest = bell.get(&format!("{path}&after={}", first.at("/search/cursor"))).await;
    found.extend(ids(&rest));
    assert_eq!((found.len(), rest.at("/search/scanned")), (3, "1000".into()));
    assert_eq!((rest.at("/has_more"), rest.at("/search/cursor")), ("false".into(), "null".into()));
    let nothing = bell.get("/v2/deliveries?q=nowhere").await;
    assert_eq!(
        (ids(&nothing).len(), nothing.at("/has_more")),
        (0, "true".into()),
        "an empty page goes on too"
    );
    assert!(nothing.header("link").unwrap().contains("rel=\"next\""));

    // A page that is full ends before the next match, and both directions meet every row once.
    let mut walked = Vec::new();
    let mut next = format!("{path}&limit=1");
    for _ in 0..4 {
        let page = bell.get(&next).await;
        walked.extend(ids(&page));
        if page.at("/has_more") == "false" {
            break;
        }
        next = format!("{path}&limit=1&after={}", page.at("/search/cursor"));
    }
    assert_eq!(walked, found);
    let oldest = found.last().unwrap();
    let back = bell.get(&format!("{path}&limit=1&before={oldest}")).await;
    assert_eq!(ids(&back), found[1..2]);
    let further = bell.get(&format!("{path}&before={}", back.at("/search/cursor"))).await;
    assert_eq!((ids(&further), further.at("/has_more")), (found[..1].to_vec(), "false".into()));
    let unknown = bell.get(&format!("{path}&after=DLV-0000000000000000")).await;
    assert_eq!(unknown.refusal(), (400, "after".into(), "cursor_invalid".into()));
}
