//! Looks at what accounts keep of what they may, tells the log of those that come near it, and counts what an older release accepted.

use deskbell_api::metrics::Metrics;
use deskbell_core::Store;
use deskbell_core::id::AccountId;
use deskbell_core::quota::{Keeper, NEAR_PERCENT};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// How often all accounts are looked at.
const EVERY: Duration = Duration::from_secs(60);
/// Accounts that are told of at most.
const TOLD: u32 = 100;
/// Events that one part counts: a few milliseconds of the store's.
const ROWS: u32 = 512;
/// After a part the store is left to others for so many times as long as it took.
const REST: u32 = 3;
/// How long it is before another try, where one failed.
const PAUSE: Duration = Duration::from_secs(30);

/// How an account stands to its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Near,
    Full,
}

/// Looks again and again, until it is dropped.
pub async fn watch(store: Arc<dyn Store>, metrics: Arc<Metrics>) {
    let mut looks = interval(EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = HashMap::new();
    loop {
        looks.tick().await;
        match store.fullest(TOLD).await {
            Ok(fullest) => {
                let quota = store.quota();
                metrics.note_quota(fullest.first().and_then(|one| one.kept.percent(quota)));
                for (keeper, standing) in news(&mut told, &fullest, quota) {
                    tell(keeper, standing, quota);
                }
            }
            Err(error) => tracing::warn!(%error, "what accounts keep could not be looked at"),
        }
    }
}

/// Who came near their quota, or to it, since the last look, which is in `told`.
fn news<'k>(
    told: &mut HashMap<AccountId, Standing>,
    fullest: &'k [Keeper],
    quota: u64,
) -> Vec<(&'k Keeper, Standing)> {
    let standing = |one: &'k Keeper| {
        let percent = one.kept.percent(quota).filter(|percent| *percent >= NEAR_PERCENT)?;
        // With no room for an event of the usual size it is as good as full.
        Some((one, if percent >= 99.9 { Standing::Full } else { Standing::Near }))
    };
    let now: Vec<_> = fullest.iter().filter_map(standing).collect();
    let before = std::mem::take(told);
    told.extend(now.iter().map(|(one, standing)| (one.account.clone(), *standing)));
    now.into_iter().filter(|(one, standing)| before.get(&one.account) != Some(standing)).collect()
}

fn tell(keeper: &Keeper, standing: Standing, quota: u64) {
    let (account, kept_bytes, quota_bytes) = (&keeper.account, keeper.kept.bytes, keeper.kept.quota(quota));
    match standing {
        Standing::Near => {
            tracing::warn!(%account, kept_bytes, quota_bytes, "an account keeps much of what it may: when its quota is full, its events are refused");
        }
        Standing::Full => {
            tracing::error!(%account, kept_bytes, quota_bytes, "the quota of an account is full: its events are refused until older ones are deleted");
        }
    }
}

/// Counts until all is counted.
pub async fn count(store: Arc<dyn Store>) {
    let mut told = false;
    loop {
        let began = Instant::now();
        match store.count_older(ROWS).await {
            Ok(false) => {
                if told {
                    tracing::info!("all events that are kept are counted");
                }
                return;
            }
            Ok(true) => {
                if !told {
                    told = true;
                    tracing::info!(
                        "events that an older release accepted are being counted, a part at a time"
                    );
                }
                sleep(began.elapsed() * REST).await;
            }
            Err(error) => {
                tracing::warn!(%error, "what an older release accepted could not be counted");
                sleep(PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::quota::Kept;

    #[test]
    fn an_account_is_told_of_when_it_comes_near_and_when_it_is_full() {
        let keeper = |name: &str, bytes, own| Keeper {
            account: AccountId::from_text(name),
            email: String::new(),
            kept: Kept { bytes, own, is_partial: false },
        };
        let mut told = HashMap::new();
        let mut look = |bytes: u64| {
            let all =
                [keeper("ACC-1", bytes, None), keeper("ACC-2", 900, Some(2_000)), keeper("ACC-3", 79, None)];
            news(&mut told, &all, 100)
                .into_iter()
                .map(|(one, standing)| (one.account.to_string(), standing))
                .collect::<Vec<_>>()
        };
        assert_eq!(look(79), []);
        assert_eq!(look(80), [("ACC-1".to_owned(), Standing::Near)]);
        assert_eq!(look(85), [], "once");
        assert_eq!(look(100), [("ACC-1".to_owned(), Standing::Full)]);
        assert_eq!(look(70), []);
        assert_eq!(look(100), [("ACC-1".to_owned(), Standing::Full)], "and again when it is so again");
    }
}
