//! Why a webhook got an event, or why not, in sentences and steps. The [`Question`] stands in a file of its own.

mod question;

pub use question::{EventAsked, Question};

use crate::delivery::Delivery;
use crate::event::Event;
use crate::time::Time;
use crate::{fixed, id, word};
use deskbell_core::event;
use deskbell_core::explain::why;
use deskbell_core::id::WebhookId;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a webhook got an event, or why not: text first, so that it can be pasted. Times in sentences are UTC.
#[derive(Debug, Serialize, ToSchema)]
pub struct Why {
    /// Always `why`.
    object: fixed::Why,
    /// The answer in a word.
    verdict: word::WhyVerdict,
    #[schema(example = "It was never owed: CRM sync does not ask for booking.rescheduled.")]
    sentence: String,
    /// One more sentence or two; may be empty.
    #[schema(example = "The event was made and one other webhook was owed it.")]
    reason: String,
    /// The event that was judged; null when none was made.
    event: Option<id::Event>,
    webhook: id::Webhook,
    /// The way of the event, always all five steps.
    steps: Vec<WhyStep>,
    /// What was looked at and is not the reason.
    ruled_out: Vec<&'static str>,
    /// What comes nearest, where nothing was owed or nothing was made.
    nearest: Option<Nearest>,
    /// The delivery, if it was owed.
    delivery: Option<Delivery>,
}

impl Why {
    /// The answer `why` for `webhook` and the event that was judged.
    pub fn new(
        why: why::Why,
        webhook: &WebhookId,
        event: Option<&event::Event>,
        delivery: Option<Delivery>,
    ) -> Self {
        Self {
            object: fixed::Why,
            verdict: why.verdict.into(),
            sentence: why.sentence,
            reason: why.reason,
            event: event.map(|event| (&event.id).into()),
            webhook: webhook.into(),
            steps: why.steps.into_iter().map(WhyStep::from).collect(),
            ruled_out: why.ruled_out,
            nearest: why.nearest.map(Nearest::from),
            delivery,
        }
    }
}

/// One step.
#[derive(Debug, Serialize, ToSchema)]
struct WhyStep {
    #[schema(example = "Match")]
    name: &'static str,
    /// How far it came.
    state: word::WhyState,
    #[schema(example = "It was owed to 2 webhooks, and not to CRM sync.")]
    sentence: String,
    time: Option<Time>,
}

impl From<why::Stage> for WhyStep {
    fn from(step: why::Stage) -> Self {
        let (state, time) = (step.state.into(), step.time.map(Time));
        Self { name: step.name, state, sentence: step.sentence, time }
    }
}

/// What comes nearest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhyNearest)]
struct Nearest {
    /// The event and the webhook side by side.
    compared: Vec<Compared>,
    /// What the webhook asks for that differs least from the event's trigger.
    trigger: Option<&'static str>,
    /// A webhook of the account that got the event.
    webhook: Option<NamedWebhook>,
    /// The event that comes nearest to one that was never made.
    event: Option<Event>,
}

impl From<why::Nearest> for Nearest {
    fn from(nearest: why::Nearest) -> Self {
        Self {
            compared: nearest.compared.into_iter().map(Compared::from).collect(),
            trigger: nearest.trigger,
            webhook: nearest.webhook.map(|(id, name)| NamedWebhook { id: id.into(), name }),
            event: nearest.event.map(|event| Event::new(&event)),
        }
    }
}

/// One thing that was compared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhyCompared, examples(json!({"what": "trigger"})))]
struct Compared {
    /// `trigger`, `state` or `made`.
    what: word::WhyAspect,
    #[schema(example = "booking.rescheduled")]
    event: String,
    #[schema(example = "booking.scheduled, booking.canceled")]
    webhook: String,
    fits: bool,
}

impl From<why::Compared> for Compared {
    fn from(row: why::Compared) -> Self {
        Self { what: row.what.into(), event: row.event, webhook: row.webhook, fits: row.fits }
    }
}

/// A webhook by its name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhyWebhook)]
struct NamedWebhook {
    id: id::Webhook,
    #[schema(example = "Team chat")]
    name: String,
}
