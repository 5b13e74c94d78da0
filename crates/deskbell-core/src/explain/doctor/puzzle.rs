//! Puzzle: from which mistake a value follows that somebody's code computed for a request whose secret, time and bytes
//! are known.

use super::{Error, base64, bodies};
use crate::Timestamp;
use crate::hex;
use crate::policy::sign::{keyed, parse};
use crate::time::millis;
use crate::vault::Secret;
use hmac::Mac as _;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;

/// What is known of the request.
#[derive(Debug, Clone, Copy)]
pub struct Puzzle<'a> {
    /// The secret that it was signed with.
    pub secret: &'a Secret,
    /// The secrets of the account's other webhooks.
    pub others: &'a [Secret],
    /// The `t` of its header.
    pub time: i64,
    /// The event's id, when it carries one.
    pub id: Option<&'a str>,
    /// Its body as it came.
    pub body: &'a [u8],
    /// When it came: where the receiver's own clock is looked for.
    pub received: Timestamp,
}

/// How a value came to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explained {
    /// The mistakes that give it; empty when it is right.
    pub mistakes: Vec<Error>,
    /// Which of [`Puzzle::others`] was the key.
    pub other: Option<usize>,
    /// The body that was hashed, when it is not the one that came.
    pub body: Option<Vec<u8>>,
    /// The time that was hashed, when it is not the header's.
    pub time: Option<i64>,
}

impl Explained {
    fn only(mistake: Error) -> Self {
        Self { mistakes: vec![mistake], ..Self::default() }
    }
}

/// Bodies up to this many bytes are tried with two mistakes at once, and with every second of the clock.
const SMALL_BYTES: usize = 64 << 10;
/// A clock is looked for this many seconds around the request's arrival.
const CLOCK_SECONDS: i64 = 300;

/// One way to compute a value.
struct Way<'a> {
    key: Cow<'a, [u8]>,
    body: Cow<'a, [u8]>,
    explained: Explained,
}

/// The fewest mistakes that give `value`, the text of a signature or of the whole header; `None` when nothing known does.
pub fn explain(puzzle: &Puzzle<'_>, value: &str) -> Option<Explained> {
    let text = value.trim().trim_matches(|c| c == '"' || c == '\'' || c == '`');
    let Some(read) = Read::new(text) else { return Some(Explained::only(Error::WrongLength)) };
    if read.digest.len() != 32 {
        return Some(Explained::only(Error::WrongLength));
    }
    let mut explained = puzzle.search(&read.digest)?;
    let standard = explained.mistakes == [Error::WithId] && read.standard;
    if standard {
        explained.mistakes.clear();
    } else {
        explained.mistakes.splice(0..0, read.form);
    }
    Some(explained)
}

/// A value, taken apart.
struct Read {
    digest: Vec<u8>,
    form: Vec<Error>,
    /// It has the form of `Webhook-Signature`.
    standard: bool,
}

impl Read {
    fn new(text: &str) -> Option<Self> {
        let mut form = Vec::new();
        let whole = parse(text).is_ok();
        let standard = text.strip_prefix("v1,").filter(|rest| hex::decode(rest).is_none());
        let signature = match text.split(',').find_map(|part| part.trim().strip_prefix("s=")) {
            Some(signature) if text.contains("t=") => signature,
            _ => standard.unwrap_or(text),
        };
        let bare = ["sha256=", "s=", "v1=", "v1,"].iter().find_map(|prefix| signature.strip_prefix(prefix));
        form.extend(bare.filter(|_| !whole).map(|_| Error::Prefix));
        let bare = bare.unwrap_or(signature).trim();
        let digest = match hex::decode(bare) {
            Some(digest) => {
                form.extend((bare != bare.to_ascii_lowercase()).then_some(Error::UpperCase));
                digest
            }
            None => {
                form.push(Error::Base64);
                base64(bare)?
            }
        };
        Some(Self { digest, form, standard: standard.is_some() })
    }
}

