//! `/v2/events`: platforms post what happened; everybody looks it up. Our own calls.

mod remark;

use crate::answers::Answers;
use crate::auth::Caller;
use crate::body::RawBody;
use crate::pagination::{self, KeptList, Pagination, Parameters};
use crate::past;
use crate::path::PathId;
use crate::publisher::{Draft, Offered, Publisher, check_size};
use crate::trace::Traced;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::event::{Event, Origin};
use deskbell_core::id::{AccountId, EventId};
use deskbell_core::policy::limit::{self, PAGE_MAX};
use deskbell_core::store::{Accepted, Cursor, DeliveryFilter, Page, Weight};
use deskbell_core::trigger::Trigger;
use deskbell_http::call_log::Remark;
use deskbell_wire::event::posted::{EventAccepted, EventsAccepted, NewEvent, PostedEvents};
use deskbell_wire::event::{self as wire, EventQuery};
use deskbell_wire::parameters::{Created, Paging};
use deskbell_wire::problem::Problem;
use deskbell_wire::text::IdempotencyKey;
use http::StatusCode;
use http::request::Parts;
use std::sync::Arc;

/// Post an event, or up to 1,000: `{"events": […]}` answers with a verdict for each, in order.
#[utoipa::path(post, path = "/v2/events", tag = "Events", request_body = PostedEvents,
    params(("Idempotency-Key" = inline(Option<IdempotencyKey>), Header, description = "Makes a repeat of the call harmless; at most 255 characters. With many events it covers each by its place."),
        ("traceparent" = Option<String>, Header, example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", description = "The trace that the call belongs to (W3C Trace Context): each request to a webhook is told the same trace and has a span of its own. One that is not valid is ignored. Every call that rings something takes it."),
        ("tracestate" = Option<String>, Header, example = "vendor=00f067aa0ba902b7", description = "Goes with `traceparent`, as it came; of more than 512 characters, whole members are left out.")),
    responses((status = 200, description = "A duplicate", body = EventAccepted),
        (status = 202, description = "On disk", body = EventsAccepted), (status = 409, body = Problem),
        (status = 507, body = Problem)))]
pub async fn create(
    State(store): State<Arc<dyn Store>>,
    State(publisher): State<Arc<Publisher>>,
    Caller(account): Caller,
    key: Result<Key, Problem>,
    traced: Traced,
    body: RawBody<{ limit::EVENTS_BODY_BYTES }>,
) -> Result<(StatusCode, Option<Extension<Remark>>, Json<EventsAccepted>), Problem> {
    let Key(key) = key?;
    match body.parsed(PostedEvents::read).await? {
        PostedEvents::One(event) => {
            let draft = draft(&account.id, event, key, &traced)?;
            let trigger = draft.trigger;
            let offered = publisher.accept_one(draft, Origin::Platform, None).await?;
            let event = accepted(&*store, &account.id, offered, trigger).await?;
            let remark = remark::on_one(&event, trigger).map(Extension);
            Ok((event.status(), remark, Json(EventsAccepted::One(event))))
        }
        PostedEvents::Many(batch) => {
            let results = create_many(&*store, &publisher, &account.id, (key, &traced), batch.events).await?;
            let remark = remark::on_many(&results).map(Extension);
            let results = results.into_iter().collect();
            Ok((StatusCode::ACCEPTED, remark, Json(EventsAccepted::Many(results))))
        }
    }
}

/// Accepts what can be accepted of `events`. What cannot keeps its place in the answer.
async fn create_many(
    store: &dyn Store,
    publisher: &Publisher,
    account: &AccountId,
    (key, traced): (Option<String>, &Traced),
    events: Vec<Result<NewEvent, Problem>>,
) -> Result<Vec<Result<EventAccepted, Problem>>, Problem> {
    let mut drafts = Vec::with_capacity(events.len());
    let mut refusals = Vec::with_capacity(events.len());
    for (at, event) in events.into_iter().enumerate() {
        // A line feed cannot stand in a header: these keys never meet the key of a single event.
        let key = key.as_ref().map(|key| format!("{key}\n{at}"));
        match event.and_then(|event| draft(account, event, key, traced)) {
            Ok(draft) => {
                drafts.push(draft);
                refusals.push(None);
            }
            Err(problem) => refusals.push(Some(problem)),
        }
    }
    let offered = publisher.accept(&drafts, Origin::Platform, None).await?;
    let mut offered = offered.into_iter().zip(drafts.iter().map(|draft| draft.trigger));
    let mut results = Vec::with_capacity(refusals.len());
    for refusal in refusals {
        let result = match refusal {
            Some(problem) => Err(problem),
            None => {
                let Some((offered, trigger)) = offered.next() else { continue };
                accepted(store, account, offered, trigger).await
            }
        };
        results.push(result);
    }
    Ok(results)
}

