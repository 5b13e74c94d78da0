//! What stands in a delivery beyond itself, for who asks for it with `expand`: its event, its attempts, what is to come.

use super::outlook::Outlook;
use crate::settings;
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::Delivery;
use deskbell_core::event::Event;
use deskbell_core::id::{DeliveryId, EventId};
use deskbell_core::store::Weight;
use deskbell_core::{Store, Timestamp};
use deskbell_wire::delivery::{self as wire, DeliveryExpand, Policy};
use deskbell_wire::event;
use deskbell_wire::problem::Problem;
use std::collections::{HashMap, HashSet};

/// Attempts that are shown of a delivery: the last ones.
const SHOWN: u32 = 100;

/// Deliveries of one account, and what was asked for of them. Less than were given, where that would be more than one answer may hold.
pub(super) struct Expanded {
    deliveries: Vec<Delivery>,
    events: HashMap<EventId, Option<Event>>,
    /// Of each delivery, or of none.
    attempts: Vec<Vec<Attempt>>,
    /// `None` of no delivery.
    outlook: Option<Outlook>,
    expand: DeliveryExpand,
}

impl Expanded {
    /// One look at `store` for each kind of what `expand` asks for, however many `deliveries` there are.
    pub(super) async fn look(
        store: &dyn Store,
        mut deliveries: Vec<Delivery>,
        expand: DeliveryExpand,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let (mut events, mut attempts) = (HashMap::new(), Vec::new());
        let account = deliveries.first().map(|delivery| delivery.account.clone());
        if let Some(account) = account.as_ref().filter(|_| expand.event()) {
            let mut seen = HashSet::new();
            let ids = deliveries.iter().map(|delivery| &delivery.event).filter(|id| seen.insert(*id));
            let ids: Vec<EventId> = ids.cloned().collect();
            let found = store.events_of(account, &ids).await?;
            events.extend(ids.into_iter().zip(found));
            let left_out = deliveries.iter().position(|delivery| !events.contains_key(&delivery.event));
            deliveries.truncate(left_out.unwrap_or(deliveries.len()));
        }
        if let Some(account) = account.as_ref().filter(|_| expand.attempts()) {
            let ids: Vec<_> = deliveries.iter().map(|delivery| delivery.id.clone()).collect();
            attempts = store.attempts_of(account, &ids, SHOWN).await?;
            deliveries.truncate(attempts.len());
        }
        let outlook = match &account {
            Some(account) => Some(Outlook::of(store, account, deliveries.iter(), now).await?),
            None => None,
        };
        Ok(Self { deliveries, events, attempts, outlook, expand })
    }

    /// The ids, in the order in which the deliveries were given.
    pub(super) fn ids(&self) -> impl ExactSizeIterator<Item = &DeliveryId> {
        self.deliveries.iter().map(|delivery| &delivery.id)
    }

    /// What it weighs.
    pub(super) fn bytes(&self) -> usize {
        let attempts = self.attempts.iter().flatten().map(Weight::bytes);
        self.events.values().map(Weight::bytes).chain(attempts).sum()
    }

    /// The objects. The `settings` in force say what is to come of them.
    pub(super) fn objects(self, settings: &settings::Delivery) -> Vec<wire::Delivery> {
        let Self { deliveries, events, attempts, outlook, expand } = self;
        let mut attempts = attempts.into_iter();
        let object = |delivery: &Delivery| {
            let next = outlook.as_ref().and_then(|outlook| outlook.next(delivery));
            let mut object = wire::Delivery::new(delivery, next);
            if let Some(Some(event)) = events.get(&delivery.event) {
                object = object.with_event(event::Event::new(event));
            }
            if let Some(attempts) = attempts.next() {
                object = object.with_attempts(&attempts);
            }
            if expand.policy() {
                object = object.with_policy(Policy::new(delivery, &settings.rules, next));
            }
            object
        };
        deliveries.iter().map(object).collect()
    }
}

/// A delivery's last attempts, oldest first.
pub async fn attempts_made(store: &dyn Store, delivery: &Delivery) -> Result<Vec<Attempt>, Problem> {
    if delivery.attempts == 0 {
        return Ok(Vec::new());
    }
    let mut made = store.attempts_of(&delivery.account, std::slice::from_ref(&delivery.id), SHOWN).await?;
    Ok(made.pop().unwrap_or_default())
}
