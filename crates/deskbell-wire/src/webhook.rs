//! Webhooks (wire contract, 3): the object, what creates and changes one, and a sample on its way.

mod health;
mod revision;

pub use health::{Health, Quarter};
pub use revision::Revision;

use crate::body::RequestBody;
use crate::json::RawObject;
use crate::list::Identified;
use crate::optional::Omittable;
use crate::parameters::expands;
use crate::text::{Name, Url};
use crate::time::Time;
use crate::word::{self, Subscribed, Subscriptions};
use crate::{fixed, id};
use deskbell_core::id::{DeliveryId, EventId, WebhookId};
use deskbell_core::trigger::Trigger;
use deskbell_core::vault::Secret;
use deskbell_core::webhook::{self, Status, WebhookChange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A webhook (wire contract, 3.1).
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"object": "webhook", "api_version": "v2", "creation_time": "2026-05-01T09:14:55.031Z"})))]
pub struct Webhook {
    /// Always `webhook`.
    object: fixed::Webhook,
    id: id::Webhook,
    /// Always `v2`.
    api_version: fixed::V2,
    #[schema(example = "CRM sync")]
    name: String,
    #[schema(example = "https://hooks.northwind.example/in/bookings")]
    url: String,
    /// Triggers and composites, as they were given.
    events: Subscribed,
    creation_time: Time,
    /// Whether it is rung (an addition to the vendor's object).
    status: bool,
    /// Only while it is disabled: `by_owner`, `gone` (the receiver answered 410) or `window_exhausted` (an addition).
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_reason: Option<word::DisableReason>,
    /// Only while it is disabled: since when (an addition).
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_time: Option<Time>,
    /// Only while it rests, because it was overloaded or too slow: nothing is sent to it before this time (an addition).
    #[serde(skip_serializing_if = "Option::is_none")]
    resting_until: Option<Time>,
    /// Only in the answer to the call that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "5f0c2be4a7d94f6e8b13c0d7729ae641")]
    secret: Option<String>,
    /// Only with `expand=health` (an addition).
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Health>,
}

impl Webhook {
    /// The webhook as it is now.
    pub fn new(webhook: &webhook::Webhook) -> Self {
        Self {
            object: fixed::Webhook,
            id: (&webhook.id).into(),
            api_version: fixed::V2,
            name: webhook.name.clone(),
            url: webhook.url.clone(),
            events: Subscribed(webhook.events.clone()),
            creation_time: webhook.created.into(),
            status: webhook.is_enabled(),
            disabled_reason: match webhook.status {
                Status::Disabled { reason, .. } => Some(reason.into()),
                Status::Enabled | Status::Deleted { .. } => None,
            },
            disabled_time: match webhook.status {
                Status::Disabled { at, .. } => Some(at.into()),
                Status::Enabled | Status::Deleted { .. } => None,
            },
            resting_until: webhook.health.rest_until.filter(|_| webhook.is_enabled()).map(Time),
            secret: None,
            health: None,
        }
    }

    /// The same, with its secret.
    #[must_use]
    pub fn with_secret(self, secret: &Secret) -> Self {
        Self { secret: Some(secret.expose().to_owned()), ..self }
    }

    /// The same, with how it does.
    #[must_use]
    pub fn with_health(self, health: Option<Health>) -> Self {
        Self { health, ..self }
    }
}

impl Identified for Webhook {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// A webhook to create.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({"events": ["booking.scheduled", "booking.canceled"]})))]
pub struct NewWebhook {
    /// 1 to 255 characters, at least one letter or digit; unique in the account.
    pub name: Name,
    /// Absolute, `https://`, at most 2,048 characters, leading to a public address.
    pub url: Url,
    /// Triggers, or the composites `booking` and `conversation`.
    pub events: Subscriptions,
}

impl RequestBody for NewWebhook {}

/// A change to a webhook; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
pub struct WebhookPatch {
    /// As in creation.
    pub name: Omittable<Name>,
    /// As in creation. Attempts that start after the change use it.
    pub url: Omittable<Url>,
    /// As in creation.
    pub events: Omittable<Subscriptions>,
    /// `true` enables, `false` disables and cancels what is pending.
    pub status: Omittable<bool>,
}

impl RequestBody for WebhookPatch {
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "object",
        "secret",
        "api_version",
        "creation_time",
        "disabled_reason",
        "disabled_time",
        "resting_until",
    ];
}

impl From<WebhookPatch> for WebhookChange {
    fn from(patch: WebhookPatch) -> Self {
        Self {
            name: patch.name.0.map(String::from),
            url: patch.url.0.map(String::from),
            events: patch.events.0.map(|events| events.0),
            enabled: patch.status.0,
            end_rest: false,
        }
    }
}

expands! {
    /// What a webhook is shown with.
    WebhookExpand: " `health`; an addition";
    /// How it does, too.
    health = "health";
}

/// Which sample to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(
    example = json!({"type": "booking.scheduled", "data": {"object": "booking", "id": "BKNG-Q8T2ZC4M6RVA", "status": "scheduled"}}),
    examples(json!({"type": "booking.scheduled"})),
)]
pub struct SampleRequest {
    /// A trigger; `booking.scheduled` when left out.
    pub r#type: Option<word::Trigger>,
    /// The object that the event tells of, as for `POST /v2/events`: it reaches the receiver byte for byte, without
    /// insignificant white space. One of the sandbox's when left out.
    pub data: Option<RawObject>,
}

impl RequestBody for SampleRequest {}

/// A sample on its way.
#[derive(Debug, Serialize, ToSchema)]
pub struct SampleSent {
    /// Always `delivery`.
    object: fixed::Delivery,
    /// The delivery to watch: `GET /v2/deliveries/{id}`.
    id: id::Delivery,
    event: id::Event,
    webhook: id::Webhook,
    r#type: word::Trigger,
}

impl SampleSent {
    /// The delivery of `event`, a sample of `trigger`, to `webhook`.
    pub fn new(event: EventId, webhook: WebhookId, trigger: Trigger) -> Self {
        Self {
            object: fixed::Delivery,
            id: DeliveryId::of(&event, &webhook).into(),
            event: event.into(),
            webhook: webhook.into(),
            r#type: trigger.into(),
        }
    }
}
