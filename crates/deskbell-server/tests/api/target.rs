//! Where a webhook may point, on every door that takes a URL. The spellings are tried one by one beside
//! the guard; here each family goes through each door once more.

use crate::bell::{Bell, CLOSED};
use serde_json::{Value, json};

/// Row, code, values. Each family ends with its neighbour that must pass, where the row has one.
fn families() -> Vec<(&'static str, &'static str, Vec<Value>)> {
    let text = |values: &[&str]| values.iter().map(|value| json!(value)).collect::<Vec<_>>();
    let long = format!("https://example.com/{}", "a".repeat(2_029));
    let label = format!("https://{}.com/", "a".repeat(64));
    let name = format!("https://{}.com/", vec!["a".repeat(50); 5].join("."));
    vec![
        ("A-002", "url_required", vec![Value::Null]),
        ("A-003", "type_mismatch", vec![json!(42), json!([]), json!({}), json!(true)]),
        ("A-004", "url_empty", text(&["", "   "])),
        (
            "A-005",
            "url_whitespace",
            text(&[" https://example.com/", "https://example.com/\t", "\nhttps://example.com/"]),
        ),
        ("A-006", "url_not_absolute", text(&["/hook", "example.com/hook", "//example.com/x"])),
        (
            "A-007",
            "url_scheme_unsupported",
            text(&["ftp://example.com/", "file:///x", "gopher://e/", "javascript:x", "data:,x", "ws://e/"]),
        ),
        ("A-008 and A-162", "url_https_required", text(&["http://example.com/"])),
        ("A-009", "url_host_missing", text(&["https://", "https:///x", "https://:443/"])),
        ("A-010", "url_credentials_forbidden", text(&["https://user:pw@example.com/"])),
        ("A-011", "url_fragment_forbidden", text(&["https://example.com/#x"])),
        ("A-012", "url_too_long", vec![json!(long)]),
        (
            "A-013",
            "url_control_character",
            text(&["https://exa\tmple.com/", "https://example.com/\nx", "https://example.com/\u{7f}"]),
        ),
        (
            "A-014",
            "url_port_invalid",
            text(&["https://example.com:0/", "https://example.com:65536/", "https://example.com:abc/"]),
        ),
        (
            "A-014",
            "url_port_blocked",
            text(&["https://example.com:22/", "https://example.com:25/", "https://example.com:6379/"]),
        ),
        ("A-015", "url_host_invalid", vec![json!(label), json!(name), json!("https://a..b/")]),
        ("A-016", "url_host_invalid", text(&["https://xn--a/"])),
        ("A-017", "target_address_blocked", text(&["https://%6c%6f%63alhost/"])),
        ("A-018", "url_host_invalid", text(&["https://good\\@127.0.0.1/"])),
        ("A-019", "url_credentials_forbidden", text(&["https://good.example@127.0.0.1/"])),
        (
            "A-020 to A-024",
            "target_address_blocked",
            text(&[
                "https://127.0.0.1/",
                "https://127.1/",
                "https://2130706433/",
                "https://0177.0.0.1/",
                "https://0x7f000001/",
            ]),
        ),
        ("A-025", "url_host_invalid", text(&["https://256.0.0.1/", "https://4294967296/"])),
        (
            "A-026 to A-032",
            "target_address_blocked",
            text(&[
                "https://0/",
                "https://①②⑦.0.0.1/",
                "https://10.0.0.1/",
                "https://100.64.0.1/",
                "https://169.254.169.254/",
                "https://168.63.129.16/",
                "https://198.18.0.1/",
            ]),
        ),
        (
            "A-033 to A-038, A-040",
            "target_address_blocked",
            text(&[
                "https://[::1]/",
                "https://[::ffff:127.0.0.1]/",
                "https://[::127.0.0.1]/",
                "https://[64:ff9b::7f00:1]/",
                "https://[2002:7f00:1::]/",
                "https://[fd00:ec2::254]/",
                "https://[2001:db8::1]/",
            ]),
        ),
        ("A-039", "url_host_invalid", text(&["https://[fe80::1%25eth0]/"])),
        (
            "A-041",
            "target_address_blocked",
            text(&["https://localhost/", "https://a.localhost/", "https://localhost./"]),
        ),
        ("A-042", "target_name_blocked", text(&["https://intranet/", "https://metadata.google.internal/"])),
    ]
}

