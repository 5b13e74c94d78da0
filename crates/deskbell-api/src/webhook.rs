//! `/v2/webhooks`: the vendor's create, list, get and delete, exactly (wire contract, 3), and two calls of our own:
//! change, and ring with a sample.

pub mod health;

use super::path::PathId;
use crate::app::{App, Shared};
use crate::auth::{Caller, VendorCaller};
use crate::body::Body;
use crate::pagination::{self, List};
use crate::publisher::{Draft, check_size};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::event::Origin;
use deskbell_core::id::WebhookId;
use deskbell_core::policy::limit;
use deskbell_core::store::{Accepted, WebhookSaved};
use deskbell_core::time::wire;
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::vault::Secret;
use deskbell_core::webhook::{self, Health, Status, Webhook, WebhookChange};
use deskbell_wire::fields::{Fields, Query};
use deskbell_wire::json;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// A webhook (wire contract, 3.1).
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookObject {
    /// Always `webhook`.
    #[schema(example = "webhook")]
    object: &'static str,
    #[schema(example = "WHK-2V8QDX6RNC")]
    id: String,
    /// Always `v2`.
    #[schema(example = "v2")]
    api_version: &'static str,
    #[schema(example = "CRM sync")]
    name: String,
    #[schema(example = "https://hooks.northwind.example/in/bookings")]
    url: String,
    /// Triggers and composites, as they were given.
    #[schema(example = json!(["booking.scheduled", "conversation"]))]
    events: Vec<&'static str>,
    #[schema(example = "2026-05-01T09:14:55.031Z")]
    creation_time: String,
    /// Whether it is rung (an addition to the vendor's object).
    status: bool,
    /// Only while it is disabled: `by_owner`, `gone` (the receiver answered 410) or `window_exhausted` (an addition).
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_reason: Option<&'static str>,
    /// Only in the answer to the call that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "5f0c2be4a7d94f6e8b13c0d7729ae641")]
    secret: Option<String>,
    /// Only with `expand=health` (an addition).
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<health::HealthObject>,
}

impl WebhookObject {
    fn new(webhook: &Webhook, secret: Option<&Secret>) -> Self {
        Self {
            object: "webhook",
            id: webhook.id.to_string(),
            api_version: "v2",
            name: webhook.name.clone(),
            url: webhook.url.clone(),
            events: webhook.events.iter().map(|event| event.as_str()).collect(),
            creation_time: wire(webhook.created),
            status: webhook.is_enabled(),
            disabled_reason: match webhook.status {
                Status::Disabled { reason, .. } => Some(reason.as_str()),
                _ => None,
            },
            secret: secret.map(|secret| secret.expose().to_owned()),
            health: None,
        }
    }
}

/// A webhook to create.
#[derive(ToSchema)]
pub struct NewWebhook {
    /// 1 to 255 characters, at least one letter or digit; unique in the account.
    #[schema(example = "CRM sync")]
    pub name: String,
    /// Absolute, `https://`, at most 2,048 characters, leading to a public address.
    #[schema(example = "https://hooks.northwind.example/in/bookings")]
    pub url: String,
    /// Triggers, or the composites `booking` and `conversation`.
    #[schema(example = json!(["booking.scheduled", "booking.canceled"]))]
    pub events: Vec<String>,
}

/// A change to a webhook; what is left out stays.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookPatch {
    /// As in creation.
    pub name: Option<String>,
    /// As in creation. Attempts that start after the change use it.
    pub url: Option<String>,
    /// As in creation.
    pub events: Option<Vec<String>>,
    /// `true` enables, `false` disables and cancels what is pending.
    pub status: Option<bool>,
}

/// The answer to a delete.
#[derive(Serialize, ToSchema)]
pub struct Deleted {
    id: String,
    /// Always `true`.
    deleted: bool,
}

impl Deleted {
    /// `id` is gone.
    pub fn new(id: impl ToString) -> Self {
        Self { id: id.to_string(), deleted: true }
    }
}

