//! The certificate of a listener: read from PEM with its key, and what follows from it: how long it is good, and for which names.

use deskbell_core::Timestamp;
use rustls::client::verify_server_name;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use std::sync::Arc;
use x509_cert::der::Decode as _;

/// A certificate with its chain and its key, which belong together.
#[derive(Debug, Clone)]
pub struct Certificate {
    pub(super) certified: Arc<CertifiedKey>,
    ends: Timestamp,
}

/// Why a certificate and a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadCertificate {
    /// The certificate's file is no PEM, or there is no certificate in it.
    #[error("there is no certificate in it, as PEM has it (-----BEGIN CERTIFICATE-----)")]
    NoCertificate,
    /// The key's file is no PEM, or there is no key in it.
    #[error("there is no private key in it, as PEM has it (-----BEGIN PRIVATE KEY-----), without a password")]
    NoKey,
    /// Its first certificate cannot be read.
    #[error("its first certificate cannot be read: {0}")]
    Unreadable(String),
    /// The key belongs to another certificate.
    #[error("the key does not fit the first certificate")]
    Mismatch,
    /// A kind of key that this program does not sign with.
    #[error("the key cannot be used: {0}")]
    Key(String),
}

impl Certificate {
    /// Reads `chain`, which begins with the listener's own certificate, and its `key`.
    ///
    /// # Errors
    /// [`BadCertificate`]. One that has ended, or is for other names, is none.
    pub fn of_pem(chain: &[u8], key: &[u8]) -> Result<Self, BadCertificate> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|_| BadCertificate::NoCertificate)?;
        let own = chain.first().ok_or(BadCertificate::NoCertificate)?;
        let parsed = x509_cert::Certificate::from_der(own)
            .map_err(|error| BadCertificate::Unreadable(error.to_string()))?;
        let ends = parsed.tbs_certificate().validity().not_after.to_unix_duration();
        let ends =
            i64::try_from(ends.as_secs()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| BadCertificate::NoKey)?;
        let certified =
            CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| match error {
                Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => BadCertificate::Mismatch,
                Error::InvalidCertificate(error) => BadCertificate::Unreadable(error.to_string()),
                error => BadCertificate::Key(error.to_string()),
            })?;
        Ok(Self { certified: Arc::new(certified), ends: ends.unwrap_or(Timestamp::MAX) })
    }

    /// When it ends: clients refuse it from then on.
    pub fn ends(&self) -> Timestamp {
        self.ends
    }

    /// Whether it is this one, with the same chain.
    pub fn is_same(&self, other: &Self) -> bool {
        self.certified.cert == other.certified.cert
    }

    /// Whether it is for `host`, a name or an address without brackets.
    pub fn is_for(&self, host: &str) -> bool {
        let parsed = self.certified.end_entity_cert().and_then(ParsedCertificate::try_from);
        let name = ServerName::try_from(host);
        parsed.is_ok_and(|parsed| name.is_ok_and(|name| verify_server_name(&parsed, &name).is_ok()))
    }
}
