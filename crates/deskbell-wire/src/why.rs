//! Why a webhook got an event, or why not: the question, and the answer in sentences and steps.

use crate::broken::Broken;
use crate::delivery::Delivery;
use crate::event::{AnySubject, Event};
use crate::parameters::Group;
use crate::time::{GivenTime, Time};
use crate::{fixed, id, word};
use deskbell_core::event;
use deskbell_core::explain::why;
use deskbell_core::id::{EventId, WebhookId};
use deskbell_core::store::{EventFilter, Span};
use serde::{Deserialize, Serialize};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};

/// The question: did this webhook get that event?
#[derive(Debug, Deserialize)]
#[serde(try_from = "Asked")]
pub struct Question {
    /// The webhook that is asked about.
    pub webhook: WebhookId,
    /// The event that is asked about.
    pub event: EventAsked,
}

/// Which event a question is about.
#[derive(Debug)]
pub enum EventAsked {
    /// This one.
    Known(EventId),
    /// The newest of those that was expected.
    Expected(EventFilter),
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The id of the webhook.
    #[param(inline)]
    webhook: id::given::Webhook,
    /// The event; or leave it out, and say with `type` which one you expected
    #[param(inline)]
    event: Option<id::given::Event>,
    /// The trigger that was expected; the newest event of it is judged
    #[param(inline)]
    r#type: Option<word::Trigger>,
    /// Only of this subject
    #[param(inline)]
    subject: Option<AnySubject>,
    /// Only made after this date or date-time
    #[param(inline)]
    after: Option<GivenTime>,
    /// Only made before this date or date-time
    #[param(inline)]
    before: Option<GivenTime>,
}

impl Asked {
    /// What says more of an event than its id, which is enough.
    fn beside_event(&self) -> Option<&'static str> {
        let given = [
            ("type", self.r#type.is_some()),
            ("subject", self.subject.is_some()),
            ("after", self.after.is_some()),
            ("before", self.before.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }
}

impl TryFrom<Asked> for Question {
    type Error = Broken;

    fn try_from(asked: Asked) -> Result<Self, Broken> {
        let beside = asked.beside_event();
        let webhook = asked.webhook.0;
        if let Some(event) = asked.event {
            if let Some(other) = beside {
                let message = format!("The event is named already: leave out {other}, or leave out event.");
                return Err(Broken::new("value_invalid", message).blaming(other));
            }
            return Ok(Self { webhook, event: EventAsked::Known(event.0) });
        }
        let Some(trigger) = asked.r#type else {
            return Err(Broken::new("field_required", "Required fields are missing.").blaming("event"));
        };
        let created = Span { after: asked.after.map(|at| at.0), before: asked.before.map(|at| at.0) };
        if let (Some(after), Some(before)) = (created.after, created.before)
            && after > before
        {
            let message = "after cannot be later than before";
            return Err(Broken::new("range_invalid", message).blaming("after"));
        }
        let filter = EventFilter {
            trigger: Some(trigger.0),
            subject: asked.subject.map(|subject| subject.0),
            webhook: None,
            created,
        };
        Ok(Self { webhook, event: EventAsked::Expected(filter) })
    }
}

impl Group for Question {}

impl IntoParams for Question {
    fn into_params(provider: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Asked::into_params(provider)
    }
}

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
    #[schema(example = "2 webhooks wanted it, CRM sync did not.")]
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
