//! Doctor: why a signature does not verify. Tries the mistakes that people make, and names those that explain what came.

mod charset;
mod fix;
mod puzzle;
mod rebuild;

pub use fix::Fix;
pub use puzzle::{Explained, Puzzle, difference, explain};

use crate::Timestamp;
use crate::hex;
use crate::policy::sign::{keyed, parse};
use crate::time::millis;
use crate::vault::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hmac::Mac as _;
use std::borrow::Cow;
use std::time::Duration;

/// What a delivery's headers say: of one scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof<'a> {
    /// The value of `Oncehub-Signature` (wire contract, 7).
    Vendor(&'a str),
    /// The values of `Webhook-Id`, `Webhook-Timestamp` and `Webhook-Signature`.
    Standard {
        /// The event's id.
        id: &'a str,
        /// The value of `Webhook-Timestamp`: unix seconds.
        timestamp: &'a str,
        /// `v1,` and base 64; several are parted by spaces.
        signature: &'a str,
    },
}

/// Which headers were judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// The vendor's header.
    Vendor,
    /// The Standard Webhooks headers.
    Standard,
}

/// What is wrong, one sentence each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The header cannot be read at all.
    #[error("the header is not of the form t=<unix seconds>,s=<64 lowercase hex characters>")]
    Malformed,
    /// The Standard Webhooks headers cannot be read at all.
    #[error("the headers are not an id, a time in unix seconds, and v1,<base64>")]
    StandardMalformed,
    /// `t` holds the signature and `s` the time.
    #[error("the header is swapped: t is the time and s is the signature, not the other way round")]
    Swapped,
    /// The hex digits are upper case.
    #[error("the signature is upper case; it must be lowercase hex")]
    UpperCase,
    /// The digest is written in base 64.
    #[error("the signature is base64; the vendor's is lowercase hex (use hexdigest, not base64)")]
    Base64,
    /// The digest is written in hex where base 64 belongs.
    #[error("the signature is hex; Webhook-Signature is v1, and base64")]
    Hex,
    /// `v1,` is missing.
    #[error("the signature lacks its version: it must begin with v1,")]
    NoVersion,
    /// `sha256=` or another name stands before the digest.
    #[error("the signature has a prefix such as sha256= or s=; it must be the hex digits alone")]
    Prefix,
    /// The digest has the length of another hash, or was cut.
    #[error(
        "the signature is not 32 bytes long, so it is not an HMAC-SHA256; check the hash, and that nothing was cut"
    )]
    WrongLength,
    /// The key was the secret, decoded from hex.
    #[error("the secret was decoded from hex; use it as the text it is (32 characters of ASCII)")]
    SecretFromHex,
    /// The key was the secret, decoded from base 64.
    #[error("the secret was decoded from base64; use it as the text it is")]
    SecretFromBase64,
    /// White space or quotes stand around the secret.
    #[error("the secret has white space or quotes around it; remove them")]
    SecretPadded,
    /// The key was the secret of another webhook.
    #[error("the secret is another webhook's; each webhook has its own")]
    OtherSecret,
    /// The body alone was signed.
    #[error("the body was signed without the time; sign <t>.<body>")]
    NoTimestamp,
    /// The time was signed as it stands in the header, with its `t=`.
    #[error("the time was signed with its t= left on; sign <t>.<body>, where <t> is the number alone")]
    TimePrefix,
    /// The content of `Webhook-Signature` was signed.
    #[error("the id was signed too, which is Webhook-Signature's way; for Oncehub-Signature sign <t>.<body>")]
    WithId,
    /// The time of a clock was signed, not the header's.
    #[error(
        "the time was taken from the receiver's clock; sign the t of the header, which may be seconds older"
    )]
    OwnClock,
    /// The dot between time and body is missing.
    #[error("the time was joined to the body without a dot; sign <t>.<body>")]
    NoDot,
    /// The Standard content was signed without its id.
    #[error("the id is missing in what was signed; sign <id>.<timestamp>.<body>")]
    NoId,
    /// The body was parsed and written again.
    #[error(
        "the JSON was rebuilt: parsed and written again, which changes its bytes; verify the raw body as it came"
    )]
    Rebuilt,
    /// A line end stands behind the body, on one side only.
    #[error(
        "a line end was added to the body or taken from its end; verify the raw body as it came (echo adds one, printf does not)"
    )]
    LineEnd,
    /// Line ends inside the body were converted, or a byte order mark was added.
    #[error(
        "the body's line ends were converted or a byte order mark was added; verify the raw body as it came"
    )]
    TextMode,
    /// The body was read or written in a character set that is not UTF-8.
    #[error(
        "the body was read as ASCII or Latin-1, which changes its letters; verify the raw bytes as they came, without making text of them"
    )]
    Charset,
    /// Nothing was hashed but the time: something had read the body before.
    #[error(
        "an empty body was signed: something had read it before; keep the raw bytes before anything parses them"
    )]
    EmptyBody,
    /// The value of `data` was signed alone.
    #[error("only the value of data was signed; sign the whole body as it came")]
    OnlyData,
    /// A hash without a key.
    #[error("a plain SHA-256 was computed, which has no key; use HMAC-SHA256 with the secret as its key")]
    PlainHash,
    /// Key and message stand in each other's place.
    #[error(
        "the secret was hashed with the content as its key; the secret is the key, <t>.<body> the message"
    )]
    KeySwapped,
    /// The time is in milliseconds.
    #[error("the time is in milliseconds; it must be unix seconds")]
    Milliseconds,
    /// It was signed too long ago.
    #[error(
        "the signature is stale: it is older than the tolerance; is this a replay, or is the clock wrong?"
    )]
    Stale,
    /// It was signed in the future.
    #[error("the signature is from the future by more than the tolerance; one of the clocks is wrong")]
    Future,
    /// The body is not the one that was sent, and not by a known mistake.
    #[error("the body is another one than was sent; verify the raw body as it came")]
    Changed,
    /// Nothing explains it.
    #[error(
        "the secret is wrong: another webhook's, or the one from before it was made again; or header and body come from different deliveries"
    )]
    WrongSecret,
}

