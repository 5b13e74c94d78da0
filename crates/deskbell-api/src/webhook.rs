//! `/v2/webhooks`: the vendor's create, list, get and delete, exactly (wire contract, 3), and two calls of our own:
//! change, and ring with a sample.

use crate::auth::{Caller, VendorCaller};
use crate::body::{Body, OptionalBody};
use crate::pagination::{self, List, Pagination, Parameters};
use crate::path::PathId;
use crate::publisher::{Draft, Publisher, check_size};
use crate::settings::Settings;
use crate::trace::Traced;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::event::Origin;
use deskbell_core::explain::health::QUARTERS;
use deskbell_core::id::WebhookId;
use deskbell_core::policy::ssrf_guard::SsrfGuard;
use deskbell_core::store::{Accepted, WebhookSaved};
use deskbell_core::trigger::Trigger;
use deskbell_core::vault::{Secret, Vault};
use deskbell_core::webhook::{self, Health, Status, Webhook, WebhookChange, quarter};
use deskbell_core::{Clock, Random, Store};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::json;
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use deskbell_wire::webhook::{
    self as wire, NewWebhook, Revision, SampleRequest, SampleSent, WebhookExpand, WebhookPatch,
};
use http::StatusCode;
use std::sync::Arc;

/// Registers webhooks, and changes them.
pub struct Registry {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    ssrf_guard: Arc<SsrfGuard>,
    settings: Arc<Settings>,
}

impl Registry {
    /// A registry in `store`, of targets that `ssrf_guard` lets pass.
    pub fn new(
        store: Arc<dyn Store>,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        ssrf_guard: Arc<SsrfGuard>,
        settings: Arc<Settings>,
    ) -> Self {
        Self { store, vault, clock, random, ssrf_guard, settings }
    }

    async fn create(&self, account: &Account, new: NewWebhook) -> Result<(Webhook, Secret), Problem> {
        let (name, url) = (new.name.0, new.url.0);
        self.check(&url)?;
        let id = WebhookId::new(&*self.random);
        let secret = webhook::new_secret(&*self.random);
        let webhook = Webhook {
            secret: self.vault.seal(&secret, &[account.id.as_str(), id.as_str()], &*self.random),
            id,
            account: account.id.clone(),
            name: name.clone(),
            url,
            events: new.events.0,
            created: self.clock.now(),
            status: Status::Enabled,
            health: Health::default(),
        };
        let saved = self.store.create_webhook(webhook, self.settings.max_webhooks).await?;
        Ok((self.saved_or(saved, &name, "")?, secret))
    }

    async fn change(&self, account: &Account, id: &str, change: &WebhookChange) -> Result<Webhook, Problem> {
        if let Some(url) = &change.url {
            self.check(url)?;
        }
        let (webhook, now) = (WebhookId::from_text(id), self.clock.now());
        let saved = self.store.change_webhook(&account.id, &webhook, change, now).await?;
        self.saved_or(saved, change.name.as_deref().unwrap_or_default(), id)
    }

    /// How the account's webhooks do, in their order.
    async fn health(&self, account: &Account, webhooks: &[Webhook]) -> Result<Vec<wire::Health>, Problem> {
        let now = self.clock.now();
        let ids: Vec<_> = webhooks.iter().map(|webhook| webhook.id.clone()).collect();
        let since = quarter::last(QUARTERS, now).next().unwrap_or(now);
        let records = self.store.records(&account.id, &ids, since).await?;
        let waits = records.iter().any(|record| record.waiting.count > 0);
        let paused = waits && self.store.paused().await?.is_some();
        let health = |(one, record)| wire::Health::new(one, record, paused, now);
        Ok(webhooks.iter().zip(&records).map(health).collect())
    }

    fn check(&self, url: &str) -> Result<(), Problem> {
        self.ssrf_guard.judge(url).map(drop).map_err(|refusal| Problem::refused("url", &refusal))
    }

    /// The webhook, or the problem that kept it from being saved.
    fn saved_or(&self, saved: WebhookSaved, name: &str, id: &str) -> Result<Webhook, Problem> {
        let conflict = |code, message: String| Err(Problem::conflict("name", code, message));
        match saved {
            WebhookSaved::Saved(webhook) => Ok(*webhook),
            WebhookSaved::NameTaken => conflict(
                "name_taken",
                format!("A webhook subscription with this name already exists: '{name}'"),
            ),
            WebhookSaved::TooMany => {
                let most = self.settings.max_webhooks;
                let message =
                    format!("The account has {most} webhooks, which is the limit; delete one first.");
                conflict("webhooks_too_many", message)
            }
            WebhookSaved::Unknown => Err(Problem::not_found("webhook", id)),
        }
    }
}

/// The account's webhook of that id, or the vendor's 404.
pub async fn find(store: &dyn Store, account: &Account, id: &str) -> Result<Webhook, Problem> {
    let found = store.webhook(&account.id, &WebhookId::from_text(id)).await?;
    found.ok_or_else(|| Problem::not_found("webhook", id))
}

/// Create a webhook. Of this API's answers it is the only one that holds its secret.
#[utoipa::path(post, path = "/v2/webhooks", tag = "Webhooks", request_body = NewWebhook,
    responses((status = 200, body = wire::Webhook), (status = 409, body = Problem)))]
pub async fn create(
    State(registry): State<Arc<Registry>>,
    VendorCaller(account): VendorCaller,
    Body(new): Body<NewWebhook>,
) -> Result<Json<wire::Webhook>, Problem> {
    let (webhook, secret) = registry.create(&account, new).await?;
    Ok(Json(wire::Webhook::new(&webhook).with_secret(&secret)))
}

