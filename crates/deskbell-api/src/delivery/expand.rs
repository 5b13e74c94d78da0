//! What stands in a delivery beyond itself, for who asks for it with `expand`: its event, its attempts, what is to come.

use crate::settings;
use deskbell_core::Store;
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::Delivery;
use deskbell_core::event::Event;
use deskbell_core::id::EventId;
use deskbell_core::store::{AttemptFilter, Page};
use deskbell_wire::delivery::{self as wire, DeliveryExpand, Policy};
use deskbell_wire::event;
use deskbell_wire::problem::Problem;
use std::collections::HashMap;

/// Attempts that are shown of a delivery: the last ones.
const SHOWN: Page = Page { limit: 100, cursor: None };

/// The deliveries with what was asked for. The `settings` in force say what is to come of them.
pub(super) async fn expanded(
    store: &dyn Store,
    settings: &settings::Delivery,
    deliveries: &[Delivery],
    expand: &DeliveryExpand,
) -> Result<Vec<wire::Delivery>, Problem> {
    let mut events: HashMap<&EventId, Option<Event>> = HashMap::new();
    let mut shown = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        let mut object = wire::Delivery::new(delivery);
        if expand.event() {
            if !events.contains_key(&delivery.event) {
                events.insert(&delivery.event, store.event(&delivery.account, &delivery.event).await?);
            }
            if let Some(Some(event)) = events.get(&delivery.event) {
                object = object.with_event(event::Event::new(event));
            }
        }
        if expand.attempts() {
            object = object.with_attempts(&attempts_made(store, delivery).await?);
        }
        if expand.policy() {
            object = object.with_policy(Policy::new(delivery, &settings.rules));
        }
        shown.push(object);
    }
    Ok(shown)
}

/// A delivery's last attempts, oldest first.
pub async fn attempts_made(store: &dyn Store, delivery: &Delivery) -> Result<Vec<Attempt>, Problem> {
    if delivery.attempts == 0 {
        return Ok(Vec::new());
    }
    let filter = AttemptFilter { delivery: Some(delivery.id.clone()), ..AttemptFilter::default() };
    let mut attempts = store.attempts(&delivery.account, &filter, &SHOWN).await?.items;
    attempts.reverse();
    Ok(attempts)
}
