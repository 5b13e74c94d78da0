//! `/v2/why`: did a webhook get an event, or why not? The ledger's facts are gathered here; the core's policy answers.

use crate::auth::Caller;
use crate::delivery::{Outlook, attempts_made};
use crate::pagination::Parameters;
use crate::past;
use axum::Json;
use axum::extract::State;
use deskbell_core::delivery::Status;
use deskbell_core::event::Event;
use deskbell_core::explain::why::{Facts, Missing, never_made, why};
use deskbell_core::id::{AccountId, BookingId, DeliveryId, WebhookId};
use deskbell_core::policy::limit::PAGE_MAX;
use deskbell_core::store::{DeliveryFilter, EventFilter, Page, Span};
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_wire::problem::Problem;
use deskbell_wire::why::{EventAsked, Question, Why};
use std::sync::Arc;

/// Ask why a webhook got an event, or why not.
#[utoipa::path(get, path = "/v2/why", tag = "Deliveries", params(Question),
    responses((status = 200, body = Why), (status = 404, description = "No such event, or no such webhook", body = Problem)))]
pub async fn ask(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    Caller(account): Caller,
    Parameters(Question { webhook, event }, _): Parameters<Question>,
) -> Result<Json<Why>, Problem> {
    let (store, now) = (&*store, clock.now());
    let answer = match event {
        EventAsked::Known(id) => {
            let Some(event) = store.event(&account.id, &id).await? else {
                return Err(past::not_found(store, &account, "event", id.as_str()).await.param("event"));
            };
            explain(store, &account.id, &event, &webhook, now).await
        }
        EventAsked::Expected(filter) => match newest(store, &account.id, &filter).await? {
            Some(event) => explain(store, &account.id, &event, &webhook, now).await,
            None => explain_missing(store, &account.id, filter, &webhook, now).await,
        },
    };
    answer.map(Json)
}

/// What became of an event that was made.
async fn explain(
    store: &dyn Store,
    account: &AccountId,
    event: &Event,
    id: &WebhookId,
    now: Timestamp,
) -> Result<Why, Problem> {
    let webhook = store.webhook(account, id).await?;
    let delivery = store.delivery(account, &DeliveryId::of(&event.id, id)).await?;
    if webhook.is_none() && delivery.is_none() {
        return Err(unknown_webhook(id));
    }
    let history = match &webhook {
        Some(_) => store.history(account, id).await?,
        None => Vec::new(),
    };
    let attempts = match &delivery {
        Some(delivery) => attempts_made(store, delivery).await?,
        None => Vec::new(),
    };
    let filter = DeliveryFilter { event: Some(event.id.clone()), ..DeliveryFilter::default() };
    let page = Page { limit: PAGE_MAX, cursor: None };
    let mut others = store.deliveries(account, &filter, &page).await?.items;
    others.retain(|other| other.webhook != *id);
    let mut got_it = None;
    for other in others.iter().filter(|other| other.status == Status::Delivered) {
        got_it = store.webhook(account, &other.webhook).await?;
        if got_it.is_some() {
            break;
        }
    }
    let outlook = Outlook::of(store, account, delivery.iter(), now).await?;
    let answer = why(&Facts {
        now,
        paused: outlook.is_paused(),
        event,
        id,
        webhook: webhook.as_ref(),
        history: &history,
        delivery: delivery.as_ref(),
        attempts: &attempts,
        others: &others,
        got_it: got_it.as_ref(),
    });
    Ok(Why::new(answer, id, Some(event), delivery.as_ref().map(|delivery| outlook.show(delivery))))
}

/// What to say of an event that was never made.
async fn explain_missing(
    store: &dyn Store,
    account: &AccountId,
    filter: EventFilter,
    id: &WebhookId,
    now: Timestamp,
) -> Result<Why, Problem> {
    if store.webhook(account, id).await?.is_none() {
        return Err(unknown_webhook(id));
    }
    let booking = match &filter.subject {
        Some(subject) => store.booking(account, &BookingId::from_text(subject.clone())).await?,
        None => None,
    };
    // The same subject comes nearer than the same trigger.
    let mut wider = EventFilter { created: Span::default(), ..filter.clone() };
    if wider.subject.is_some() {
        wider.trigger = None;
    }
    let nearest = newest(store, account, &wider).await?;
    let answer = never_made(&Missing {
        now,
        trigger: filter.trigger,
        subject: filter.subject.as_deref(),
        created: filter.created,
        booking: booking.map(|booking| booking.status),
        nearest: nearest.as_ref(),
        deleted_before: store.cut(account).await?.events,
    });
    Ok(Why::new(answer, id, None, None))
}

fn unknown_webhook(id: &WebhookId) -> Problem {
    Problem::not_found("webhook", id.as_str()).param("webhook")
}

async fn newest(
    store: &dyn Store,
    account: &AccountId,
    filter: &EventFilter,
) -> Result<Option<Event>, Problem> {
    Ok(store.events(account, filter, &Page { limit: 1, cursor: None }).await?.items.pop())
}
