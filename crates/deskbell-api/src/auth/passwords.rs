//! Passwords, hashed beside the server's other work: each takes 19 MiB and a processor for tens of milliseconds, so few
//! are hashed at a time, and whoever waits too long is told to come again.

use deskbell_core::Random;
use deskbell_core::member::{Password, PasswordHash};
use deskbell_wire::problem::Problem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Passwords that are hashed at a time: each takes a core and much memory for as long as it lasts.
const AT_ONCE: usize = 2;
/// How long a call waits for its turn before it is refused.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);

/// Hashes passwords, a few at a time.
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    hashed: AtomicU64,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), hashed: AtomicU64::new(0) }
    }
}

impl Passwords {
    /// Whether `password` is the one of `stored`. Without one the same work is done for nothing, so that the time tells
    /// nobody whether there is a member of that address (H-20).
    pub(super) async fn matches(
        &self,
        stored: Option<PasswordHash>,
        password: Password,
    ) -> Result<bool, Problem> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(PasswordHash::of_nobody);
        Ok(self.work(move || stored.matches(&password)).await? && known)
    }

    /// The hash of a new password.
    pub(super) async fn hash(
        &self,
        password: Password,
        random: Arc<dyn Random>,
    ) -> Result<PasswordHash, Problem> {
        self.work(move || PasswordHash::of(&password, &*random)).await?.map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            Problem::internal()
        })
    }

    /// How many passwords were hashed since the start.
    #[cfg(test)]
    fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let turn = timeout(TURN_TIMEOUT, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            let message = "Too many people sign in at this moment. Try again in a few seconds.";
            return Err(Problem::unavailable("sign_in_busy", message, 5));
        };
        self.hashed.fetch_add(1, Ordering::Relaxed);
        let worked = tokio::task::spawn_blocking(move || {
            // Kept until the work is done, even when whoever asked has gone.
            let _turn = turn;
            work()
        });
        worked.await.map_err(|_| Problem::internal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::door::SeededRandom;

    fn password(text: &str) -> Password {
        Password::new(text.into()).unwrap()
    }

    #[tokio::test]
    async fn whoever_is_unknown_costs_the_same_work_as_whoever_is_known() {
        let passwords = Passwords::default();
        let stored = passwords.hash(password("correct horse"), Arc::new(SeededRandom::new(1))).await.unwrap();
        let mut work = Vec::new();
        for (stored, given, right) in [
            (Some(stored.clone()), "correct horse", true),
            (Some(stored), "wrong password", false),
            (None, "correct horse", false),
        ] {
            let before = passwords.hashed();
            assert_eq!(passwords.matches(stored, password(given)).await.unwrap(), right, "{given}");
            work.push(passwords.hashed() - before);
        }
        assert_eq!(work, [1, 1, 1], "H-20");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_told_to_come_again() {
        let passwords = Passwords::default();
        let _all = passwords.turns.acquire_many(AT_ONCE as u32).await.unwrap();
        let refused = passwords.matches(None, password("correct horse")).await.unwrap_err();
        assert_eq!((refused.code, refused.retry_after), ("sign_in_busy", Some(5)));
        assert_eq!(passwords.hashed(), 0);
    }
}
