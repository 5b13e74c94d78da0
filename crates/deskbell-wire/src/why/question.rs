//! The question of `/v2/why`: a webhook, and an event that is named or described.

use crate::broken::Broken;
use crate::event::AnySubject;
use crate::parameters::Group;
use crate::time::GivenTime;
use crate::{id, word};
use deskbell_core::id::{EventId, WebhookId};
use deskbell_core::store::{EventFilter, Span};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

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
    /// The one of that id.
    Known(EventId),
    /// The newest that the filter leaves: the caller expected one, and does not know its id.
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
