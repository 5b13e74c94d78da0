//! Passwords: their bounds, and Argon2id, of which only the hash is kept (catalogue 6.6).

mod weak;

use crate::Random;
use crate::policy::limit;
use crate::vault::Secret;
use argon2::password_hash::phc::{self, Output, ParamsString, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::fmt;
use zeroize::Zeroize as _;

/// A password in the clear, of a length that is allowed. Prints as a placeholder and is wiped when dropped.
#[derive(Debug, Clone)]
pub struct Password(Secret);

/// The rule that a password breaks. Weak ones are refused to whoever chooses one; who has one already signs in with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRule {
    /// Too few characters.
    #[error("A password has at least {least} characters; this one has {0}.", least = limit::PASSWORD_CHARS.start())]
    TooShort(usize),
    /// Too many characters: hashing them would be work for nothing.
    #[error("A password has at most {most} characters; this one has {0}.", most = limit::PASSWORD_CHARS.end())]
    TooLong(usize),
    /// Whoever guesses tries it first.
    #[error(
        "This password is a common one, which is tried first. Take a few words that do not belong together."
    )]
    Common,
    /// The address is known to whoever guesses.
    #[error("This password is made of the e-mail address. Take a few words that do not belong together.")]
    OfAddress,
}

impl Password {
    /// Takes `text` as a password, every character of it.
    ///
    /// # Errors
    /// [`PasswordRule`] says which bound of [`limit::PASSWORD_CHARS`] it breaks.
    pub fn new(text: String) -> Result<Self, PasswordRule> {
        let text = Secret::new(text);
        let length = text.expose().chars().count();
        if length < *limit::PASSWORD_CHARS.start() {
            return Err(PasswordRule::TooShort(length));
        }
        if length > *limit::PASSWORD_CHARS.end() {
            return Err(PasswordRule::TooLong(length));
        }
        Ok(Self(text))
    }

    /// This password, if somebody may choose it to sign in with beside `email`. To tell takes a processor for milliseconds.
    ///
    /// # Errors
    /// [`PasswordRule`] for what is guessed too easily.
    pub fn chosen(self, email: &str) -> Result<Self, PasswordRule> {
        if weak::is_common(self.0.expose()) {
            return Err(PasswordRule::Common);
        }
        if weak::is_made_of(self.0.expose(), email) {
            return Err(PasswordRule::OfAddress);
        }
        Ok(self)
    }
}

/// The hash of a password with its salt and its costs, as text of the PHC form. It cannot be read back.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// Argon2id with 19 MiB, 2 passes, 1 lane: the least that catalogue 6.6 allows.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
/// A salt and a hash that were made up, with the costs above.
const OF_NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgb3duICwsLA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The memory in which passwords are hashed, one at a time: 19 MiB from the first one on. It is kept and used again, because an
/// allocator need not give back what was freed, and each sign-in would leave as much. Between two it holds nothing of either.
#[derive(Default)]
pub struct HashMemory(Vec<Block>);

impl HashMemory {
    /// The hash of `password` under `salt`, as `argon2` makes it.
    fn hash(&mut self, argon2: &Argon2<'_>, password: &Password, salt: &[u8]) -> Option<Output> {
        let count = argon2.params().block_count();
        self.0.try_reserve_exact(count.saturating_sub(self.0.len())).ok()?;
        self.0.resize(count, Block::default());
        let mut hash = [0; Output::MAX_LENGTH];
        let hash = hash.get_mut(..argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN))?;
        let password = password.0.expose().as_bytes();
        let made = argon2.hash_password_into_with_memory(password, salt, hash, self.0.as_mut_slice());
        self.0.iter_mut().for_each(Block::zeroize);
        made.ok().and_then(|()| Output::new(hash).ok())
    }
}

