//! Tls: HTTPS on our own listener. The certificate that is shown can be changed at any time: the next handshake shows the new one, and
//! connections go on. A handshake has a deadline and holds nothing but its own connection's place.

mod certificate;

pub use certificate::{BadCertificate, Certificate};

use rustls::ServerConfig;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// TLS 1.2 and 1.3 for HTTP/1.1, under a certificate that can be changed. Clones are one.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    shown: Arc<Shown>,
}

/// What is shown, and what was before.
#[derive(Debug)]
struct Shown(RwLock<(Certificate, Option<Certificate>)>);

impl Shown {
    fn read<T>(&self, read: impl FnOnce(&Certificate, Option<&Certificate>) -> T) -> T {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        read(&shown.0, shown.1.as_ref())
    }
}

impl ResolvesServerCert for Shown {
    /// There is one certificate, whatever name was asked for: clients judge for themselves whether it is for theirs.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.read(|now, _| Arc::clone(&now.certified)))
    }
}

impl Tls {
    /// Shows `certificate`.
    ///
    /// # Errors
    /// When the cryptography does not offer the protocol versions, or the machine no randomness.
    pub fn new(certificate: Certificate) -> Result<Self, rustls::Error> {
        let shown = Arc::new(Shown(RwLock::new((certificate, None))));
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Shown>::clone(&shown));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // What a client needs to come back quickly is kept by the client: however many there are, nothing is kept here.
        config.ticketer = Ticketer::new()?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), shown })
    }

    /// Shows `certificate` from the next handshake on.
    pub fn show(&self, certificate: Certificate) {
        let mut shown = self.shown.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut shown.0, certificate);
        shown.1 = Some(before);
    }

    /// What is shown.
    pub fn shown(&self) -> Certificate {
        self.shown.read(|now, _| now.clone())
    }

    /// Whether this listener shows `certificate`, or did before it was last changed.
    pub fn is_own(&self, certificate: &CertificateDer<'_>) -> bool {
        let is = |own: &Certificate| own.certified.cert.first().is_some_and(|own| own == certificate);
        self.shown.read(|now, before| is(now) || before.is_some_and(is))
    }

    /// Shakes hands on `stream`.
    ///
    /// # Errors
    /// When the client does not, or not `within` that time.
    pub(super) async fn handshake<S>(&self, stream: S, within: Duration) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        timeout(within, self.acceptor.accept(stream)).await.map_err(|_| io::ErrorKind::TimedOut)?
    }
}
