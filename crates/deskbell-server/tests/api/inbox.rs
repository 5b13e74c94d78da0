//! The tester: what it takes, what it answers, who may read it (A-131 to A-149).

use crate::bell::{Bell, CLOSED, now};
use crate::client::send_raw;
use base64::Engine as _;
use serde_json::json;

fn path_of(url: &str) -> String {
    url[url.find("/in/").unwrap()..].to_owned()
}

#[tokio::test]
async fn a_request_is_kept_as_it_came() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let path = path_of(&url);
    let request = format!(
        "PROPFIND {path}/sub/path?a=1&a=2 HTTP/1.1\r\nhOST: anything.example\r\nX-Twice: 1\r\nx-tWICE: 2\r\nX-Binary: caf\u{e9}\r\nContent-Encoding: gzip\r\nContent-Type: text/xml\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
    );
    // A header value in Latin-1 is not UTF-8.
    let mut bytes: Vec<u8> = request.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    bytes.extend_from_slice(b"<\xff\0a>");
    let answer = send_raw(bell.address, &bytes).await;
    assert_eq!(answer.status, 200);
    let kept = &bell.captured(&inbox, 1).await[0];
    assert_eq!(
        (kept["method"].as_str(), kept["path"].as_str(), kept["number"].as_u64()),
        (Some("PROPFIND"), Some("/sub/path?a=1&a=2"), Some(1))
    );
    let headers: Vec<_> = kept["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|header| header["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        headers,
        [
            "hOST",
            "X-Twice",
            "x-tWICE",
            "X-Binary",
            "Content-Encoding",
            "Content-Type",
            "Content-Length",
            "Connection"
        ],
        "order, case, duplicates"
    );
    assert_eq!(
        (&kept["headers"][3]["base64"], kept["headers"][3]["value"].as_str()),
        (&json!(true), Some("Y2Fm6Q==")),
        "A-143: binary values as base 64"
    );
    assert_eq!(kept["body_encoding"], "base64");
    let body = base64::engine::general_purpose::STANDARD.decode(kept["body"].as_str().unwrap()).unwrap();
    assert_eq!(body, b"<\xff\0a>", "A-145: stored raw, never parsed or decoded");
    assert_eq!(kept["delivery_of"], json!(null));
    assert_eq!(kept["remote_address"], "127.0.0.1");
}

#[tokio::test]
async fn answers_come_from_the_script() {
    let bell = Bell::start(CLOSED).await;
    let script = json!({"name": "scripted", "answers": [
        {"status": 503, "headers": {"Retry-After": "2"}, "body": "later"},
        {"status": 200, "headers": {"Content-Type": "application/json"}, "body": "{}", "delay_ms": 5},
    ]});
    let made = bell.post("/v2/inboxes", script).await;
    let path = path_of(&made.at("/url"));
    let call = async || bell.send("POST", &path, &[], Some("{}".into())).await;
    let (first, second, third) = (call().await, call().await, call().await);
    assert_eq!((first.status, first.text(), first.header("retry-after")), (503, "later".into(), Some("2")));
    assert_eq!(
        (second.status, second.text(), second.header("content-type")),
        (200, "{}".into(), Some("application/json"))
    );
    assert_eq!(third.status, 200, "the last answer repeats");
    for name in ["content-security-policy", "x-content-type-options", "x-robots-tag", "cache-control"] {
        assert!(first.header(name).is_some(), "{name}");
    }
    assert_eq!(first.header("set-cookie"), None);
    let id = made.at("/id");
    let changed =
        bell.call("PATCH", &format!("/v2/inboxes/{id}"), Some(json!({"answers": [{"status": 418}]}))).await;
    assert_eq!((changed.status, changed.at("/name")), (200, "scripted".into()));
    assert_eq!(call().await.status, 418, "a new script begins at its first answer");
}

#[tokio::test]
async fn a_script_cannot_mislead() {
    let bell = Bell::start(CLOSED).await;
    let refused = async |answer: serde_json::Value| {
        bell.post("/v2/inboxes", json!({"answers": [answer]})).await.refusal()
    };
    for status in [99, 101, 301, 304, 600] {
        assert_eq!(
            refused(json!({"status": status})).await,
            (400, "answers.0.status".into(), "response_status_invalid".into()),
            "A-136: {status}"
        );
    }
    for header in [
        json!({"Location": "https://x"}),
        json!({"Set-Cookie": "a=b"}),
        json!({"Content-Type": "text/html"}),
        json!({"Refresh": "0"}),
        json!({"Content-Type": "text/xsl"}),
        json!({"Content-Type": "text/ecmascript"}),
        json!({"Service-Worker-Allowed": "/"}),
        json!({"CDN-Cache-Control": "max-age=1"}),
        json!({"X-LiteSpeed-Location": "/"}),
    ] {
        assert_eq!(
            refused(json!({"headers": header})).await.2,
            "response_header_forbidden",
            "A-137: {header}"
        );
    }
    assert_eq!(refused(json!({"headers": {"X-A": "1\r\nX-B: 2"}})).await.2, "header_value_invalid", "A-138");
    assert_eq!(refused(json!({"body": "x".repeat(65_537)})).await.2, "response_body_too_large", "A-139");
    assert_eq!(refused(json!({"delay_ms": 30_001})).await.2, "response_delay_too_long", "A-140");
    assert_eq!(refused(json!({"colour": "red"})).await.2, "unknown_field", "A-065");
}

