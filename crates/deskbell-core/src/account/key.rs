//! API keys: `dbk_`, ten characters that name the key, 43 that prove it (256 bits), six of checksum.
//!
//! The checksum lets a mistyped key be refused without asking the store. The store keeps the public part and a
//! keyed hash of the whole text; the text is shown once.

use crate::Random;
use crate::Timestamp;
use crate::id::{AccountId, KeyId};
use crate::time::later;
use crate::vault::{Secret, Vault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use compact_str::format_compact;
use std::time::Duration;
use subtle::ConstantTimeEq;

const PREFIX: &str = "dbk_";
const ID_CHARS: usize = 10;
const PROOF_CHARS: usize = 43;
const SUM_CHARS: usize = 6;

/// A key as its owner holds it.
pub struct KeyText {
    text: Secret,
    id: KeyId,
}

impl KeyText {
    /// A fresh key.
    pub fn new(random: &dyn Random) -> Self {
        let id = KeyId::new(random);
        let mut proof = [0u8; 32];
        random.fill(&mut proof);
        let body =
            format!("{PREFIX}{}{}", &id.as_str()[KeyId::PREFIX.len()..], URL_SAFE_NO_PAD.encode(proof));
        Self { text: Secret::new(format!("{body}{}", checksum(&body))), id }
    }

    /// Reads a key from a header. `None` for anything that cannot be one of ours: no store need be asked.
    pub fn parse(text: &str) -> Option<Self> {
        let length = PREFIX.len() + ID_CHARS + PROOF_CHARS + SUM_CHARS;
        if text.len() != length || !text.is_ascii() || !text.starts_with(PREFIX) {
            return None;
        }
        let (body, sum) = text.split_at(length - SUM_CHARS);
        let id = KeyId::from_text(format_compact!("{}{}", KeyId::PREFIX, &body[PREFIX.len()..][..ID_CHARS]));
        (checksum(body) == sum).then(|| Self { text: Secret::new(text.to_owned()), id })
    }

    /// The public part, by which the store finds the key.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The whole key, to be shown once.
    pub fn text(&self) -> &Secret {
        &self.text
    }

    /// What the store keeps.
    pub fn hash(&self, vault: &Vault) -> KeyHash {
        KeyHash(vault.hash(self.text.expose()))
    }
}

/// CRC-32 of the key before it, as six characters of base 64 for URLs.
fn checksum(body: &str) -> String {
    URL_SAFE_NO_PAD.encode(crc32fast::hash(body.as_bytes()).to_be_bytes())
}

/// The keyed hash of a key.
#[derive(Clone)]
pub struct KeyHash(pub [u8; 32]);

impl PartialEq for KeyHash {
    /// In constant time (T-17).
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl std::fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hash]")
    }
}

/// A use of a key is noted only when the last note is older than this, so that a busy caller costs no write a call.
const KEY_NOTED: Duration = Duration::from_secs(60);

/// A key as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiKey {
    /// Its public part.
    pub id: KeyId,
    /// Whom it speaks for.
    pub account: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// The keyed hash of its text.
    pub hash: KeyHash,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops working by itself; `None` is never.
    pub expires: Option<Timestamp>,
    /// When it was revoked. A revoked key opens nothing and does not count against the limit.
    pub revoked: Option<Timestamp>,
    /// When it last opened something, noted to within a minute; `None` when it never did.
    pub last_used: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens anything at `now`: it is neither revoked nor expired.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|end| now < end)
    }

    /// Whether a use at `now` is to be noted.
    pub fn is_to_be_noted(&self, now: Timestamp) -> bool {
        self.last_used.is_none_or(|used| now >= later(used, KEY_NOTED))
    }

    /// The part of the key by which its owner knows it again: it opens nothing.
    pub fn hint(&self) -> String {
        format!("{PREFIX}{}…", self.id.as_str().strip_prefix(KeyId::PREFIX).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SeededRandom;

    #[test]
    fn a_key_reads_back_and_a_slip_of_the_pen_does_not() {
        let key = KeyText::new(&SeededRandom::new(3));
        let text = key.text().expose().to_owned();
        assert_eq!(KeyText::parse(&text).unwrap().id(), key.id());
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'A' { b'B' } else { b'A' };
            assert!(KeyText::parse(&String::from_utf8(wrong).unwrap()).is_none(), "A-115: changed at {at}");
        }
        for at in 0..text.len() - 1 {
            let mut swapped = text.clone().into_bytes();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            assert!(swapped == text || KeyText::parse(&swapped).is_none(), "F-10: swapped at {at}");
        }
        for wrong in
            ["", "dbk_", &format!("{text} "), &format!(" {text}"), &text.repeat(200), &text[..text.len() - 1]]
        {
            assert!(KeyText::parse(wrong).is_none());
        }
    }

    #[test]
    fn the_hash_depends_on_the_master_key() {
        let key = KeyText::new(&SeededRandom::new(3));
        assert_eq!(key.hash(&Vault::new(&[1; 32])), key.hash(&Vault::new(&[1; 32])));
        assert_ne!(key.hash(&Vault::new(&[1; 32])), key.hash(&Vault::new(&[2; 32])));
    }
}
