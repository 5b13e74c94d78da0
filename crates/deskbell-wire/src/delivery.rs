//! Deliveries: one event owed to one webhook. Lists and searches stand in [`list`], the request to repeat in [`request`].

mod expand;
pub mod list;
pub mod request;

pub use expand::{AttemptMade, DeliveryExpand, Policy};

use crate::event::Event;
use crate::list::Identified;
use crate::time::Time;
use crate::{fixed, id, word};
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery;
use deskbell_core::explain::next::NextTry;
use serde::Serialize;
use utoipa::ToSchema;

/// One event owed to one webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"status": "pending", "held_by": null})))]
pub struct Delivery {
    /// Always `delivery`.
    object: fixed::Delivery,
    id: id::Delivery,
    event: EventRef,
    webhook: id::Webhook,
    r#type: word::Trigger,
    #[schema(example = "BKNG-Q8T2ZC4M6RVA")]
    subject: Option<String>,
    /// It is a test and no traffic: one attempt, which nothing that is known of the webhook changes by. Its request has the header
    /// `Deskbell-Sample: true`.
    sample: bool,
    /// `pending`, `delivered`, `failed` (the schedule is used up), `cancelled` (the webhook was disabled or deleted, or somebody
    /// called a sample off) or `quarantined` (lost too often).
    status: word::DeliveryStatus,
    /// Attempts made so far.
    attempts: u32,
    /// When the next attempt is really made, whatever holds it; null when none is to come, while one is under way, and where that
    /// depends on a person (`held_by`).
    next_attempt_time: Option<Time>,
    /// What holds the next attempt beyond its own time: `rest` (the webhook was overloaded or too slow), `webhook_off`,
    /// `instance_paused` (restored, and not resumed yet) or `room` (it goes as soon as there is room for it).
    held_by: Option<word::Hold>,
    /// An attempt is under way.
    in_flight: bool,
    /// Attempts asked for by hand that are still to be made.
    retries_asked: u32,
    /// The last attempt's outcome.
    last_outcome: Option<word::Outcome>,
    /// The status code of the last answer.
    last_status_code: Option<u16>,
    creation_time: Time,
    /// When it came into its present status; null while it is pending.
    settled_time: Option<Time>,
    /// Its attempts, oldest first, the last 100. Only with `expand=attempts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts_made: Option<Vec<AttemptMade>>,
    /// What the schedule still has for it. Only with `expand=policy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Policy>,
}

/// The event's id, or with `expand=event` the event, without its payload.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EventRef {
    /// The id.
    Id(String),
    /// The event.
    Object(Box<Event>),
}

impl Delivery {
    /// The delivery as it is now, and its `next` try.
    pub fn new(delivery: &delivery::Delivery, next: Option<NextTry>) -> Self {
        Self {
            object: fixed::Delivery,
            id: (&delivery.id).into(),
            event: EventRef::Id(delivery.event.to_string()),
            webhook: (&delivery.webhook).into(),
            r#type: delivery.trigger.into(),
            subject: delivery.subject.clone(),
            sample: delivery.is_sample(),
            status: delivery.status.into(),
            attempts: delivery.attempts,
            next_attempt_time: next.and_then(|next| next.at).map(Time),
            held_by: next.and_then(|next| next.hold).map(Into::into),
            in_flight: delivery.is_leased(),
            retries_asked: delivery.manual,
            last_outcome: delivery.last_outcome.map(Into::into),
            last_status_code: delivery.last_status,
            creation_time: delivery.created.into(),
            settled_time: delivery.settled.map(Time),
            attempts_made: None,
            policy: None,
        }
    }

    /// The same, with its event in place of the id.
    #[must_use]
    pub fn with_event(self, event: Event) -> Self {
        Self { event: EventRef::Object(Box::new(event)), ..self }
    }

    /// The same, with its attempts, oldest first.
    #[must_use]
    pub fn with_attempts(self, attempts: &[Attempt]) -> Self {
        Self { attempts_made: Some(attempts.iter().map(AttemptMade::new).collect()), ..self }
    }

    /// The same, with what is still to come.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy: Some(policy), ..self }
    }
}

impl Identified for Delivery {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}
