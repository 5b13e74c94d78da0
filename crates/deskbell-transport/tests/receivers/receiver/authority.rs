//! Authority: certificates, good and bad, from a root of the test's own.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PublicKeyData, SigningKey,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{SignatureAlgorithm, SignatureScheme, SupportedProtocolVersion};
use std::sync::Arc;

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::of(authority("Authority of the tests"), KeyPair::generate().unwrap())
    }

    /// One that vouches for itself, with this key.
    pub(crate) fn of(params: CertificateParams, key: KeyPair) -> Self {
        let root = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), root }
    }

    pub(crate) fn root(&self) -> CertificateDer<'static> {
        self.root.clone()
    }

    /// A good certificate for `name`.
    pub(crate) fn good(&self, name: &str) -> Arc<ServerConfig> {
        self.lasting(name, (2020, 2090))
    }

    /// What `params` say, with a key of its own.
    pub(crate) fn issue(&self, params: &CertificateParams) -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().der().clone(), key)
    }

    /// A certificate with somebody's public key.
    pub(crate) fn issue_for(
        &self,
        params: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> CertificateDer<'static> {
        params.signed_by(key, &self.issuer).unwrap().der().clone()
    }

    /// An authority below this one, as `params` say.
    pub(crate) fn below(&self, params: CertificateParams) -> Self {
        let (root, key) = self.issue(&params);
        Self { issuer: Issuer::new(params, key), root }
    }

    /// A certificate for `name` that is valid from the first year's first day to the second's.
    pub(crate) fn lasting(&self, name: &str, (from, until): (i32, i32)) -> Arc<ServerConfig> {
        let mut params = params(name);
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let (certificate, key) = self.issue(&params);
        shows(vec![certificate], &key)
    }
}

/// What a certificate for `name` says, and nothing more.
pub(crate) fn params(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

/// What an authority called `name` says.
pub(crate) fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// A certificate that vouches for itself.
pub(crate) fn alone(params: &CertificateParams) -> (CertificateDer<'static>, KeyPair) {
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().der().clone(), key)
}

/// A server that shows these certificates, its own first.
pub(crate) fn shows(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Arc<ServerConfig> {
    shows_in(BOTH, chain, key)
}

/// The same, speaking these versions.
pub(crate) fn shows_in(
    versions: &[&'static SupportedProtocolVersion],
    chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    speaks(versions, CertifiedKey::new(chain, key))
}

/// A server that shows these certificates and does not have the key.
pub(crate) fn bluffs(
    versions: &[&'static SupportedProtocolVersion],
    chain: Vec<CertificateDer<'static>>,
    scheme: SignatureScheme,
) -> Arc<ServerConfig> {
    speaks(versions, CertifiedKey::new(chain, Arc::new(Bluff(scheme))))
}

pub(crate) const BOTH: &[&SupportedProtocolVersion] = rustls::ALL_VERSIONS;

fn speaks(versions: &[&'static SupportedProtocolVersion], shown: CertifiedKey) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let resolver = Arc::new(SingleCertAndKey::from(shown));
    Arc::new(config.with_no_client_auth().with_cert_resolver(resolver))
}

/// Signs with nothing.
#[derive(Debug, Clone, Copy)]
struct Bluff(SignatureScheme);

impl rustls::sign::SigningKey for Bluff {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        offered.contains(&self.0).then(|| Box::new(*self) as Box<dyn rustls::sign::Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match self.0 {
            SignatureScheme::RSA_PSS_SHA256 => SignatureAlgorithm::RSA,
            _ => SignatureAlgorithm::ECDSA,
        }
    }
}

impl rustls::sign::Signer for Bluff {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(vec![7; 128])
    }

    fn scheme(&self) -> SignatureScheme {
        self.0
    }
}

/// An RSA key of so many bits, a multiple of 8, as far as it is public. What it signs is nothing.
pub(crate) struct Rsa(Vec<u8>);

impl Rsa {
    pub(crate) fn of_bits(bits: usize) -> Self {
        // The modulus, odd and with its highest bit set; and the exponent 65537.
        let mut modulus = vec![0; 1 + bits / 8];
        modulus[1] = 0xc3;
        modulus[bits / 8] = 1;
        Self(der::sequence(&[der::tlv(2, &modulus), der::tlv(2, &[1, 0, 1])]))
    }

    /// An authority with this key.
    pub(crate) fn issue(
        self,
        from: CertificateParams,
        params: &CertificateParams,
    ) -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &Issuer::new(from, self)).unwrap().der().clone(), key)
    }
}

impl PublicKeyData for Rsa {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl SigningKey for Rsa {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(vec![7; 128])
    }
}

/// DER, as far as it takes to change a certificate into one that nobody issues.
pub(crate) mod der {
    use rcgen::{KeyPair, SigningKey as _};
    use rustls::pki_types::CertificateDer;

    pub(crate) fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
        let length = value.len();
        let mut bytes = vec![tag];
        match length {
            0..0x80 => bytes.push(length as u8),
            0x80..0x100 => bytes.extend([0x81, length as u8]),
            _ => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
        }
        bytes.extend(value);
        bytes
    }

    pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
        tlv(0x30, &parts.concat())
    }

    /// The parts of a sequence.
    fn parts(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut rest = inner(bytes);
        let mut found = Vec::new();
        while !rest.is_empty() {
            let length = head(rest) + length(rest);
            found.push(rest[..length].to_vec());
            rest = &rest[length..];
        }
        found
    }

    fn inner(bytes: &[u8]) -> &[u8] {
        &bytes[head(bytes)..]
    }

    fn head(bytes: &[u8]) -> usize {
        if bytes[1] < 0x80 { 2 } else { 2 + usize::from(bytes[1] & 0x7f) }
    }

    fn length(bytes: &[u8]) -> usize {
        if bytes[1] < 0x80 {
            return usize::from(bytes[1]);
        }
        bytes[2..head(bytes)].iter().fold(0, |length, byte| (length << 8) | usize::from(*byte))
    }

    /// The certificate with what is signed, and the algorithm beside the signature, changed; signed again with `key`.
    pub(crate) fn changed(
        certificate: &CertificateDer<'_>,
        key: &KeyPair,
        change: impl FnOnce(&mut Vec<Vec<u8>>, &mut Vec<u8>),
    ) -> CertificateDer<'static> {
        let [signed, mut algorithm, _] = <[_; 3]>::try_from(parts(certificate)).unwrap();
        let mut fields = parts(&signed);
        change(&mut fields, &mut algorithm);
        let signed = sequence(&fields);
        let mut signature = vec![0];
        signature.extend(key.sign(&signed).unwrap());
        sequence(&[signed, algorithm, tlv(3, &signature)]).into()
    }

    /// As a first version had it: without a version, and without extensions.
    pub(crate) fn first_version(certificate: &CertificateDer<'_>, key: &KeyPair) -> CertificateDer<'static> {
        changed(certificate, key, |fields, _| fields.retain(|field| field[0] != 0xa0 && field[0] != 0xa3))
    }
}
