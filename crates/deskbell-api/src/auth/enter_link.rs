//! The link that is printed at the start: whoever has it signs in as the first account's owner.

use deskbell_core::time::later;
use deskbell_core::token::{Token, TokenHash};
use deskbell_core::vault::{Secret, Vault};
use deskbell_core::{Random, Timestamp};
use std::time::Duration;

/// How long the link works after the start.
const LINK_LIFE: Duration = Duration::from_secs(3_600);

/// The link, of which only a hash is kept.
#[derive(Debug, Clone)]
pub struct EnterLink {
    hash: TokenHash,
    expires: Timestamp,
}

impl EnterLink {
    /// A fresh link, with the text that opens it.
    pub fn new(random: &dyn Random, vault: &Vault, now: Timestamp) -> (Self, Secret) {
        let token = Token::new(random);
        (Self { hash: token.hash(vault), expires: later(now, LINK_LIFE) }, token.text().clone())
    }

    /// Whether `text` is the link's, and the link still works.
    pub fn opens(&self, text: &str, vault: &Vault, now: Timestamp) -> bool {
        now < self.expires && Token::parse(text).is_some_and(|token| token.hash(vault) == self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::door::SeededRandom;
    use deskbell_core::time::from_millis;

    #[test]
    fn the_link_works_for_an_hour_and_no_longer() {
        let (vault, random) = (Vault::new(&[1; 32]), SeededRandom::new(1));
        let (link, text) = EnterLink::new(&random, &vault, from_millis(0));
        let opens = |seconds: i64| link.opens(text.expose(), &vault, from_millis(seconds * 1_000));
        assert!(opens(0) && opens(3_599) && !opens(3_600));
        let (_, other) = EnterLink::new(&random, &vault, from_millis(0));
        assert!(!link.opens(other.expose(), &vault, from_millis(0)));
    }
}