#[tokio::test]
async fn every_door_refuses_every_family_and_names_the_field() {
    let bell = Bell::start(CLOSED).await;
    let (id, _) = bell.webhook("door", "https://example.com/hook", &["booking"]).await;
    for (row, code, values) in families() {
        for value in values {
            let doors = [
                (
                    "POST",
                    "/v2/webhooks".to_owned(),
                    json!({"name": "x", "url": value, "events": ["booking"]}),
                ),
                ("PATCH", format!("/v2/webhooks/{id}"), json!({"url": value})),
            ];
            for (method, path, body) in doors {
                let answer = bell.call(method, &path, Some(body)).await;
                let wanted = (400, "url".to_owned(), code.to_owned());
                assert_eq!(
                    answer.refusal(),
                    wanted,
                    "{row}, A-044, A-163: {method} {value}: {}",
                    answer.text()
                );
                assert_eq!(answer.at("/type"), "invalid_request_error", "{row}");
                assert!(answer.body.len() < 800, "{row}: what is echoed is bounded");
            }
        }
    }
    let kept = bell.get("/v2/webhooks").await;
    assert_eq!(kept.json()["data"].as_array().unwrap().len(), 1, "nothing was stored");
    assert_eq!(kept.at("/data/0/url"), "https://example.com/hook", "nothing was changed");
}

#[tokio::test]
async fn a_missing_url_is_a_missing_field() {
    let bell = Bell::start(CLOSED).await;
    let answer = bell.post("/v2/webhooks", json!({"name": "x", "events": ["booking"]})).await;
    assert_eq!(answer.refusal(), (400, "url".into(), "url_required".into()), "A-001");
    assert_eq!(answer.at("/message"), "Required fields are missing.", "A-001");
}

#[tokio::test]
async fn this_instance_is_refused_but_its_inboxes_are_taken() {
    let bell = Bell::start(CLOSED).await;
    for url in
        [format!("http://{}/v2/events", bell.address), format!("http://localhost:{}/", bell.address.port())]
    {
        let answer =
            bell.post("/v2/webhooks", json!({"name": "self", "url": url, "events": ["booking"]})).await;
        assert_eq!(answer.refusal(), (400, "url".into(), "target_self_forbidden".into()), "A-043: {url}");
    }
    let (_, url) = bell.inbox(&[]).await;
    bell.webhook("the exception", &url, &["booking"]).await;
}

#[tokio::test]
async fn no_setting_opens_this_instance_or_its_metrics() {
    let bell = Bell::start(&[
        ("DESKBELL_DELIVERY__ALLOW_HTTP", "true"),
        ("DESKBELL_DELIVERY__ALLOW_ADDRESSES", "0.0.0.0/0,::/0"),
        ("DESKBELL_API__RATE_LIMIT", "off"),
        ("DESKBELL_METRICS__LISTEN", "127.0.0.1:0"),
    ])
    .await;
    let operator = bell.get("/v2/operator").await;
    let metrics = operator.at("/metrics");
    let port = metrics.rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap();
    for host in ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"] {
        for url in [
            format!("http://{host}:{port}/metrics"),
            format!("http://{host}:{}/v2/events", bell.address.port()),
        ] {
            let answer =
                bell.post("/v2/webhooks", json!({"name": "self", "url": url, "events": ["booking"]})).await;
            assert_eq!(answer.refusal(), (400, "url".into(), "target_self_forbidden".into()), "A-043: {url}");
        }
    }
    let (_, url) = bell.inbox(&[]).await;
    bell.webhook("the exception", &url, &["booking"]).await;
}

#[tokio::test]
async fn a_name_is_judged_again_at_the_dial() {
    // Nobody answers at this name server: with the guard closed, the name cannot lead anywhere.
    let bell = Bell::start_on_file(&[
        ("DESKBELL_API__RATE_LIMIT", "off"),
        ("DESKBELL_DELIVERY__NAMESERVERS", "127.0.0.1:9"),
    ])
    .await;
    let (id, _) = bell.webhook("named", "https://receiver.example/hook", &["booking"]).await;
    let sent = bell.post(&format!("/v2/webhooks/{id}/test"), json!({})).await;
    assert_eq!(sent.status, 202, "A-045, A-046: registration makes no look-up");
    let attempts =
        bell.until("/v2/attempts", |answer| !answer.json()["data"].as_array().unwrap().is_empty()).await;
    let outcome = attempts.at("/data/0/outcome");
    assert!(outcome.starts_with("dns_"), "A-046: the dial looks up, and finds nothing: {outcome}");
}