#[tokio::test]
async fn only_the_owner_reads_and_only_by_the_inboxes_id() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let path = path_of(&url);
    let token = path.strip_prefix("/in/").unwrap();
    bell.send("POST", &path, &[], Some("{}".into())).await;
    let (_, other) = bell.account("other@bell.example").await;
    let requests = format!("/v2/inboxes/{inbox}/requests");
    assert_eq!(bell.send("GET", &requests, &[], None).await.status, 401, "A-146: without a key");
    assert_eq!(bell.call_as(&other, "GET", &requests, None).await.status, 404, "A-146: with another's");
    for method in ["GET", "DELETE"] {
        assert_eq!(
            bell.call(method, &format!("/v2/inboxes/{token}/requests"), None).await.status,
            404,
            "A-147, A-149: the capture token reads and deletes nothing"
        );
        assert_eq!(bell.call_as(&other, method, &requests, None).await.status, 404, "A-149: {method}");
    }
    let id = bell.captured(&inbox, 1).await[0]["id"].as_str().unwrap().to_owned();
    let one = format!("{requests}/{id}");
    assert_eq!(bell.get(&one).await.at("/id"), id);
    assert_eq!(bell.call("DELETE", &one, None).await.json(), json!({"id": id, "deleted": true}));
    assert_eq!(bell.get(&one).await.status, 404, "A-100");
    assert_eq!(bell.call("DELETE", &requests, None).await.json(), json!({"deleted": 0}));
    assert_eq!(bell.call("DELETE", &format!("/v2/inboxes/{inbox}"), None).await.status, 200);
    assert_eq!(bell.send("POST", &path, &[], Some("{}".into())).await.status, 404, "A-131: nothing is there");
}

#[tokio::test]
async fn caps_hold() {
    let settings = [
        ("DESKBELL_API__RATE_LIMIT", "off"),
        ("DESKBELL_INBOX__REQUESTS_PER_MINUTE", "60"),
        ("DESKBELL_INBOX__KEEP", "50"),
    ];
    let bell = Bell::start_on_file(&settings).await;
    let unknown = bell.send("POST", "/in/nobody", &[], Some("{}".into())).await;
    assert_eq!((unknown.status, unknown.at("/code")), (404, "route_unknown".into()), "A-131");
    let (inbox, url) = bell.inbox(&[]).await;
    let path = path_of(&url);
    let large = bell.send("POST", &path, &[], Some("x".repeat((1 << 20) + 1))).await;
    assert_eq!((large.status, large.at("/code")), (413, "body_too_large".into()), "A-132");
    for number in 1..=60 {
        assert_eq!(bell.send("POST", &path, &[], Some(number.to_string())).await.status, 200, "{number}");
    }
    let fast = bell.send("POST", &path, &[], Some("61".into())).await;
    assert_eq!((fast.status, fast.header("retry-after").is_some()), (429, true), "A-133");
    let kept = bell.captured(&inbox, 50).await;
    assert_eq!(
        (kept.len(), kept[0]["number"].as_u64(), kept[49]["number"].as_u64()),
        (50, Some(60), Some(11)),
        "A-134: the oldest are dropped"
    );
    assert_eq!(
        bell.get(&format!("/v2/inboxes/{inbox}")).await.at("/captured"),
        "60",
        "A-134: the count is shown; A-133: nothing was stored"
    );
}

#[tokio::test]
async fn an_expired_inbox_is_gone() {
    let bell = Bell::start(&[("DESKBELL_API__RATE_LIMIT", "off"), ("DESKBELL_INBOX__LIFE", "1s")]).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let path = path_of(&url);
    bell.until_status("POST", &path, 410).await;
    let gone = bell.send("POST", &path, &[], Some("{}".into())).await;
    assert_eq!((gone.status, gone.at("/code")), (410, "inbox_expired".into()), "A-150");
    let late = bell.call("PATCH", &format!("/v2/inboxes/{inbox}"), Some(json!({"renew": true}))).await;
    assert_eq!(
        late.refusal(),
        (409, "renew".into(), "inbox_expired".into()),
        "it counts against no limit any more"
    );
}

