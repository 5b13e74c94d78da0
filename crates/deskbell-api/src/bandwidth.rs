//! Bandwidth: how many large bytes a second one account moves. They cost everybody's processors and disk, so an account that moves
//! them in a loop is slowed down before others notice: a token bucket that makes wait, and refuses only what would wait too long.

use deskbell_core::id::AccountId;
use deskbell_wire::problem::Problem;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

/// So few bytes are free: an ordinary request waits for nobody's large ones.
const FREE_BYTES: usize = 4 << 10;
/// So many wait at once, of all accounts and of one: each may hold what it waits to move.
const WAITING: usize = 128;
const WAITING_OF_ACCOUNT: usize = 32;
/// With so many accounts remembered, those that have earned everything back are forgotten.
const REMEMBERED: usize = 1_024;

/// Deals bytes to accounts.
pub(crate) struct Bandwidth {
    per_second: usize,
    /// What may be moved at once after a rest, as the time that earns it.
    burst: Duration,
    /// Nobody waits longer.
    patience: Duration,
    accounts: Mutex<HashMap<AccountId, Account>>,
    waiting: Semaphore,
}

/// What an account has moved and waits to move.
struct Account {
    /// When it will have earned what it moved.
    earned: Instant,
    waiting: Arc<Semaphore>,
}

impl Bandwidth {
    /// So many bytes a second for each account, and `burst` of them at once after a rest; nobody waits longer than `patience`.
    pub(crate) fn new(per_second: usize, burst: usize, patience: Duration) -> Self {
        let (accounts, waiting) = (Mutex::default(), Semaphore::new(WAITING));
        let mut bandwidth = Self { per_second, burst: Duration::ZERO, patience, accounts, waiting };
        bandwidth.burst = bandwidth.earns(burst);
        bandwidth
    }

    /// Takes so many bytes for the account, and waits until they are earned. 4 KiB are free.
    ///
    /// # Errors
    /// 429 that says how long to wait, when that is over the patience, or when too many wait already.
    pub(crate) async fn take(&self, account: &AccountId, bytes: usize) -> Result<(), Problem> {
        if bytes <= FREE_BYTES {
            return Ok(());
        }
        let now = Instant::now();
        let (starts, waiting) = self.charge(account, bytes, now)?;
        if starts > now {
            let full = |_| Problem::rate_limited(1);
            let _waiting = (waiting.try_acquire().map_err(full)?, self.waiting.try_acquire().map_err(full)?);
            sleep_until(starts).await;
        }
        Ok(())
    }

    /// When bytes that are taken `now` may be moved, and where the account waits.
    fn charge(
        &self,
        account: &AccountId,
        bytes: usize,
        now: Instant,
    ) -> Result<(Instant, Arc<Semaphore>), Problem> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let known = accounts.get(account);
        let before = known.map_or(now, |known| known.earned.max(now));
        let after = before + self.earns(bytes);
        let starts = after.checked_sub(self.burst).map_or(now, |starts| starts.max(now));
        let wait = starts - now;
        if wait > self.patience {
            return Err(Problem::rate_limited(wait.as_secs() + 1));
        }
        let waiting = known.map(|known| Arc::clone(&known.waiting));
        let waiting = waiting.unwrap_or_else(|| Arc::new(Semaphore::new(WAITING_OF_ACCOUNT)));
        if accounts.len() >= REMEMBERED {
            // Whoever waits has not earned it yet.
            accounts.retain(|_, account| account.earned > now);
        }
        accounts.insert(account.clone(), Account { earned: after, waiting: Arc::clone(&waiting) });
        Ok((starts, waiting))
    }

    /// How long it takes to earn so many bytes.
    fn earns(&self, bytes: usize) -> Duration {
        let micros = bytes as u128 * 1_000_000 / self.per_second.max(1) as u128;
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn account(name: &str) -> AccountId {
        AccountId::from_text(name)
    }

    fn bandwidth() -> Bandwidth {
        Bandwidth::new(4 * MIB, 8 * MIB, Duration::from_secs(10))
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_free_and_what_follows_is_earned() {
        let (bandwidth, start) = (bandwidth(), Instant::now());
        for _ in 0..8 {
            bandwidth.take(&account("ACC-1"), MIB).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..8 {
            bandwidth.take(&account("ACC-1"), MIB).await.unwrap();
        }
        let took = start.elapsed();
        assert!((2_000..2_020).contains(&took.as_millis()), "{took:?}");
        bandwidth.take(&account("ACC-2"), 8 * MIB).await.unwrap();
        assert_eq!(start.elapsed(), took, "another account has its own");
    }

    #[tokio::test(start_paused = true)]
    async fn who_would_wait_too_long_is_told_when_to_come() {
        let bandwidth = bandwidth();
        let (one, now) = (account("ACC-1"), Instant::now());
        // 8 MiB at once, and then as many as are earned in ten seconds.
        for _ in 0..48 {
            bandwidth.charge(&one, MIB, now).unwrap();
        }
        let refused = bandwidth.charge(&one, MIB, now).unwrap_err();
        assert_eq!((refused.code, refused.retry_after), ("rate_limit_exceeded", Some(11)));
        assert_eq!(
            bandwidth.take(&one, FREE_BYTES).await,
            Ok(()),
            "an ordinary request waits for none of them"
        );
        assert_eq!(now.elapsed(), Duration::ZERO);
        let later = now + Duration::from_secs(1);
        assert!(bandwidth.charge(&one, 4 * MIB, later).is_ok(), "what was refused was not taken");
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_wait_at_once_and_no_more() {
        let bandwidth = &bandwidth();
        let refused = async |names: Vec<String>| {
            let takes = names.into_iter().map(|name| async move {
                let account = account(&name);
                bandwidth.take(&account, MIB).await
            });
            futures::future::join_all(takes).await.into_iter().filter(Result::is_err).count()
        };
        // Eight go at once, and of one account 32 wait.
        assert_eq!(refused(vec!["ACC-ONE".into(); 45]).await, 5);
        let many = (0..WAITING + 5).flat_map(|number| vec![format!("ACC-{number}"); 9]);
        assert_eq!(refused(many.collect()).await, 5, "and of all 128");
    }

    #[tokio::test(start_paused = true)]
    async fn of_many_accounts_those_that_move_nothing_are_forgotten() {
        let (bandwidth, mut now) = (bandwidth(), Instant::now());
        for number in 0..5 * REMEMBERED {
            now += Duration::from_millis(1);
            bandwidth.charge(&account(&format!("ACC-{number}")), 1_000, now).unwrap();
        }
        assert!(bandwidth.accounts.lock().unwrap().len() <= REMEMBERED);
    }
}
