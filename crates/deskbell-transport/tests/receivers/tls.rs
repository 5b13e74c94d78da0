//! TLS: each thing that can be wrong with a certificate or a handshake has its name.

use crate::receiver::authority::{namesake, self_signed};
use crate::receiver::nameserver::NameServer;
use crate::receiver::{Action, OK, Receiver, answer, say};
use crate::stage::{Stage, hasty, request};
use deskbell_core::attempt::Outcome;
use deskbell_core::door::Sent;
use rcgen::{BasicConstraints, IsCa};
use rustls::ServerConfig;
use std::sync::Arc;

async fn shake(stage: &Stage, config: Arc<ServerConfig>) -> (Sent, Receiver) {
    let receiver = Receiver::secure(config, answer(OK)).await;
    let sent = stage.send(request(&format!("https://{}/", receiver.address))).await;
    (sent, receiver)
}

#[tokio::test]
async fn a_good_certificate_is_trusted() {
    let stage = Stage::new();
    let (sent, receiver) = shake(&stage, stage.authority.good("127.0.0.1")).await;
    assert_eq!(sent.outcome, Outcome::Delivered, "control, B-038: {}", sent.detail);
    assert!(sent.timings.tls_us.is_some() && sent.timings.connect_us.is_some());
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn a_bad_certificate_is_named_and_nothing_is_sent() {
    let stage = Stage::new();
    let authority = IsCa::Ca(BasicConstraints::Unconstrained);
    let cases = [
        ("B-023", stage.authority.lasting("127.0.0.1", (2020, 2021)), Outcome::TlsExpired, "2021-01-01"),
        ("B-024", stage.authority.lasting("127.0.0.1", (2090, 2091)), Outcome::TlsNotYetValid, "2090-01-01"),
        ("B-025", self_signed("127.0.0.1", IsCa::NoCa), Outcome::TlsUntrusted, "self-signed"),
        ("B-025", self_signed("127.0.0.1", authority), Outcome::TlsUntrusted, "cannot be trusted"),
        ("B-027", namesake("127.0.0.1"), Outcome::TlsUntrusted, "did not sign it"),
        ("B-026", stage.authority.good("other.example"), Outcome::TlsNameMismatch, "other.example"),
        ("B-038", stage.authority.good("127.0.0.9"), Outcome::TlsNameMismatch, "127.0.0.9"),
    ];
    for (row, config, outcome, told) in cases {
        let (sent, receiver) = shake(&stage, config).await;
        assert_eq!(sent.outcome, outcome, "{row}: {}", sent.detail);
        assert!(sent.detail.contains(told), "{row} tells {told}: {}", sent.detail);
        assert!(!sent.possibly_received && receiver.requests().is_empty(), "{row}: nothing was sent");
        receiver.left(1).await;
    }
}

#[tokio::test]
async fn the_name_in_the_url_is_the_name_the_certificate_must_be_for() {
    let names = NameServer::always(&["127.0.0.1"]).await;
    let stage = Stage::with("127.0.0.1/32", names.resolver());
    for (name, outcome) in
        [("hook.receiver.example", Outcome::Delivered), ("receiver.example", Outcome::TlsNameMismatch)]
    {
        let receiver = Receiver::secure(stage.authority.good(name), answer(OK)).await;
        let url = format!("https://hook.receiver.example:{}/", receiver.address.port());
        let sent = stage.send(request(&url)).await;
        assert_eq!(sent.outcome, outcome, "B-026: {}", sent.detail);
    }
}

#[tokio::test]
async fn plain_http_where_tls_is_expected_gets_a_hint() {
    let bad = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let receiver = Receiver::new(vec![Action::Sip, say(bad), Action::Hang]).await;
    let sent = Stage::new().send(request(&format!("https://{}/", receiver.address))).await;
    assert_eq!(sent.outcome, Outcome::TlsNotTls, "B-032: {}", sent.detail);
    assert!(sent.detail.contains("plain HTTP"), "B-032: the hint: {}", sent.detail);
}

#[tokio::test]
async fn silence_in_the_handshake_ends_at_its_deadline() {
    let receiver = Receiver::new(vec![Action::Hang]).await;
    let sent = Stage::new().send(hasty(&format!("https://{}/", receiver.address))).await;
    assert_eq!(sent.outcome, Outcome::TlsTimeout, "B-016, B-031: {}", sent.detail);
    assert!(sent.timings.total_us >= 300_000);
    receiver.left(1).await;
}
