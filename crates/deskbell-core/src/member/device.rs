//! Device: a browser in which somebody signed in before. Its cookie tells the owner of an address from strangers who guess at it
//! (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").

use super::Member;
use crate::time::{from_millis, later};
use crate::token::Token;
use crate::vault::{Secret, Vault};
use crate::{Random, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;
use subtle::ConstantTimeEq as _;

/// A browser is known for this long after its last sign-in.
pub const LIFE: Duration = Duration::from_secs(180 * 24 * 3_600);

/// What a browser keeps: when it was given, 256 random bits, and a keyed hash of both with the member and the hash of their password,
/// which only this instance can make. Nothing of it is stored, it opens nothing, it is worth nothing to another member, and a new
/// password voids it.
pub struct DeviceToken {
    text: Secret,
    nonce: Secret,
}

impl DeviceToken {
    /// The token of a browser in which `member` signs in at `now`: with the random bits by which it is `known` already, or with fresh
    /// ones. `None` for who has no password: nobody guesses at it.
    pub fn new(
        member: &Member,
        known: Option<&Self>,
        vault: &Vault,
        random: &dyn Random,
        now: Timestamp,
    ) -> Option<Self> {
        let nonce = known.map_or_else(|| Token::new(random).text().clone(), |known| known.nonce.clone());
        Self::of(now.as_millisecond(), nonce, member, vault)
    }

    fn of(given: i64, nonce: Secret, member: &Member, vault: &Vault) -> Option<Self> {
        let (random, id, password) = (nonce.expose(), &member.id, member.password.as_ref()?.as_str());
        let hash = vault.hash(&format!("known device {given} {random} {id} {password}"));
        let text = Secret::new(format!("{given}.{random}.{}", URL_SAFE_NO_PAD.encode(hash)));
        Some(Self { text, nonce })
    }

    /// The token that `text` is, if we gave it to `member` as they are and it is not too old at `now`. How long that takes tells
    /// nothing of the hash.
    pub fn read(text: &str, member: &Member, vault: &Vault, now: Timestamp) -> Option<Self> {
        let (given, rest) = text.split_once('.')?;
        let (nonce, _) = rest.split_once('.')?;
        let given = given.parse().ok()?;
        let right = Self::of(given, Token::parse(nonce)?.text().clone(), member, vault)?;
        let is_ours = bool::from(right.text.expose().as_bytes().ct_eq(text.as_bytes()));
        (is_ours && now < later(from_millis(given), LIFE)).then_some(right)
    }

    /// The token itself.
    pub fn text(&self) -> &Secret {
        &self.text
    }

    /// What stays the same of it from sign-in to sign-in.
    pub fn nonce(&self) -> &Secret {
        &self.nonce
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SeededRandom;
    use crate::id::{AccountId, MemberId};
    use crate::member::{PasswordHash, Role};

    fn member(seed: u64, password: &str) -> Member {
        let random = SeededRandom::new(seed);
        Member {
            id: MemberId::new(&random),
            account: AccountId::new(&random),
            email: Some("ana@mail.example".into()),
            password: Some(PasswordHash::from_text(password)),
            role: Role::Owner,
            created: from_millis(0),
        }
    }

    #[test]
    fn a_device_is_known_for_its_member_and_password_on_its_instance_and_for_its_time() {
        let (vault, other, start) = (Vault::new(&[1; 32]), Vault::new(&[2; 32]), from_millis(1_000));
        let (ana, bo) = (member(1, "old"), member(2, "old"));
        let token = DeviceToken::new(&ana, None, &vault, &SeededRandom::new(1), start).unwrap();
        let text = token.text().expose();
        let known = |text: &str, member: &Member, vault: &Vault, days: u64| {
            let now = later(start, Duration::from_secs(days * 24 * 3_600));
            DeviceToken::read(text, member, vault, now).is_some()
        };
        assert!(known(text, &ana, &vault, 179));
        assert!(known(text, &Member { email: Some("an@mail.example".into()), ..ana.clone() }, &vault, 0));
        assert!(!known(text, &ana, &vault, 180), "too old");
        assert!(!known(text, &bo, &vault, 0), "another member");
        assert!(!known(text, &ana, &other, 0), "another instance");
        assert!(!known(text, &member(1, "new"), &vault, 0), "another password");
        let none = Member { password: None, ..ana.clone() };
        assert!(!known(text, &none, &vault, 0), "no password");
        assert!(DeviceToken::new(&none, None, &vault, &SeededRandom::new(1), start).is_none());
        let (given, rest) = text.split_once('.').unwrap();
        let (nonce, hash) = rest.split_once('.').unwrap();
        for bent in
            ["", ".", "..", nonce, &format!("2{text}"), &format!("{given}.x{nonce}.{hash}"), &text[..40]]
        {
            assert!(!known(bent, &ana, &vault, 0), "{bent}");
        }
    }

    #[test]
    fn a_known_device_stays_the_one_that_it_is_and_is_known_for_longer() {
        let (vault, ana, random) = (Vault::new(&[1; 32]), member(1, "old"), SeededRandom::new(1));
        let day = |days: u64| later(from_millis(0), Duration::from_secs(days * 24 * 3_600));
        let first = DeviceToken::new(&ana, None, &vault, &random, day(0)).unwrap();
        let again = DeviceToken::new(&ana, Some(&first), &vault, &random, day(100)).unwrap();
        assert_eq!(again.nonce(), first.nonce());
        assert!(DeviceToken::read(again.text().expose(), &ana, &vault, day(279)).is_some());
        let fresh = DeviceToken::new(&ana, None, &vault, &random, day(100)).unwrap();
        assert_ne!(fresh.nonce(), first.nonce());
    }
}
