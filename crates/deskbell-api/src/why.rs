//! `/v2/why`: did a webhook get an event, or why not? The ledger's facts are gathered here; the core's policy answers.

use super::auth::Caller;
use super::delivery::DeliveryObject;
use super::event::{EventObject, trigger};
use crate::app::{App, Shared};
use axum::Json;
use axum::extract::{RawQuery, State};
use deskbell_core::delivery::Status;
use deskbell_core::event::Event;
use deskbell_core::id::{AccountId, BookingId, DeliveryId, EventId, WebhookId};
use deskbell_core::policy::limit::PAGE_MAX;
use deskbell_core::policy::why::{Ledger, Missing, Nearest, Why, never_made, why};
use deskbell_core::store::{DeliveryFilter, EventFilter, Page, Span};
use deskbell_core::time::wire;
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a webhook got an event, or why not: text first, so that it can be pasted. Times in sentences are UTC.
#[derive(Serialize, ToSchema)]
#[schema(as = Why)]
pub struct WhyObject {
    /// Always `why`.
    object: &'static str,
    /// The answer in a word.
    verdict: &'static str,
    #[schema(example = "It was never owed: CRM sync does not ask for booking.rescheduled.")]
    sentence: String,
    /// One more sentence or two; may be empty.
    #[schema(example = "The event was made and one other webhook was owed it.")]
    reason: String,
    /// The event that was judged; null when none was made.
    event: Option<String>,
    webhook: String,
    /// The way of the event, always all five steps.
    steps: Vec<StepObject>,
    /// What was looked at and is not the reason.
    ruled_out: Vec<&'static str>,
    /// What comes nearest, where nothing was owed or nothing was made.
    nearest: Option<NearestObject>,
    /// The delivery, if it was owed.
    delivery: Option<DeliveryObject>,
}

/// One step.
#[derive(Serialize, ToSchema)]
#[schema(as = WhyStep)]
pub struct StepObject {
    #[schema(example = "Match")]
    name: &'static str,
    /// How far it came.
    state: &'static str,
    #[schema(example = "2 webhooks wanted it, CRM sync did not.")]
    sentence: String,
    time: Option<String>,
}

/// What comes nearest.
#[derive(Serialize, ToSchema)]
#[schema(as = WhyNearest)]
pub struct NearestObject {
    /// The event and the webhook side by side.
    compared: Vec<ComparedObject>,
    /// What the webhook asks for that differs least from the event's trigger.
    trigger: Option<&'static str>,
    /// A webhook of the account that got the event.
    webhook: Option<NamedWebhook>,
    /// The event that comes nearest to one that was never made.
    event: Option<EventObject>,
}

/// One thing that was compared.
#[derive(Serialize, ToSchema)]
#[schema(as = WhyCompared)]
pub struct ComparedObject {
    /// `trigger`, `state` or `made`.
    #[schema(example = "trigger")]
    what: &'static str,
    #[schema(example = "booking.rescheduled")]
    event: String,
    #[schema(example = "booking.scheduled, booking.canceled")]
    webhook: String,
    fits: bool,
}

/// A webhook by its name.
#[derive(Serialize, ToSchema)]
#[schema(as = WhyWebhook)]
pub struct NamedWebhook {
    #[schema(example = "WHK-2V8QDX6RNC")]
    id: String,
    #[schema(example = "Team chat")]
    name: String,
}

impl WhyObject {
    fn new(why: Why, event: Option<&Event>, webhook: &WebhookId, delivery: Option<DeliveryObject>) -> Self {
        let step = |step: deskbell_core::policy::why::Step| StepObject {
            name: step.name,
            state: step.state.as_str(),
            sentence: step.sentence,
            time: step.time.map(wire),
        };
        Self {
            object: "why",
            verdict: why.verdict.as_str(),
            sentence: why.sentence,
            reason: why.reason,
            event: event.map(|event| event.id.to_string()),
            webhook: webhook.to_string(),
            steps: why.steps.into_iter().map(step).collect(),
            ruled_out: why.ruled_out,
            nearest: why.nearest.map(NearestObject::new),
            delivery,
        }
    }
}

impl NearestObject {
    fn new(nearest: Nearest) -> Self {
        let compared = nearest.compared.into_iter().map(|row| ComparedObject {
            what: row.what,
            event: row.event,
            webhook: row.webhook,
            fits: row.fits,
        });
        Self {
            compared: compared.collect(),
            trigger: nearest.trigger,
            webhook: nearest.webhook.map(|(id, name)| NamedWebhook { id: id.to_string(), name }),
            event: nearest.event.map(|event| EventObject::new(&event, false)),
        }
    }
}

