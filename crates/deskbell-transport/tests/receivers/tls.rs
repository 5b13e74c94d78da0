//! TLS: each thing that can be wrong with a certificate or a handshake has its name.

use crate::certificate::is_plain;
use crate::receiver::authority::{Authority, alone, params, shows};
use crate::receiver::nameserver::NameServer;
use crate::receiver::{Action, OK, Receiver, answer, say};
use crate::stage::{Stage, hasty, request};
use deskbell_core::attempt::Outcome;
use deskbell_core::door::Sent;
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
    let cases = [
        ("B-023", stage.authority.lasting("127.0.0.1", (2020, 2021)), Outcome::TlsExpired, "2021-01-01"),
        ("B-024", stage.authority.lasting("127.0.0.1", (2090, 2091)), Outcome::TlsNotYetValid, "2090-01-01"),
        ("B-025", self_signed(), Outcome::TlsUntrusted, "self-signed"),
        ("B-027", Authority::new().good("127.0.0.1"), Outcome::TlsUntrusted, "not signed by the authority"),
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

fn self_signed() -> Arc<ServerConfig> {
    let (certificate, key) = alone(&params("127.0.0.1"));
    shows(vec![certificate], &key)
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

/// What a receiver says that answers the first message with these bytes.
async fn answered_with(bytes: Vec<u8>) -> Sent {
    let receiver = Receiver::new(vec![Action::Sip, say(bytes), Action::Finish]).await;
    Stage::new().send(request(&format!("https://{}/", receiver.address))).await
}

#[tokio::test]
async fn an_alert_is_told_by_its_name_in_the_registry_and_what_it_means() {
    let mut wrong = Vec::new();
    for number in 0..=255_u8 {
        let sent = answered_with(vec![21, 3, 3, 0, 2, 2, number]).await;
        let outcome = match number {
            70 => Outcome::TlsVersion,
            112 => Outcome::TlsNameMismatch,
            116 => Outcome::TlsClientCertRequired,
            _ => Outcome::TlsNegotiation,
        };
        if sent.outcome != outcome || !is_plain(&sent.detail) {
            wrong.push((number, sent.outcome, sent.detail));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (number, told) in [
        (40, "(alert handshake_failure)"),
        (80, "(alert internal_error)"),
        (250, "alert 250"),
        (112, "unrecognized_name"),
    ] {
        let sent = answered_with(vec![21, 3, 3, 0, 2, 2, number]).await;
        assert!(sent.detail.contains(told), "{number}: {}", sent.detail);
    }
}

#[tokio::test]
async fn an_old_or_a_broken_server_is_told_as_what_it_is() {
    // The answer of one that speaks TLS 1.0 at best, and one that is no answer at all.
    let mut old = vec![2, 0, 0, 38, 3, 1];
    old.extend([7; 32]);
    old.extend([0, 0x00, 0x2f, 0]);
    let mut record = vec![22, 3, 1, 0, 42];
    record.extend(old);
    for (bytes, outcome, told) in [
        (record, Outcome::TlsVersion, "no TLS 1.2 or 1.3"),
        (vec![22, 3, 3, 0, 4, 2, 0, 0, 0], Outcome::TlsNegotiation, "broke a rule of TLS"),
        (b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(), Outcome::TlsNotTls, "does not speak TLS"),
    ] {
        let sent = answered_with(bytes).await;
        assert!(
            sent.outcome == outcome && sent.detail.contains(told) && is_plain(&sent.detail),
            "{:?} {}",
            sent.outcome,
            sent.detail
        );
    }
}

#[tokio::test]
async fn who_demands_a_certificate_of_ours_is_told_so_where_they_say_it() {
    let stage = Stage::new();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(stage.authority.root()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let (certificate, key) = stage.authority.issue(&params("127.0.0.1"));
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_client_cert_verifier(verifier.build().unwrap());
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let (sent, _) = shake(&stage, Arc::new(config.with_single_cert(vec![certificate], key).unwrap())).await;
    assert!(
        sent.outcome == Outcome::TlsClientCertRequired
            && sent.detail.contains("demands a client certificate"),
        "B-033: {:?} {}",
        sent.outcome,
        sent.detail
    );
}
