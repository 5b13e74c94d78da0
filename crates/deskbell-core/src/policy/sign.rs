//! Sign: the vendor's header, and the Standard Webhooks headers beside it, from the same secret (wire contract, 7 and
//! decision 21).

use crate::Timestamp;
use crate::hex;
use crate::id::EventId;
use crate::time::millis;
use crate::vault::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The vendor's header.
pub const HEADER: &str = "Oncehub-Signature";

fn mac(secret: &Secret, parts: &[&[u8]]) -> Hmac<Sha256> {
    // The key is the secret as text: it looks like hex and is not decoded.
    keyed(secret.expose().as_bytes(), parts)
}

/// HMAC-SHA256 under `key` over all `parts`, one after another.
pub(crate) fn keyed(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
    for part in parts {
        mac.update(part);
    }
    mac
}

/// The vendor's signature of `body` at `unix_seconds`: lowercase hex of HMAC-SHA256 over `<t>.<body>`.
pub fn vendor(secret: &Secret, unix_seconds: i64, body: &[u8]) -> String {
    let time = unix_seconds.to_string();
    hex::encode(&mac(secret, &[time.as_bytes(), b".", body]).finalize().into_bytes())
}

/// The Standard Webhooks signature: `v1,` and base 64 of HMAC-SHA256 over `<id>.<t>.<body>`.
pub fn standard(secret: &Secret, event: &EventId, unix_seconds: i64, body: &[u8]) -> String {
    let time = unix_seconds.to_string();
    let mac = mac(secret, &[event.as_str().as_bytes(), b".", time.as_bytes(), b".", body]);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The value of the vendor's header: the time and the signature's bytes.
pub fn vendor_value(unix_seconds: i64, signature: &[u8]) -> String {
    format!("t={unix_seconds},s={}", hex::encode(signature))
}

/// The value of the Standard Webhooks header, of the signature's bytes.
pub fn standard_value(signature: &[u8]) -> String {
    format!("v1,{}", STANDARD.encode(signature))
}

/// The bytes of one signature of the Standard Webhooks header; `None` for anything else.
pub fn standard_bytes(value: &str) -> Option<[u8; 32]> {
    STANDARD.decode(value.strip_prefix("v1,")?).ok()?.try_into().ok()
}

/// The headers that prove an attempt, made at `now`: signed afresh on every try, over the same bytes (decision 19).
pub fn headers(secret: &Secret, event: &EventId, now: Timestamp, body: &[u8]) -> Vec<(String, String)> {
    let time = millis(now).div_euclid(1000);
    vec![
        (HEADER.into(), format!("t={time},s={}", vendor(secret, time, body))),
        ("Webhook-Id".into(), event.to_string()),
        ("Webhook-Timestamp".into(), time.to_string()),
        ("Webhook-Signature".into(), standard(secret, event, time, body)),
    ]
}

/// All headers of an attempt made at `now`, in the order they are sent. `Host` and `Content-Length` are the transport's.
pub fn request_headers(
    secret: &Secret,
    user_agent: &str,
    event: &EventId,
    now: Timestamp,
    body: &[u8],
) -> Vec<(String, String)> {
    let mut all = vec![
        ("Content-Type".into(), "application/json".into()),
        ("User-Agent".into(), user_agent.to_owned()),
    ];
    all.extend(headers(secret, event, now, body));
    all
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
