//! Passwords, hashed beside the server's other work: each takes 19 MiB and a processor for tens of milliseconds, so few
//! are hashed at a time, in memory that is used again and in turn by who asks, and whoever waits too long is told to come again.

use crate::party::Party;
use deskbell_core::Random;
use deskbell_core::member::{HashMemory, Password, PasswordHash, PasswordRule};
use deskbell_http::turns::{Bounds, Turns};
use deskbell_wire::problem::Problem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Each password takes a core and much memory for as long as it is hashed.
const BOUNDS: Bounds =
    Bounds { at_once: 2, waiting_of_party: 8, waiting: 64, patience: Duration::from_secs(5) };

/// Hashes passwords, a few at a time.
pub(super) struct Passwords {
    turns: Turns<Party>,
    /// What is not in use of the memory for as many as may be hashed at a time.
    memory: Arc<Mutex<Vec<HashMemory>>>,
    hashed: AtomicU64,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Turns::new(BOUNDS, busy), memory: Arc::default(), hashed: AtomicU64::new(0) }
    }
}

impl Passwords {
    /// Whether `password` is the one of `stored`. Without one the same work is done for nothing, so that the time tells
    /// nobody whether there is a member of that address (H-20).
    pub(super) async fn matches(
        &self,
        party: Party,
        stored: Option<PasswordHash>,
        password: Password,
    ) -> Result<bool, Problem> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(PasswordHash::of_nobody);
        Ok(self.work(party, move |memory| stored.matches(&password, memory)).await? && known)
    }

    /// The hash of a new password, chosen beside `email`. How easily it is guessed is told in the same turn: that is work too.
    pub(super) async fn hash(
        &self,
        party: Party,
        password: Password,
        email: String,
        random: Arc<dyn Random>,
    ) -> Result<PasswordHash, Problem> {
        let hash = move |memory: &mut HashMemory| {
            let password = password.chosen(&email).map_err(broken)?;
            PasswordHash::of(&password, &*random, memory).map_err(|error| {
                tracing::error!(%error, "a password could not be hashed");
                Problem::internal()
            })
        };
        self.work(party, hash).await?
    }

    /// How many passwords were hashed since the start.
    #[cfg(test)]
    fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    async fn work<T: Send + 'static>(
        &self,
        party: Party,
        work: impl FnOnce(&mut HashMemory) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.turns.take(party).await?;
        self.hashed.fetch_add(1, Ordering::Relaxed);
        let unused = Arc::clone(&self.memory);
        let hash = move || {
            let mut memory = lock(&unused).pop().unwrap_or_default();
            let worked = work(&mut memory);
            lock(&unused).push(memory);
            worked
        };
        turn.work(hash).await.map_err(|_| Problem::internal())
    }
}

fn lock(memory: &Mutex<Vec<HashMemory>>) -> MutexGuard<'_, Vec<HashMemory>> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 422 for the rule that a password breaks.
pub(super) fn broken(rule: PasswordRule) -> Problem {
    Problem::unprocessable("password", "password_invalid", rule.to_string())
}

fn busy() -> Problem {
    let message = "Too many people sign in at this moment. Try again in a few seconds.";
    Problem::unavailable("sign_in_busy", message, 5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::door::SeededRandom;

    const HERE: Party = Party::Network(None);

    fn password(text: &str) -> Password {
        Password::new(text.into()).unwrap()
    }

    #[tokio::test]
    async fn whoever_is_unknown_costs_the_same_work_as_whoever_is_known() {
        let passwords = Passwords::default();
        let (email, random) = ("ana@mail.example".to_owned(), Arc::new(SeededRandom::new(1)));
        let stored = passwords.hash(HERE, password("correct horse battery"), email, random).await.unwrap();
        let mut work = Vec::new();
        for (stored, given, right) in [
            (Some(stored.clone()), "correct horse battery", true),
            (Some(stored), "wrong password", false),
            (None, "correct horse battery", false),
        ] {
            let before = passwords.hashed();
            assert_eq!(passwords.matches(HERE, stored, password(given)).await.unwrap(), right, "{given}");
            work.push(passwords.hashed() - before);
        }
        assert_eq!(work, [1, 1, 1], "H-20");
    }

    #[tokio::test]
    async fn how_easily_a_password_is_guessed_is_told_in_its_turn() {
        let passwords = Passwords::default();
        let (email, random) = ("ana@mail.example".to_owned(), Arc::new(SeededRandom::new(1)));
        let refused = passwords.hash(HERE, password("Password2026!"), email, random).await.unwrap_err();
        assert_eq!((refused.code, passwords.hashed()), ("password_invalid", 1));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_told_to_come_again() {
        let passwords = Passwords::default();
        let mut all = Vec::new();
        for _ in 0..BOUNDS.at_once {
            all.push(passwords.turns.take(HERE).await.ok().unwrap());
        }
        let refused = passwords.matches(HERE, None, password("correct horse")).await.unwrap_err();
        assert_eq!((refused.code, refused.retry_after), ("sign_in_busy", Some(5)));
        assert_eq!(passwords.hashed(), 0);
    }
}
