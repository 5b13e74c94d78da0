//! `/v2/test`, `/healthz` and `/readyz`: does the key work, does the process live, can it take work.

use crate::auth::VendorCaller;
use crate::disk::{Disk, Room};
use crate::pagination::Parameters;
use crate::sandbox::SandboxObjects;
use crate::sandbox::settings::must_have_api;
use axum::Json;
use axum::extract::State;
use deskbell_core::Store;
use deskbell_wire::instance::{Condition, KeyWorks};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Check an API key (wire contract, 1.1). Refused where the sandbox's settings name a plan without an API.
#[utoipa::path(get, path = "/v2/test", tag = "Instance", responses((status = 200, body = KeyWorks)))]
pub async fn test(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    _: Parameters<()>,
) -> Result<Json<KeyWorks>, Problem> {
    must_have_api(&sandbox.settings(&account).await?)?;
    Ok(Json(KeyWorks::of(&account)))
}

/// Does the process live?
#[utoipa::path(get, path = "/healthz", tag = "Instance", security(()), responses((status = 200, body = Condition)))]
pub async fn healthz() -> Json<Condition> {
    Json(Condition::OK)
}

/// Can it take work: does writing work, and is what is due handed out?
#[utoipa::path(get, path = "/readyz", tag = "Instance", security(()), responses((status = 200, body = Condition), (status = 503, body = Problem)))]
pub async fn readyz(
    State(store): State<Arc<dyn Store>>,
    State(disk): State<Arc<Disk>>,
) -> Result<Json<Condition>, Problem> {
    let room = match disk.room() {
        Room::Enough => None,
        Room::Low => Some("low"),
        Room::GivenUp => Some("reserve_given_up"),
    };
    store.unready().await.map_or(Ok(Json(Condition::ready(room))), |why| Err(Problem::not_ready(why)))
}
