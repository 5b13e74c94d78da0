//! `/v2/test`, `/healthz` and `/readyz`: does the key work, does the process live, can it take work.

use crate::app::Shared;
use crate::auth::VendorCaller;
use axum::Json;
use axum::extract::State;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer to a good key.
#[derive(Serialize, ToSchema)]
pub struct KeyWorks {
    #[schema(example = "The API key is valid for account: owner@example.com")]
    message: String,
}

/// Check an API key (wire contract, 1.1).
#[utoipa::path(get, path = "/v2/test", tag = "Instance",
    responses((status = 200, body = KeyWorks), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn test(VendorCaller(account): VendorCaller) -> Json<KeyWorks> {
    Json(KeyWorks { message: format!("The API key is valid for account: {}", account.email) })
}

/// The state of the process.
#[derive(Serialize, ToSchema)]
pub struct Condition {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Does the process live?
#[utoipa::path(get, path = "/healthz", tag = "Instance", security(()), responses((status = 200, body = Condition)))]
pub async fn healthz() -> Json<Condition> {
    Json(Condition { status: "ok" })
}

/// Can it take work: does the store answer?
#[utoipa::path(get, path = "/readyz", tag = "Instance", security(()), responses((status = 200, body = Condition), (status = 503, body = Problem)))]
pub async fn readyz(State(app): State<Shared>) -> Result<Json<Condition>, Problem> {
    app.store.master_fingerprint(app.vault.fingerprint()).await?;
    Ok(Json(Condition { status: "ready" }))
}
