//! Names: what the name server says, and the guard's word on it.

use crate::receiver::nameserver::{NameServer, Reply};
use crate::receiver::{OK, Receiver, answer};
use crate::stage::{Stage, hasty, request};
use deskbell_core::attempt::Outcome;

async fn attempt(reply: impl Fn(usize) -> Reply + Send + 'static) -> deskbell_core::door::Sent {
    let names = NameServer::new(reply).await;
    Stage::with("127.0.0.0/8", names.resolver()).send(hasty("http://hook.receiver.example:9999/")).await
}

#[tokio::test]
async fn each_way_a_look_up_fails_has_its_outcome() {
    let sent = attempt(|_| Reply::NoName).await;
    assert_eq!(sent.outcome, Outcome::DnsNotFound, "A-046, B-001: {}", sent.detail);
    assert!(sent.detail.contains("hook.receiver.example"), "A-046: the name is told");
    assert!(sent.timings.name_us.is_some() && sent.timings.connect_us.is_none());
    let sent = attempt(|_| Reply::Broken).await;
    assert_eq!(sent.outcome, Outcome::DnsFailure, "B-002: {}", sent.detail);
    let sent = attempt(|_| Reply::Silence).await;
    assert_eq!(sent.outcome, Outcome::DnsTimeout, "B-003: {}", sent.detail);
    let sent = attempt(|_| Reply::Addresses(vec![])).await;
    assert_eq!(sent.outcome, Outcome::DnsNoAddress, "B-004: {}", sent.detail);
}

#[tokio::test]
async fn a_name_is_looked_up_and_its_address_dialled() {
    let receiver = Receiver::new(answer(OK)).await;
    let names = NameServer::always(&["127.0.0.1"]).await;
    let port = receiver.address.port();
    let sent = Stage::with("127.0.0.1/32", names.resolver())
        .send(request(&format!("http://Hook.Receiver.Example.:{port}/")))
        .await;
    assert_eq!(sent.outcome, Outcome::Delivered, "{}", sent.detail);
    assert_eq!(sent.address, Some(receiver.address));
    assert_eq!(names.asked(), 1);
}

#[tokio::test]
async fn one_forbidden_answer_refuses_the_attempt_and_nothing_is_dialled() {
    // The same port on an address that is open and on one that is not.
    let open = Receiver::new(answer(OK)).await;
    let port = open.address.port();
    let forbidden = Receiver::at(format!("127.0.0.2:{port}").parse().unwrap(), None, |_| answer(OK)).await;
    for addresses in [&["127.0.0.2"][..], &["127.0.0.1", "127.0.0.2"], &["127.0.0.1", "::ffff:127.0.0.1"]] {
        let names = NameServer::always(addresses).await;
        let sent = Stage::with("127.0.0.1/32", names.resolver())
            .send(request(&format!("http://hook.receiver.example:{port}/")))
            .await;
        assert_eq!(sent.outcome, Outcome::AddressBlocked, "A-045, B-007, B-008, B-010: {addresses:?}");
        assert!(!sent.detail.contains("127.0.0"), "A-045: the address is not told: {}", sent.detail);
        assert_eq!(sent.address, None);
    }
    assert_eq!(
        (open.connections(), forbidden.connections()),
        (0, 0),
        "A-045, B-007, B-008: nothing is dialled"
    );
}

#[tokio::test]
async fn a_name_that_changes_between_look_ups_never_leads_to_a_forbidden_address() {
    let open =
        Receiver::new(answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")).await;
    let port = open.address.port();
    let forbidden = Receiver::at(format!("127.0.0.2:{port}").parse().unwrap(), None, |_| answer(OK)).await;
    let names = NameServer::new(|number| {
        let last = if number % 2 == 0 { 1 } else { 2 };
        Reply::Addresses(vec![format!("127.0.0.{last}").parse().unwrap()])
    })
    .await;
    let stage = Stage::with("127.0.0.1/32", names.resolver());
    for round in 0..100 {
        let sent = stage.send(request(&format!("http://hook.receiver.example:{port}/"))).await;
        let expected = if round % 2 == 0 { Outcome::Delivered } else { Outcome::AddressBlocked };
        assert_eq!(sent.outcome, expected, "B-009: round {round}: {}", sent.detail);
        assert_eq!(names.asked(), round + 1, "B-009: one look-up for an attempt");
    }
    assert_eq!(forbidden.connections(), 0, "B-009");
}

#[tokio::test]
async fn a_dead_address_does_not_keep_the_next_from_being_tried() {
    let receiver = Receiver::at("127.0.0.3:0".parse().unwrap(), None, |_| answer(OK)).await;
    let names = NameServer::always(&["127.0.0.4", "127.0.0.3"]).await;
    let port = receiver.address.port();
    let sent = Stage::with("127.0.0.0/8", names.resolver())
        .send(request(&format!("http://hook.receiver.example:{port}/")))
        .await;
    assert_eq!((sent.outcome, sent.address), (Outcome::Delivered, Some(receiver.address)), "B-020");
}