/// The verdict on a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Which headers were judged.
    pub scheme: Scheme,
    /// When it was signed, in unix seconds, as far as it can be read.
    pub signed: Option<i64>,
    /// What is wrong; empty when it is valid.
    pub mistakes: Vec<Error>,
}

impl Diagnosis {
    /// Whether the signature verifies and is fresh.
    pub fn is_valid(&self) -> bool {
        self.mistakes.is_empty()
    }
}

/// Judges `proof` over `body` at `now`. Signed longer than `tolerance` ago is stale.
pub fn diagnose(
    secret: &Secret,
    proof: &Proof<'_>,
    body: &[u8],
    now: Timestamp,
    tolerance: Duration,
) -> Diagnosis {
    let scheme = match proof {
        Proof::Vendor(_) => Scheme::Vendor,
        Proof::Standard { .. } => Scheme::Standard,
    };
    let Some(read) = Read::new(proof) else {
        let mistake = if scheme == Scheme::Vendor { Error::Malformed } else { Error::StandardMalformed };
        return Diagnosis { scheme, signed: None, mistakes: vec![mistake] };
    };
    let signed = read.time.parse::<i64>().ok();
    let mut mistakes = read.search(secret.expose(), body).unwrap_or_else(|| vec![Error::WrongSecret]);
    mistakes.extend(signed.and_then(|signed| staleness(signed, millis(now).div_euclid(1000), tolerance)));
    Diagnosis { scheme, signed, mistakes }
}

/// Unix seconds of the year 5138: a greater number counts milliseconds.
const MOST_SECONDS: i64 = 100_000_000_000;

fn staleness(signed: i64, now: i64, tolerance: Duration) -> Option<Error> {
    let tolerance = i64::try_from(tolerance.as_secs()).unwrap_or(i64::MAX);
    match now.saturating_sub(signed) {
        _ if signed > MOST_SECONDS => Some(Error::Milliseconds),
        age if age > tolerance => Some(Error::Stale),
        age if age < tolerance.saturating_neg() => Some(Error::Future),
        _ => None,
    }
}

/// What the headers hold, with the mistakes in how it is written.
struct Read<'a> {
    id: Option<&'a str>,
    time: &'a str,
    /// Each digest that is given, with what is wrong with its form.
    digests: Vec<(Vec<u8>, Vec<Error>)>,
}

impl<'a> Read<'a> {
    fn new(proof: &Proof<'a>) -> Option<Self> {
        let read = match *proof {
            Proof::Vendor(header) => Self::vendor(header)?,
            Proof::Standard { id, timestamp, signature } => {
                let digests = signature.split_whitespace().filter_map(standard_digest).collect();
                Self { id: Some(id.trim()), time: timestamp.trim(), digests }
            }
        };
        let digits = read.time.bytes().all(|byte| byte.is_ascii_digit());
        (digits && !read.time.is_empty() && !read.digests.is_empty()).then_some(read)
    }

    fn vendor(header: &'a str) -> Option<Self> {
        let (mut time, mut signature) = (None, None);
        for part in header.split(',') {
            match part.trim().split_once('=') {
                Some(("t", value)) => time = Some(value.trim()),
                Some(("s", value)) => signature = Some(value.trim()),
                _ => {}
            }
        }
        let (mut time, mut signature) = (time?, signature?);
        let mut mistakes = Vec::new();
        if parse(header).is_err() && parse(&format!("t={signature},s={time}")).is_ok() {
            (time, signature) = (signature, time);
            mistakes.push(Error::Swapped);
        }
        let bare = signature.strip_prefix("sha256=");
        mistakes.extend(bare.map(|_| Error::Prefix));
        let signature = bare.unwrap_or(signature);
        let digest = match hex::decode(signature) {
            Some(digest) => {
                mistakes.extend((signature != signature.to_ascii_lowercase()).then_some(Error::UpperCase));
                digest
            }
            None => {
                mistakes.push(Error::Base64);
                base64(signature)?
            }
        };
        (digest.len() == 32).then(|| Self { id: None, time, digests: vec![(digest, mistakes)] })
    }

