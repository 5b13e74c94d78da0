//! Identity: what a receiver over TLS shows, and the root certificate that the program has to trust for it.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// A certificate for this machine's loopback address, from a root of its own.
pub struct Identity {
    root: String,
    config: Arc<ServerConfig>,
}

impl Identity {
    /// A new one.
    ///
    /// # Errors
    /// When the cryptography refuses: a build that is wrong.
    pub fn new() -> anyhow::Result<Self> {
        let mut root = CertificateParams::new(vec![])?;
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.distinguished_name.push(DnType::CommonName, "Root of the benchmark");
        let root_key = KeyPair::generate()?;
        let root_pem = root.self_signed(&root_key)?.pem();
        let key = KeyPair::generate()?;
        let leaf = CertificateParams::new(vec![Ipv4Addr::LOCALHOST.to_string()])?
            .signed_by(&key, &Issuer::new(root, root_key))?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)?;
        Ok(Self { root: root_pem, config: Arc::new(config) })
    }

    /// The root certificate, as PEM: what `delivery.trust_file` holds.
    pub fn root(&self) -> &str {
        &self.root
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.clone())
    }
}
