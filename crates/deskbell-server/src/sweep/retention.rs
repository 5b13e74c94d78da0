//! Deletes what is older than it is kept, events with their deliveries and attempts, and idempotency keys; and gives the room back.

use deskbell_api::disk::Disk;
use deskbell_core::policy::limit::IDEMPOTENCY_LIFE;
use deskbell_core::retention::Keep;
use deskbell_core::store::{self, Expire, Expired};
use deskbell_core::time::earlier;
use deskbell_core::{Clock, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often what became too old is looked for.
const EVERY: Duration = Duration::from_secs(300);
/// Events, deliveries and attempts that one part deletes: a few milliseconds of the store's.
const ROWS: usize = 512;
/// Keys that one part forgets.
const KEYS: u32 = 512;
/// Bytes that one part gives back to the file system.
const GIVEN_BACK: u64 = 1 << 20;
/// After a part the store is left to others for so many times as long as it took.
const REST: u32 = 3;

/// Looks again and again, until it is dropped; at once when the disk is full. Several may do so at a time, here or in other processes.
pub async fn run(store: Arc<dyn Store>, clock: Arc<dyn Clock>, disk: Arc<Disk>, keep: Keep) {
    loop {
        tokio::select! {
            () = sleep(EVERY) => {}
            () = disk.given_up() => {}
        }
        match expire(&*store, &*clock, keep).await {
            Ok(Expired { events: 0, payloads: 0, .. }) => {}
            Ok(Expired { events, deliveries, attempts, payloads, .. }) => {
                tracing::info!(
                    events,
                    deliveries,
                    attempts,
                    payloads,
                    "deleted what was older than it is kept"
                );
            }
            Err(error) => tracing::warn!(%error, "what is older than it is kept could not be deleted"),
        }
        if let Err(error) = forget_keys(&*store, &*clock).await {
            tracing::warn!(%error, "old idempotency keys could not be forgotten");
        }
        match give_back(&*store).await {
            Ok(0) => {}
            Ok(bytes) => tracing::info!(bytes, "given back to the file system"),
            Err(error) => tracing::warn!(%error, "spare room could not be given back to the file system"),
        }
    }
}

/// Once over all accounts; gives what was deleted.
async fn expire(store: &dyn Store, clock: &dyn Clock, keep: Keep) -> store::Result<Expired> {
    let mut sum = Expired::default();
    let mut part = Expire { now: clock.now(), keep, rows: ROWS, from: None };
    loop {
        let began = Instant::now();
        let done = store.expire(part).await?;
        sum.events += done.events;
        sum.deliveries += done.deliveries;
        sum.attempts += done.attempts;
        sum.payloads += done.payloads;
        let Some(next) = done.next else { return Ok(sum) };
        part.from = Some(next);
        sleep(began.elapsed() * REST).await;
    }
}

async fn forget_keys(store: &dyn Store, clock: &dyn Clock) -> store::Result<()> {
    let before = earlier(clock.now(), IDEMPOTENCY_LIFE);
    loop {
        let began = Instant::now();
        if store.forget_keys(before, KEYS).await? < u64::from(KEYS) {
            return Ok(());
        }
        sleep(began.elapsed() * REST).await;
    }
}

async fn give_back(store: &dyn Store) -> store::Result<u64> {
    let mut sum = 0;
    loop {
        let began = Instant::now();
        match store.give_back(GIVEN_BACK).await? {
            0 => return Ok(sum),
            bytes => sum += bytes,
        }
        sleep(began.elapsed() * REST).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use deskbell_api::disk::Bounds;
    use deskbell_core::Timestamp;
    use deskbell_core::account::{Account, PayloadStyle};
    use deskbell_core::door::SeededRandom;
    use deskbell_core::event::{Event, Idempotency, NewEvent, Origin};
    use deskbell_core::id::{AccountId, EventId};
    use deskbell_core::retention::FOR_EVER;
    use deskbell_core::sandbox::Sandbox;
    use deskbell_core::store::{Accepted, Accounts as _, Events as _, Queue as _};
    use deskbell_core::time::later;
    use deskbell_core::trigger::Trigger;
    use deskbell_store::MemoryStore;

    const DAY: Duration = Duration::from_secs(24 * 3_600);

    struct Now(Timestamp);

    impl Clock for Now {
        fn now(&self) -> Timestamp {
            self.0
        }
    }

    fn account() -> AccountId {
        AccountId::from_text("ACC-1")
    }

    fn keyed(id: u32) -> NewEvent {
        let event = Event {
            id: EventId::from_text(format!("EVNT-{id:010}")),
            account: account(),
            trigger: Trigger::BookingScheduled,
            subject: None,
            created: Timestamp::UNIX_EPOCH,
            body: Bytes::from_static(b"{}"),
            origin: Origin::Platform,
            payload_deleted: false,
        };
        NewEvent {
            event,
            idempotency: Some(Idempotency { key: "key".into(), digest: [1; 32] }),
            only: None,
            trace: None,
        }
    }

    /// What a day's sweeps leave of 2,000 events that are so old, and whether the key of one is free.
    async fn left(age: Duration, keep: Duration) -> (bool, bool) {
        let began = Timestamp::UNIX_EPOCH;
        let store = Arc::new(MemoryStore::new());
        let owner = Account {
            id: account(),
            email: "owner@bell.example".into(),
            created: began,
            payload_style: PayloadStyle::Current,
            operator: true,
        };
        store.create_account(owner, Sandbox::new(&account(), &SeededRandom::new(1), began)).await.unwrap();
        let events = (0..2_000).map(|id| NewEvent { idempotency: None, ..keyed(id) }).collect();
        store.accept(events, began).await.unwrap();
        store.accept(vec![keyed(2_000)], began).await.unwrap();
        let clock = Arc::new(Now(later(began, age)));
        let disk = Arc::new(Disk::new(Some(".".as_ref()), Bounds::default()));
        let sweep = tokio::spawn(run(Arc::<MemoryStore>::clone(&store), clock, disk, Keep::all(keep)));
        sleep(DAY).await;
        sweep.abort();
        let last = keyed(1_999).event.id;
        let kept = store.event(&account(), &last).await.unwrap().is_some();
        let again = store.accept(vec![keyed(3_000)], began).await.unwrap();
        (kept, matches!(again[..], [Accepted::New { .. }]))
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_too_old_goes_part_by_part_and_a_key_after_a_week() {
        let minute = Duration::from_secs(60);
        assert_eq!(left(90 * DAY + minute, 90 * DAY).await, (false, true));
        assert_eq!(left(90 * DAY - minute, 90 * DAY).await, (true, true));
        assert_eq!(left(7 * DAY - minute, 90 * DAY).await, (true, false), "a key is remembered for 7 days");
        assert_eq!(left(9_000 * DAY, FOR_EVER).await, (true, true));
    }
}
