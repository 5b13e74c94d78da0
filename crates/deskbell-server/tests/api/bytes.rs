//! Bytes, not counts: however large the objects are, an answer has so many bytes, and what is not taken is not read.

use crate::bell::{Bell, CLOSED};
use crate::client::{Answer, send_raw};
use deskbell_core::policy::limit::{BODIES_PER_ACCOUNT_BYTES, CAPTURE_BODY_BYTES};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

fn ids(answer: &Answer) -> Vec<String> {
    let data: Vec<Value> = answer.json()["data"].as_array().unwrap().clone();
    data.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// The path of a page beside this one.
fn link(answer: &Answer, relation: &str) -> Option<String> {
    let (end, header) = (format!(">; rel=\"{relation}\""), answer.header("link")?);
    let link = header.split(", ").find_map(|link| link.strip_suffix(&end))?;
    Some(link[link.find("/v2").unwrap()..].to_owned())
}

/// Reads a list of large objects by its links to the end and back: the ids of each page.
async fn both_ways(bell: &Bell, path: &str) -> [Vec<Vec<String>>; 2] {
    let mut pages = [Vec::new(), Vec::new()];
    let mut page = bell.get(path).await;
    pages[0].push(ids(&page));
    while page.at("/has_more") == "true" {
        page = bell.get(&link(&page, "next").expect("a page that ends early leads on")).await;
        pages[0].push(ids(&page));
    }
    while let Some(previous) = link(&page, "previous") {
        page = bell.get(&previous).await;
        pages[1].insert(0, ids(&page));
        if page.at("/has_more") == "false" {
            break;
        }
    }
    pages
}

#[tokio::test]
async fn a_page_of_large_captures_ends_early_and_leads_on() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let path = &url[url.find("/in/").unwrap()..];
    for _ in 0..5 {
        assert_eq!(bell.send("POST", path, &[], Some("x".repeat(450_000))).await.status, 200);
    }
    let [there, back] = both_ways(&bell, &format!("/v2/inboxes/{inbox}/requests?limit=100")).await;
    assert_eq!(there.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let all = there.concat();
    assert_eq!(back.concat(), all[..4], "and back, without the page that it began at");
    // Whoever waits for more than fit is answered with those.
    let waited = bell.get(&format!("/v2/inboxes/{inbox}/requests?limit=100&count=5&wait=60")).await;
    assert_eq!(ids(&waited).len(), 2);
}

#[tokio::test]
async fn a_page_of_deliveries_with_large_events_ends_early_and_leads_on() {
    let bell = Bell::start_on_file(CLOSED).await;
    bell.webhook("one", "https://example.com/", &["booking"]).await;
    let data = json!({"object": "booking", "note": "x".repeat(125_000)});
    for _ in 0..12 {
        let event = json!({"type": "booking.scheduled", "data": data});
        assert_eq!(bell.post("/v2/events", event).await.status, 202);
    }
    for search in ["", "&q=type:booking.scheduled"] {
        let [there, back] = both_ways(&bell, &format!("/v2/deliveries?limit=100&expand=event{search}")).await;
        assert_eq!(there.iter().map(Vec::len).collect::<Vec<_>>(), [9, 3], "{search}");
        let all = there.concat();
        assert_eq!((all.len(), back.concat()), (12, all[..9].to_vec()), "{search}");
    }
    assert_eq!(ids(&bell.get("/v2/deliveries?limit=100").await).len(), 12, "without them, all fit");
}

/// A megabyte is promised and not sent: the answer comes all the same.
#[tokio::test]
async fn what_an_inbox_does_not_take_costs_its_head() {
    let settings = [("DESKBELL_API__RATE_LIMIT", "off"), ("DESKBELL_INBOX__REQUESTS_PER_MINUTE", "1")];
    let bell = Bell::start_on_file(&settings).await;
    let (_, url) = bell.inbox(&[]).await;
    let path = &url[url.find("/in/").unwrap()..];
    assert_eq!(bell.send("POST", path, &[], Some("{}".into())).await.status, 200);
    let head = |path: &str| format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    let unknown = send_raw(bell.address, head("/in/nobody").as_bytes()).await;
    assert_eq!((unknown.status, unknown.at("/code")), (404, "route_unknown".into()), "A-131");
    let fast = send_raw(bell.address, head(path).as_bytes()).await;
    assert_eq!((fast.status, fast.header("connection")), (429, Some("close")), "A-133");
}

/// As many bytes as one account may have under way wait for their answers, and the next body comes all the same.
#[tokio::test]
async fn a_request_that_waits_for_its_answer_holds_no_bytes() {
    let bell = Bell::start_on_file(CLOSED).await;
    let answers = json!({"answers": [{"status": 200, "delay_ms": 30_000}]});
    let made = bell.post("/v2/inboxes", answers).await;
    let (id, url) = (made.at("/id"), made.at("/url"));
    let path = &url[url.find("/in/").unwrap()..];
    let body = "x".repeat(CAPTURE_BODY_BYTES);
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {CAPTURE_BODY_BYTES}\r\n\r\n");
    let many = BODIES_PER_ACCOUNT_BYTES / CAPTURE_BODY_BYTES;
    let mut waiting = Vec::new();
    for _ in 0..many {
        let mut socket = TcpStream::connect(bell.address).await.unwrap();
        socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        waiting.push(socket);
    }
    bell.until(&format!("/v2/inboxes/{id}"), |inbox| inbox.json()["captured"] == many).await;
    let (_, url) = bell.inbox(&[]).await;
    let next = bell.send("POST", &url[url.find("/in/").unwrap()..], &[], Some(body)).await;
    assert_eq!(next.status, 200, "{}", next.text());
}
