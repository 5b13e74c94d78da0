//! The anonymous tester: who may read, what it takes, and where its token never stands (H-12, T-26, T-27).

use crate::bell::{Bell, CLOSED, Settings, now};
use crate::client::{Answer, send_raw};
use deskbell_core::Timestamp;
use deskbell_core::id::InboxId;
use deskbell_core::inbox::Inbox;
use deskbell_core::inbox::anonymous::{self, ReadToken};
use deskbell_core::vault::Vault;
use serde_json::json;

/// On, and no limits.
pub(crate) const TESTER: Settings<'static> =
    &[("DESKBELL_API__RATE_LIMIT", "off"), ("DESKBELL_DASHBOARD__ANONYMOUS_TESTER", "true")];
/// On, with limits for this machine too.
const LIMITED: Settings<'static> =
    &[("DESKBELL_API__LOOPBACK_EXEMPT", "false"), ("DESKBELL_DASHBOARD__ANONYMOUS_TESTER", "true")];

const REQUESTS: &str = "/v2/tester/requests";

/// An anonymous inbox: the path of its address, and its read token.
async fn anonymous_inbox(bell: &Bell) -> (String, String) {
    let made = bell.send("POST", "/v2/tester", &[], None).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let url = made.at("/url");
    (url[url.find("/in/").unwrap()..].to_owned(), made.at("/read_token"))
}

async fn read(bell: &Bell, token: &str, path: &str) -> Answer {
    bell.send("GET", path, &[("Authorization", &format!("Bearer {token}"))], None).await
}

async fn capture(bell: &Bell, path: &str, body: &str) -> u16 {
    bell.send("POST", path, &[("Content-Type", "text/plain")], Some(body.to_owned())).await.status
}

#[tokio::test]
async fn whoever_made_an_address_reads_what_it_captures() {
    let bell = Bell::start_on_file(TESTER).await;
    let made = bell.send("POST", "/v2/tester", &[], None).await;
    let (path, token) = anonymous_inbox(&bell).await;
    assert_eq!((made.status, made.at("/object")), (201, "tester".into()));
    let life = made.at("/expiry_time").parse::<Timestamp>().unwrap()
        - made.at("/creation_time").parse::<Timestamp>().unwrap();
    assert_eq!(life.total(jiff::Unit::Hour).unwrap(), 24.0);
    let wait = format!("{REQUESTS}?wait=30&count=2");
    let (found, ()) = tokio::join!(read(&bell, &token, &wait), async {
        for body in ["first", "second"] {
            assert_eq!(capture(&bell, &format!("{path}/below?q=1"), body).await, 200);
        }
    });
    assert_eq!((found.status, found.at("/data/0/body"), found.at("/data/1/body")), {
        (200, "second".into(), "first".into())
    });
    assert_eq!(found.at("/data/0/path"), "/below?q=1");
    assert_eq!(
        found.at("/data/1/body_sha256"),
        "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e",
        "the digest of `first`"
    );
    let newest = found.at("/data/0/id");
    let newer = read(&bell, &token, &format!("{REQUESTS}?before={newest}")).await;
    assert_eq!(newer.json()["data"], json!([]));
    let older = read(&bell, &token, &format!("{REQUESTS}?limit=1&after={newest}")).await;
    assert_eq!((older.at("/data/0/number"), older.at("/has_more")), ("1".into(), "false".into()));
    for (bad, code) in [
        ("limit=0", "limit_out_of_range"),
        ("wait=61", "integer_out_of_range"),
        ("after=CAP-0", "cursor_invalid"),
        ("colour=red", "parameter_unknown"),
    ] {
        let refused = read(&bell, &token, &format!("{REQUESTS}?{bad}")).await;
        assert_eq!((refused.status, refused.at("/code")), (400, code.into()), "A-173 to A-176: {bad}");
    }
    let shown = read(&bell, &token, "/v2/tester").await;
    assert_eq!((shown.at("/captured"), shown.at("/read_token")), ("2".into(), "null".into()), "shown once");
    assert!(shown.at("/url").ends_with(&path));
}

