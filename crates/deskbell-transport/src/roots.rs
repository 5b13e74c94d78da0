//! Roots: the certificates that a receiver's chain may lead to.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// A file with root certificates that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadRoots {
    /// The text is not PEM.
    #[error("it cannot be read as PEM: {0}")]
    Pem(String),
    /// There is no certificate in it.
    #[error("it holds no certificate")]
    Empty,
    /// A certificate cannot serve as a root.
    #[error("certificate {number} cannot be a root: {reason}")]
    Certificate {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// The certificates of a PEM file, for [`Settings::extra_roots`](crate::Settings::extra_roots) (setting
/// `delivery.trust_file`).
///
/// # Errors
/// [`BadRoots`] when it is not PEM, is empty, or holds something that cannot be a root.
pub fn roots_of_pem(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, BadRoots> {
    let roots: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| BadRoots::Pem(error.to_string()))?;
    if roots.is_empty() {
        return Err(BadRoots::Empty);
    }
    let mut store = RootCertStore::empty();
    for (index, root) in roots.iter().enumerate() {
        store
            .add(root.clone())
            .map_err(|error| BadRoots::Certificate { number: index + 1, reason: error.to_string() })?;
    }
    Ok(roots)
}

/// Mozilla's roots, as bundled, and the operator's.
pub(crate) fn trusted(extra: &[CertificateDer<'static>]) -> RootCertStore {
    let mut store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let (_, refused) = store.add_parsable_certificates(extra.iter().cloned());
    if refused > 0 {
        tracing::warn!(refused, "root certificates that cannot be read were left out");
    }
    store
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trust_file_is_read_strictly() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut ca = rcgen::CertificateParams::new(vec![]).unwrap();
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = ca.self_signed(&key).unwrap().pem();
        assert_eq!(roots_of_pem(pem.as_bytes()).unwrap().len(), 1);
        assert!(matches!(roots_of_pem(b""), Err(BadRoots::Empty)));
        assert!(matches!(roots_of_pem(b"hello"), Err(BadRoots::Empty)));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let error = roots_of_pem(format!("{pem}{broken}").as_bytes()).unwrap_err();
        assert!(matches!(error, BadRoots::Certificate { number: 2, .. }), "{error}");
    }
}
