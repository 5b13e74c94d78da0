//! Tls: the handshake, and what its failures mean to a person.

mod own;

pub use own::OwnCertificate;

use crate::deadline;
use crate::destination::Destination;
use crate::failure::Failure;
use crate::roots;
use deskbell_core::Timestamp;
use deskbell_core::attempt::Outcome;
use deskbell_core::policy::ssrf_guard::Route;
use own::OwnVerifier;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, PeerIncompatible};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Shakes hands: TLS 1.2 or 1.3, HTTP/1.1, the trusted roots, no certificate of ours.
pub(crate) struct Tls {
    connector: TlsConnector,
    /// For our own listener, where it speaks TLS.
    own: Option<TlsConnector>,
}

impl Tls {
    /// # Errors
    /// When the cryptography does not offer the protocol versions: a build that is wrong.
    pub(crate) fn new(
        extra_roots: &[CertificateDer<'static>],
        own: Option<OwnCertificate>,
    ) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = || {
            ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()
        };
        let connector = |mut config: ClientConfig| {
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            TlsConnector::from(Arc::new(config))
        };
        let trusting = builder()?.with_root_certificates(roots::trusted(extra_roots)).with_no_client_auth();
        let own = own.map(|own| {
            let verifier = OwnVerifier { own, provider: Arc::clone(&provider) };
            let config = builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
            Ok::<_, Error>(connector(config.with_no_client_auth()))
        });
        Ok(Self { connector: connector(trusting), own: own.transpose()? })
    }

    pub(crate) async fn handshake(
        &self,
        stream: TcpStream,
        destination: &Destination,
        within: Duration,
    ) -> Result<TlsStream<TcpStream>, Failure> {
        let connector = match (&destination.route, &self.own) {
            (Route::OwnInbox { .. }, Some(own)) => own,
            _ => &self.connector,
        };
        let shaken = connector.connect(destination.server_name()?, stream);
        match deadline::by(Instant::now() + within, shaken).await {
            Some(Ok(stream)) => Ok(stream),
            Some(Err(error)) => Err(failure(&error)
                .unwrap_or_else(|| Failure::of_open_socket(&error, "the TLS handshake was under way"))),
            None => Err(Failure::new(
                Outcome::TlsTimeout,
                "The receiver accepted the connection and did not complete the TLS handshake in time.",
            )),
        }
    }
}

/// The TLS failure inside an I/O error, if there is one.
pub(crate) fn failure(error: &io::Error) -> Option<Failure> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()).map(judge)
}

fn judge(error: &Error) -> Failure {
    match error {
        Error::InvalidCertificate(error) => certificate(error),
        Error::AlertReceived(alert) => alerted(*alert),
        Error::InvalidMessage(_) => Failure::new(
            Outcome::TlsNotTls,
            "What answered does not speak TLS; perhaps the port serves plain HTTP, or the URL has the wrong port.",
        ),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::ServerSentHelloRetryRequestWithUnknownExtension,
        ) => version(),
        Error::NoCertificatesPresented => {
            Failure::new(Outcome::TlsUntrusted, "The receiver presented no certificate.")
        }
        other => Failure::new(Outcome::TlsNegotiation, format!("The TLS handshake failed: {other}.")),
    }
}

fn version() -> Failure {
    Failure::new(Outcome::TlsVersion, "The receiver offers no TLS version from 1.2 on.")
}

fn alerted(alert: AlertDescription) -> Failure {
    match alert {
        AlertDescription::ProtocolVersion => version(),
        AlertDescription::UnrecognisedName => {
            Failure::new(Outcome::TlsNameMismatch, "The receiver does not know the host of the URL.")
        }
        AlertDescription::CertificateRequired => Failure::new(
            Outcome::TlsClientCertRequired,
            "The receiver demands a client certificate, and there is none to show.",
        ),
        AlertDescription::NoApplicationProtocol => Failure::new(
            Outcome::TlsNegotiation,
            "The receiver does not offer HTTP/1.1 (perhaps only HTTP/2).",
        ),
        other => {
            Failure::new(Outcome::TlsNegotiation, format!("The receiver ended the handshake: {other:?}."))
        }
    }
}

fn certificate(error: &CertificateError) -> Failure {
    use CertificateError as Bad;
    match error {
        Bad::ExpiredContext { not_after, .. } => Failure::new(
            Outcome::TlsExpired,
            format!("The receiver's certificate, or one of its chain, expired on {}.", date(*not_after)),
        ),
        Bad::Expired => Failure::new(Outcome::TlsExpired, "The receiver's certificate has expired."),
        Bad::NotValidYetContext { not_before, .. } => Failure::new(
            Outcome::TlsNotYetValid,
            format!("The receiver's certificate is valid only from {} on.", date(*not_before)),
        ),
        Bad::NotValidYet => {
            Failure::new(Outcome::TlsNotYetValid, "The receiver's certificate is not valid yet.")
        }
        Bad::NotValidForNameContext { expected, presented } => Failure::new(
            Outcome::TlsNameMismatch,
            format!(
                "The receiver's certificate is not for {}, but for {}.",
                expected.to_str(),
                names(presented)
            ),
        ),
        Bad::NotValidForName => {
            Failure::new(Outcome::TlsNameMismatch, "The receiver's certificate is for other names.")
        }
        Bad::UnknownIssuer => Failure::new(
            Outcome::TlsUntrusted,
            "The receiver's certificate leads to no root that is trusted here: it is self-signed, from a private \
             authority, or sent without its intermediate certificates.",
        ),
        Bad::BadSignature => Failure::new(
            Outcome::TlsUntrusted,
            "The receiver's certificate names an authority that is trusted here, which did not sign it.",
        ),
        Bad::UnsupportedSignatureAlgorithmContext { .. } => Failure::new(
            Outcome::TlsNegotiation,
            "The receiver's certificate is signed in a way that is not supported or no longer safe.",
        ),
        other => Failure::new(
            Outcome::TlsUntrusted,
            format!("The receiver's certificate cannot be trusted: {other}."),
        ),
    }
}

/// The names in a certificate, the first few.
fn names(presented: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = presented.iter().take(SHOWN).map(|name| plain(name)).collect::<Vec<_>>().join(", ");
    match presented.len() {
        0 => "no name at all".to_owned(),
        count if count > SHOWN => format!("{shown} and {} more", count - SHOWN),
        _ => shown,
    }
}

/// `DnsName("a.example")` as the library prints it becomes `a.example`; the receiver wrote it, so it is cut.
fn plain(name: &str) -> String {
    let inner = name.split_once("(\"").and_then(|(_, rest)| rest.strip_suffix("\")")).unwrap_or(name);
    inner.chars().filter(|c| !c.is_control()).take(100).collect()
}

fn date(time: UnixTime) -> String {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map_or_else(|| "an unknown day".to_owned(), |at| at.to_string())
}
