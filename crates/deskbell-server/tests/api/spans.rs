//! Spans: a collector is told what becomes of events, in the trace of whoever published them.

#[path = "../../../deskbell-otlp/src/tests/collector.rs"]
mod collector;

use crate::bell::{Bell, OPEN, Settings};
use crate::metrics::scrape;
use collector::Collector;
use deskbell_core::hex;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::json;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn telling<'a>(endpoint: &'a str) -> Vec<(&'a str, &'a str)> {
    let told: Settings<'a> = &[
        ("DESKBELL_TRACES__HEADERS", "api-key=the-collectors-key"),
        ("DESKBELL_DELIVERY__RETRY_SCHEDULE", "50ms"),
        ("DESKBELL_METRICS__LISTEN", "127.0.0.1:0"),
    ];
    [OPEN, told, &[("DESKBELL_TRACES__ENDPOINT", endpoint)]].concat()
}

fn named<'s>(spans: &'s [Span], name: &str) -> Vec<&'s Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

#[tokio::test]
async fn a_collector_sees_an_event_from_its_publisher_to_its_receiver() {
    let collector = Collector::start(&[]).await;
    let url = collector.url();
    let mut bell = Bell::start_on_file(&telling(&url)).await;
    let (inbox, address) = bell.inbox(&[500, 200]).await;
    bell.webhook("traced", &address, &["booking"]).await;
    let headers = [("API-Key", bell.key.as_str()), ("traceparent", PARENT)];
    let body = json!({"type": "booking.scheduled", "data": {"guest": "guest@mail.example"}});
    let posted = bell.send("POST", "/v2/events", &headers, Some(body.to_string())).await;
    let event = posted.at("/id");
    let requests = bell.captured(&inbox, 2).await;
    let delivered = |answer: &crate::client::Answer| answer.at("/data/0/status") == "delivered";
    bell.until(&format!("/v2/deliveries?event={event}"), delivered).await;
    bell.stop().await;

    let told = collector.spans();
    let ours: Vec<Span> = told.into_iter().filter(|span| hex::encode(&span.trace_id) == TRACE).collect();
    let accept = named(&ours, "accept");
    assert_eq!((accept.len(), hex::encode(&accept[0].parent_span_id)), (1, "00f067aa0ba902b7".into()));
    let attempts = named(&ours, "attempt");
    assert_eq!(attempts.len(), 2);
    for attempt in &attempts {
        assert_eq!(attempt.parent_span_id, accept[0].span_id);
        let span = hex::encode(&attempt.span_id);
        let sent = requests.iter().filter(|request| request["headers"].to_string().contains(&span));
        assert_eq!(sent.count(), 1, "the receiver was told the attempt's own span");
        for part in ["head", "body", "record"] {
            let below = named(&ours, part).into_iter().filter(|span| span.parent_span_id == attempt.span_id);
            assert_eq!(below.count(), 1, "{part}");
        }
    }
    let claims = named(&ours, "claim");
    assert!(
        claims.iter().all(|claim| claim.parent_span_id == accept[0].span_id) && claims.len() == 1,
        "{claims:?}"
    );

    let token = address.rsplit('/').next().unwrap();
    for request in collector.requests() {
        assert!(request.head.contains("api-key: the-collectors-key"), "{}", request.head);
        let body = String::from_utf8_lossy(&request.body).into_owned();
        for secret in [token, "guest@mail.example", "the-collectors-key", bell.key.as_str()] {
            assert!(!body.contains(secret), "{secret}");
        }
    }
}

#[tokio::test]
async fn what_the_sandbox_rings_and_what_came_without_a_trace_is_told_too() {
    let collector = Collector::start(&[]).await;
    let url = collector.url();
    let mut bell = Bell::start_on_file(&telling(&url)).await;
    let (inbox, address) = bell.inbox(&[]).await;
    bell.webhook("plain", &address, &["booking", "conversation"]).await;
    bell.post("/v2/events", json!({"events": vec![json!({"type": "booking.scheduled", "data": {}}); 3]}))
        .await;
    let talk = bell.post("/v2/conversations", json!({})).await.at("/id");
    bell.post(&format!("/v2/conversations/{talk}/close"), json!({})).await;
    let requests = bell.captured(&inbox, 5).await;
    assert!(
        requests.iter().all(|request| !request["headers"].to_string().contains("raceparent")),
        "no receiver is"
    );
    bell.stop().await;
    let told = collector.spans();
    let accepts = named(&told, "accept");
    assert_eq!(accepts.len(), 5);
    for attempt in named(&told, "attempt") {
        let above = accepts.iter().find(|accept| accept.span_id == attempt.parent_span_id).unwrap();
        assert_eq!(above.trace_id, attempt.trace_id);
    }
}

#[tokio::test]
async fn a_dead_collector_holds_up_nobody_and_is_counted() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let mut bell = Bell::start_on_file(&telling(&url)).await;
    for _ in 0..10 {
        let events = json!({"events": vec![json!({"type": "booking.scheduled", "data": {}}); 1_000]});
        let posted = bell.post("/v2/events", events).await;
        let taken =
            posted.json()["data"].as_array().unwrap().iter().filter(|one| one["status"] == 202).count();
        assert_eq!(taken, 1_000);
    }
    let measured = scrape(&bell).await;
    assert_eq!(measured.value("deskbell_spans_exported_total", &[]), 0.0);
    assert!(measured.value("deskbell_spans_dropped_total", &[]) >= 1_000.0, "what waits is bounded");
    // Within the drain, which is shorter than the collector is tried.
    bell.stop().await;
}
