//! `/v2/webhooks/{id}/reveal`: a signing secret, shown again. Our own call, written to the audit log (A-178, T-50).

use crate::auth::SessionCaller;
use crate::path::PathId;
use crate::webhook;
use axum::Json;
use axum::extract::State;
use deskbell_core::member::Role;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Store};
use deskbell_wire::problem::Problem;
use deskbell_wire::secret::WebhookSecret;
use std::sync::Arc;

/// Show the signing secret again. An owner can, who signed in less than ten minutes ago; the audit log tells of it.
#[utoipa::path(post, path = "/v2/webhooks/{id}/reveal", tag = "Webhooks", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = WebhookSecret)))]
pub async fn reveal(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    State(vault): State<Arc<Vault>>,
    SessionCaller(signed_in): SessionCaller,
    PathId(id): PathId,
) -> Result<Json<WebhookSecret>, Problem> {
    if signed_in.member.role != Role::Owner {
        let message = "Only an owner of the account can see a signing secret again.";
        return Err(Problem::forbidden("role_insufficient", message));
    }
    signed_in.check_recent(clock.now())?;
    let webhook = webhook::find(&*store, &signed_in.account, &id).await?;
    let secret = vault.open(&webhook.secret, &webhook.secret_ids()).map_err(|error| {
        tracing::error!(%error, webhook = %webhook.id, "a secret does not open");
        Problem::internal()
    })?;
    tracing::warn!(target: "audit", member = %signed_in.member.id, webhook = %webhook.id, "secret shown");
    Ok(Json(secret.into()))
}
