//! What stands in a delivery beyond itself, for who asks for it with `expand`: its event, its attempts, what is to come.

use super::{DeliveryObject, EventRef};
use crate::app::App;
use crate::event::EventObject;
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::{Delivery, Status};
use deskbell_core::event::Event;
use deskbell_core::id::{AccountId, EventId};
use deskbell_core::store::{AttemptFilter, Page};
use deskbell_core::time::wire;
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// What can be expanded.
const KNOWN: &[&str] = &["event", "attempts", "policy"];
/// Attempts that are shown of a delivery: the last ones.
const SHOWN: Page = Page { limit: 100, cursor: None };

/// One attempt in short; `GET /v2/attempts/{id}` has all of it.
#[derive(Serialize, ToSchema)]
pub(super) struct AttemptMade {
    #[schema(example = "ATT-9F3KQ0ZT5VW8M1XB")]
    id: String,
    number: u32,
    outcome: &'static str,
    status_code: Option<u16>,
    started_time: String,
    total_us: u64,
    /// Asked for by hand.
    manual: bool,
}

impl AttemptMade {
    fn new(attempt: &Attempt) -> Self {
        Self {
            id: attempt.id.to_string(),
            number: attempt.number,
            outcome: attempt.outcome.as_str(),
            status_code: attempt.response.as_ref().map(|answer| answer.status),
            started_time: wire(attempt.started),
            total_us: attempt.timings.total_us,
            manual: attempt.manual,
        }
    }
}

/// What the schedule still has for a delivery.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryPolicy)]
pub(super) struct PolicyObject {
    /// Attempts that the schedule makes at most, those by hand not counted.
    max_attempts: usize,
    /// When they are made if each fails at once, jitter left out; empty once the delivery is settled.
    next: Vec<String>,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Expand {
    event: bool,
    attempts: bool,
    policy: bool,
}

impl Expand {
    /// Reads `expand`.
    pub(super) fn read(query: &Query) -> Result<Self, Problem> {
        let words = query.expand(KNOWN)?;
        let has = |word| words.contains(&word);
        Ok(Self { event: has("event"), attempts: has("attempts"), policy: has("policy") })
    }
}

impl App {
    /// The deliveries of `account` with what was asked for.
    pub(super) async fn expanded(
        &self,
        account: &AccountId,
        deliveries: &[Delivery],
        expand: Expand,
    ) -> Result<Vec<DeliveryObject>, Problem> {
        let mut events: HashMap<&EventId, Option<Event>> = HashMap::new();
        let mut shown = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            let mut object = DeliveryObject::new(delivery);
            if expand.event {
                if !events.contains_key(&delivery.event) {
                    events.insert(&delivery.event, self.store.event(account, &delivery.event).await?);
                }
                if let Some(Some(event)) = events.get(&delivery.event) {
                    object.event = EventRef::Object(Box::new(EventObject::new(event, false)));
                }
            }
            if expand.attempts {
                let attempts = self.attempts_made(delivery).await?;
                object.attempts_made = Some(attempts.iter().map(AttemptMade::new).collect());
            }
            object.policy = expand.policy.then(|| self.policy(delivery));
            shown.push(object);
        }
        Ok(shown)
    }

    /// A delivery's last attempts, oldest first.
    pub async fn attempts_made(&self, delivery: &Delivery) -> Result<Vec<Attempt>, Problem> {
        if delivery.attempts == 0 {
            return Ok(Vec::new());
        }
        let filter = AttemptFilter { delivery: Some(delivery.id.clone()), ..AttemptFilter::default() };
        let mut attempts = self.store.attempts(&delivery.account, &filter, &SHOWN).await?.items;
        attempts.reverse();
        Ok(attempts)
    }

    fn policy(&self, delivery: &Delivery) -> PolicyObject {
        let rules = &self.settings.delivery.rules;
        let next = delivery.scheduled.filter(|_| delivery.status == Status::Pending);
        let next = next.map(|next| rules.ahead(delivery.tries, delivery.first_attempt.unwrap_or(next), next));
        PolicyObject {
            max_attempts: rules.schedule.len() + 1,
            next: next.unwrap_or_default().into_iter().map(wire).collect(),
        }
    }
}