impl pagination::Identified for WebhookObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Create a webhook. The answer is the only one that holds its secret.
#[utoipa::path(post, path = "/v2/webhooks", tag = "Webhooks", request_body = NewWebhook,
    responses((status = 200, body = WebhookObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    body: Body,
) -> Result<Json<WebhookObject>, Problem> {
    let fields = Fields::new(&body.0);
    let name = fields.name("name")?;
    let url = fields.required_text("url")?;
    app.guard.judge(&url).map_err(|refusal| Problem::refused("url", &refusal))?;
    let events = subscriptions(fields.texts("events")?.unwrap_or_default())?;
    let id = WebhookId::new(&*app.random);
    let secret = webhook::new_secret(&*app.random);
    let webhook = Webhook {
        secret: app.vault.seal(&secret, &[account.id.as_str(), id.as_str()], &*app.random),
        id,
        account: account.id,
        name: name.clone(),
        url,
        events,
        created: app.now(),
        status: Status::Enabled,
        health: Health::default(),
    };
    let saved = app.store.create_webhook(webhook, app.settings.max_webhooks).await?;
    Ok(Json(WebhookObject::new(&saved_or(&app, saved, &name, "")?, Some(&secret))))
}

/// List webhooks, newest first.
#[utoipa::path(get, path = "/v2/webhooks", tag = "Webhooks",
    params(pagination::Paging, ("expand" = Option<String>, Query, description = "`health`; an addition")),
    responses((status = 200, body = List<WebhookObject>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before", "expand"])?;
    let (page, expand) = (query.page()?, query.expand(&["health"])?);
    let found = app
        .store
        .webhooks(&account.id, &page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &page))?;
    let mut healths =
        if expand.is_empty() { Vec::new() } else { app.health(&account, &found.items).await? }.into_iter();
    let object =
        |webhook: Webhook| WebhookObject { health: healths.next(), ..WebhookObject::new(&webhook, None) };
    Ok(app.pagination.list("/v2/webhooks", &query, found.map(object)))
}

/// Get a webhook.
#[utoipa::path(get, path = "/v2/webhooks/{id}", tag = "Webhooks",
    params(("id" = String, Path), ("expand" = Option<String>, Query, description = "`health`; an addition")),
    responses((status = 200, body = WebhookObject), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<WebhookObject>, Problem> {
    let expand = Query::parse(raw.as_deref(), &["expand"])?.expand(&["health"])?;
    let webhook = app.webhook(&account, &id).await?;
    let health = match expand.is_empty() {
        true => None,
        false => app.health(&account, std::slice::from_ref(&webhook)).await?.pop(),
    };
    Ok(Json(WebhookObject { health, ..WebhookObject::new(&webhook, None) }))
}

/// Change a webhook: name, url, events, status. An addition to the vendor's API.
#[utoipa::path(patch, path = "/v2/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path)), request_body = WebhookPatch,
    responses((status = 200, body = WebhookObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn change(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: Body,
) -> Result<Json<WebhookObject>, Problem> {
    let fields = Fields::new(&body.0);
    fields.read_only(&["id", "object", "secret", "api_version", "creation_time", "disabled_reason"])?;
    fields.only(&["name", "url", "events", "status"])?;
    let change = WebhookChange {
        name: fields.has("name").then(|| fields.name("name")).transpose()?,
        url: fields.has("url").then(|| fields.required_text("url")).transpose()?,
        events: fields
            .has("events")
            .then(|| fields.texts("events")?.map_or_else(|| subscriptions(Vec::new()), subscriptions))
            .transpose()?,
        enabled: fields.has("status").then(|| fields.required_boolean("status")).transpose()?,
    };
    if change == WebhookChange::default() {
        return Err(Problem::invalid(
            "body",
            "body_required",
            "Give at least one of name, url, events and status.",
        ));
    }
    if let Some(url) = &change.url {
        app.guard.judge(url).map_err(|refusal| Problem::refused("url", &refusal))?;
    }
    let name = change.name.clone().unwrap_or_default();
    let saved = app.store.change_webhook(&account.id, &WebhookId::from_text(&id), &change, app.now()).await?;
    let webhook = saved_or(&app, saved, &name, &id)?;
    app.signals.wake_engine();
    Ok(Json(WebhookObject::new(&webhook, None)))
}

/// Delete a webhook, for good.
#[utoipa::path(delete, path = "/v2/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path)),
    responses((status = 200, body = Deleted), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn delete(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    if app.store.delete_webhook(&account.id, &WebhookId::from_text(&id), app.now()).await? {
        Ok(Json(Deleted::new(id)))
    } else {
        Err(Problem::not_found("webhook", &id))
    }
}

/// Which sample to send.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"type": "booking.scheduled", "data": {"object": "booking", "id": "BKNG-Q8T2ZC4M6RVA", "status": "scheduled"}}))]
pub struct SampleRequest {
    /// A trigger; `booking.scheduled` when left out.
    #[schema(example = "booking.scheduled")]
    pub r#type: Option<String>,
    /// The object that the event tells of, as for `POST /v2/events`: it reaches the receiver byte for byte, without
    /// insignificant white space. One of the sandbox's when left out.
    #[schema(value_type = Option<Object>)]
    pub data: Option<serde_json::Value>,
}

/// A sample on its way.
#[derive(Serialize, ToSchema)]
pub struct SampleSent {
    /// Always `delivery`.
    object: &'static str,
    /// The delivery to watch: `GET /v2/deliveries/{id}`.
    id: String,
    event: String,
    webhook: String,
    r#type: &'static str,
}

/// Ring a webhook with a sample event of a chosen type, or with data of your own: real, signed, to this webhook only. An
/// addition to the vendor's API.
#[utoipa::path(post, path = "/v2/webhooks/{id}/test", tag = "Webhooks", params(("id" = String, Path)), request_body = Option<SampleRequest>,
    responses((status = 202, body = SampleSent), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 429, body = Problem)))]
pub async fn test(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: crate::body::OptionalBody,
) -> Result<(http::StatusCode, Json<SampleSent>), Problem> {
    let fields = Fields::new(&body.0);
    fields.only(&["type", "data"])?;
    let trigger = fields
        .text("type")?
        .map_or(Ok(Trigger::BookingScheduled), |text| super::event::trigger(&text, "type"))?;
    let data = fields.object("data")?.map(json::minify);
    let webhook = app.webhook(&account, &id).await?;
    let event = match data {
        Some(data) => {
            Draft { account: account.id.clone(), trigger, subject: None, data, idempotency_key: None }
        }
        None => super::sample::event(&app, &account, trigger).await?,
    };
    check_size(&event)?;
    let new = app.publisher.accept_one(event, Origin::Sample, Some(webhook.id.clone())).await?;
    match new.verdict {
        Accepted::NoWebhook => {
            Err(Problem::conflict("id", "webhook_disabled", "The webhook is disabled; enable it first."))
        }
        _ => Ok((
            http::StatusCode::ACCEPTED,
            Json(SampleSent {
                object: "delivery",
                id: deskbell_core::id::DeliveryId::of(&new.event, &webhook.id).to_string(),
                event: new.event.to_string(),
                webhook: id,
                r#type: trigger.as_str(),
            }),
        )),
    }
}

impl App {
    /// The account's webhook of that id, or the vendor's 404.
    pub async fn webhook(&self, account: &Account, id: &str) -> Result<Webhook, Problem> {
        let found = self.store.webhook(&account.id, &WebhookId::from_text(id)).await?;
        found.ok_or_else(|| Problem::not_found("webhook", id))
    }
}

/// The webhook, or the problem that kept it from being saved.
fn saved_or(app: &App, saved: WebhookSaved, name: &str, id: &str) -> Result<Webhook, Problem> {
    match saved {
        WebhookSaved::Saved(webhook) => Ok(*webhook),
        WebhookSaved::NameTaken => Err(Problem::conflict(
            "name",
            "name_taken",
            format!("A webhook subscription with this name already exists: '{name}'"),
        )),
        WebhookSaved::TooMany => Err(Problem::conflict(
            "name",
            "webhooks_too_many",
            format!(
                "The account has {} webhooks, which is the limit; delete one first.",
                app.settings.max_webhooks
            ),
        )),
        WebhookSaved::Unknown => Err(Problem::not_found("webhook", id)),
    }
}

/// Reads `events`: non-empty, known names, repeats dropped, order kept (wire contract, decision 5).
fn subscriptions(given: Vec<String>) -> Result<Vec<Subscription>, Problem> {
    if given.is_empty() {
        return Err(Problem::invalid("events", "events_required", "Required fields are missing."));
    }
    if given.len() > limit::SUBSCRIPTIONS {
        let message =
            format!("{} events were given; at most {} are allowed.", given.len(), limit::SUBSCRIPTIONS);
        return Err(Problem::invalid("events", "events_too_many", message));
    }
    let mut subscriptions = Vec::new();
    for text in given {
        let subscription = Subscription::parse(&text)
            .ok_or_else(|| super::event::unknown_type(&text, "events", Subscription::names()))?;
        if !subscriptions.contains(&subscription) {
            subscriptions.push(subscription);
        }
    }
    Ok(subscriptions)
}
