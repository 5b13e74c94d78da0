//! Sign: the vendor's header, and the Standard Webhooks headers beside it, from the same secret (wire contract, 7 and
//! decision 21).

mod signers;

pub use signers::Signers;

use crate::Timestamp;
use crate::attempt::Header;
use crate::event::Origin;
use crate::hex;
use crate::id::EventId;
use crate::time::millis;
use crate::vault::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compact_str::ToCompactString as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;
use subtle::ConstantTimeEq;

/// The vendor's header.
pub const HEADER: &str = "Oncehub-Signature";

/// The header, of value `true`, that tells a receiver of a test: only samples have it.
pub const SAMPLE_HEADER: &str = "Deskbell-Sample";

/// A secret made ready to sign: it went through HMAC once, and each signature begins with a copy of that state. The state
/// is as good as the secret: it prints as a fixed placeholder and is wiped when dropped.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[signer]")
    }
}

impl Signer {
    /// A signer with `secret`. The key is the secret as text: it looks like hex and is not decoded.
    pub fn new(secret: &Secret) -> Self {
        Self(keyed(secret.expose().as_bytes(), &[]))
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        over(self.0.clone(), parts).finalize().into_bytes().into()
    }

    /// Over `<t>.<body>`.
    fn vendor(&self, time: &str, body: &[u8]) -> [u8; 32] {
        self.mac(&[time.as_bytes(), b".", body])
    }

    /// Over `<id>.<t>.<body>`.
    fn standard(&self, event: &EventId, time: &str, body: &[u8]) -> [u8; 32] {
        self.mac(&[event.as_str().as_bytes(), b".", time.as_bytes(), b".", body])
    }

    /// All headers of an attempt made at `now`, in the order they are sent: signed afresh on every try, over the same bytes
    /// (decision 19). `Host` and `Content-Length` are the transport's.
    pub fn request_headers(
        &self,
        user_agent: &str,
        event: &EventId,
        origin: Origin,
        now: Timestamp,
        body: &[u8],
    ) -> Vec<Header> {
        let [vendor, id, time, standard] = self.headers(event, now, body);
        let mut headers = vec![
            ("Content-Type".into(), "application/json".into()),
            ("User-Agent".into(), user_agent.into()),
            vendor,
            id,
            time,
            standard,
        ];
        if origin == Origin::Sample {
            headers.push((SAMPLE_HEADER.into(), "true".into()));
        }
        headers
    }

    fn headers(&self, event: &EventId, now: Timestamp, body: &[u8]) -> [Header; 4] {
        let seconds = millis(now).div_euclid(1000);
        let time = seconds.to_compact_string();
        let standard = standard_value(&self.standard(event, &time, body));
        [
            (HEADER.into(), vendor_value(seconds, &self.vendor(&time, body)).into()),
            ("Webhook-Id".into(), event.as_str().into()),
            ("Webhook-Timestamp".into(), time),
            ("Webhook-Signature".into(), standard.into()),
        ]
    }
}

/// HMAC-SHA256 under `key` over all `parts`, one after another.
pub(crate) fn keyed(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mac = Hmac::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
    over(mac, parts)
}

fn over(mut mac: Hmac<Sha256>, parts: &[&[u8]]) -> Hmac<Sha256> {
    for part in parts {
        mac.update(part);
    }
    mac
}

/// The vendor's signature of `body` at `unix_seconds`: lowercase hex of HMAC-SHA256 over `<t>.<body>`.
pub fn vendor(secret: &Secret, unix_seconds: i64, body: &[u8]) -> String {
    hex::encode(&Signer::new(secret).vendor(&unix_seconds.to_string(), body))
}

/// The Standard Webhooks signature: `v1,` and base 64 of HMAC-SHA256 over `<id>.<t>.<body>`.
pub fn standard(secret: &Secret, event: &EventId, unix_seconds: i64, body: &[u8]) -> String {
    standard_value(&Signer::new(secret).standard(event, &unix_seconds.to_string(), body))
}

/// The value of the vendor's header: the time and the signature's bytes.
pub fn vendor_value(unix_seconds: i64, signature: &[u8]) -> String {
    let time = unix_seconds.to_compact_string();
    let mut value = String::with_capacity("t=,s=".len() + time.len() + 2 * signature.len());
    for part in ["t=", &time, ",s="] {
        value.push_str(part);
    }
    hex::push(&mut value, signature);
    value
}

/// The value of the Standard Webhooks header, of the signature's bytes.
pub fn standard_value(signature: &[u8]) -> String {
    let mut value = String::with_capacity("v1,".len() + 2 * signature.len());
    value.push_str("v1,");
    STANDARD.encode_string(signature, &mut value);
    value
}

/// The bytes of one signature of the Standard Webhooks header; `None` for anything else.
pub fn standard_bytes(value: &str) -> Option<[u8; 32]> {
    STANDARD.decode(value.strip_prefix("v1,")?).ok()?.try_into().ok()
}

/// The headers that prove an attempt, made at `now`; those of [`Signer::request_headers`] that depend on the secret or the
/// event.
pub fn headers(secret: &Secret, event: &EventId, now: Timestamp, body: &[u8]) -> Vec<Header> {
    Signer::new(secret).headers(event, now, body).into()
}

/// [`Signer::request_headers`], for who signs once.
pub fn request_headers(
    secret: &Secret,
    user_agent: &str,
    event: &EventId,
    origin: Origin,
    now: Timestamp,
    body: &[u8],
) -> Vec<Header> {
    Signer::new(secret).request_headers(user_agent, event, origin, now, body)
}

/// The secret in the form that libraries of Standard Webhooks take: `whsec_` and the base 64 of the key, which is the secret's text.
pub fn standard_secret(secret: &Secret) -> Secret {
    Secret::new(format!("whsec_{}", STANDARD.encode(secret.expose())))
}

/// Why a value of the vendor's header does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// It is not `t=…,s=…`.
    #[error("the header is not of the form t=<unix seconds>,s=<64 lowercase hex characters>")]
    Malformed,
    /// The signature is another one.
    #[error("the signature does not belong to this secret, time and body")]
    Mismatch,
}

/// Reads the vendor's header: the parts in either order, white space around them forgiven.
///
/// # Errors
/// [`Mistake::Malformed`] for anything else; an uppercase or short signature is not forgiven.
pub fn parse(header: &str) -> Result<(i64, &str), Mistake> {
    let (mut time, mut signature) = (None, None);
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", value)) => time = value.parse().ok(),
            Some(("s", value)) => signature = Some(value),
            _ => {}
        }
    }
    let hex =
        |text: &&str| text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    time.zip(signature.filter(hex)).ok_or(Mistake::Malformed)
}

/// Verifies a value of the vendor's header over `body`; gives the time it was signed at. How old is too old is the
/// caller's to say.
///
/// # Errors
/// The [`Mistake`] that was made.
pub fn verify(secret: &Secret, header: &str, body: &[u8]) -> Result<i64, Mistake> {
    let (time, signature) = parse(header)?;
    let expected = vendor(secret, time, body);
    if expected.as_bytes().ct_eq(signature.as_bytes()).into() { Ok(time) } else { Err(Mistake::Mismatch) }
}

#[cfg(test)]
mod tests;