impl Puzzle<'_> {
    fn search(&self, digest: &[u8]) -> Option<Explained> {
        let small = self.body.len() <= SMALL_BYTES;
        let (keys, bodies) = (self.keys(), bodies(self.body));
        // Seven keys, up to 110 bodies and 6 contents, and each other webhook's secret over the body as it came: a body that is
        // large is therefore tried with one mistake only. At 0 stand the right key and the body as it came.
        for (key_at, (key, other, key_mistake)) in keys.iter().enumerate() {
            for (body_at, (body, body_mistake)) in bodies.iter().enumerate() {
                // Nobody hashes another webhook's rebuilt body: what is large is tried with one mistake only.
                if key_at > 0 && body_at > 0 && (!small || other.is_some()) {
                    break;
                }
                let found = Explained {
                    mistakes: [*key_mistake, *body_mistake].into_iter().flatten().collect(),
                    other: *other,
                    body: body_mistake.map(|_| body.to_vec()),
                    time: None,
                };
                let way = Way { key: Cow::Borrowed(key), body: Cow::Borrowed(body), explained: found };
                if let Some(found) = self.contents(way, digest) {
                    return Some(found);
                }
            }
        }
        self.unkeyed(digest).or_else(|| small.then(|| self.clocks(digest)).flatten())
    }

    /// What may have been signed with one key over one body; the right content first.
    fn contents(&self, way: Way<'_>, digest: &[u8]) -> Option<Explained> {
        let (time, body) = (self.time.to_string(), way.body.as_ref());
        let thousand = self.time.saturating_mul(1_000).to_string();
        let (time, thousand, id) =
            (time.as_bytes(), thousand.as_bytes(), self.id.unwrap_or_default().as_bytes());
        let contents: [(&[&[u8]], Option<Error>); 6] = [
            (&[time, b".", body], None),
            (&[body], Some(Error::NoTimestamp)),
            (&[time, body], Some(Error::NoDot)),
            (&[b"t=", time, b".", body], Some(Error::TimePrefix)),
            (&[thousand, b".", body], Some(Error::Milliseconds)),
            (&[id, b".", time, b".", body], Some(Error::WithId)),
        ];
        let fits = |(parts, _): &&(&[&[u8]], Option<Error>)| is(digest, &way.key, parts);
        let (_, mistake) = contents.iter().find(fits)?;
        let mut explained = way.explained;
        explained.mistakes.extend(*mistake);
        Some(explained)
    }

    /// The secret as no key: hashed before, behind or without the content, or as the message of an HMAC whose key is the content.
    fn unkeyed(&self, digest: &[u8]) -> Option<Explained> {
        let (secret, time) = (self.secret.expose().as_bytes(), self.time.to_string());
        let signed = [time.as_bytes(), b".", self.body].concat();
        for content in [&signed[..], self.body] {
            let plain =
                [vec![content], vec![secret, content], vec![content, secret], vec![secret, b".", content]];
            if plain.iter().any(|parts| Sha256::digest(parts.concat()).as_slice() == digest) {
                return Some(Explained::only(Error::PlainHash));
            }
            if is(digest, content, &[secret]) {
                return Some(Explained::only(Error::KeySwapped));
            }
        }
        None
    }

    /// A clock's time instead of the header's: each second, and each millisecond of the second of the header.
    fn clocks(&self, digest: &[u8]) -> Option<Explained> {
        let key = self.secret.expose().as_bytes();
        let arrived = millis(self.received).div_euclid(1_000);
        let first = self.time.saturating_mul(1_000);
        let seconds = (arrived - CLOCK_SECONDS..=arrived + CLOCK_SECONDS).map(|time| (time, Error::OwnClock));
        let thousandths = (first..first.saturating_add(1_000)).map(|time| (time, Error::Milliseconds));
        let signed = |time: i64| is(digest, key, &[time.to_string().as_bytes(), b".", self.body]);
        let (time, mistake) = seconds.chain(thousandths).find(|(time, _)| signed(*time))?;
        Some(Explained { time: Some(time), ..Explained::only(mistake) })
    }

    /// The keys that may have been used, the right one first: its bytes, whose it is, and the mistake.
    fn keys(&self) -> Vec<(Vec<u8>, Option<usize>, Option<Error>)> {
        let secret = self.secret.expose();
        let mut keys = vec![(secret.as_bytes().to_vec(), None, None)];
        for padded in ["\n", "\r\n", " "].map(|end| format!("{secret}{end}")) {
            keys.push((padded.into_bytes(), None, Some(Error::SecretPadded)));
        }
        keys.push((format!("\"{secret}\"").into_bytes(), None, Some(Error::SecretPadded)));
        keys.extend(hex::decode(secret).map(|key| (key, None, Some(Error::SecretFromHex))));
        keys.extend(base64(secret).map(|key| (key, None, Some(Error::SecretFromBase64))));
        let others = self.others.iter().enumerate();
        keys.extend(
            others
                .map(|(at, other)| (other.expose().as_bytes().to_vec(), Some(at), Some(Error::OtherSecret))),
        );
        keys
    }
}

fn is(digest: &[u8], key: &[u8], parts: &[&[u8]]) -> bool {
    keyed(key, parts).verify_slice(digest).is_ok()
}

/// Where two bodies differ first, and how, in words; `None` when they are the same. Bytes are counted from 0.
pub fn difference(came: &[u8], other: &[u8]) -> Option<(usize, String)> {
    if came == other {
        return None;
    }
    let at = came.iter().zip(other).take_while(|(one, two)| one == two).count();
    let (ours, theirs) = (came.get(at), other.get(at));
    let name = |byte: u8| match byte {
        b' ' => "a space".to_owned(),
        b'\n' => "a line feed".to_owned(),
        b'\r' => "a carriage return".to_owned(),
        b'\t' => "a tab".to_owned(),
        b'!'..=b'~' => format!("{:?}", char::from(byte)),
        byte => format!("the byte {byte:02x}"),
    };
    let after = match at.checked_sub(1).map(|before| came[before]) {
        Some(b':') => " after the colon".to_owned(),
        Some(b',') => " after the comma".to_owned(),
        Some(b'{' | b'[') => " after the bracket".to_owned(),
        _ => String::new(),
    };
    let space = |byte: u8| byte.is_ascii_whitespace();
    let how = match (ours.copied(), theirs.copied()) {
        (None, Some(more)) => format!("{} was added at the end", name(more)),
        (Some(less), None) => format!("it ends before {}", name(less)),
        (Some(ours), Some(theirs)) if space(theirs) && !space(ours) => {
            format!("{} was added{after}", name(theirs))
        }
        (Some(ours), Some(theirs)) if space(ours) && !space(theirs) => {
            format!("{} was removed{after}", name(ours))
        }
        (Some(ours), Some(theirs)) => format!("{} became {}", name(ours), name(theirs)),
        (None, None) => return None,
    };
    Some((at, how))
}

#[cfg(test)]
mod tests;
