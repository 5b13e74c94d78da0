//! Explain: from the library's errors to faults. Where an error can have several causes, the certificates that were shown are looked at, and
//! what cannot be found there is not said.

use crate::facts::Facts;
use crate::fault::{Fault, Holder};
use crate::words::{plain, time};
use rustls::pki_types::CertificateDer;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, OtherError, PeerIncompatible};
use std::io;
use std::sync::Arc;

pub(crate) const UNREADABLE: Fault = Fault::Malformed("it cannot be read as X.509 has it");
/// The sizes of RSA keys that are taken, in bits.
pub(crate) const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The certificates of a handshake, and those that a person trusts.
pub(crate) struct Shown<'a> {
    pub(crate) leaf: &'a CertificateDer<'a>,
    pub(crate) sent: &'a [CertificateDer<'a>],
    pub(crate) trusted: &'a [CertificateDer<'static>],
}

impl Fault {
    /// What an error of the handshake means; of a [`Verifier`](crate::Verifier)'s it is what was found.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(error) => of_certificate(error, None),
            Error::AlertReceived(alert) => alerted(*alert),
            Error::InvalidMessage(
                InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
            ) => Self::NotTls,
            Error::PeerIncompatible(why) => incompatible(why),
            Error::NoCertificatesPresented => Self::NoCertificate,
            Error::NoApplicationProtocol => Self::NoHttp1,
            Error::InappropriateMessage { .. }
            | Error::InappropriateHandshakeMessage { .. }
            | Error::InvalidMessage(_)
            | Error::PeerMisbehaved(_)
            | Error::PeerSentOversizedRecord
            | Error::DecryptError => Self::BrokeRules,
            _ => Self::Unnamed,
        }
    }

    /// The fault inside an I/O error, if there is one, however often it was wrapped in others.
    pub fn in_io(error: &io::Error) -> Option<Self> {
        let inner = error.get_ref()?;
        match inner.downcast_ref::<io::Error>() {
            Some(wrapped) => Self::in_io(wrapped),
            None => inner.downcast_ref::<Error>().map(Self::of),
        }
    }
}

/// A fault as a verifier may give it.
pub(crate) fn error(fault: Fault) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(fault))))
}

/// A refused certificate, with what was found on it. The errors that say all by themselves stay, for the alert that the other side gets.
pub(crate) fn certificate(refused: Error, shown: &Shown<'_>) -> Error {
    use CertificateError as Bad;
    match &refused {
        Error::InvalidCertificate(
            Bad::ExpiredContext { .. } | Bad::NotValidYetContext { .. } | Bad::NotValidForNameContext { .. },
        ) => refused,
        Error::InvalidCertificate(reason) => error(of_certificate(reason, Some(shown))),
        _ => refused,
    }
}

/// A refused signature of the handshake.
pub(crate) fn handshake(refused: Error, leaf: &CertificateDer<'_>) -> Error {
    let Error::InvalidCertificate(reason) = &refused else { return refused };
    let bits = Facts::of(leaf).and_then(|facts| facts.rsa_bits()).filter(|bits| !RSA_BITS.contains(bits));
    match (reason, bits) {
        (CertificateError::BadSignature, Some(bits)) => error(Fault::RsaKey { of: Holder::Server, bits }),
        (CertificateError::BadSignature, None) => error(Fault::NotItsKey),
        _ => refused,
    }
}

fn of_certificate(refused: &CertificateError, shown: Option<&Shown<'_>>) -> Fault {
    use CertificateError as Bad;
    #[expect(deprecated, reason = "the library may still give the old variant")]
    match refused {
        Bad::ExpiredContext { not_after, .. } => Fault::Expired { on: time(not_after.as_secs()) },
        // So the library calls one that ends before it begins.
        Bad::Expired => Fault::NeverValid,
        Bad::NotValidYetContext { not_before, .. } => Fault::NotYetValid { from: time(not_before.as_secs()) },
        Bad::NotValidYet => Fault::NotYetValid { from: None },
        Bad::NotValidForNameContext { expected, presented } => Fault::OtherNames {
            host: expected.to_str().into_owned(),
            names: presented.iter().map(|name| plain(inner(name))).collect(),
        },
        Bad::NotValidForName => Fault::Untrusted,
        Bad::UnknownIssuer => {
            shown.map_or(Fault::UnknownIssuer { issuer: None, alone: false }, unknown_issuer)
        }
        Bad::BadSignature => shown.map_or(Fault::Forged, forged),
        Bad::UnsupportedSignatureAlgorithmContext { signature_algorithm_id, .. } => {
            Fault::Signature { algorithm: algorithm(signature_algorithm_id) }
        }
        Bad::UnsupportedSignatureAlgorithm => Fault::Signature { algorithm: "an algorithm".to_owned() },
        Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Fault::Key,
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => Fault::NotForServers,
        Bad::UnhandledCriticalExtension => critical(shown),
        Bad::BadEncoding => UNREADABLE,
        Bad::Other(OtherError(other)) => other
            .downcast_ref::<Fault>()
            .cloned()
            .or_else(|| other.downcast_ref::<webpki::Error>().map(|error| of_webpki(error, shown)))
            .unwrap_or(Fault::Untrusted),
        _ => Fault::Untrusted,
    }
}

