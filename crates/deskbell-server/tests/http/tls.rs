//! HTTPS on our own listener: what is spoken, who is refused, how long a handshake may take, and a certificate that changes.

use crate::world::{CAP, Client, World, got, within, world, world_over};
use deskbell_http::tls::{BadCertificate, Certificate};
use deskbell_http::{Limits, Served, Tls};
use rcgen::{CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const SHORT: Duration = Duration::from_millis(150);

/// An authority, which signs certificates for `localhost` and this machine.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate and its key, as PEM.
    fn signs(&self, change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    fn certificate(&self) -> Certificate {
        let (chain, key) = self.signs(|_| ());
        Certificate::of_pem(chain.as_bytes(), key.as_bytes()).unwrap()
    }

    fn tls(&self) -> Tls {
        Tls::new(self.certificate()).unwrap()
    }

    /// A client that trusts this authority and speaks `versions`.
    fn connector(&self, versions: &[&'static SupportedProtocolVersion], alpn: &[&str]) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsConnector::from(Arc::new(config))
    }

    async fn client(&self, world: &World) -> Client<TlsStream<TcpStream>> {
        Client(self.shake(world, &self.connector(rustls::DEFAULT_VERSIONS, &["http/1.1"])).await.unwrap())
    }

    async fn shake(&self, world: &World, connector: &TlsConnector) -> io::Result<TlsStream<TcpStream>> {
        let stream = within(TcpStream::connect(world.address)).await.unwrap();
        within(connector.connect(ServerName::try_from("localhost").unwrap(), stream)).await
    }
}

impl Authority {
    /// Waits until there is room for another: until then connections are dropped unread.
    async fn until_served(&self, world: &World) {
        let connector = self.connector(rustls::DEFAULT_VERSIONS, &[]);
        within(async {
            let mut tick = tokio::time::interval(Duration::from_millis(10));
            while self.shake(world, &connector).await.is_err() {
                tick.tick().await;
            }
        })
        .await;
    }
}

/// Who the client shook hands with.
fn shown(client: &Client<TlsStream<TcpStream>>) -> CertificateDer<'static> {
    client.0.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

#[tokio::test]
async fn calls_come_over_tls_1_2_and_1_3() {
    let authority = Authority::new();
    let world = world_over(Some(authority.tls()), Limits::default()).await;
    for (version, expected) in [
        (&rustls::version::TLS12, ProtocolVersion::TLSv1_2),
        (&rustls::version::TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let connector = authority.connector(&[version], &["h2", "http/1.1"]);
        let mut client = Client(authority.shake(&world, &connector).await.unwrap());
        let session = client.0.get_ref().1;
        assert_eq!(session.protocol_version(), Some(expected));
        assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]), "there is no HTTP/2");
        // On one connection, the second one sent before the first is answered.
        client.send(got("/v2/ping", "") + &got("/v2/peer", "")).await;
        assert_eq!(client.answer().await.body, "pong");
        assert!(client.answer().await.body.starts_with("127.0.0.1:"));
    }
    let h2 = authority.connector(rustls::DEFAULT_VERSIONS, &["h2"]);
    assert!(authority.shake(&world, &h2).await.is_err(), "who speaks HTTP/2 alone is told at once");
}