#[tokio::test]
async fn off_there_is_nothing_and_what_was_there_is_closed() {
    let on = Bell::start(TESTER).await;
    let (path, token) = anonymous_inbox(&on).await;
    let off = on.beside(CLOSED).await;
    for (method, at) in [("POST", "/v2/tester"), ("GET", "/v2/tester"), ("GET", REQUESTS), ("POST", &path)] {
        let header = ("Authorization", format!("Bearer {token}"));
        let answer = off.send(method, at, &[(header.0, &header.1)], None).await;
        assert_eq!((answer.status, answer.at("/code")), (404, "route_unknown".into()), "{method} {at}");
    }
    let page = async |bell: &Bell| bell.send("GET", "/tester", &[("Accept", "text/html")], None).await;
    assert_eq!(page(&off).await.status, 404);
    assert!(page(&off).await.text().contains("Nothing is here"));
    assert_eq!((page(&on).await.status, page(&on).await.header("set-cookie")), (200, None));
    let sign_in = async |bell: &Bell| bell.send("GET", "/sign-in", &[], None).await.text();
    assert!(sign_in(&on).await.contains("./tester") && !sign_in(&off).await.contains("./tester"));
}

#[tokio::test]
async fn only_its_token_reads_and_only_in_a_header() {
    let bell = Bell::start(TESTER).await;
    let (path, token) = anonymous_inbox(&bell).await;
    let (_, other) = anonymous_inbox(&bell).await;
    capture(&bell, &path, "secret").await;
    let (id, hash) = token.split_once('.').unwrap();
    let foreign = format!("{id}.{}", other.split_once('.').unwrap().1);
    let write = path.strip_prefix("/in/").unwrap();
    for wrong in ["", ".", id, hash, &foreign, write, &bell.key, &token[..token.len() - 1]] {
        let refused = read(&bell, wrong, REQUESTS).await;
        assert_eq!(
            (refused.status, refused.at("/code")),
            (401, "read_token_invalid".into()),
            "T-27: {wrong}"
        );
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    }
    assert_eq!(read(&bell, &other, REQUESTS).await.json()["data"], json!([]), "another inbox's own");
    let by_key = bell.call("GET", REQUESTS, None).await;
    assert_eq!(by_key.status, 401, "an account's key reads nobody's inbox");
    assert_eq!(bell.get(&format!("/v2/inboxes/{id}")).await.status, 404);
    for query in ["read_token", "token", "access_token"] {
        let asked = bell.send("GET", &format!("{REQUESTS}?{query}={token}"), &[], None).await;
        assert_eq!(asked.status, 401, "H-12: not by a query");
    }
    assert_eq!(
        bell.send("GET", &format!("/v2/tester/{token}"), &[], None).await.status,
        404,
        "H-12: nor a path"
    );
    let answer = read(&bell, &token, &format!("{REQUESTS}?limit=1")).await;
    let said = format!("{:?}{}", answer.headers, answer.text());
    assert!(answer.status == 200 && !said.contains(hash), "H-12: no link or address has it: {said}");
    let shell = bell.send("GET", "/tester", &[], None).await;
    assert_eq!(shell.header("referrer-policy"), Some("no-referrer"), "H-12");
}

#[tokio::test]
async fn nothing_of_an_account_is_told() {
    let bell = Bell::start(TESTER).await;
    let (path, token) = anonymous_inbox(&bell).await;
    let address = format!("http://{}{path}", bell.address);
    let (webhook, _) = bell.webhook("to the anonymous inbox", &address, &["booking"]).await;
    bell.post(&format!("/v2/webhooks/{webhook}/test"), json!({})).await;
    let found = read(&bell, &token, &format!("{REQUESTS}?wait=30")).await;
    assert_eq!(found.at("/data/0/delivery_of"), "null");
    assert!(![webhook.as_str(), bell.account.as_str()].iter().any(|id| found.text().contains(id)));
    assert_eq!(bell.get("/v2/inboxes").await.json()["data"], json!([]), "and no account has it");
}

#[tokio::test]
async fn its_caps_hold() {
    let bell = Bell::start_on_file(TESTER).await;
    let (path, token) = anonymous_inbox(&bell).await;
    assert_eq!(capture(&bell, &path, &"x".repeat((128 << 10) + 1)).await, 413, "A-132");
    for number in 1..=60 {
        assert_eq!(capture(&bell, &path, &number.to_string()).await, 200, "{number}");
    }
    assert_eq!(capture(&bell, &path, "61").await, 429, "A-133");
    let kept = read(&bell, &token, &format!("{REQUESTS}?limit=100")).await.json()["data"].clone();
    assert_eq!((kept.as_array().unwrap().len(), kept[0]["body"].as_str()), (50, Some("60")), "A-134");
}

