//! Outcome: the closed list of what can become of an attempt, and who has to act on each.

/// Who has to act on an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Nobody: it was delivered.
    Nobody,
    /// The receiver, its network, its certificate or its name.
    Receiver,
    /// This instance: the try does not use up the schedule.
    Us,
}

macro_rules! outcomes {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, $blame:ident;)*) => {
        /// The closed list of what can become of an attempt.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Outcome { $($(#[doc = $doc])* $name,)* }

        impl Outcome {
            /// Every outcome of the closed list.
            pub const ALL: &'static [Outcome] = &[$(Outcome::$name,)*];

            /// The name on the wire; stable.
            pub fn as_str(self) -> &'static str {
                match self { $(Outcome::$name => $text,)* }
            }

            /// What it means, in a sentence or two.
            pub fn meaning(self) -> &'static str {
                match self { $(Outcome::$name => concat!($($doc),*).trim_ascii(),)* }
            }

            /// Who has to act.
            pub fn blame(self) -> Blame {
                match self { $(Outcome::$name => Blame::$blame,)* }
            }
        }
    };
}

outcomes! {
    /// A complete 2xx head came back.
    Delivered = "delivered", Nobody;
    /// Any other status that is not a redirect.
    HttpStatus = "http_status", Receiver;
    /// A 3xx; never followed (wire contract, 8).
    RedirectRefused = "redirect_refused", Receiver;
    /// The name does not exist.
    DnsNotFound = "dns_not_found", Receiver;
    /// The look-up failed.
    DnsFailure = "dns_failure", Receiver;
    /// The look-up took too long.
    DnsTimeout = "dns_timeout", Receiver;
    /// The name exists and has no address.
    DnsNoAddress = "dns_no_address", Receiver;
    /// The guard refused the URL or one of its addresses; nothing was dialled.
    AddressBlocked = "address_blocked", Receiver;
    /// Nobody listens.
    ConnectRefused = "connect_refused", Receiver;
    /// No connection in time.
    ConnectTimeout = "connect_timeout", Receiver;
    /// No route.
    NetworkUnreachable = "network_unreachable", Receiver;
    /// The receiver reset the connection.
    ConnectionReset = "connection_reset", Receiver;
    /// The receiver closed the connection without a complete answer.
    ConnectionClosed = "connection_closed", Receiver;
    /// The handshake took too long.
    TlsTimeout = "tls_timeout", Receiver;
    /// The certificate has expired.
    TlsExpired = "tls_expired", Receiver;
    /// The certificate is not valid yet.
    TlsNotYetValid = "tls_not_yet_valid", Receiver;
    /// The certificate cannot be believed: its chain leads to no root we trust, or something in it is not as it must be.
    TlsUntrusted = "tls_untrusted", Receiver;
    /// The certificate is for other names.
    TlsNameMismatch = "tls_name_mismatch", Receiver;
    /// What answered does not speak TLS.
    TlsNotTls = "tls_not_tls", Receiver;
    /// No common TLS version.
    TlsVersion = "tls_version", Receiver;
    /// No common cipher or protocol, or another failure of the handshake.
    TlsNegotiation = "tls_negotiation", Receiver;
    /// The receiver demands a certificate of ours.
    TlsClientCertRequired = "tls_client_cert_required", Receiver;
    /// The request could not be written in time.
    WriteTimeout = "write_timeout", Receiver;
    /// No complete head in time.
    HeadTimeout = "head_timeout", Receiver;
    /// The head is larger than we read.
    HeadTooLarge = "head_too_large", Receiver;
    /// What came back is not HTTP/1.1.
    ResponseMalformed = "response_malformed", Receiver;
    /// The total deadline passed.
    TotalTimeout = "total_timeout", Receiver;
    /// This machine ran out of descriptors or ports.
    LocalExhausted = "local_exhausted", Us;
    /// The sender itself failed; a bug of ours, caught.
    SenderFailed = "sender_failed", Us;
    /// The machine that held the lease never reported back: it may have been sent (C-05 to C-08).
    Lost = "lost", Us;
}

impl Outcome {
    /// The verdict on the status of an answer that came in time (wire contract, 8).
    pub fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Delivered,
            300..=399 => Self::RedirectRefused,
            400..=599 => Self::HttpStatus,
            _ => Self::ResponseMalformed,
        }
    }

    /// The outcome of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|outcome| outcome.as_str() == text)
    }

    /// Whether the receiver was too slow: such a webhook is slowed as a whole (catalogue 6.1).
    pub fn is_timeout(self) -> bool {
        matches!(
            self,
            Self::ConnectTimeout
                | Self::TlsTimeout
                | Self::WriteTimeout
                | Self::HeadTimeout
                | Self::TotalTimeout
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_parse_back_and_only_delivered_is_nobodys_fault() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(*outcome));
            assert_eq!(outcome.blame() == Blame::Nobody, *outcome == Outcome::Delivered);
        }
    }
}
