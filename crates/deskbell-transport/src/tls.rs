//! Tls: the handshake, and which outcome each of its failures is.

use crate::deadline;
use crate::destination::Destination;
use crate::failure::Failure;
use deskbell_core::attempt::Outcome;
use deskbell_core::policy::ssrf_guard::Route;
use deskbell_tls::{Fault, OwnCertificate, OwnVerifier, Verifier};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, Error};
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
        let verifier = Arc::new(Verifier::of_mozilla(Arc::clone(&provider), extra_roots)?);
        let trusting =
            builder()?.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
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
    Fault::in_io(error).map(|fault| Failure::new(outcome(&fault), fault.full_sentence("the receiver")))
}

fn outcome(fault: &Fault) -> Outcome {
    match fault {
        Fault::Expired { .. } => Outcome::TlsExpired,
        Fault::NotYetValid { .. } => Outcome::TlsNotYetValid,
        Fault::OtherNames { .. } | Fault::UnknownHost => Outcome::TlsNameMismatch,
        Fault::NotTls => Outcome::TlsNotTls,
        Fault::TlsVersion => Outcome::TlsVersion,
        Fault::ClientCertificate => Outcome::TlsClientCertRequired,
        Fault::NeverValid
        | Fault::SelfSigned
        | Fault::UnknownIssuer { .. }
        | Fault::Forged
        | Fault::NotItsKey
        | Fault::Version { .. }
        | Fault::CriticalExtension { .. }
        | Fault::NotForServers
        | Fault::Authority
        | Fault::NotAnAuthority
        | Fault::NameConstraints
        | Fault::PathLength
        | Fault::TooManyWays
        | Fault::Malformed(_)
        | Fault::NotOurOwn
        | Fault::Untrusted
        | Fault::NoCertificate => Outcome::TlsUntrusted,
        Fault::RsaKey { .. }
        | Fault::Signature { .. }
        | Fault::Key
        | Fault::NoHttp1
        | Fault::Alert(..)
        | Fault::UnknownAlert(_)
        | Fault::NothingInCommon(_)
        | Fault::BrokeRules
        | Fault::Unnamed => Outcome::TlsNegotiation,
    }
}
