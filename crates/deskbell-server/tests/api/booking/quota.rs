//! An account that keeps as much as it may books nothing: a booking without its event must not be.

use super::guest;
use crate::quota::{bell, is_full};
use serde_json::json;

#[tokio::test]
async fn what_could_not_ring_is_neither_booked_nor_begun() {
    let bell = bell().await;
    let calendar = guest::calendars(&bell).await.0;
    let booking = guest::book(&bell, &calendar).await;
    bell.store.set_own_quota(&bell.account, Some(100)).await.unwrap();
    let form = guest::form(&guest::slot(&bell, &calendar).await);
    is_full(&bell.post(&format!("/v2/booking-calendars/{calendar}/schedule"), form.clone()).await);
    is_full(&bell.call("POST", &format!("/v2/bookings/{booking}/cancel"), None).await);
    is_full(&bell.call("POST", "/v2/conversations", None).await);
    assert_eq!(bell.get(&format!("/v2/bookings/{booking}")).await.at("/status"), "scheduled");
    assert_eq!(bell.get("/v2/conversations").await.json()["data"], json!([]));
    // With another quota it goes on.
    bell.store.set_own_quota(&bell.account, Some(1 << 20)).await.unwrap();
    let booked = bell.post(&format!("/v2/booking-calendars/{calendar}/schedule"), form).await;
    assert_eq!(booked.status, 200, "{}", booked.text());
}