#[tokio::test]
async fn an_inbox_that_is_renewed_lives_as_long_as_a_new_one() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, _) = bell.inbox(&[]).await;
    let path = format!("/v2/inboxes/{inbox}");
    let before = bell.get(&path).await.at("/expiry_time");
    let same = bell.call("PATCH", &path, Some(json!({"name": "other", "renew": false}))).await;
    assert_eq!(same.at("/expiry_time"), before);
    // Times are whole milliseconds: it has to be a later one.
    let made = bell.get(&path).await.at("/creation_time");
    while deskbell_core::time::wire(now()) <= made {
        tokio::task::yield_now().await;
    }
    let renewed = bell.call("PATCH", &path, Some(json!({"renew": true}))).await.at("/expiry_time");
    let (other, _) = bell.inbox(&[]).await;
    let new = bell.get(&format!("/v2/inboxes/{other}")).await.at("/expiry_time");
    assert!(before < renewed && renewed <= new, "{before} {renewed} {new}");
    assert_eq!(bell.get(&path).await.at("/expiry_time"), renewed);
    let nothing = bell.call("PATCH", &path, Some(json!({"renew": false}))).await;
    assert_eq!(nothing.refusal(), (400, "body".into(), "body_required".into()));
}

#[tokio::test]
async fn strange_methods_and_targets_are_refused_and_not_kept() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let path = path_of(&url);
    for method in ["TRACE", "CONNECT"] {
        let answer = bell.send(method, &path, &[], None).await;
        assert!([400, 405].contains(&answer.status), "A-141: {method}: {}", answer.status);
    }
    for target in [format!("http://elsewhere.example{path}"), "elsewhere.example:443".into(), "*".into()] {
        let answer = bell.send("POST", &target, &[], Some("{}".into())).await;
        assert_eq!(answer.status, 400, "A-142: {target}");
    }
    let many: String = (0..10_000).map(|at| format!("X-{at}: 1\r\n")).collect();
    let head = format!("POST {path} HTTP/1.1\r\nHost: x.example\r\n{many}\r\n");
    assert_eq!(send_raw(bell.address, head.as_bytes()).await.status, 431, "A-143: 10,000 headers");
    assert_eq!(bell.get(&format!("/v2/inboxes/{inbox}")).await.at("/captured"), "0", "nothing was stored");
}

#[tokio::test]
async fn multipart_and_xml_are_bytes() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let path = path_of(&url);
    let part = "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n";
    let multipart = part.repeat(15_000);
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><x>&b;</x>"#;
    for body in [multipart.as_str(), bomb] {
        assert_eq!(bell.send("POST", &path, &[], Some(body.to_owned())).await.status, 200);
        let kept = &bell.captured(&inbox, 1).await[0];
        assert_eq!(kept["body"].as_str(), Some(body), "A-144, A-145: stored raw, not parsed");
    }
}

#[tokio::test]
async fn a_wait_ends_when_enough_came_or_time_is_up() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let path = path_of(&url);
    let wait = format!("/v2/inboxes/{inbox}/requests?wait=30&count=2");
    let (found, ()) = tokio::join!(bell.get(&wait), async {
        for _ in 0..2 {
            bell.send("POST", &path, &[], Some("{}".into())).await;
        }
    });
    assert_eq!(found.json()["data"].as_array().unwrap().len(), 2);
    let newest = found.at("/data/0/id");
    let more = bell.get(&format!("/v2/inboxes/{inbox}/requests?wait=1&before={newest}")).await;
    assert_eq!(
        (more.status, more.json()["data"].as_array().unwrap().len()),
        (200, 0),
        "time is up, nothing newer came"
    );
    for bad in ["wait=61", "wait=-1", "wait=soon", "count=0", "count=11"] {
        assert_eq!(
            bell.get(&format!("/v2/inboxes/{inbox}/requests?{bad}")).await.status,
            400,
            "A-102: {bad}"
        );
    }
}

#[tokio::test]
async fn making_inboxes_has_a_pace_and_a_quota() {
    let bell =
        Bell::start(&[("DESKBELL_INBOX__CREATED_PER_HOUR", "5"), ("DESKBELL_API__LOOPBACK_EXEMPT", "false")])
            .await;
    for _ in 0..5 {
        bell.inbox(&[]).await;
    }
    let sixth = bell.post("/v2/inboxes", json!({})).await;
    assert_eq!((sixth.status, sixth.at("/code")), (429, "rate_limit_exceeded".into()), "A-135");
    let bell = Bell::start(&[("DESKBELL_INBOX__MAX_INBOXES", "1")]).await;
    bell.inbox(&[]).await;
    assert_eq!(bell.post("/v2/inboxes", json!({})).await.refusal().2, "inboxes_too_many");
}

