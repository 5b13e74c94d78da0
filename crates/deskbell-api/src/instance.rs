//! `/v2/test`, `/healthz` and `/readyz`: does the key work, does the process live, can it take work.

use crate::auth::VendorCaller;
use axum::Json;
use axum::extract::State;
use deskbell_core::Store;
use deskbell_core::vault::Vault;
use deskbell_wire::instance::{Condition, KeyWorks};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Check an API key (wire contract, 1.1).
#[utoipa::path(get, path = "/v2/test", tag = "Instance", responses((status = 200, body = KeyWorks)))]
pub async fn test(VendorCaller(account): VendorCaller) -> Json<KeyWorks> {
    Json(KeyWorks::of(&account))
}

/// Does the process live?
#[utoipa::path(get, path = "/healthz", tag = "Instance", security(()), responses((status = 200, body = Condition)))]
pub async fn healthz() -> Json<Condition> {
    Json(Condition::OK)
}

/// Can it take work: does the store answer?
#[utoipa::path(get, path = "/readyz", tag = "Instance", security(()), responses((status = 200, body = Condition), (status = 503, body = Problem)))]
pub async fn readyz(
    State(store): State<Arc<dyn Store>>,
    State(vault): State<Arc<Vault>>,
) -> Result<Json<Condition>, Problem> {
    store.master_fingerprint(vault.fingerprint()).await?;
    Ok(Json(Condition::READY))
}
