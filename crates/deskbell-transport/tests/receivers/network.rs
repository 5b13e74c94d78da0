//! Connecting: nobody there, or gone at once.

use crate::receiver::{Action, OK, Receiver, answer};
use crate::stage::{Stage, request};
use deskbell_core::attempt::Outcome;
use deskbell_core::policy::ssrf_guard::Rules;
use deskbell_transport::Resolver;
use tokio::net::TcpSocket;

#[tokio::test]
async fn nobody_listening_is_told_at_once() {
    // Bound and not listening: the port is nobody else's.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let sent = Stage::new().visit(address).await;
    assert_eq!(sent.outcome, Outcome::ConnectRefused, "B-013");
    assert_eq!(sent.address, Some(address));
    assert!(sent.timings.total_us < 1_000_000, "B-013: without waiting: {:?}", sent.timings);
    assert!(!sent.possibly_received, "nothing was sent");
    assert_eq!(sent.timings.name_us, None, "an address is not looked up");
}

#[tokio::test]
async fn a_reset_after_the_accept_is_a_reset() {
    let receiver = Receiver::new(vec![Action::Reset]).await;
    let stage = Stage::new();
    for scheme in ["http", "https"] {
        for _ in 0..20 {
            let sent = stage.send(request(&format!("{scheme}://{}/", receiver.address))).await;
            assert_eq!(sent.outcome, Outcome::ConnectionReset, "B-015 {scheme}: {}", sent.detail);
        }
    }
}

#[tokio::test]
async fn an_end_after_the_accept_is_a_close() {
    let receiver = Receiver::new(vec![Action::Finish]).await;
    let stage = Stage::new();
    for scheme in ["http", "https"] {
        for _ in 0..20 {
            let sent = stage.send(request(&format!("{scheme}://{}/", receiver.address))).await;
            assert_eq!(sent.outcome, Outcome::ConnectionClosed, "B-019 {scheme}: {}", sent.detail);
        }
    }
    receiver.left(40).await;
}

#[tokio::test]
async fn one_of_our_own_inboxes_is_reached_over_plain_http_whatever_its_url_says() {
    let receiver = Receiver::new(answer(OK)).await;
    let rules = Rules {
        own_urls: vec!["https://bell.example".parse().unwrap()],
        own_socket: Some(receiver.address),
        ..Rules::default()
    };
    let sent =
        Stage::under(rules, Resolver::Servers(vec![])).send(request("https://bell.example/in/k3y?x=1")).await;
    assert_eq!(sent.outcome, Outcome::Delivered, "{}", sent.detail);
    assert_eq!((sent.address, sent.timings.tls_us), (Some(receiver.address), None));
    let seen = String::from_utf8(receiver.requests().remove(0)).unwrap();
    assert!(seen.starts_with("POST /in/k3y?x=1 HTTP/1.1\r\nHost: bell.example\r\n"), "{seen}");
}

#[tokio::test]
async fn a_url_that_the_guard_refuses_is_not_dialled() {
    let receiver = Receiver::new(answer(OK)).await;
    let sent = Stage::with("10.0.0.0/8", Resolver::default()).visit(receiver.address).await;
    assert_eq!(sent.outcome, Outcome::AddressBlocked);
    assert!(sent.detail.contains("public address"), "the rule is named: {}", sent.detail);
    assert_eq!((receiver.connections(), sent.address), (0, None), "nothing was dialled");
}