#[tokio::test]
async fn the_requests_of_one_event_are_listed_alone() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (inbox, url) = bell.inbox(&[]).await;
    bell.webhook("to the inbox", &url, &["booking"]).await;
    let ring =
        async || bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await.at("/id");
    let (first, _) = (ring().await, ring().await);
    bell.captured(&inbox, 2).await;
    let path = format!("/v2/inboxes/{inbox}/requests?event={first}");
    let found = bell.get(&path).await;
    assert_eq!(found.json()["data"].as_array().unwrap().len(), 1, "{}", found.text());
    assert_eq!(found.at("/data/0/delivery_of/event"), first);
    let unknown = bell.get(&format!("/v2/inboxes/{inbox}/requests?event=EVNT-NONE")).await;
    assert_eq!(unknown.json()["data"], json!([]));
    let both = bell.get(&format!("{path}&wait=1")).await.refusal();
    assert_eq!(both, (400, "event".into(), "value_invalid".into()));
}

#[tokio::test]
async fn a_note_stands_beside_a_request() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (inbox, url) = bell.inbox(&[]).await;
    bell.send("POST", &path_of(&url), &[], Some("{}".into())).await;
    let before = bell.captured(&inbox, 1).await[0].clone();
    let path = format!("/v2/inboxes/{inbox}/requests/{}", before["id"].as_str().unwrap());
    let note = async |note: serde_json::Value| bell.call("PATCH", &path, Some(json!({"note": note}))).await;
    let bell_sign = "\u{1f514}".repeat(500);
    for (given, kept) in [("  came twice\nask Priya ", "came twice\nask Priya"), (&bell_sign, &bell_sign)] {
        let noted = note(json!(given)).await;
        assert_eq!((noted.status, noted.at("/note")), (200, kept.to_owned()));
        let mut expected = before.clone();
        expected["note"] = json!(kept);
        assert_eq!(bell.get(&path).await.json(), expected, "of what came nothing changed");
    }
    let listed = bell.get(&format!("/v2/inboxes/{inbox}/requests")).await;
    assert_eq!(listed.at("/data/0/note"), bell_sign, "in the list too");
    let har = bell.get(&format!("/v2/inboxes/{inbox}/export?format=har")).await;
    assert!(har.text().contains(&bell_sign), "and in what is saved");
    for gone in [json!(null), json!(""), json!("  \n")] {
        note(json!("again")).await;
        assert_eq!(note(gone).await.json(), before);
    }
}

#[tokio::test]
async fn a_note_that_does_not_fit_is_refused() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (inbox, url) = bell.inbox(&[]).await;
    bell.send("POST", &path_of(&url), &[], Some("{}".into())).await;
    let before = bell.captured(&inbox, 1).await[0].clone();
    let path = format!("/v2/inboxes/{inbox}/requests/{}", before["id"].as_str().unwrap());
    let refused = async |body| bell.call("PATCH", &path, Some(body)).await;
    let long = refused(json!({"note": "n".repeat(501)})).await;
    assert_eq!(long.refusal(), (400, "note".into(), "text_too_long".into()));
    assert!(long.at("/message").contains("500 characters"), "{}", long.text());
    for (body, field, code) in [
        (json!({"note": "a\u{202e}b"}), "note", "text_invalid"),
        (json!({"note": "a\tb"}), "note", "text_invalid"),
        (json!({"note": "a\u{0}b"}), "note", "nul_character"),
        (json!({"note": 7}), "note", "type_mismatch"),
        (json!({"method": "GET"}), "method", "field_read_only"),
        (json!({"notes": "x"}), "notes", "unknown_field"),
        (json!({}), "note", "field_required"),
    ] {
        assert_eq!(refused(body).await.refusal(), (400, field.into(), code.into()), "A-161");
    }
    let (_, other) = bell.account("other@bell.example").await;
    let note = || Some(json!({"note": "theirs"}));
    assert_eq!(bell.call_as(&other, "PATCH", &path, note()).await.status, 404, "A-146: with another's");
    let gone = format!("/v2/inboxes/{inbox}/requests/CAP-NONE");
    assert_eq!(bell.call("PATCH", &gone, note()).await.status, 404);
    assert_eq!(bell.get(&path).await.json(), before);
}
