//! Names of headers as they are on the wire: in title case, and in an inbox's own answer as its author wrote them. A client that copies
//! headers into a plain map finds `Link` there and no `link`.

use crate::bell::{Bell, CLOSED};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The names of the headers of the answer to `request`, as they came.
async fn names(bell: &Bell, request: &str) -> Vec<String> {
    let mut socket = TcpStream::connect(bell.address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(Duration::from_secs(60), socket.read_u8()).await.expect("nothing came").unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    head.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name.to_owned()).collect()
}

fn get(bell: &Bell, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAPI-Key: {}\r\n\r\n", bell.address, bell.key)
}

fn in_title_case(name: &str) -> String {
    let word = |word: &str| format!("{}{}", word[..1].to_uppercase(), &word[1..]);
    name.to_lowercase().split('-').map(word).collect::<Vec<_>>().join("-")
}

#[tokio::test]
async fn every_answer_has_its_names_in_title_case() {
    let settings = [CLOSED, &[("DESKBELL_INBOX__REQUESTS_PER_MINUTE", "1")]].concat();
    let bell = Bell::start_on_file(&settings).await;
    for name in ["one", "two"] {
        bell.webhook(name, "https://example.com/", &["booking"]).await;
    }
    let (_, url) = bell.inbox(&[]).await;
    let inbox = get(&bell, &url[url.find("/in/").unwrap()..]);
    names(&bell, &inbox).await;
    for (what, request, wanted) in [
        ("a list", get(&bell, "/v2/webhooks?limit=1"), &["Link", "Request-Id", "Content-Type", "Date"][..]),
        ("a wrong method", get(&bell, "/v2/events/batch").replace("GET", "PUT"), &["Request-Id"]),
        ("too fast", inbox, &["Retry-After", "Request-Id"]),
        ("no route", get(&bell, "/nowhere"), &["Content-Type", "Request-Id"]),
        ("no HTTP", "\u{1}\r\n\r\n".into(), &["Content-Type", "Content-Length", "Request-Id", "Connection"]),
        (
            "another host",
            "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".into(),
            &["Content-Type", "Request-Id"],
        ),
        ("a file", get(&bell, "/page.css"), &["Cache-Control", "X-Content-Type-Options"]),
        ("a page", get(&bell, "/sign-in"), &["Content-Security-Policy", "Content-Type"]),
        ("the link of the start", get(&bell, &bell.enter), &["Set-Cookie"]),
        ("the stream", get(&bell, "/v2/stream"), &["Content-Type", "Transfer-Encoding", "Request-Id"]),
    ] {
        let names = names(&bell, &request).await;
        for name in &names {
            assert_eq!(*name, in_title_case(name), "{what}");
        }
        for wanted in wanted {
            assert!(names.iter().any(|name| name == wanted), "{what} has no {wanted}: {names:?}");
        }
    }
    let refused = names(&bell, &get(&bell, "/v2/test").replace("GET", "DELETE")).await;
    assert!(refused.contains(&"Allow".to_owned()), "{refused:?}");
}

#[tokio::test]
async fn an_inbox_answers_with_the_names_that_its_author_wrote() {
    let bell = Bell::start_on_file(CLOSED).await;
    let headers = json!({
        "x-test-lower": "1", "X-TEST-UPPER": "2", "x-tEsT-MiXed": "3", "ETag": "\"4\"", "content-TYPE": "text/csv",
        "X-Test-Twice": "5", "x-test-twice": "6"
    });
    let answers = json!([{"headers": headers}, {"headers": headers, "delay_ms": 1}, {}]);
    let made = bell.post("/v2/inboxes", json!({"answers": answers})).await;
    assert_eq!(made.json()["answers"][0]["headers"], headers, "kept as they were written");
    let url = made.at("/url");
    let request = get(&bell, &url[url.find("/in/").unwrap()..]);
    let own = [
        "x-test-lower",
        "X-TEST-UPPER",
        "x-tEsT-MiXed",
        "ETag",
        "content-TYPE",
        "X-Test-Twice",
        "x-test-twice",
    ];
    for when in ["at once", "after a while"] {
        let (theirs, ours): (Vec<_>, Vec<_>) =
            names(&bell, &request).await.into_iter().partition(|name| own.contains(&name.as_str()));
        let mut sorted = (theirs.clone(), own.map(str::to_owned).to_vec());
        sorted.0.sort();
        sorted.1.sort();
        assert_eq!(sorted.0, sorted.1, "{when}");
        let twice = |name: &str| theirs.iter().position(|given| given == name);
        assert!(twice("X-Test-Twice") < twice("x-test-twice"), "in their order: {theirs:?}");
        assert!(ours.contains(&"Content-Security-Policy".to_owned()), "{when}: {ours:?}");
        for name in ours {
            assert_eq!(name, in_title_case(&name), "{when}");
        }
    }
    let plain = names(&bell, &request).await;
    assert!(plain.contains(&"Content-Type".to_owned()), "no name of an earlier answer is left: {plain:?}");
}

#[tokio::test]
async fn a_relay_is_an_author_too() {
    let bell = Bell::start_on_file(CLOSED).await;
    let made = bell.post("/v2/inboxes", json!({"relay": true})).await;
    let (id, url) = (made.at("/id"), made.at("/url"));
    let request = get(&bell, &url[url.find("/in/").unwrap()..]);
    let relay = async {
        let taken = bell.get(&format!("/v2/inboxes/{id}/relay?wait=20")).await;
        let answer = format!("/v2/inboxes/{id}/relay/{}", taken.at("/data/0/id"));
        bell.post(&answer, json!({"status": 200, "headers": {"x-tEsT-MiXed": "1"}})).await
    };
    let (names, answered) = tokio::join!(names(&bell, &request), relay);
    assert_eq!(answered.status, 200, "{}", answered.text());
    assert!(
        names.contains(&"x-tEsT-MiXed".to_owned()) && names.contains(&"Request-Id".to_owned()),
        "{names:?}"
    );
}