#[tokio::test]
async fn a_large_body_and_a_large_answer_pass() {
    let authority = Authority::new();
    let world = world_over(Some(authority.tls()), Limits::default()).await;
    let mut client = authority.client(&world).await;
    let body = "x".repeat(CAP);
    let length = body.len();
    client
        .send(format!(
            "POST /v2/length HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await;
    assert_eq!(client.answer().await.body, length.to_string());
    client.send(got("/v2/large", "Connection: close\r\n")).await;
    assert!(client.rest().await.len() > 64 << 20);
}

#[tokio::test]
async fn who_calls_in_the_clear_is_told_in_words() {
    let authority = Authority::new();
    let world = world_over(Some(authority.tls()), Limits::default()).await;
    let answer = world.ask(got("/v2/ping", "")).await;
    answer.expect(400, "tls_required", "plain HTTP");
    assert!(answer.closes());
    // What is neither ends without a word of HTTP.
    let mut other = world.client().await;
    other.send("\x01\x02\x03\x04\x05\x06").await;
    let said = other.rest().await;
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
}

#[tokio::test]
async fn an_absolute_target_has_the_scheme_that_is_spoken() {
    let authority = Authority::new();
    let world = world_over(Some(authority.tls()), Limits::default()).await;
    for (scheme, status) in [("https", 200), ("HTTPS", 200), ("http", 400)] {
        let mut client = authority.client(&world).await;
        client.send(format!("GET {scheme}://localhost/v2/ping HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
        assert_eq!(client.answer().await.status, status, "A-142: {scheme}");
    }
}

#[tokio::test]
async fn a_handshake_that_comes_to_nothing_ends_and_gives_its_place_back() {
    let authority = Authority::new();
    let limits = Limits { connections: 2, first_byte: SHORT, handshake: SHORT, ..Limits::default() };
    let world = world_over(Some(authority.tls()), limits).await;
    let mut silent = world.client().await;
    let mut begun = world.client().await;
    // The head of a record whose rest never comes.
    begun.send([0x16, 0x03, 0x01, 0x01, 0x00, 0x01]).await;
    silent.expect_end("A-050: it says nothing").await;
    begun.expect_end("A-049: its handshake is not over in time").await;
    authority.until_served(&world).await;
}

#[tokio::test]
async fn many_handshakes_under_way_hold_up_nobody() {
    let authority = Authority::new();
    let hour = Duration::from_secs(3_600);
    let limits = Limits { first_byte: hour, handshake: hour, connections: 401, ..Limits::default() };
    let world = world_over(Some(authority.tls()), limits).await;
    let mut held = Vec::new();
    for silent in 0..400 {
        let mut client = world.client().await;
        if silent % 2 == 0 {
            client.send([0x16, 0x03, 0x01, 0x01, 0x00, 0x01]).await;
        }
        held.push(client);
    }
    let mut client = authority.client(&world).await;
    client.send(got("/v2/ping", "")).await;
    assert_eq!(client.answer().await.body, "pong");
    // They count: there is room for no other.
    world.client().await.expect_end("A-052: a handshake is a connection").await;
}

#[tokio::test]
async fn the_stop_ends_handshakes_and_lets_requests_finish() {
    let authority = Authority::new();
    let hour = Duration::from_secs(3_600);
    let limits = Limits { first_byte: hour, handshake: hour, drain: hour, ..Limits::default() };
    let mut world = world_over(Some(authority.tls()), limits).await;
    let (mut silent, mut begun) = (world.client().await, world.client().await);
    begun.send([0x16, 0x03]).await;
    let mut busy = authority.client(&world).await;
    busy.send(got("/v2/slow", "")).await;
    within(world.arrived.notified()).await;
    let server = world.stop();
    silent.expect_end("it has asked for nothing").await;
    begun.expect_end("nor has this one").await;
    world.release.notify_one();
    assert_eq!(busy.answer().await.body, "done");
    within(server).await.unwrap();
}

#[tokio::test]
async fn who_does_not_take_the_answer_loses_the_connection_over_tls_too() {
    let authority = Authority::new();
    let limits = Limits { stalled: SHORT, connections: 1, ..Limits::default() };
    let world = world_over(Some(authority.tls()), limits).await;
    let mut client = authority.client(&world).await;
    client.send(got("/v2/large", "")).await;
    authority.until_served(&world).await;
    // What the systems of both ends had kept, and no more.
    let mut taken = Vec::new();
    let ended = within(client.0.read_to_end(&mut taken)).await;
    assert!(ended.is_err() && taken.len() < 1 << 26, "{ended:?} after {}", taken.len());
}

#[tokio::test]
async fn a_new_certificate_is_shown_from_the_next_handshake_on() {
    let authority = Authority::new();
    let tls = authority.tls();
    let world = world_over(Some(tls.clone()), Limits::default()).await;
    let mut before = authority.client(&world).await;
    let old = shown(&before);
    tls.show(authority.certificate());
    let mut after = authority.client(&world).await;
    let new = shown(&after);
    assert_ne!(old, new);
    for client in [&mut before, &mut after] {
        client.send(got("/v2/ping", "")).await;
        assert_eq!(client.answer().await.body, "pong", "connections go on");
    }
    assert!(tls.is_own(&old) && tls.is_own(&new), "one that shook hands a moment ago is known too");
    tls.show(authority.certificate());
    assert!(!tls.is_own(&old) && tls.is_own(&new) && !tls.is_own(authority.0.der()));
}

#[tokio::test]
async fn browsers_are_told_to_come_over_tls_alone_where_the_host_is_ours() {
    let authority = Authority::new();
    let strict = Served { strict_transport: true, ..Served::default() };
    let ours = world_over(Some(authority.tls()), Limits { served: strict, ..Limits::default() }).await;
    let mut client = authority.client(&ours).await;
    client.send(got("/page", "")).await;
    assert_eq!(client.answer().await.header("strict-transport-security"), Some("max-age=31536000"));
    let shared = world().await;
    assert_eq!(shared.ask(got("/page", "")).await.header("strict-transport-security"), None);
}

#[test]
fn a_certificate_says_until_when_and_for_whom_it_is() {
    let authority = Authority::new();
    let (chain, key) = authority.signs(|params| params.not_after = rcgen::date_time_ymd(2031, 2, 3));
    let certificate = Certificate::of_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    assert_eq!(certificate.ends().to_string(), "2031-02-03T00:00:00Z");
    assert!(certificate.is_for("localhost") && certificate.is_for("127.0.0.1"));
    assert!(!certificate.is_for("bell.example") && !certificate.is_for("not a name"));
}

#[test]
fn what_is_wrong_with_a_certificate_and_its_key_is_told_apart() {
    let authority = Authority::new();
    let ((chain, key), (_, other)) = (authority.signs(|_| ()), authority.signs(|_| ()));
    let wrong = |chain: &str, key: &str| Certificate::of_pem(chain.as_bytes(), key.as_bytes()).unwrap_err();
    assert!(matches!(wrong("", &key), BadCertificate::NoCertificate));
    assert!(matches!(wrong(&key, &key), BadCertificate::NoCertificate), "the files are the wrong way round");
    assert!(matches!(wrong(&chain, ""), BadCertificate::NoKey));
    assert!(matches!(wrong(&chain, &chain), BadCertificate::NoKey));
    assert!(matches!(wrong(&chain, &other), BadCertificate::Mismatch));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(wrong(broken, &key), BadCertificate::Unreadable(_)));
    let broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert!(matches!(wrong(&chain, broken), BadCertificate::Key(_)));
}