/// Ask why a webhook got an event, or why not.
#[utoipa::path(get, path = "/v2/why", tag = "Deliveries",
    params(("webhook" = String, Query),
        ("event" = Option<String>, Query, description = "The event; or leave it out, and say with `type` which one you expected"),
        ("type" = Option<String>, Query, description = "The trigger that was expected; the newest event of it is judged"),
        ("subject" = Option<String>, Query, description = "Only of this subject"),
        ("after" = Option<String>, Query, description = "Only made after this date or date-time"),
        ("before" = Option<String>, Query, description = "Only made before this date or date-time")),
    responses((status = 200, body = WhyObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, description = "No such event, or no such webhook", body = Problem), (status = 429, body = Problem)))]
pub async fn ask(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Json<WhyObject>, Problem> {
    let query = Query::parse(raw.as_deref(), &["event", "webhook", "type", "subject", "after", "before"])?;
    let webhook = query.text("webhook").map(WebhookId::from_text);
    let webhook = webhook.ok_or_else(|| Problem::required("webhook"))?;
    if let Some(id) = query.get("event") {
        if let Some(other) = ["type", "subject", "after", "before"].into_iter().find(|name| query.has(name)) {
            let message = format!("The event is named already: leave out {other}, or leave out event.");
            return Err(Problem::invalid(other, "value_invalid", message));
        }
        let found = app.store.event(&account.id, &EventId::from_text(id)).await?;
        let event = found.ok_or_else(|| Problem::not_found("event", id).param("event"))?;
        return app.judge(&account.id, &event, &webhook).await.map(Json);
    }
    let kind = query.get("type").ok_or_else(|| Problem::required("event"))?;
    let filter = EventFilter {
        trigger: Some(trigger(kind, "type")?),
        subject: query.text("subject"),
        webhook: None,
        created: span(&query)?,
    };
    match app.newest(&account.id, &filter).await? {
        Some(event) => app.judge(&account.id, &event, &webhook).await.map(Json),
        None => app.unmade(&account.id, filter, &webhook).await.map(Json),
    }
}

fn span(query: &Query) -> Result<Span, Problem> {
    let span = Span { after: query.time("after")?, before: query.time("before")? };
    match (span.after, span.before) {
        (Some(after), Some(before)) if after > before => {
            Err(Problem::invalid("after", "range_invalid", "after cannot be later than before"))
        }
        _ => Ok(span),
    }
}

impl App {
    /// What became of an event that was made.
    async fn judge(&self, account: &AccountId, event: &Event, id: &WebhookId) -> Result<WhyObject, Problem> {
        let webhook = self.store.webhook(account, id).await?;
        let delivery = self.store.delivery(account, &DeliveryId::of(&event.id, id)).await?;
        if webhook.is_none() && delivery.is_none() {
            return Err(Problem::not_found("webhook", id.as_str()).param("webhook"));
        }
        let attempts = match &delivery {
            Some(delivery) => self.attempts_made(delivery).await?,
            None => Vec::new(),
        };
        let filter = DeliveryFilter { event: Some(event.id.clone()), ..DeliveryFilter::default() };
        let page = Page { limit: PAGE_MAX, cursor: None };
        let mut others = self.store.deliveries(account, &filter, &page).await?.items;
        others.retain(|other| other.webhook != *id);
        let mut got_it = None;
        for other in others.iter().filter(|other| other.status == Status::Delivered) {
            got_it = self.store.webhook(account, &other.webhook).await?;
            if got_it.is_some() {
                break;
            }
        }
        let answer = why(&Ledger {
            now: self.now(),
            event,
            id,
            webhook: webhook.as_ref(),
            delivery: delivery.as_ref(),
            attempts: &attempts,
            others: &others,
            got_it: got_it.as_ref(),
        });
        Ok(WhyObject::new(answer, Some(event), id, delivery.as_ref().map(DeliveryObject::new)))
    }

    /// What to say of an event that was never made.
    async fn unmade(
        &self,
        account: &AccountId,
        filter: EventFilter,
        id: &WebhookId,
    ) -> Result<WhyObject, Problem> {
        if self.store.webhook(account, id).await?.is_none() {
            return Err(Problem::not_found("webhook", id.as_str()).param("webhook"));
        }
        let booking = match &filter.subject {
            Some(subject) => self.store.booking(account, &BookingId::from_text(subject.clone())).await?,
            None => None,
        };
        // The same subject comes nearer than the same trigger.
        let mut wider = EventFilter { created: Span::default(), ..filter.clone() };
        if wider.subject.is_some() {
            wider.trigger = None;
        }
        let nearest = self.newest(account, &wider).await?;
        let answer = never_made(&Missing {
            now: self.now(),
            trigger: filter.trigger,
            subject: filter.subject.as_deref(),
            created: filter.created,
            booking: booking.map(|booking| booking.status),
            nearest: nearest.as_ref(),
        });
        Ok(WhyObject::new(answer, None, id, None))
    }

    async fn newest(&self, account: &AccountId, filter: &EventFilter) -> Result<Option<Event>, Problem> {
        Ok(self.store.events(account, filter, &Page { limit: 1, cursor: None }).await?.items.pop())
    }
}