#[tokio::test]
async fn strangers_have_a_pace_and_a_quota() {
    let bell = Bell::start(LIMITED).await;
    let (_, token) = anonymous_inbox(&bell).await;
    let mut made = 1;
    let refused = loop {
        let answer = bell.send("POST", "/v2/tester", &[], None).await;
        if answer.status != 201 {
            break answer;
        }
        made += 1;
    };
    assert_eq!((made, refused.status, refused.header("retry-after").is_some()), (20, 429, true), "T-26");
    let mut reads = 0;
    while read(&bell, if reads % 2 == 0 { &token } else { "wrong" }, REQUESTS).await.status != 429 {
        reads += 1;
        assert!(reads < 100, "reads are counted");
    }
    assert!(reads >= 60, "one a second: {reads}");

    let open = Bell::start(TESTER).await;
    for _ in 0..500 {
        anonymous_inbox(&open).await;
    }
    let full = open.send("POST", "/v2/tester", &[], None).await;
    assert_eq!((full.status, full.at("/code")), (503, "tester_full".into()), "T-26");
    assert_eq!(full.header("retry-after"), Some("3600"));
    assert_eq!(open.post("/v2/inboxes", json!({})).await.status, 201, "accounts have their own");
}

/// A megabyte is promised and not sent: the connection ends with the refusal, so that none of it is read.
#[tokio::test]
async fn what_is_refused_by_its_address_costs_its_head() {
    let bell = Bell::start(LIMITED).await;
    let (path, _) = anonymous_inbox(&bell).await;
    let unknown = format!("{path}x");
    let mut sent = 0;
    while capture(&bell, &unknown, "{}").await != 429 {
        sent += 1;
        assert!(sent < 1_000, "requests are counted");
    }
    let head = format!("POST {unknown} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    // The limit refills while a busy machine gets here: then it is no more than an unknown inbox.
    loop {
        let refused = send_raw(bell.address, head.as_bytes()).await;
        assert_eq!(refused.header("connection"), Some("close"));
        if refused.status == 429 {
            break;
        }
        sent += 1;
        assert!(sent < 1_000, "requests are counted");
    }
    let off = bell.beside(CLOSED).await;
    let closed = send_raw(off.address, head.as_bytes()).await;
    assert_eq!((closed.status, closed.header("connection")), (404, Some("close")));
}

#[tokio::test]
async fn another_page_cannot_make_one_in_a_visitors_browser() {
    let bell = Bell::start(TESTER).await;
    for origin in ["https://evil.example", "null"] {
        let refused = bell.send("POST", "/v2/tester", &[("Origin", origin)], None).await;
        assert_eq!((refused.status, refused.at("/code")), (403, "origin_unproven".into()), "H-13: {origin}");
    }
    let ours = bell.send("POST", "/v2/tester", &[("Origin", &bell.origin())], None).await;
    assert_eq!(ours.status, 201);
    assert_eq!(ours.header("access-control-allow-origin"), None, "H-10");
}

#[tokio::test]
async fn an_expired_one_reads_like_one_that_never_was() {
    let bell = Bell::start(TESTER).await;
    let (_, token) = anonymous_inbox(&bell).await;
    let id = InboxId::from_text(token.split_once('.').unwrap().0);
    let made = bell.store.inbox(&anonymous::owner(), &id).await.unwrap().unwrap();
    let over =
        Inbox { id: InboxId::from_text("INB-0VER000000"), token: "anon-over".into(), expires: now(), ..made };
    let token = ReadToken::new(&over.id, &Vault::new(&[7; 32]));
    bell.store.create_inbox(over, 500).await.unwrap();
    let gone = read(&bell, token.text().expose(), REQUESTS).await;
    assert_eq!((gone.status, gone.text()), (401, read(&bell, "wrong", REQUESTS).await.text()));
    assert_eq!(capture(&bell, "/in/anon-over", "x").await, 410, "A-150");
}