/// Those that the library has no error of its own for.
fn of_webpki(error: &webpki::Error, shown: Option<&Shown<'_>>) -> Fault {
    use webpki::Error as Bad;
    match error {
        Bad::CaUsedAsEndEntity => match shown.and_then(|shown| Facts::of(shown.leaf)) {
            Some(facts) if facts.is_self_issued() => Fault::SelfSigned,
            _ => Fault::Authority,
        },
        Bad::EndEntityUsedAsCa => Fault::NotAnAuthority,
        Bad::UnsupportedCertVersion => {
            let old = shown
                .and_then(|shown| shown.first(|facts| Some(facts.version()).filter(|version| *version < 3)));
            old.map_or(Fault::Version { of: Holder::Unknown, version: None }, |(of, version)| {
                Fault::Version { of, version: Some(version) }
            })
        }
        Bad::UnsupportedCriticalExtension => critical(shown),
        Bad::NameConstraintViolation => Fault::NameConstraints,
        Bad::PathLenConstraintViolated => Fault::PathLength,
        Bad::MaximumPathDepthExceeded
        | Bad::MaximumPathBuildCallsExceeded
        | Bad::MaximumSignatureChecksExceeded
        | Bad::MaximumNameConstraintComparisonsExceeded => Fault::TooManyWays,
        Bad::EmptyEkuExtension => Fault::Malformed("its list of purposes is empty"),
        Bad::SignatureAlgorithmMismatch => Fault::Malformed(
            "it names one algorithm inside of what is signed, and another beside the signature",
        ),
        // So the library calls one that it finds a second time.
        Bad::ExtensionValueInvalid => Fault::Malformed("it has an extension twice"),
        Bad::InvalidNetworkMaskConstraint | Bad::MalformedNameConstraint => {
            Fault::Malformed("the names that its authority may vouch for cannot be read")
        }
        Bad::MalformedDnsIdentifier => Fault::Malformed("a name in it is no host's name"),
        _ => Fault::Untrusted,
    }
}

impl Shown<'_> {
    /// The first that was sent of which `found` says something.
    fn first<T>(&self, found: impl Fn(&Facts) -> Option<T>) -> Option<(Holder, T)> {
        let all = std::iter::once(self.leaf).chain(self.sent);
        all.enumerate().find_map(|(index, certificate)| {
            let facts = Facts::of(certificate)?;
            let found = found(&facts)?;
            Some((if index == 0 { Holder::Server } else { authority(&facts) }, found))
        })
    }
}

fn authority(facts: &Facts) -> Holder {
    facts.subject().map_or(Holder::Unknown, Holder::Authority)
}

fn unknown_issuer(shown: &Shown<'_>) -> Fault {
    let Some(leaf) = Facts::of(shown.leaf) else {
        return Fault::UnknownIssuer { issuer: None, alone: false };
    };
    if leaf.is_self_issued() {
        return Fault::SelfSigned;
    }
    // Servers send more than their chain, and in any order: only what the certificate itself says is certain.
    Fault::UnknownIssuer { issuer: leaf.issuer(), alone: shown.sent.is_empty() }
}

/// A signature that is not its issuer's; or the issuer's key is one with which nothing is checked.
fn forged(shown: &Shown<'_>) -> Fault {
    let of_authority = |certificate: &CertificateDer<'_>| {
        let facts = Facts::of(certificate)?;
        let bits = facts.rsa_bits().filter(|bits| !RSA_BITS.contains(bits))?;
        Some(Fault::RsaKey { of: authority(&facts), bits })
    };
    shown
        .sent
        .iter()
        .find_map(&of_authority)
        .or_else(|| shown.trusted.iter().find_map(of_authority))
        .unwrap_or(Fault::Forged)
}

fn critical(shown: Option<&Shown<'_>>) -> Fault {
    let found = shown.and_then(|shown| shown.first(Facts::unknown_critical));
    found.map_or(Fault::CriticalExtension { of: Holder::Unknown, extension: None }, |(of, extension)| {
        Fault::CriticalExtension { of, extension: Some(extension) }
    })
}