impl PasswordHash {
    /// Hashes `password` under a fresh salt. Takes tens of milliseconds and all of `memory`.
    ///
    /// # Errors
    /// [`NotHashed`] when there is no memory for it.
    pub fn of(password: &Password, random: &dyn Random, memory: &mut HashMemory) -> Result<Self, NotHashed> {
        let mut salt = [0u8; SALT_BYTES];
        random.fill(&mut salt);
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| NotHashed)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash = phc::PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(argon2.params()).map_err(|_| NotHashed)?,
            salt: Some(Salt::new(&salt).map_err(|_| NotHashed)?),
            hash: Some(memory.hash(&argon2, password, &salt).ok_or(NotHashed)?),
        };
        Ok(Self(hash.to_string()))
    }

    /// A hash that no password has, as costly to compare with as any other.
    pub fn of_nobody() -> Self {
        Self::from_text(OF_NOBODY)
    }

    /// Whether `password` is the one that was hashed. As costly as [`PasswordHash::of`], and in constant time.
    pub fn matches(&self, password: &Password, memory: &mut HashMemory) -> bool {
        self.compare(password, memory).unwrap_or(false)
    }

    /// `None` when this is no hash that Argon2 makes.
    fn compare(&self, password: &Password, memory: &mut HashMemory) -> Option<bool> {
        let kept = phc::PasswordHash::new(&self.0).ok()?;
        let (salt, hash) = (kept.salt?, kept.hash?);
        let algorithm = Algorithm::try_from(kept.algorithm.as_str()).ok()?;
        let version = Version::try_from(kept.version?).ok()?;
        let argon2 = Argon2::new(algorithm, version, Params::try_from(&kept).ok()?);
        // Outputs are compared in constant time.
        Some(memory.hash(&argon2, password, &salt)? == hash)
    }

    /// A hash as a store kept it. Nothing is checked: what is no hash matches nothing.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The form in which a store keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

/// There was no memory to hash a password with.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no memory to hash a password with")]
pub struct NotHashed;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SeededRandom;

    fn password(text: &str) -> Password {
        Password::new(text.into()).unwrap()
    }

    #[test]
    fn only_the_password_itself_matches_its_hash() {
        let (random, right) = (SeededRandom::new(3), password("correct horse battery"));
        let memory = &mut HashMemory::default();
        let hash = PasswordHash::of(&right, &random, memory).unwrap();
        assert!(hash.matches(&right, memory));
        for other in ["correct horse batter", "Correct horse battery", "correct horse battery "] {
            assert!(!hash.matches(&password(other), memory), "{other}");
        }
        assert_ne!(
            PasswordHash::of(&right, &random, memory).unwrap(),
            hash,
            "each hash has a salt of its own"
        );
        assert!(!PasswordHash::from_text("nonsense").matches(&right, memory));
    }

    #[test]
    fn memory_is_used_again_and_keeps_nothing() {
        let (memory, right) = (&mut HashMemory::default(), password("correct horse"));
        let hash = PasswordHash::of(&right, &SeededRandom::new(3), memory).unwrap();
        let place = memory.0.as_ptr();
        assert!(hash.matches(&right, memory));
        assert_eq!((memory.0.as_ptr(), memory.0.len()), (place, MEMORY_KIB as usize));
        assert!(memory.0.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)), "nothing is left");
    }

    #[test]
    fn the_costs_are_at_least_those_of_the_catalogue() {
        let hash =
            PasswordHash::of(&password("correct horse"), &SeededRandom::new(3), &mut HashMemory::default())
                .unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
    }

    #[test]
    fn the_hash_of_nobody_has_the_form_and_the_costs_of_any_other() {
        let hash =
            PasswordHash::of(&password("correct horse"), &SeededRandom::new(3), &mut HashMemory::default())
                .unwrap();
        let form = |hash: &PasswordHash| {
            let parts: Vec<&str> = hash.as_str().split('$').collect();
            (parts[..4].join("$"), parts[4].len(), parts[5].len())
        };
        assert_eq!(form(&PasswordHash::of_nobody()), form(&hash), "H-20");
        assert!(argon2::password_hash::phc::PasswordHash::new(OF_NOBODY).is_ok(), "it is read, not refused");
        assert!(!PasswordHash::of_nobody().matches(&password("correct horse"), &mut HashMemory::default()));
    }

    #[test]
    fn a_password_has_ten_to_1024_characters_of_any_kind() {
        assert_eq!(Password::new("ninechars".into()).unwrap_err(), PasswordRule::TooShort(9));
        assert!(Password::new("é".repeat(1_024)).is_ok(), "characters, not bytes");
        let long = Password::new("é".repeat(1_025)).unwrap_err();
        assert_eq!(long.to_string(), "A password has at most 1024 characters; this one has 1025.");
    }

    #[test]
    fn neither_a_password_nor_its_hash_prints() {
        let password = password("canary-canary");
        let hash = PasswordHash::of(&password, &SeededRandom::new(3), &mut HashMemory::default()).unwrap();
        let shown = format!("{password:?} {hash:?}");
        assert!(!shown.contains("canary") && !shown.contains("argon2"), "{shown}");
    }
}
