//! Roots: the certificates of a file that says whom to believe.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// A file of certificates that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadRoots {
    /// A block of it is broken.
    #[error("block {0} of it is not as PEM has it")]
    Pem(usize),
    /// There is no certificate in it.
    #[error("it holds no certificate as PEM has it (between BEGIN CERTIFICATE and END CERTIFICATE)")]
    Empty,
    /// One of them cannot be read.
    #[error("certificate {0} of it cannot be read")]
    Certificate(usize),
}

/// The certificates of a PEM file: roots, authorities below one, or a server's own.
///
/// # Errors
/// [`BadRoots`] when it is not PEM, is empty, or holds something that is no certificate. Counted from 1.
pub fn roots_of_pem(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, BadRoots> {
    let mut roots = Vec::new();
    for (index, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
        roots.push(certificate.map_err(|_| BadRoots::Pem(index + 1))?);
    }
    if roots.is_empty() {
        return Err(BadRoots::Empty);
    }
    let mut store = RootCertStore::empty();
    for (index, root) in roots.iter().enumerate() {
        store.add(root.clone()).map_err(|_| BadRoots::Certificate(index + 1))?;
    }
    Ok(roots)
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
        assert_eq!(roots_of_pem(b""), Err(BadRoots::Empty));
        assert_eq!(roots_of_pem(b"hello"), Err(BadRoots::Empty));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(roots_of_pem(format!("{pem}{broken}").as_bytes()), Err(BadRoots::Certificate(2)));
        let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        assert_eq!(roots_of_pem(format!("{pem}{cut}").as_bytes()), Err(BadRoots::Pem(2)));
        let marked = pem
            .replace("BEGIN CERT", "# A comment, as bundles have them\n-----BEGIN CERT")
            .replace("-----# A", "# A");
        assert_eq!(roots_of_pem(marked.as_bytes()).unwrap().len(), 1);
    }
}
