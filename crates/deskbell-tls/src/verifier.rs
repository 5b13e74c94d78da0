//! Verifier: believes what leads to a root that is trusted, and the certificates that are trusted by themselves: what
//! `curl --cacert FILE` believes of a server.

use crate::explain::{self, Shown};
use crate::facts::Facts;
use crate::fault::Fault;
use crate::words::{plain, time};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    CryptoProvider, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::sync::Arc;
use webpki::RawPublicKeyEntity;

/// Who is believed.
#[derive(Debug)]
pub struct Verifier {
    provider: Arc<CryptoProvider>,
    webpki: Arc<WebPkiServerVerifier>,
    /// Those of a person's file that may be roots.
    own_roots: RootCertStore,
    /// And each by itself, whatever it says of itself: the person said so.
    by_itself: Vec<CertificateDer<'static>>,
}

impl Verifier {
    /// Believes what leads to one of `usual`, or to one of `own`, and whoever shows one of `own`.
    ///
    /// # Errors
    /// When nobody at all would be believed.
    pub fn new(
        provider: Arc<CryptoProvider>,
        usual: RootCertStore,
        own: &[CertificateDer<'static>],
    ) -> Result<Self, Error> {
        let mut own_roots = RootCertStore::empty();
        // A server's own certificate vouches for that server, and not for others.
        let may_sign =
            |own: &&CertificateDer<'_>| !Facts::of(own).is_some_and(|facts| facts.is_no_authority());
        own_roots.add_parsable_certificates(own.iter().filter(may_sign).cloned());
        let mut roots = usual;
        roots.roots.extend(own_roots.roots.iter().cloned());
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let webpki = webpki.build().map_err(|error| Error::General(error.to_string()))?;
        Ok(Self { provider, webpki, own_roots, by_itself: own.to_vec() })
    }

    /// As [`new`](Self::new), with Mozilla's roots as bundled.
    ///
    /// # Errors
    /// None that can happen: there are roots.
    pub fn of_mozilla(provider: Arc<CryptoProvider>, own: &[CertificateDer<'static>]) -> Result<Self, Error> {
        let usual = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self::new(provider, usual, own)
    }

    /// The common name of a certificate that has no other name, and that leads to a root of the person's file: private authorities issue
    /// such ones, those of the web do not.
    fn only_name(
        &self,
        leaf: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Option<String> {
        let algorithms = self.provider.signature_verification_algorithms.all;
        // What an authority may sign for is checked of the other names alone: who is held to some is not believed by this one.
        let mut chain = sent.iter().chain(&self.by_itself);
        if chain.any(|one| Facts::of(one).is_some_and(|facts| facts.is_held_to_names())) {
            return None;
        }
        let parsed = ParsedCertificate::try_from(leaf).ok()?;
        verify_server_cert_signed_by_trust_anchor(&parsed, &self.own_roots, sent, now, algorithms).ok()?;
        Facts::of(leaf)?.only_name()
    }

    /// The key of a certificate that is trusted by itself and of an old version, which the library does not read.
    fn old_key(&self, leaf: &CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
        self.by_itself.iter().find(|own| *own == leaf)?;
        Facts::of(leaf).filter(|facts| facts.version() < 3)?.key()
    }
}

/// A certificate that is trusted by itself has to be in time, a server's, and for this host.
fn by_itself(leaf: &CertificateDer<'_>, host: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
    let refused = |fault: Fault| Err(explain::error(fault));
    let Some(facts) = Facts::of(leaf) else { return refused(explain::UNREADABLE) };
    let (begins, ends) = facts.validity();
    if now.as_secs() < begins {
        return refused(Fault::NotYetValid { from: time(begins) });
    }
    if now.as_secs() > ends {
        return refused(Fault::Expired { on: time(ends) });
    }
    if !facts.is_for_servers() {
        return refused(Fault::NotForServers);
    }
    match facts.only_name() {
        Some(name) if is_for(&name, host) => Ok(()),
        Some(name) => Err(misnamed(Some(name), host)),
        None if facts.version() < 3 => Err(misnamed(None, host)),
        None => verify_server_name(&ParsedCertificate::try_from(leaf)?, host),
    }
}

fn misnamed(name: Option<String>, host: &ServerName<'_>) -> Error {
    let names = name.iter().map(|name| plain(name)).collect();
    explain::error(Fault::OtherNames { host: host.to_str().into_owned(), names })
}

/// Whether a certificate with this name and no other is for `host`.
fn is_for(name: &str, host: &ServerName<'_>) -> bool {
    let is_address = matches!(host, ServerName::IpAddress(_));
    let host = host.to_str();
    match (name.strip_prefix("*."), host.split_once('.')) {
        (Some(_), _) if is_address => false,
        (Some(domain), Some((_, rest))) => domain.contains('.') && domain.eq_ignore_ascii_case(rest),
        _ => name.eq_ignore_ascii_case(&host),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let error = match self.webpki.verify_server_cert(leaf, sent, host, ocsp, now) {
            Ok(verified) => return Ok(verified),
            Err(error) => error,
        };
        let shown = Shown { leaf, sent, trusted: &self.by_itself };
        if self.by_itself.iter().any(|own| own == leaf) {
            return match by_itself(leaf, host, now) {
                Ok(()) => Ok(ServerCertVerified::assertion()),
                Err(error) => Err(explain::certificate(error, &shown)),
            };
        }
        if let Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. }) = &error
            && let Some(name) = self.only_name(leaf, sent, now)
        {
            return match is_for(&name, host) {
                true => Ok(ServerCertVerified::assertion()),
                false => Err(misnamed(Some(name), host)),
            };
        }
        Err(explain::certificate(error, &shown))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let verified = match self.old_key(leaf) {
            None => verify_tls12_signature(message, leaf, signed, algorithms),
            Some(key) => {
                let fitting = algorithms.mapping.iter().filter(|(scheme, _)| *scheme == signed.scheme);
                let mut fitting = fitting.flat_map(|(_, algorithms)| algorithms.iter());
                let raw = RawPublicKeyEntity::try_from(&key);
                let is_signed = raw.is_ok_and(|raw| {
                    fitting.any(|one| raw.verify_signature(*one, message, signed.signature()).is_ok())
                });
                if is_signed {
                    Ok(HandshakeSignatureValid::assertion())
                } else {
                    Err(CertificateError::BadSignature.into())
                }
            }
        };
        verified.map_err(|error| explain::handshake(error, leaf))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let verified = match self.old_key(leaf) {
            None => verify_tls13_signature(message, leaf, signed, algorithms),
            Some(key) => verify_tls13_signature_with_raw_key(message, &key, signed, algorithms),
        };
        verified.map_err(|error| explain::handshake(error, leaf))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}
