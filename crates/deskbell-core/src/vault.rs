//! Secrets at rest: XChaCha20-Poly1305 under the instance's master key, each bound to the ids of its owner, and keyed
//! hashes for what never needs to be read back (catalogue 6.6, T-14).

use crate::Random;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret in the clear. Prints as a fixed placeholder and is wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Takes `text` as a secret.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself. Callers sign with it, or show it to its owner once.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A sealed secret: 24 bytes of nonce, then the ciphertext with its tag. Safe to store.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sealed]")
    }
}

/// The sealed bytes are not what this key and these ids sealed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a stored secret does not open under this master key and these ids")]
pub struct WrongKey;

/// Seals, opens and hashes under the instance's master key.
pub struct Vault {
    cipher: XChaCha20Poly1305,
    /// HMAC under the key for hashes, which went through it once: each hash begins with a copy of that state.
    pepper: Hmac<Sha256>,
    print: [u8; 32],
}

const NONCE_BYTES: usize = 24;

impl Vault {
    /// A vault under `master`, 32 random bytes. The keys for each use are derived from it, so no two uses share one.
    pub fn new(master: &[u8; 32]) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(&derive(master, b"deskbell seal v1").into()),
            pepper: keyed(&derive(master, b"deskbell hash v1")),
            print: derive(master, b"deskbell fingerprint v1"),
        }
    }

    /// What a store keeps to know its master key again: reveals nothing of it.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.print
    }

    /// Seals `secret` for the thing named by `ids`; it opens for no other.
    pub fn seal(&self, secret: &Secret, ids: &[&str], random: &dyn Random) -> Sealed {
        let mut nonce = [0u8; NONCE_BYTES];
        random.fill(&mut nonce);
        let bound = bind(ids);
        let payload = Payload { msg: secret.expose().as_bytes(), aad: &bound };
        // The cipher refuses only messages of 256 GiB and more.
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), payload).unwrap_or_default();
        Sealed([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Vault::seal`] sealed under the same key for the same `ids`.
    ///
    /// # Errors
    /// [`WrongKey`] for any other bytes, key or ids.
    pub fn open(&self, sealed: &Sealed, ids: &[&str]) -> Result<Secret, WrongKey> {
        let (nonce, text) = sealed.0.split_at_checked(NONCE_BYTES).ok_or(WrongKey)?;
        let bound = bind(ids);
        let clear = self.cipher.decrypt(XNonce::from_slice(nonce), Payload { msg: text, aad: &bound });
        String::from_utf8(clear.map_err(|_| WrongKey)?).map(Secret).map_err(|_| WrongKey)
    }

    /// The keyed hash (HMAC-SHA256) under which `text` can be stored and compared, but not read back.
    pub fn hash(&self, text: &str) -> [u8; 32] {
        mac(self.pepper.clone(), text.as_bytes())
    }
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"))
}

fn mac(keyed: Hmac<Sha256>, text: &[u8]) -> [u8; 32] {
    keyed.chain_update(text).finalize().into_bytes().into()
}

fn derive(master: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    mac(keyed(master), purpose)
}

/// The ids as associated data; lengths are written too, so no two lists look alike.
fn bind(ids: &[&str]) -> Vec<u8> {
    ids.iter().flat_map(|id| (id.len() as u64).to_be_bytes().into_iter().chain(id.bytes())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SeededRandom;

    #[test]
    fn a_secret_opens_only_under_its_key_and_its_ids() {
        let (vault, other) = (Vault::new(&[1; 32]), Vault::new(&[2; 32]));
        let secret = Secret::new("d7686b8c83f04913929079aeae40189e".into());
        let sealed = vault.seal(&secret, &["ACC-1", "WHK-1"], &SeededRandom::new(1));
        assert_eq!(vault.open(&sealed, &["ACC-1", "WHK-1"]), Ok(secret));
        assert_eq!(vault.open(&sealed, &["ACC-1", "WHK-2"]), Err(WrongKey));
        assert_eq!(vault.open(&sealed, &["ACC-1WHK-1"]), Err(WrongKey));
        assert_eq!(other.open(&sealed, &["ACC-1", "WHK-1"]), Err(WrongKey));
        assert_eq!(vault.open(&Sealed(vec![0; 10]), &[]), Err(WrongKey));
        let mut bent = sealed.clone();
        bent.0[NONCE_BYTES] ^= 1;
        assert_eq!(vault.open(&bent, &["ACC-1", "WHK-1"]), Err(WrongKey));
    }

    #[test]
    fn secrets_print_as_a_placeholder() {
        let shown = format!("{:?} {:?}", Secret::new("canary".into()), Sealed(b"canary".to_vec()));
        assert_eq!(shown, "[secret] [sealed]");
    }
}
