//! Our own listener's certificate, for deliveries to our own inboxes: it is known by itself, whoever signed it and whatever names it is
//! for, as those deliveries go to the address that is listened on.

use crate::explain;
use crate::fault::Fault;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use std::fmt;
use std::sync::Arc;

/// Whether a certificate is that of our own listener.
#[derive(Clone)]
pub struct OwnCertificate(Arc<dyn Fn(&CertificateDer<'_>) -> bool + Send + Sync>);

impl OwnCertificate {
    /// As `is_own` says.
    pub fn new(is_own: impl Fn(&CertificateDer<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_own))
    }
}

impl fmt::Debug for OwnCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnCertificate")
    }
}

/// Takes our own certificate and no other, from whoever can sign with its key.
#[derive(Debug)]
pub struct OwnVerifier {
    /// Which it is.
    pub own: OwnCertificate,
    /// What signatures are checked with.
    pub provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for OwnVerifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if (self.own.0)(shown) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(explain::error(Fault::NotOurOwn))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
            .map_err(|error| explain::handshake(error, certificate))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
            .map_err(|error| explain::handshake(error, certificate))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
