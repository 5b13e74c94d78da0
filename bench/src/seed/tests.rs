//! What a filled store says of its rows.

use super::*;
use deskbell_core::delivery::{Delivery, Status as End};
use deskbell_core::store::{Deliveries as _, DeliveryFilter, Page};
use deskbell_core::trigger::Trigger;

const NOBODY: &str = "http://127.0.0.1:9";

/// A folder as a first start leaves it, as far as a seed needs it.
async fn opened(folder: &Path) -> Seed {
    std::fs::write(folder.join("master.key"), "ab".repeat(32) + "\n").unwrap();
    Seed::open(folder).await.unwrap()
}

async fn deliveries(seed: &Seed, account: &AccountId) -> Vec<Delivery> {
    let page = Page { limit: 100, cursor: None };
    seed.store.deliveries(account, &DeliveryFilter::default(), &page).await.unwrap().items
}

#[tokio::test]
async fn rows_are_delivered_asleep_or_due_as_they_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut seed = opened(folder.path()).await;
    let account = seed.account().await.unwrap();
    let wants = Subscription::One(Trigger::BookingCanceled);
    seed.webhooks(&account, 10, NOBODY, wants).await.unwrap();
    seed.delivered(&account, Trigger::BookingCanceled, 10, 3).await.unwrap();
    let done = deliveries(&seed, &account).await;
    assert_eq!(
        (done.len(), done.iter().all(|one| one.status == End::Delivered && one.attempts == 1)),
        (30, true)
    );

    let other = seed.account().await.unwrap();
    let sleepers = seed.webhooks(&other, 3, NOBODY, wants).await.unwrap();
    seed.asleep(&other, &sleepers).await.unwrap();
    let in_an_hour = deskbell_core::time::later(now(), Duration::from_secs(3_600));
    let asleep = deliveries(&seed, &other).await;
    let sleeps = |one: &Delivery| one.attempts == 1 && one.due.is_some_and(|due| due > in_an_hour);
    assert_eq!((asleep.len(), asleep.iter().all(sleeps)), (3, true));

    let third = seed.account().await.unwrap();
    seed.webhooks(&third, 2, NOBODY, wants).await.unwrap();
    seed.waiting(&third, Trigger::BookingCanceled, 2, 5).await.unwrap();
    let due = |one: &Delivery| one.status == End::Pending && one.attempts == 0 && !one.is_leased();
    let waiting = deliveries(&seed, &third).await;
    assert_eq!((waiting.len(), waiting.iter().all(due)), (10, true));
    // What is accepted afterwards is handed over again.
    seed.delivered(&account, Trigger::BookingCanceled, 10, 1).await.unwrap();
    assert_eq!(seed.accounts().await.unwrap(), [account, other, third]);
    seed.close().await.unwrap();
}

#[tokio::test]
async fn a_store_of_another_key_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    opened(folder.path()).await.close().await.unwrap();
    std::fs::write(folder.path().join("master.key"), "cd".repeat(32)).unwrap();
    assert!(Seed::open(folder.path()).await.is_err());
}
