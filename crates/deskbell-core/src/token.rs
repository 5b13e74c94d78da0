//! Token: 256 random bits that open one thing for whoever holds them (a session, a share's link, the link of the start), and the
//! keyed hash that is all we keep of it (catalogue 6.6).

use crate::Random;
use crate::vault::{Secret, Vault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Characters of 256 random bits in base 64 for URLs.
const CHARS: usize = 43;

/// A token, for its holder alone.
pub struct Token(Secret);

impl Token {
    /// A fresh token.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0u8; 32];
        random.fill(&mut bytes);
        Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads a token. `None` for anything that cannot be one of ours: no store need be asked.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() == CHARS && text.bytes().all(plain)).then(|| Self(Secret::new(text.to_owned())))
    }

    /// The token itself.
    pub fn text(&self) -> &Secret {
        &self.0
    }

    /// What is kept, and what the token opens is found by. Two tokens differ in 256 bits, so that an index over their hashes
    /// tells nothing by its timing.
    pub fn hash(&self, vault: &Vault) -> TokenHash {
        TokenHash(vault.hash(self.0.expose()))
    }
}

/// The keyed hash of a token.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hash]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SeededRandom;

    #[test]
    fn a_token_reads_back_and_is_hashed_under_the_master_key() {
        let (vault, other) = (Vault::new(&[1; 32]), Vault::new(&[2; 32]));
        let token = Token::new(&SeededRandom::new(5));
        let read = Token::parse(token.text().expose()).unwrap();
        assert_eq!(read.hash(&vault), token.hash(&vault));
        assert_ne!(read.hash(&other), token.hash(&vault));
        let slip = &token.text().expose()[1..];
        for bad in ["", slip, &format!("{slip}="), &format!("{slip}é")] {
            assert!(Token::parse(bad).is_none(), "{bad}");
        }
    }
}
