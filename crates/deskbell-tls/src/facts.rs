//! Facts: what a certificate says of itself, read for sentences and for certificates that are trusted by themselves. Nothing here decides
//! whether a chain is believed.

use crate::words::plain;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{Decode as _, Encode as _, Reader as _, SliceReader};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, SubjectAltName};
use x509_cert::name::Name;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
/// Key usage, alternative names, basic constraints, name constraints, distribution points, purposes: the extensions that are known.
const KNOWN: [ObjectIdentifier; 6] = [
    ObjectIdentifier::new_unwrap("2.5.29.15"),
    ObjectIdentifier::new_unwrap("2.5.29.17"),
    ObjectIdentifier::new_unwrap("2.5.29.19"),
    NAME_CONSTRAINTS,
    ObjectIdentifier::new_unwrap("2.5.29.31"),
    ObjectIdentifier::new_unwrap("2.5.29.37"),
];

/// A certificate that could be read.
pub(crate) struct Facts(Certificate);

impl Facts {
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        Certificate::from_der(certificate).ok().map(Self)
    }

    /// Whether it names itself as its issuer.
    pub(crate) fn is_self_issued(&self) -> bool {
        let tbs = self.0.tbs_certificate();
        tbs.issuer() == tbs.subject()
    }

    pub(crate) fn subject(&self) -> Option<String> {
        called(self.0.tbs_certificate().subject())
    }

    pub(crate) fn issuer(&self) -> Option<String> {
        called(self.0.tbs_certificate().issuer())
    }

    /// 1, 2 or 3.
    pub(crate) fn version(&self) -> u8 {
        match self.0.tbs_certificate().version() {
            Version::V1 => 1,
            Version::V2 => 2,
            Version::V3 => 3,
        }
    }

    /// When it begins and when it ends, in seconds since 1970.
    pub(crate) fn validity(&self) -> (u64, u64) {
        let validity = self.0.tbs_certificate().validity();
        let [begins, ends] = [validity.not_before, validity.not_after];
        (begins.to_unix_duration().as_secs(), ends.to_unix_duration().as_secs())
    }

    /// How many bits its RSA key has, if it has one.
    pub(crate) fn rsa_bits(&self) -> Option<usize> {
        let key = self.0.tbs_certificate().subject_public_key_info();
        if key.algorithm.oid != RSA {
            return None;
        }
        let mut reader = SliceReader::new(key.subject_public_key.as_bytes()?).ok()?;
        let modulus = reader.sequence(|inner| {
            let modulus = UintRef::decode(inner)?;
            UintRef::decode(inner)?;
            Ok::<_, x509_cert::der::Error>(modulus.as_bytes().to_vec())
        });
        let modulus = modulus.ok()?;
        let first = modulus.first()?;
        Some(modulus.len() * 8 - first.leading_zeros() as usize)
    }

    /// A critical extension that is not known here.
    pub(crate) fn unknown_critical(&self) -> Option<String> {
        let extensions = self.0.tbs_certificate().extensions()?;
        let unknown = extensions.iter().find(|one| one.critical && !KNOWN.contains(&one.extn_id));
        unknown.map(|one| one.extn_id.to_string())
    }

    /// Whether it may be a server's: it says nothing of what it is for, or says so.
    pub(crate) fn is_for_servers(&self) -> bool {
        match self.0.tbs_certificate().get_extension::<ExtendedKeyUsage>() {
            Ok(None) => true,
            Ok(Some((_, purposes))) => {
                purposes.0.iter().any(|purpose| [SERVER_AUTH, ANY_PURPOSE].contains(purpose))
            }
            Err(_) => false,
        }
    }

    /// Whether it says that it may sign no other certificate.
    pub(crate) fn is_no_authority(&self) -> bool {
        let basic = self.0.tbs_certificate().get_extension::<BasicConstraints>();
        matches!(basic, Ok(Some((_, basic))) if !basic.ca)
    }

    /// Whether it says for which names alone it may sign.
    pub(crate) fn is_held_to_names(&self) -> bool {
        let extensions = self.0.tbs_certificate().extensions();
        extensions.is_some_and(|all| all.iter().any(|one| one.extn_id == NAME_CONSTRAINTS))
    }

    /// Its common name, if it has no alternative names that a host could be among: only then is it what it is for.
    pub(crate) fn only_name(&self) -> Option<String> {
        let tbs = self.0.tbs_certificate();
        let hosts = |name: &GeneralName| matches!(name, GeneralName::DnsName(_) | GeneralName::IpAddress(_));
        match tbs.get_extension::<SubjectAltName>() {
            Ok(None) => {}
            Ok(Some((_, names))) if !names.0.iter().any(hosts) => {}
            _ => return None,
        }
        tbs.subject().common_name().ok()?.map(|name| name.value().into_owned())
    }

    pub(crate) fn key(&self) -> Option<SubjectPublicKeyInfoDer<'static>> {
        self.0.tbs_certificate().subject_public_key_info().to_der().ok().map(Into::into)
    }
}

/// What somebody is called: the common name, else all of the name.
fn called(name: &Name) -> Option<String> {
    let common = name.common_name().ok().flatten().map(|name| name.value().into_owned());
    let text = plain(&common.unwrap_or_else(|| name.to_string()));
    (!text.is_empty()).then_some(text)
}