fn draft(
    account: &AccountId,
    event: NewEvent,
    idempotency_key: Option<String>,
    traced: &Traced,
) -> Result<Draft, Problem> {
    let draft = Draft {
        account: account.clone(),
        trigger: event.r#type.0,
        subject: event.subject.map(String::from),
        data: event.data,
        idempotency_key,
        traced: traced.clone(),
    };
    check_size(&draft)?;
    Ok(draft)
}

/// How many deliveries the event has: what its first answer said. It has one for each webhook that wanted it then.
async fn deliveries(store: &dyn Store, account: &AccountId, event: &EventId) -> Result<u32, Problem> {
    let filter = DeliveryFilter { event: Some(event.clone()), ..DeliveryFilter::default() };
    let (mut count, mut page) = (0u32, Page { limit: PAGE_MAX, cursor: None });
    loop {
        let found = store.deliveries(account, &filter, &page).await?;
        count = count.saturating_add(u32::try_from(found.items.len()).unwrap_or(u32::MAX));
        match found.items.last() {
            Some(last) if found.older => page.cursor = Some(Cursor::After(last.id.to_string())),
            _ => return Ok(count),
        }
    }
}

async fn accepted(
    store: &dyn Store,
    account: &AccountId,
    offered: Offered,
    trigger: Trigger,
) -> Result<EventAccepted, Problem> {
    match offered.accepted {
        Accepted::New { deliveries } => Ok(EventAccepted::new(offered.event, trigger, deliveries)),
        Accepted::Duplicate { .. } => {
            let deliveries = deliveries(store, account, &offered.event).await?;
            Ok(EventAccepted::again(offered.event, trigger, deliveries))
        }
        Accepted::Conflict { event } => {
            let message = format!("This Idempotency-Key was used for another event: '{event}'");
            Err(Problem::conflict("Idempotency-Key", "event_conflict", message))
        }
        Accepted::OverQuota(full) => Err(Problem::over_quota(&full)),
        Accepted::IdTaken | Accepted::NoWebhook => Err(Problem::internal()),
    }
}

/// The `Idempotency-Key` header, once at most.
pub struct Key(Option<String>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut given = parts.headers.get_all("idempotency-key").iter();
        let text = match (given.next(), given.next()) {
            (None, _) => return Ok(Self(None)),
            (Some(key), None) => key.to_str().unwrap_or_default().trim(),
            // Two keys are as good as none: the rule that is told asks for one.
            (Some(_), Some(_)) => "",
        };
        let key = IdempotencyKey::try_from(text.to_owned()).map_err(|broken| broken.of("Idempotency-Key"))?;
        Ok(Self(Some(key.into())))
    }
}

/// List events, newest first.
#[utoipa::path(get, path = "/v2/events", tag = "Events", params(Paging::<EventId>, Created, EventQuery),
    responses((status = 200, body = KeptList<wire::Event>)))]
pub async fn list(
    State(store): State<Arc<dyn Store>>,
    State(pagination): State<Arc<Pagination>>,
    State(answers): State<Arc<Answers>>,
    Caller(account): Caller,
    Parameters((paging, created, asked), query): Parameters<(Paging<EventId>, Created, EventQuery)>,
) -> Result<Response, Problem> {
    let found = store
        .events(&account.id, &asked.filter(created.0), &paging.page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &paging.page))?;
    let bytes = found.items.iter().map(Weight::bytes).sum();
    let cut = past::cut_behind(&*store, &account, &found).await?;
    let found = found.map(|event| wire::Event::new(&event));
    let list = move || pagination.kept_list("/v2/events", &query, found, cut);
    answers.write(&account.id, bytes, list).await
}

/// Get an event, with the bytes that its deliveries send.
#[utoipa::path(get, path = "/v2/events/{id}", tag = "Events", params(("id" = String, Path)),
    responses((status = 200, body = wire::Event)))]
pub async fn get(
    State(store): State<Arc<dyn Store>>,
    State(answers): State<Arc<Answers>>,
    Caller(account): Caller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Response, Problem> {
    let event = find(&*store, &account, &id).await?;
    let bytes = event.bytes();
    answers.write(&account.id, bytes, move || Json(wire::Event::with_payload(&event)).into_response()).await
}

/// The account's event of that id, or 404.
pub async fn find(store: &dyn Store, account: &Account, id: &str) -> Result<Event, Problem> {
    match store.event(&account.id, &EventId::from_text(id)).await? {
        Some(event) => Ok(event),
        None => Err(past::not_found(store, account, "event", id).await),
    }
}
