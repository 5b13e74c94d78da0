//! Fault: the closed list of what can go wrong between two who want to speak TLS. Each kind was checked on what was really shown or said;
//! its sentence stands in `words`.

use deskbell_core::Timestamp;

/// Why no TLS is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A certificate has ended.
    Expired {
        /// When, where it can be told.
        on: Option<Timestamp>,
    },
    /// A certificate has not begun.
    NotYetValid {
        /// When it does, where it can be told.
        from: Option<Timestamp>,
    },
    /// A certificate ends before it begins.
    NeverValid,
    /// The certificate is not for the host that was called.
    OtherNames {
        /// The host.
        host: String,
        /// The names that it is for.
        names: Vec<String>,
    },
    /// The certificate vouches for itself, and nobody said that it is trusted.
    SelfSigned,
    /// Whoever issued the last certificate of the chain is not trusted.
    UnknownIssuer {
        /// Who that is, where it has a name.
        issuer: Option<String>,
        /// Whether nothing but the certificate itself was sent.
        alone: bool,
    },
    /// A certificate names a trusted issuer, whose key did not sign it.
    Forged,
    /// The other side cannot sign with the key of its certificate.
    NotItsKey,
    /// An RSA key has fewer bits than are safe, or more than are taken.
    RsaKey {
        /// Whose it is.
        of: Holder,
        /// How many bits it has.
        bits: usize,
    },
    /// A certificate is signed in a way that is not known here, or no longer safe.
    Signature {
        /// The algorithm's object identifier, or its name where it has one.
        algorithm: String,
    },
    /// A key is of a kind that is not known here, or does not fit its signature.
    Key,
    /// A certificate is of X.509's first or second version.
    Version {
        /// Whose it is.
        of: Holder,
        /// 1 or 2; nothing where it cannot be read.
        version: Option<u8>,
    },
    /// A certificate says that nobody may believe it who does not know an extension, which is not known here.
    CriticalExtension {
        /// Whose it is.
        of: Holder,
        /// The extension's object identifier, where it can be told.
        extension: Option<String>,
    },
    /// A certificate says what it is for, and that is not to be a server.
    NotForServers,
    /// The certificate is an authority's, and not one to be a server with.
    Authority,
    /// A certificate was issued with one that may issue none.
    NotAnAuthority,
    /// An authority may not vouch for this name.
    NameConstraints,
    /// An authority may not have so many others below it.
    PathLength,
    /// There are too many certificates, or too many ways through them.
    TooManyWays,
    /// A certificate is not as the standards have it: in which way.
    Malformed(&'static str),
    /// It is not the certificate of our own listener.
    NotOurOwn,
    /// The certificate was not believed, for a reason that has no name.
    Untrusted,
    /// There is no certificate.
    NoCertificate,
    /// What came is no TLS.
    NotTls,
    /// Neither TLS 1.2 nor 1.3 is spoken.
    TlsVersion,
    /// The other side says that it does not know the host.
    UnknownHost,
    /// The other side says that it wants a certificate of ours.
    ClientCertificate,
    /// The other side says that it speaks no HTTP/1.1.
    NoHttp1,
    /// The other side ended the handshake with this alert: its name in the registry, and what it means.
    Alert(&'static str, &'static str),
    /// The other side ended the handshake with an alert that no registry has.
    UnknownAlert(u8),
    /// There is no setting that both sides take.
    NothingInCommon(&'static str),
    /// The other side broke a rule of TLS.
    BrokeRules,
    /// It is none of these.
    Unnamed,
}

/// Whose certificate it is that something is wrong with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Of the server that was called.
    Server,
    /// Of an authority that vouches for it, by its name.
    Authority(String),
    /// It cannot be told.
    Unknown,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence("the other side"))
    }
}

impl std::error::Error for Fault {}
