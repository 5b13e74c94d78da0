//! What stands in a delivery beyond itself, for who asks for it with `expand`: its event, its attempts, what is to come.

use crate::settings;
use deskbell_core::Store;
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::Delivery;
use deskbell_core::id::EventId;
use deskbell_wire::delivery::{self as wire, DeliveryExpand, Policy};
use deskbell_wire::event;
use deskbell_wire::problem::Problem;
use std::collections::{BTreeSet, HashMap};

/// Attempts that are shown of a delivery: the last ones.
const SHOWN: u32 = 100;

/// The deliveries of one account with what was asked for: one look at the store for each kind, however many there are. The `settings` in force say what is to come of them.
pub(super) async fn expanded(
    store: &dyn Store,
    settings: &settings::Delivery,
    deliveries: &[Delivery],
    expand: &DeliveryExpand,
) -> Result<Vec<wire::Delivery>, Problem> {
    let Some(Delivery { account, .. }) = deliveries.first() else { return Ok(Vec::new()) };
    let mut events = HashMap::new();
    if expand.event() {
        let ids: BTreeSet<EventId> = deliveries.iter().map(|delivery| delivery.event.clone()).collect();
        let found = store.events_of(account, &Vec::from_iter(ids)).await?;
        events.extend(found.into_iter().map(|event| (event.id.clone(), event)));
    }
    let mut attempts = Vec::new();
    if expand.attempts() {
        let ids: Vec<_> = deliveries.iter().map(|delivery| delivery.id.clone()).collect();
        attempts = store.attempts_of(account, &ids, SHOWN).await?;
    }
    let mut attempts = attempts.into_iter();
    let object = |delivery: &Delivery| {
        let mut object = wire::Delivery::new(delivery);
        if let Some(event) = events.get(&delivery.event) {
            object = object.with_event(event::Event::new(event));
        }
        if let Some(attempts) = attempts.next() {
            object = object.with_attempts(&attempts);
        }
        if expand.policy() {
            object = object.with_policy(Policy::new(delivery, &settings.rules));
        }
        object
    };
    Ok(deliveries.iter().map(object).collect())
}

/// A delivery's last attempts, oldest first.
pub async fn attempts_made(store: &dyn Store, delivery: &Delivery) -> Result<Vec<Attempt>, Problem> {
    if delivery.attempts == 0 {
        return Ok(Vec::new());
    }
    let mut made = store.attempts_of(&delivery.account, std::slice::from_ref(&delivery.id), SHOWN).await?;
    Ok(made.pop().unwrap_or_default())
}
