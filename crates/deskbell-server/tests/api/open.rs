//! Calls that are held open: as many as an account, an anonymous inbox or a network may, and a clear answer to the next.

use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use crate::tester::TESTER;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends a GET, and gives the connection without waiting for the answer.
async fn sent(bell: &Bell, path: &str, header: &str) -> TcpStream {
    let mut socket = TcpStream::connect(bell.address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{header}\r\n\r\n", bell.address);
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

/// A stream that has begun.
async fn stream(bell: &Bell) -> TcpStream {
    let mut socket = sent(bell, "/v2/stream", &format!("API-Key: {}", bell.key)).await;
    let mut status = [0; 12];
    socket.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    socket
}

/// Status, code, whether it says when to come again, and the sentence.
fn refused(answer: &Answer) -> (u16, String, bool, String) {
    (answer.status, answer.at("/code"), answer.header("retry-after").is_some(), answer.at("/message"))
}

#[tokio::test]
async fn an_account_holds_two_hundred_streams_and_waits_open() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, _) = bell.inbox(&[]).await;
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(stream(&bell).await);
    }
    let said = "The account has 200 streams, exports and waiting calls open, which is the limit. Try again when one of them has ended.";
    let waiting = format!("/v2/inboxes/{inbox}/requests?wait=1");
    for path in ["/v2/stream", &waiting, &format!("/v2/inboxes/{inbox}/export?format=json")] {
        let answer = bell.get(path).await;
        assert_eq!(refused(&answer), (429, "open_calls_too_many".into(), true, said.into()), "{path}");
    }
    assert_eq!(bell.get(&format!("/v2/inboxes/{inbox}/requests")).await.status, 200, "what does not wait");
    let (account, key) = bell.account("other@bell.example").await;
    assert_eq!(bell.call_as(&key, "GET", "/v2/account", None).await.at("/id"), account.to_string());
    let mut theirs = sent(&bell, "/v2/stream", &format!("API-Key: {key}")).await;
    let mut status = [0; 12];
    theirs.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200", "another account's own");
    drop(open);
    bell.until(&waiting, |answer| answer.status == 200).await;
}

#[tokio::test]
async fn too_many_delayed_answers_at_once_are_refused() {
    let bell = Bell::start(CLOSED).await;
    let answers = json!({"answers": [{"status": 200, "delay_ms": 30_000}]});
    let made = bell.post("/v2/inboxes", answers).await;
    let (id, url) = (made.at("/id"), made.at("/url"));
    let path = url[url.find("/in/").unwrap()..].to_owned();
    let mut open = Vec::new();
    for _ in 0..500 {
        open.push(sent(&bell, &path, "Accept: */*").await);
    }
    bell.until(&format!("/v2/inboxes/{id}"), |inbox| inbox.json()["captured"] == 500).await;
    let answer = bell.send("POST", &path, &[], Some("{}".into())).await;
    let said = "The account has 500 requests to its inboxes open that are answered later, which is the limit. Try again when one of them has ended.";
    assert_eq!(refused(&answer), (429, "open_calls_too_many".into(), true, said.into()), "A-140");
    let kept = bell.get(&format!("/v2/inboxes/{id}/requests?limit=1")).await;
    assert_eq!(kept.at("/data/0/answered_status"), "429", "it was kept, and says how it was answered");
    let (_, key) = bell.account("other@bell.example").await;
    let theirs =
        bell.call_as(&key, "POST", "/v2/inboxes", Some(json!({"answers": [{"status": 204, "delay_ms": 1}]})));
    let theirs = theirs.await.at("/url");
    let theirs = bell.send("POST", &theirs[theirs.find("/in/").unwrap()..], &[], Some("{}".into())).await;
    assert_eq!(theirs.status, 204, "another account's own");
}

#[tokio::test]
async fn few_calls_wait_at_an_anonymous_inbox_and_few_of_one_network() {
    let counted = ("DESKBELL_API__LOOPBACK_EXEMPT", "false");
    let bell = Bell::start(&[TESTER, &[counted]].concat()).await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(bell.send("POST", "/v2/tester", &[], None).await.at("/read_token"));
    }
    let mut open = Vec::new();
    let wait = async |token: &str| {
        let bearer = format!("Authorization: Bearer {token}");
        sent(&bell, "/v2/tester/requests?wait=60", &bearer).await
    };
    let refusal = async |token: &str, open: &mut Vec<_>| {
        let bearer = format!("Bearer {token}");
        // Those that were sent may not have been read yet: one of them is refused then, and another one waits in the place of this call.
        for _ in 0..20 {
            let path = "/v2/tester/requests?wait=1";
            let answer = bell.send("GET", path, &[("Authorization", &bearer)], None).await;
            if answer.status != 200 {
                return refused(&answer).3;
            }
            open.push(wait(token).await);
        }
        panic!("as many wait as like");
    };
    for _ in 0..10 {
        open.push(wait(&tokens[0]).await);
    }
    assert!(refusal(&tokens[0], &mut open).await.starts_with("This inbox has 10 "));
    for _ in 0..10 {
        open.push(wait(&tokens[1]).await);
    }
    assert!(refusal(&tokens[2], &mut open).await.starts_with("Your network has 20 "));
}