/// What a signature algorithm is called: those that certificates had before they were not safe any more, else its identifier.
fn algorithm(der: &[u8]) -> String {
    use x509_cert::der::{Decode as _, SliceReader, asn1::ObjectIdentifier};
    let read = SliceReader::new(der).and_then(|mut reader| ObjectIdentifier::decode(&mut reader));
    let Ok(oid) = read.or_else(|_| ObjectIdentifier::from_bytes(der)) else {
        return "an algorithm".to_owned();
    };
    match oid.to_string().as_str() {
        "1.2.840.113549.1.1.4" => "RSA and MD5".to_owned(),
        "1.2.840.113549.1.1.5" => "RSA and SHA-1".to_owned(),
        "1.2.840.10045.4.1" => "ECDSA and SHA-1".to_owned(),
        "1.2.840.10040.4.3" => "DSA and SHA-1".to_owned(),
        other => format!("the algorithm {other}"),
    }
}

/// `DnsName("a.example")` and `IpAddress(192.0.2.1)`, as the library prints them.
fn inner(name: &str) -> &str {
    let quoted = name.split_once("(\"").and_then(|(_, rest)| rest.strip_suffix("\")"));
    quoted.or_else(|| name.strip_prefix("IpAddress(")?.strip_suffix(')')).unwrap_or(name)
}

fn incompatible(why: &PeerIncompatible) -> Fault {
    use PeerIncompatible as No;
    match why {
        No::ServerDoesNotSupportTls12Or13 | No::ServerTlsVersionIsDisabledByOurConfig => Fault::TlsVersion,
        No::NoCipherSuitesInCommon => Fault::NothingInCommon("cipher suite"),
        No::NoKxGroupsInCommon | No::NamedGroupsExtensionRequired => Fault::NothingInCommon("key exchange"),
        No::NoSignatureSchemesInCommon | No::NoCertificateRequestSignatureSchemesInCommon => {
            Fault::NothingInCommon("kind of signature")
        }
        _ => Fault::NothingInCommon("way of speaking TLS"),
    }
}

/// RFC 8446, 6.2, and the registry of TLS alerts.
fn alerted(alert: AlertDescription) -> Fault {
    use AlertDescription as Alert;
    let (name, means) = match alert {
        Alert::ProtocolVersion => return Fault::TlsVersion,
        Alert::UnrecognisedName => return Fault::UnknownHost,
        Alert::CertificateRequired => return Fault::ClientCertificate,
        Alert::NoApplicationProtocol => return Fault::NoHttp1,
        Alert::HandshakeFailure => ("handshake_failure", "it found no settings that both sides take"),
        Alert::InsufficientSecurity => {
            ("insufficient_security", "it wants stronger settings than are offered")
        }
        Alert::InternalError => ("internal_error", "it has a fault of its own"),
        Alert::AccessDenied => ("access_denied", "it does not let us in"),
        Alert::CloseNotify => ("close_notify", "it closed the connection in the middle"),
        Alert::UserCanceled => ("user_canceled", "it was called off"),
        Alert::UnexpectedMessage => ("unexpected_message", "it did not expect what it got"),
        Alert::BadRecordMac => ("bad_record_mac", "it could not decrypt what it got"),
        Alert::RecordOverflow => ("record_overflow", "what it got was too long for it"),
        Alert::IllegalParameter => ("illegal_parameter", "it says that a setting is not allowed"),
        Alert::DecodeError => ("decode_error", "it could not read what it got"),
        Alert::DecryptError => ("decrypt_error", "it says that the cryptography does not come out right"),
        Alert::MissingExtension => ("missing_extension", "it misses an extension of TLS"),
        Alert::UnsupportedExtension => {
            ("unsupported_extension", "it did not ask for an extension that it got")
        }
        Alert::BadCertificate => ("bad_certificate", "it says that a certificate is bad"),
        Alert::UnsupportedCertificate => {
            ("unsupported_certificate", "it does not take this kind of certificate")
        }
        Alert::CertificateRevoked => ("certificate_revoked", "it says that a certificate was revoked"),
        Alert::CertificateExpired => ("certificate_expired", "it says that a certificate has expired"),
        Alert::CertificateUnknown => ("certificate_unknown", "it does not believe a certificate"),
        Alert::UnknownCA => ("unknown_ca", "it does not know a certificate's authority"),
        Alert::InappropriateFallback => {
            ("inappropriate_fallback", "it speaks a newer TLS than it was asked for")
        }
        other => return Fault::UnknownAlert(u8::from(other)),
    };
    Fault::Alert(name, means)
}
