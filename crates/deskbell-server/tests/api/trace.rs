//! `traceparent` and `tracestate`: from whoever publishes to whoever receives (W3C Trace Context).

use crate::bell::{Bell, OPEN};
use crate::booking::guest;
use crate::client::Answer;
use serde_json::{Value, json};
use std::collections::HashSet;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const STATE: &str = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7";

async fn post(bell: &Bell, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
    let key = ("API-Key", bell.key.as_str());
    let headers: Vec<(&str, &str)> = std::iter::once(key).chain(headers.iter().copied()).collect();
    let answer = bell.send("POST", path, &headers, Some(body.to_string())).await;
    assert!((200..300).contains(&answer.status), "{}", answer.text());
    answer
}

fn scheduled() -> Value {
    json!({"type": "booking.scheduled", "data": {}})
}

/// The values of that header, whatever its case.
fn header(headers: &Value, name: &str) -> Vec<String> {
    // A captured request has objects, an attempt pairs.
    let part = |header: &Value, key: &str, at: usize| {
        header.get(key).unwrap_or(&header[at]).as_str().unwrap().to_owned()
    };
    let named = |header: &&Value| part(header, "name", 0).eq_ignore_ascii_case(name);
    headers.as_array().unwrap().iter().filter(named).map(|header| part(header, "value", 1)).collect()
}

/// The span that a request was told, which is of our trace.
fn span(request: &Value) -> String {
    let parents = header(&request["headers"], "traceparent");
    let parts: Vec<&str> = parents.first().expect("a traceparent").split('-').collect();
    assert_eq!((parts[0], parts[1], parts[3], parents.len()), ("00", TRACE, "01", 1), "{parents:?}");
    parts[2].to_owned()
}

#[tokio::test]
async fn each_try_is_a_span_of_the_publishers_trace_and_is_recorded_as_it_was_sent() {
    let quick = [OPEN, &[("DESKBELL_DELIVERY__RETRY_SCHEDULE", "50ms,50ms")]].concat();
    let bell = Bell::start_on_file(&quick).await;
    let (inbox, url) = bell.inbox(&[500, 500, 200]).await;
    bell.webhook("traced", &url, &["booking"]).await;
    post(&bell, "/v2/events", &[("traceparent", PARENT), ("tracestate", STATE)], scheduled()).await;
    let requests = bell.captured(&inbox, 3).await;
    let spans: HashSet<String> = requests.iter().map(span).collect();
    assert_eq!(spans.len(), 3, "each attempt is a span of its own");
    assert!(!spans.contains("00f067aa0ba902b7"), "none is the publisher's");
    for request in &requests {
        assert_eq!(header(&request["headers"], "tracestate"), [STATE], "as it came");
        assert_eq!(request["delivery_of"]["signature"], "valid", "it takes no part in the signature");
        let attempt = request["delivery_of"]["attempt"].as_str().unwrap();
        let attempt =
            bell.until(&format!("/v2/attempts/{attempt}"), |answer| answer.status == 200).await.json();
        for name in ["Traceparent", "Tracestate"] {
            let told = header(&attempt["request"]["headers"], name);
            assert_eq!(told, header(&request["headers"], name), "the attempt tells what was sent");
        }
    }
}

#[tokio::test]
async fn all_that_a_call_rings_belongs_to_its_trace() {
    let bell = Bell::start_on_file(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let (webhook, _) = bell.webhook("traced", &url, &["booking", "conversation"]).await;
    let traced = [("traceparent", PARENT)];
    post(&bell, "/v2/events", &traced, json!({"events": vec![scheduled(); 20]})).await;
    post(&bell, &format!("/v2/webhooks/{webhook}/test"), &traced, json!({})).await;
    let calendar = guest::calendars(&bell).await.0;
    let start = guest::slot(&bell, &calendar).await;
    let schedule = format!("/v2/booking-calendars/{calendar}/schedule");
    let booking = post(&bell, &schedule, &traced, guest::form(&start)).await.at("/id");
    post(&bell, &format!("/v2/bookings/{booking}/cancel"), &traced, json!({})).await;
    let talk = post(&bell, "/v2/conversations", &traced, json!({})).await.at("/id");
    post(&bell, &format!("/v2/conversations/{talk}/close"), &traced, json!({})).await;
    let spans: HashSet<String> = bell.captured(&inbox, 25).await.iter().map(span).collect();
    assert_eq!(spans.len(), 25);
}

#[tokio::test]
async fn what_is_no_trace_is_ignored_and_nothing_is_told() {
    let bell = Bell::start(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    bell.webhook("plain", &url, &["booking"]).await;
    let upper = PARENT.to_uppercase();
    let calls: [&[(&str, &str)]; 5] = [
        &[],
        &[("tracestate", STATE)],
        &[("traceparent", &upper), ("tracestate", STATE)],
        &[("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01")],
        &[("traceparent", PARENT), ("traceparent", PARENT)],
    ];
    for headers in calls {
        assert_eq!(post(&bell, "/v2/events", headers, scheduled()).await.status, 202, "{headers:?}");
    }
    for request in bell.captured(&inbox, 5).await {
        assert_eq!(header(&request["headers"], "traceparent"), [""; 0]);
        assert_eq!(header(&request["headers"], "tracestate"), [""; 0]);
    }
}
