//! `/v2/deliveries/{id}/request`: the request as it would be sent now, to be repeated with a tool of one's own.

use super::find;
use crate::auth::Caller;
use crate::pagination::Parameters;
use crate::path::PathId;
use crate::settings::Settings;
use axum::Json;
use axum::extract::State;
use deskbell_core::store::Error;
use deskbell_core::time::whole;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Store};
use deskbell_wire::delivery::request::SignedRequest;
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Get a delivery's request, signed afresh. Nothing is sent or recorded.
#[utoipa::path(get, path = "/v2/deliveries/{id}/request", tag = "Deliveries", params(("id" = String, Path)),
    responses((status = 200, body = SignedRequest),
        (status = 409, description = "The webhook is deleted, and its secret with it; or the event's bytes are", body = Problem)))]
pub async fn get(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    State(vault): State<Arc<Vault>>,
    State(settings): State<Arc<Settings>>,
    Caller(account): Caller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<SignedRequest>, Problem> {
    let delivery = find(&*store, &account, &id).await?;
    let event = store.event(&account.id, &delivery.event).await?;
    let event = event.ok_or_else(|| Problem::not_found("delivery", &id))?;
    if event.payload_deleted {
        return Err(super::payload_deleted());
    }
    if event.is_damaged() {
        return Err(Error::Damaged(format!("there are no bytes of {} to sign", event.id)).into());
    }
    let Some(webhook) = store.webhook(&account.id, &delivery.webhook).await? else {
        return Err(Problem::conflict("id", "webhook_deleted", "The delivery's webhook is deleted."));
    };
    let secret = vault.open(&webhook.secret, &webhook.secret_ids()).map_err(|error| {
        tracing::error!(webhook = %webhook.id, %error, "the signing secret does not open");
        Problem::internal()
    })?;
    let (now, user_agent) = (whole(clock.now()), &settings.delivery.user_agent);
    Ok(Json(SignedRequest::new(&delivery, &event, webhook.url, &secret, user_agent, now)))
}
