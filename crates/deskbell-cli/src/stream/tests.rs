//! A server that breaks off: the stream goes on behind what it read.

use super::*;
use crate::client::Flags;
use clap::Parser as _;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[derive(clap::Parser)]
struct Given {
    #[command(flatten)]
    flags: Flags,
}

fn client(address: SocketAddr) -> Client {
    let server = format!("http://{address}");
    let given = Given::parse_from(["deskbell", "--server", &server, "--api-key", "dbk_key"]);
    Client::new(&given.flags).map_err(|_| "no client").unwrap()
}

/// Gives one answer after another, each to a call of its own, and breaks off; gives the calls.
fn serve(listener: TcpListener, answers: Vec<String>) -> JoinHandle<Vec<String>> {
    tokio::spawn(async move {
        let mut calls = Vec::new();
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(socket.read_u8().await.unwrap());
            }
            calls.push(String::from_utf8(head).unwrap().to_lowercase());
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        calls
    })
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n{body}")
}

#[tokio::test]
async fn what_breaks_goes_on_behind_the_last_message() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(listener.local_addr().unwrap());
    let served = serve(
        listener,
        vec![
            // The third message broke off in the middle: it comes again.
            answer(
                "200 OK",
                "retry: 1000\nid: e0\n\nevent: delivery\nid: e1\ndata: {\"n\":1}\n\n: here\n\nid: e2\nda",
            ),
            answer("503 Service Unavailable", "{\"message\":\"The server starts.\"}"),
            answer("200 OK", "id: e1\n\nevent: attempt\nid: e2\ndata: {\"n\":2}\n\n"),
            answer("401 Unauthorized", "{\"message\":\"Invalid API key.\"}"),
        ],
    );
    let mut stream = Stream::start(&client, vec![("types", "delivery,attempt".into())]).await.unwrap();
    for (kind, n) in [("delivery", 1), ("attempt", 2)] {
        let message = stream.next().await.unwrap();
        assert_eq!((message.kind.as_str(), &message.object["n"]), (kind, &n.into()));
    }
    assert!(matches!(stream.next().await, Err(Fault::Refused { status: 401, .. })));
    let calls = served.await.unwrap();
    let lasts: Vec<_> =
        calls.iter().map(|call| call.lines().find_map(|line| line.strip_prefix("last-event-id: "))).collect();
    assert_eq!(lasts, [None, Some("e1"), Some("e1"), Some("e2")]);
    for call in calls {
        assert!(call.starts_with("get /v2/stream?types=delivery%2cattempt http/1.1\r\n"), "{call}");
    }
}

#[tokio::test]
async fn a_stream_that_is_refused_at_first_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(listener.local_addr().unwrap());
    let served = serve(listener, vec![answer("401 Unauthorized", "{\"message\":\"Invalid API key.\"}")]);
    let refused = Stream::start(&client, Query::new()).await.err();
    assert!(matches!(refused, Some(Fault::Refused { status: 401, .. })), "{refused:?}");
    served.await.unwrap();
}
