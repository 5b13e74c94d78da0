//! Words: what each fault is called in a sentence.

use crate::explain::RSA_BITS;
use crate::fault::{Fault, Holder};
use deskbell_core::Timestamp;
use deskbell_core::printable::is_printable;

impl Fault {
    /// In a sentence or two, without a capital and without a full stop; `peer` is what the other side is called: `the receiver`.
    pub fn sentence(&self, peer: &str) -> String {
        let its = format!("{peer}'s certificate");
        match self {
            Self::Expired { on: Some(on) } => format!("{its}, or one of its chain, expired on {on}"),
            Self::Expired { on: None } => format!("{its}, or one of its chain, has expired"),
            Self::NotYetValid { from: Some(from) } => {
                format!("{its}, or one of its chain, is valid only from {from} on")
            }
            Self::NotYetValid { from: None } => format!("{its}, or one of its chain, is not valid yet"),
            Self::NeverValid => format!("{its}, or one of its chain, ends before it begins, so it is never valid"),
            Self::OtherNames { host, names } => format!("{its} is not for {host}, but for {}", listed(names)),
            Self::SelfSigned => {
                format!("{its} is self-signed: it vouches for itself, and it is not among those that are trusted here")
            }
            Self::UnknownIssuer { issuer, alone } => {
                let issuer = issuer.as_ref().map_or_else(String::new, |issuer| format!(", {issuer},"));
                let sent = if *alone {
                    format!("{peer} sent no other certificate: if it has intermediate ones, they are missing")
                } else {
                    "it is where the chain ends that was sent".to_owned()
                };
                format!("{its} leads to no root that is trusted here: its issuer{issuer} is not, and {sent}")
            }
            Self::Forged => format!("{its}, or one of its chain, was not signed by the authority that it names"),
            Self::NotItsKey => format!("{peer} does not have the key of the certificate that it shows: its signature is wrong"),
            Self::RsaKey { of, bits } => {
                let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
                let rule = if bits < least {
                    format!("fewer than {least} are not safe")
                } else {
                    format!("more than {most} are not taken")
                };
                format!("{} has an RSA key of {bits} bits, and {rule}", of.words(&its))
            }
            Self::Signature { algorithm } => {
                format!("{its}, or one of its chain, is signed with {algorithm}, which is not taken here")
            }
            Self::Key => format!("{its}, or one of its chain, has a key of a kind that is not taken here"),
            Self::Version { of, version } => {
                let version = version.map_or("an old version".to_owned(), |version| format!("version {version}"));
                format!("{} is of {version} of X.509, and only version 3 can be checked", of.words(&its))
            }
            Self::CriticalExtension { of, extension } => {
                let which = extension.as_ref().map_or_else(String::new, |extension| format!(", {extension},"));
                format!("{} has a critical extension{which} that is not known here, so it must be refused", of.words(&its))
            }
            Self::NotForServers => format!("{its}, or one of its chain, says what it is for, and that is not to be a server"),
            Self::Authority => {
                format!("{its} is an authority's, made to issue others and not to be a server with; trusted by itself (trust file) it would do")
            }
            Self::NotAnAuthority => format!("{its}, or one of its chain, was issued with a certificate that may issue none"),
            Self::NameConstraints => format!("{its} was issued by an authority that may not issue any for its names"),
            Self::PathLength => format!("{its} was issued by an authority below another that may have none below it"),
            Self::TooManyWays => format!("{peer} sent more certificates than are looked at"),
            Self::Malformed(how) => format!("{its}, or one of its chain, is malformed: {how}"),
            Self::NotOurOwn => format!("{its} is not the one that this instance's own listener shows"),
            Self::Untrusted => format!("{its} was not believed"),
            Self::NoCertificate => format!("{peer} presented no certificate"),
            Self::NotTls => {
                "what answered does not speak TLS; perhaps the port serves plain HTTP, or the URL has the wrong port".to_owned()
            }
            Self::TlsVersion => format!("{peer} speaks no TLS 1.2 or 1.3, and nothing older is safe"),
            Self::UnknownHost => format!("{peer} does not know the host of the URL (alert unrecognized_name)"),
            Self::ClientCertificate => format!("{peer} demands a client certificate, and there is none to show"),
            Self::NoHttp1 => format!("{peer} does not offer HTTP/1.1 (alert no_application_protocol); perhaps it has only HTTP/2"),
            Self::Alert(name, means) => format!("{peer} ended the TLS handshake: {means} (alert {name})"),
            Self::UnknownAlert(number) => format!("{peer} ended the TLS handshake with alert {number}, which has no name"),
            Self::NothingInCommon(what) => format!("{peer} offers no {what} that is taken here"),
            Self::BrokeRules => format!("{peer} broke a rule of TLS in the handshake"),
            Self::Unnamed => format!("the TLS handshake with {peer} failed, for a reason that has no name here"),
        }
    }

    /// As [`sentence`](Self::sentence), with a capital and a full stop.
    pub fn full_sentence(&self, peer: &str) -> String {
        let sentence = self.sentence(peer);
        let mut letters = sentence.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>() + ".")
            .unwrap_or_default()
    }
}

impl Holder {
    fn words(&self, its: &str) -> String {
        match self {
            Self::Server => its.to_owned(),
            Self::Authority(name) => format!("the certificate of {name}, which vouches for it,"),
            Self::Unknown => format!("{its}, or one of its chain,"),
        }
    }
}

/// The first few names.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "no name at all (the common name alone does not count)".to_owned(),
        count if count > SHOWN => format!("{shown} and {} more", count - SHOWN),
        _ => shown,
    }
}

/// A time of a certificate, in seconds since 1970.
pub(crate) fn time(seconds: u64) -> Option<Timestamp> {
    i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok())
}

/// What somebody else wrote, as it may stand in a sentence: cut, and without what is not printable.
pub(crate) fn plain(text: &str) -> String {
    const LONGEST: usize = 100;
    text.chars().filter(|c| is_printable(*c)).take(LONGEST).collect()
}
