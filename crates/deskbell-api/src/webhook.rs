//! `/v2/webhooks`: the vendor's create, list, get and delete, exactly (wire contract, 3), and two calls of our own:
//! change, and ring with a sample.

use super::path::PathId;
use crate::app::{App, Shared};
use crate::auth::{Caller, VendorCaller};
use crate::body::{Body, OptionalBody};
use crate::pagination::{self, List, Parameters};
use crate::publisher::{Draft, check_size};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::event::Origin;
use deskbell_core::explain::health::QUARTERS;
use deskbell_core::id::WebhookId;
use deskbell_core::store::{Accepted, WebhookSaved};
use deskbell_core::trigger::Trigger;
use deskbell_core::webhook::{self, Health, Status, Webhook, WebhookChange, quarter};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::json;
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use deskbell_wire::webhook::{
    self as wire, NewWebhook, SampleRequest, SampleSent, WebhookExpand, WebhookPatch,
};
use http::StatusCode;

/// Create a webhook. The answer is the only one that holds its secret.
#[utoipa::path(post, path = "/v2/webhooks", tag = "Webhooks", request_body = NewWebhook,
    responses((status = 200, body = wire::Webhook), (status = 409, body = Problem)))]
pub async fn create(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    Body(new): Body<NewWebhook>,
) -> Result<Json<wire::Webhook>, Problem> {
    let (name, url) = (new.name.0, new.url.0);
    app.guard.judge(&url).map_err(|refusal| Problem::refused("url", &refusal))?;
    let id = WebhookId::new(&*app.random);
    let secret = webhook::new_secret(&*app.random);
    let webhook = Webhook {
        secret: app.vault.seal(&secret, &[account.id.as_str(), id.as_str()], &*app.random),
        id,
        account: account.id,
        name: name.clone(),
        url,
        events: new.events.0,
        created: app.now(),
        status: Status::Enabled,
        health: Health::default(),
    };
    let saved = app.store.create_webhook(webhook, app.settings.max_webhooks).await?;
    let webhook = saved_or(&app, saved, &name, "")?;
    Ok(Json(wire::Webhook::new(&webhook).with_secret(&secret)))
}

/// List webhooks, newest first.
#[utoipa::path(get, path = "/v2/webhooks", tag = "Webhooks", params(Paging::<WebhookId>, WebhookExpand),
    responses((status = 200, body = List<wire::Webhook>)))]
pub async fn list(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    Parameters((paging, expand), query): Parameters<(Paging<WebhookId>, WebhookExpand)>,
) -> Result<Response, Problem> {
    let found = app
        .store
        .webhooks(&account.id, &paging.page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &paging.page))?;
    let healths = if expand.health() { app.health(&account, &found.items).await? } else { Vec::new() };
    let mut healths = healths.into_iter();
    let object = |webhook: Webhook| wire::Webhook::new(&webhook).with_health(healths.next());
    Ok(app.pagination.list("/v2/webhooks", &query, found.map(object)))
}

/// Get a webhook.
#[utoipa::path(get, path = "/v2/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path), WebhookExpand),
    responses((status = 200, body = wire::Webhook)))]
pub async fn get(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Parameters(expand, _): Parameters<WebhookExpand>,
) -> Result<Json<wire::Webhook>, Problem> {
    let webhook = app.webhook(&account, &id).await?;
    let health = match expand.health() {
        true => app.health(&account, std::slice::from_ref(&webhook)).await?.pop(),
        false => None,
    };
    Ok(Json(wire::Webhook::new(&webhook).with_health(health)))
}

/// Change a webhook: name, url, events, status. An addition to the vendor's API.
#[utoipa::path(patch, path = "/v2/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path)),
    request_body = WebhookPatch,
    responses((status = 200, body = wire::Webhook), (status = 409, body = Problem)))]
pub async fn change(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    Body(patch): Body<WebhookPatch>,
) -> Result<Json<wire::Webhook>, Problem> {
    let change = WebhookChange::from(patch);
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
    Ok(Json(wire::Webhook::new(&webhook)))
}

/// Delete a webhook, for good.
#[utoipa::path(delete, path = "/v2/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path)),
    responses((status = 200, body = Deleted)))]
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

/// Ring a webhook with a sample event of a chosen type, or with data of your own: real, signed, to this webhook only. An
/// addition to the vendor's API.
#[utoipa::path(post, path = "/v2/webhooks/{id}/test", tag = "Webhooks", params(("id" = String, Path)),
    request_body = Option<SampleRequest>,
    responses((status = 202, body = SampleSent), (status = 409, body = Problem)))]
pub async fn test(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    OptionalBody(sample): OptionalBody<SampleRequest>,
) -> Result<(StatusCode, Json<SampleSent>), Problem> {
    let trigger = sample.r#type.map_or(Trigger::BookingScheduled, |word| word.0);
    let webhook = app.webhook(&account, &id).await?;
    let event = match sample.data {
        Some(data) => {
            let data = json::minify(&data.0);
            Draft { account: account.id.clone(), trigger, subject: None, data, idempotency_key: None }
        }
        None => super::sample::event(&*app.store, &*app.random, app.now(), &account, trigger).await?,
    };
    check_size(&event)?;
    let new = app.publisher.accept_one(event, Origin::Sample, Some(webhook.id.clone())).await?;
    match new.accepted {
        Accepted::NoWebhook => {
            Err(Problem::conflict("id", "webhook_disabled", "The webhook is disabled; enable it first."))
        }
        _ => Ok((StatusCode::ACCEPTED, Json(SampleSent::new(new.event, webhook.id, trigger)))),
    }
}

impl App {
    /// The account's webhook of that id, or the vendor's 404.
    pub async fn webhook(&self, account: &Account, id: &str) -> Result<Webhook, Problem> {
        let found = self.store.webhook(&account.id, &WebhookId::from_text(id)).await?;
        found.ok_or_else(|| Problem::not_found("webhook", id))
    }

    /// How the account's webhooks do, in their order.
    async fn health(&self, account: &Account, webhooks: &[Webhook]) -> Result<Vec<wire::Health>, Problem> {
        let now = self.now();
        let ids: Vec<_> = webhooks.iter().map(|webhook| webhook.id.clone()).collect();
        let since = quarter::last(QUARTERS, now).next().unwrap_or(now);
        let records = self.store.records(&account.id, &ids, since).await?;
        Ok(webhooks.iter().zip(&records).map(|(one, record)| wire::Health::new(one, record, now)).collect())
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