/// List webhooks, newest first.
#[utoipa::path(get, path = "/v2/webhooks", tag = "Webhooks", params(Paging::<WebhookId>, WebhookExpand),
    responses((status = 200, body = List<wire::Webhook>)))]
pub async fn list(
    State(store): State<Arc<dyn Store>>,
    State(registry): State<Arc<Registry>>,
    State(pagination): State<Arc<Pagination>>,
    VendorCaller(account): VendorCaller,
    Parameters((paging, expand), query): Parameters<(Paging<WebhookId>, WebhookExpand)>,
) -> Result<Response, Problem> {
    let found = store.webhooks(&account.id, &paging.page).await;
    let found = found.map_err(|error| pagination::cursor_problem(error, &paging.page))?;
    let healths = if expand.health() { registry.health(&account, &found.items).await? } else { Vec::new() };
    let mut healths = healths.into_iter();
    let object = |webhook: Webhook| wire::Webhook::new(&webhook).with_health(healths.next());
    Ok(pagination.list("/v2/webhooks", &query, found.map(object)))
}

/// Get a webhook.
#[utoipa::path(get, path = "/v2/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path), WebhookExpand),
    responses((status = 200, body = wire::Webhook)))]
pub async fn get(
    State(store): State<Arc<dyn Store>>,
    State(registry): State<Arc<Registry>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Parameters(expand, _): Parameters<WebhookExpand>,
) -> Result<Json<wire::Webhook>, Problem> {
    let webhook = find(&*store, &account, &id).await?;
    let health = match expand.health() {
        true => registry.health(&account, std::slice::from_ref(&webhook)).await?.pop(),
        false => None,
    };
    Ok(Json(wire::Webhook::new(&webhook).with_health(health)))
}

/// Change a webhook: name, url, events, status. An addition to the vendor's API.
#[utoipa::path(patch, path = "/v2/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path)),
    request_body = WebhookPatch,
    responses((status = 200, body = wire::Webhook), (status = 409, body = Problem)))]
pub async fn change(
    State(registry): State<Arc<Registry>>,
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
    let webhook = registry.change(&account, &id, &change).await?;
    Ok(Json(wire::Webhook::new(&webhook)))
}

/// Resume a webhook that rests: its rest ends now, one delivery goes first, and when it arrives the others follow. One that does not rest
/// stays as it is. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/webhooks/{id}/resume", tag = "Webhooks", params(("id" = String, Path)),
    responses((status = 200, body = wire::Webhook), (status = 409, description = "It is disabled", body = Problem)))]
pub async fn resume(
    State(registry): State<Arc<Registry>>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<wire::Webhook>, Problem> {
    let change = WebhookChange { end_rest: true, ..WebhookChange::default() };
    let webhook = registry.change(&account, &id, &change).await?;
    if !webhook.is_enabled() {
        let message = "The webhook is disabled, and does not rest; enable it first.";
        return Err(Problem::conflict("id", "webhook_disabled", message));
    }
    Ok(Json(wire::Webhook::new(&webhook)))
}

/// What was changed of a webhook, and when, newest first: its last 50 revisions, in one page. An addition to the vendor's API.
#[utoipa::path(get, path = "/v2/webhooks/{id}/history", tag = "Webhooks", params(("id" = String, Path)),
    responses((status = 200, body = List<Revision>)))]
pub async fn history(
    State(store): State<Arc<dyn Store>>,
    Caller(account): Caller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<List<Revision>>, Problem> {
    let webhook = find(&*store, &account, &id).await?;
    let revisions = store.history(&account.id, &webhook.id).await?;
    Ok(Json(List::new(revisions.into_iter().map(Revision::from).collect(), false)))
}

/// Delete a webhook, for good.
#[utoipa::path(delete, path = "/v2/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path)),
    responses((status = 200, body = Deleted)))]
pub async fn delete(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    if store.delete_webhook(&account.id, &WebhookId::from_text(&id), clock.now()).await? {
        Ok(Json(Deleted::new(id)))
    } else {
        Err(Problem::not_found("webhook", &id))
    }
}

/// Ring a webhook with a sample event of a chosen type, or with data of your own: signed as any other, to this webhook only, also
/// when it is disabled. It is a test and no traffic: one attempt, with the header `Deskbell-Sample: true`, and neither the webhook's
/// health nor its rest, nor whether it is on, changes by it. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/webhooks/{id}/test", tag = "Webhooks", params(("id" = String, Path)),
    request_body = Option<SampleRequest>,
    responses((status = 202, body = SampleSent), (status = 409, body = Problem), (status = 507, body = Problem)))]
pub async fn test(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    State(random): State<Arc<dyn Random>>,
    State(publisher): State<Arc<Publisher>>,
    (Caller(account), traced): (Caller, Traced),
    PathId(id): PathId,
    OptionalBody(sample): OptionalBody<SampleRequest>,
) -> Result<(StatusCode, Json<SampleSent>), Problem> {
    let trigger = sample.r#type.map_or(Trigger::BookingScheduled, |word| word.0);
    let webhook = find(&*store, &account, &id).await?;
    let event = match sample.data {
        Some(data) => {
            let data = json::minify(&data.0).into();
            Draft { account: account.id.clone(), trigger, subject: None, data, idempotency_key: None, traced }
        }
        None => super::sample::event(&*store, &*random, clock.now(), &account, trigger, traced).await?,
    };
    check_size(&event)?;
    let new = publisher.accept_one(event, Origin::Sample, Some(webhook.id.clone())).await?;
    match new.accepted {
        Accepted::NoWebhook => Err(Problem::not_found("webhook", &id)),
        Accepted::OverQuota(full) => Err(Problem::over_quota(&full)),
        _ => Ok((StatusCode::ACCEPTED, Json(SampleSent::new(new.event, webhook.id, trigger)))),
    }
}