    /// The fewest mistakes that explain the signature: none when it verifies, `None` when nothing explains it.
    fn search(&self, secret: &str, body: &[u8]) -> Option<Vec<Error>> {
        // What is right stands first in each list, so that what verifies is found at once, and one mistake before the same
        // one with another on top. Contents are innermost: they borrow the body, which is then made once for all of them.
        for (key, key_mistake) in keys(secret) {
            for (body, body_mistake) in bodies(body) {
                for (content, content_mistake) in self.contents(&body) {
                    let mac = keyed(&key, &content).finalize().into_bytes();
                    let fits = |(digest, _): &&(Vec<u8>, _)| mac.as_slice() == digest.as_slice();
                    if let Some((_, form)) = self.digests.iter().find(fits) {
                        let found = [key_mistake, content_mistake, body_mistake];
                        return Some(form.iter().copied().chain(found.into_iter().flatten()).collect());
                    }
                }
            }
        }
        None
    }

    /// What may have been signed; the right content first.
    fn contents<'b>(&'b self, body: &'b [u8]) -> Vec<(Vec<&'b [u8]>, Option<Error>)> {
        let time = self.time.as_bytes();
        let mut contents = Vec::new();
        match self.id {
            Some(id) => {
                contents.push((vec![id.as_bytes(), b".", time, b".", body], None));
                contents.push((vec![time, b".", body], Some(Error::NoId)));
            }
            None => contents.push((vec![time, b".", body], None)),
        }
        contents.push((vec![body], Some(Error::NoTimestamp)));
        contents.push((vec![time, body], Some(Error::NoDot)));
        contents
    }
}

/// One entry of `Webhook-Signature`: its digest, and what is wrong with its form.
fn standard_digest(entry: &str) -> Option<(Vec<u8>, Vec<Error>)> {
    let versioned = entry.strip_prefix("v1,");
    let mut mistakes: Vec<Error> = versioned.map_or_else(|| vec![Error::NoVersion], |_| Vec::new());
    let text = versioned.unwrap_or(entry);
    let digest = match hex::decode(text) {
        Some(digest) => {
            mistakes.push(Error::Hex);
            digest
        }
        None => base64(text)?,
    };
    (digest.len() == 32).then_some((digest, mistakes))
}

/// The keys that the secret may have been turned into; the right one first.
fn keys(secret: &str) -> Vec<(Vec<u8>, Option<Error>)> {
    // In the form of Standard Webhooks it is base64 of the key.
    if let Some(key) = secret.trim().strip_prefix("whsec_").and_then(base64) {
        return vec![(key, None)];
    }
    let mut keys = vec![(secret.as_bytes().to_vec(), None)];
    let trimmed = secret.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    if trimmed != secret {
        keys.push((trimmed.as_bytes().to_vec(), Some(Error::SecretPadded)));
    }
    keys.extend(hex::decode(trimmed).map(|key| (key, Some(Error::SecretFromHex))));
    keys.extend(base64(trimmed).map(|key| (key, Some(Error::SecretFromBase64))));
    keys
}

/// The bodies that this one may once have been; itself first.
fn bodies(body: &[u8]) -> Vec<(Cow<'_, [u8]>, Option<Error>)> {
    let mut bodies = vec![(Cow::Borrowed(body), None)];
    for end in [&b"\r\n"[..], b"\n"] {
        bodies.extend(body.strip_suffix(end).map(|body| (Cow::Borrowed(body), Some(Error::LineEnd))));
        bodies.push((Cow::Owned([body, end].concat()), Some(Error::LineEnd)));
    }
    match body.strip_prefix("\u{feff}".as_bytes()) {
        Some(body) => bodies.push((Cow::Borrowed(body), Some(Error::TextMode))),
        None => {
            bodies.push((Cow::Owned(["\u{feff}".as_bytes(), body].concat()), Some(Error::TextMode)));
        }
    }
    if !body.is_empty() {
        bodies.push((Cow::Borrowed(&[]), Some(Error::EmptyBody)));
    }
    bodies.extend(charset::variants(body).into_iter().map(|body| (Cow::Owned(body), Some(Error::Charset))));
    bodies.extend(rebuild::data(body).map(|data| (Cow::Borrowed(data), Some(Error::OnlyData))));
    // From here on it must be text: line ends and JSON are rewritten by code that read it as such.
    if let Ok(text) = std::str::from_utf8(body) {
        if text.contains('\n') {
            let unix = text.replace("\r\n", "\n");
            bodies.push((Cow::Owned(unix.replace('\n', "\r\n").into_bytes()), Some(Error::TextMode)));
            bodies.push((Cow::Owned(unix.into_bytes()), Some(Error::TextMode)));
        }
        let rebuilt = rebuild::variants(text);
        bodies.extend(rebuilt.into_iter().map(|text| (Cow::Owned(text.into_bytes()), Some(Error::Rebuilt))));
    }
    bodies
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let bare = text.trim_end_matches('=');
    STANDARD
        .decode(text)
        .or_else(|_| STANDARD_NO_PAD.decode(bare))
        .or_else(|_| URL_SAFE_NO_PAD.decode(bare))
        .ok()
}

#[cfg(test)]
mod tests;
