//! What the instance says of itself: the text for Prometheus, on a listener of its own, and the operator's page.

mod exposition;

use crate::bell::{Bell, OPEN, Settings, now};
use crate::client::{Answer, send_raw};
use deskbell_core::attempt::Outcome;
use deskbell_core::throughput::Throughput;
use deskbell_core::time::{earlier, later};
use deskbell_core::webhook::quarter::start_of;
use exposition::Exposition;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

const MEASURED: Settings<'static> = &[
    ("DESKBELL_DELIVERY__ALLOW_HTTP", "true"),
    ("DESKBELL_DELIVERY__ALLOW_ADDRESSES", "127.0.0.0/8"),
    ("DESKBELL_API__RATE_LIMIT", "off"),
    ("DESKBELL_METRICS__LISTEN", "127.0.0.1:0"),
];

async fn operator(bell: &Bell) -> Value {
    let answer = bell.get("/v2/operator").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn metrics_address(bell: &Bell) -> SocketAddr {
    let url = operator(bell).await["metrics"].as_str().unwrap().to_owned();
    url.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/metrics")).unwrap().parse().unwrap()
}

async fn fetch(address: SocketAddr, host: &str) -> Answer {
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    send_raw(address, request.as_bytes()).await
}

pub(crate) async fn scrape(bell: &Bell) -> Exposition {
    let address = metrics_address(bell).await;
    let answer = fetch(address, &address.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("content-type"), Some(text));
    Exposition::parse(&answer.text()).unwrap_or_else(|error| panic!("{error}\n{}", answer.text()))
}

#[tokio::test]
async fn the_metrics_are_sound_text_and_count_what_was_done() {
    let bell = Bell::start_on_file(MEASURED).await;
    let (_, url) = bell.inbox(&[200, 429]).await;
    let (webhook, _) = bell.webhook("crm", &url, &["booking.scheduled"]).await;
    let before = scrape(&bell).await;
    assert_eq!(before.value("deskbell_events_accepted_total", &[]), 0.0);
    bell.ring(&webhook, "delivered").await;
    bell.ring(&webhook, "http_status").await;

    let after = scrape(&bell).await;
    let value = |name: &str| after.value(name, &[]);
    assert_eq!(value("deskbell_events_accepted_total"), 2.0);
    assert_eq!(value("deskbell_deliveries_created_total"), 2.0);
    for (outcome, count) in [("delivered", 1.0), ("http_status", 1.0), ("lost", 0.0)] {
        assert_eq!(after.value("deskbell_attempts_total", &[("outcome", outcome)]), count, "{outcome}");
    }
    for histogram in ["deskbell_attempt_seconds", "deskbell_first_attempt_wait_seconds"] {
        assert_eq!(value(&format!("{histogram}_count")), 2.0, "{histogram}");
    }
    assert!(value("deskbell_attempt_seconds_sum") > 0.0);
    assert!(value("deskbell_store_commit_seconds_count") >= 4.0, "two accepts, two claims");
    assert_eq!((value("deskbell_webhooks"), value("deskbell_webhooks_resting")), (1.0, 1.0));
    assert_eq!((value("deskbell_queue_depth"), value("deskbell_leased")), (1.0, 0.0));
    assert_eq!((value("deskbell_oldest_due_seconds"), value("deskbell_paused")), (0.0, 0.0));
    assert!(after.value("deskbell_database_bytes", &[("file", "main")]) > 0.0);
    assert!(value("deskbell_free_bytes") > 0.0);
    assert!(value("deskbell_start_time_seconds") > 1.7e9);
    assert_eq!(after.value("deskbell_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), 1.0);
    let tests = [("route", "/v2/events"), ("class", "2xx")];
    assert_eq!(after.value("deskbell_http_requests_total", &tests), 2.0);
}

#[tokio::test]
async fn no_text_of_a_tenant_is_in_a_metric() {
    const CANARY: &str = "canary-7f3a";
    let bell = Bell::start(MEASURED).await;
    let (_, url) = bell.inbox(&[200]).await;
    let (webhook, _) =
        bell.webhook(CANARY, &format!("{url}/{CANARY}?{CANARY}"), &["booking.scheduled"]).await;
    bell.ring(&webhook, "delivered").await;
    for path in [format!("/v2/webhooks/{CANARY}"), format!("/{CANARY}"), format!("/v2/{CANARY}?{CANARY}=1")] {
        assert_eq!(bell.get(&path).await.status, 404, "{path}");
    }
    let scraped = scrape(&bell).await;
    assert_eq!(scraped.value("deskbell_http_requests_total", &[("route", "-"), ("class", "4xx")]), 2.0);
    for sample in &scraped.samples {
        for (name, value) in &sample.labels {
            let ours = match name.as_str() {
                "route" => value == "-" || value.starts_with('/'),
                "class" => value.len() == 3 && value.ends_with("xx"),
                "outcome" => deskbell_core::attempt::Outcome::parse(value).is_some(),
                "file" => value == "main" || value == "tester",
                "version" => value == env!("CARGO_PKG_VERSION"),
                "le" => value == "+Inf" || value.parse::<f64>().is_ok(),
                _ => false,
            };
            assert!(ours, "6.7: {} has {name}={value:?}", sample.name);
            for tenants in [CANARY, &webhook, bell.account.as_str(), url.rsplit('/').next().unwrap()] {
                assert!(!value.contains(tenants), "6.7: {} has {name}={value:?}", sample.name);
            }
        }
    }
}

#[tokio::test]
async fn the_metrics_are_not_on_the_public_listener() {
    let bell = Bell::start(MEASURED).await;
    assert_eq!(bell.get("/metrics").await.status, 404, "H-18");
    let address = metrics_address(&bell).await;
    assert_ne!(address, bell.address, "H-18");
    assert!(address.ip().is_loopback(), "H-18");
    let default = deskbell_server::config::Config::default();
    assert!(default.metrics.listen.is_some_and(|listen| listen.ip().is_loopback()), "H-18: by default too");
    assert_eq!(fetch(address, "rebound.example").await.status, 421, "A-069: a page that rebinds its name");
}

#[tokio::test]
async fn the_metrics_can_be_off_and_a_taken_address_stops_nothing() {
    let off = Bell::start(&[("DESKBELL_METRICS__LISTEN", "")]).await;
    assert_eq!(operator(&off).await["metrics"], Value::Null);
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let bell = Bell::start(&[("DESKBELL_METRICS__LISTEN", &address)]).await;
    assert_eq!(operator(&bell).await["metrics"], Value::Null, "E-28");
}

#[tokio::test]
async fn the_operator_sees_who_is_ill_and_how_much_room_there_is() {
    let bell = Bell::start_on_file(MEASURED).await;
    let empty = operator(&bell).await;
    assert_eq!((&empty["object"], &empty["headline"]), (&json!("operator"), &json!("No webhooks yet.")));
    assert_eq!((&empty["ill"], &empty["oldest_due_seconds"]), (&json!([]), &Value::Null));
    for bytes in ["database_bytes", "tester_bytes", "free_bytes"] {
        assert!(empty["storage"][bytes].as_u64() > Some(0), "{empty}");
    }
    assert_eq!((&empty["version"], &empty["step_seconds"]), (&json!(env!("CARGO_PKG_VERSION")), &json!(10)));
    assert!(empty["series"].is_array() && empty["uptime_seconds"].is_u64(), "{empty}");

    let (_, well) = bell.inbox(&[200]).await;
    let (_, overloaded) = bell.inbox(&[429]).await;
    let (_, gone) = bell.inbox(&[410]).await;
    let (first, _) = bell.webhook("well", &well, &["booking.scheduled"]).await;
    let (second, _) = bell.webhook("overloaded", &overloaded, &["booking.canceled"]).await;
    let (third, _) = bell.webhook("gone", &gone, &["booking.no_show"]).await;
    let (paused, _) = bell.webhook("paused", &gone, &["booking.completed"]).await;
    bell.call("PATCH", &format!("/v2/webhooks/{paused}"), Some(json!({"status": false}))).await;
    bell.ring(&first, "delivered").await;
    assert_eq!(
        operator(&bell).await["headline"],
        "None of the 3 webhooks is ill. Nothing that is due waits longer than 5 s."
    );
    bell.ring(&second, "http_status").await;
    bell.ring(&third, "http_status").await;

    let seen = operator(&bell).await;
    assert_eq!(seen["headline"], "Two of 3 webhooks are ill. Nothing that is due waits longer than 5 s.");
    let ill = |at: usize, key: &str| seen["ill"][at][key].as_str().unwrap_or_default().to_owned();
    assert_eq!(seen["ill"].as_array().unwrap().len(), 2, "{seen}");
    assert_eq!(
        (ill(0, "webhook"), ill(0, "state"), ill(0, "name")),
        (second, "resting".into(), "overloaded".into())
    );
    assert!(
        ill(0, "sentence")
            .starts_with("Resting. It was overloaded or too slow: nothing is sent to it for another "),
        "{seen}"
    );
    assert_eq!(
        (ill(1, "webhook"), ill(1, "state"), ill(1, "account")),
        (third, "disabled".into(), bell.account.to_string())
    );
    assert!(
        ill(1, "sentence").starts_with("Turned off, because it answered 410.") && !ill(1, "since").is_empty()
    );
    assert_eq!((&seen["webhooks"], &seen["resting"], &seen["queued"]), (&json!(2), &json!(1), &json!(1)));
    assert!(seen["first_attempt_wait"]["median_us"].is_u64() && seen["commit"]["p99_us"].is_u64(), "{seen}");
}

#[tokio::test]
async fn a_slow_webhook_is_named_apart_from_the_ill() {
    let bell = Bell::start(MEASURED).await;
    let slow = bell.post("/v2/inboxes", json!({"answers": [{"status": 200, "delay_ms": 1_100}]})).await;
    assert_eq!(slow.status, 201, "{}", slow.text());
    let (webhook, _) = bell.webhook("partner", &slow.at("/url"), &["booking.scheduled"]).await;
    bell.ring(&webhook, "delivered").await;
    let seen = operator(&bell).await;
    assert_eq!((&seen["ill"], &seen["slow"][0]["webhook"]), (&json!([]), &json!(webhook)), "{seen}");
    assert!(seen["slow"][0]["p95_ms"].as_u64() >= Some(1_000), "{seen}");
}

#[tokio::test]
async fn only_the_first_account_may_see_it() {
    let bell = Bell::start(OPEN).await;
    let (_, other) = bell.account("other@bell.example").await;
    let refused = bell.call_as(&other, "GET", "/v2/operator", None).await;
    assert_eq!(refused.refusal(), (403, String::new(), "operator_required".into()));
    assert_eq!(bell.send("GET", "/v2/operator", &[], None).await.status, 401);
    assert_eq!(bell.get("/v2/operator").await.status, 200);
}

#[tokio::test]
async fn a_day_and_a_week_are_told_of_all_processes() {
    let bell = Bell::start(OPEN).await;
    let ago = |hours: i64| start_of(earlier(now(), Duration::from_secs(hours.unsigned_abs() * 3_600)));
    // What processes did that are gone, and one before the week.
    for (hours, accepted) in [(24 * 7 + 3, 1_000), (24 * 3, 40), (2, 3)] {
        let mut done = Throughput { accepted, ..Throughput::new(ago(hours)) };
        done.count(Outcome::Delivered, 2);
        done.count(Outcome::Lost, 1);
        done.oldest_due = Some(Duration::from_millis(1_500));
        bell.store.add_throughput(&done).await.unwrap();
    }
    let told = async |range: &str| bell.get(&format!("/v2/operator?range={range}")).await.json();
    let accepted = |told: &Value| {
        let steps = told["series"].as_array().unwrap().iter();
        steps.map(|step| step["accepted"].as_u64().unwrap()).filter(|many| *many > 0).collect::<Vec<_>>()
    };
    let (day, week) = (told("day").await, told("week").await);
    assert_eq!((&day["range"], &day["step_seconds"], accepted(&day)), (&json!("day"), &json!(900), vec![3]));
    assert_eq!(
        (&week["range"], &week["step_seconds"], accepted(&week)),
        (&json!("week"), &json!(7_200), vec![40, 3])
    );
    let step = day["series"].as_array().unwrap().iter().find(|step| step["accepted"] == 3).unwrap();
    let ended = deskbell_core::time::wire(later(ago(2), Duration::from_secs(900)));
    let expected = json!({"time": ended, "accepted": 3, "delivered": 2, "attempts": {"delivered": 2, "lost": 1},
        "oldest_due_seconds": 1.5, "p95_ms": null});
    assert_eq!(*step, expected);
    let hour = bell.get("/v2/operator").await.json();
    assert_eq!(
        (&hour["range"], &hour["step_seconds"], accepted(&hour)),
        (&json!("hour"), &json!(10), vec![])
    );
    let refused = bell.get("/v2/operator?range=year").await.refusal();
    assert_eq!(refused, (400, "range".into(), "value_invalid".into()));
}
