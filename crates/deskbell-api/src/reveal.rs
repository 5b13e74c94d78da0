//! `/v2/webhooks/{id}/reveal`: a signing secret, shown again. Our own call, written to the audit log (A-178, T-50).

use super::auth::SessionCaller;
use super::path::PathId;
use crate::app::Shared;
use axum::Json;
use axum::extract::State;
use deskbell_core::member::Role;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// A webhook's signing secret.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookSecret)]
pub struct SecretObject {
    /// Always `secret`.
    object: &'static str,
    /// 32 characters, used as text.
    #[schema(example = "d7686b8c83f04913929079aeae40189e")]
    secret: String,
}

/// Show the signing secret again. An owner can, who signed in less than ten minutes ago; the audit log tells of it.
#[utoipa::path(post, path = "/v2/webhooks/{id}/reveal", tag = "Webhooks", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = SecretObject)))]
pub async fn reveal(
    State(app): State<Shared>,
    SessionCaller(signed_in): SessionCaller,
    PathId(id): PathId,
) -> Result<Json<SecretObject>, Problem> {
    if signed_in.member.role != Role::Owner {
        let message = "Only an owner of the account can see a signing secret again.";
        return Err(Problem::forbidden("role_insufficient", message));
    }
    app.check_recent(&signed_in)?;
    let webhook = app.webhook(&signed_in.account, &id).await?;
    let secret = app.vault.open(&webhook.secret, &webhook.secret_ids()).map_err(|error| {
        tracing::error!(%error, webhook = %webhook.id, "a secret does not open");
        Problem::internal()
    })?;
    tracing::warn!(target: "audit", member = %signed_in.member.id, webhook = %webhook.id, "secret shown");
    Ok(Json(SecretObject { object: "secret", secret: secret.expose().to_owned() }))
}
