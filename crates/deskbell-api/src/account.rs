//! `/v2/account`: who the key speaks for, the shape of its payloads, and what is kept of it. Our own call.

use crate::auth::{Caller, Sessions};
use crate::body::Body;
use crate::pagination::Parameters;
use axum::Json;
use axum::extract::State;
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_wire::account::{self as wire, AccountPatch};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Get the key's account.
#[utoipa::path(get, path = "/v2/account", tag = "Instance", responses((status = 200, body = wire::Account)))]
pub async fn get(
    State(store): State<Arc<dyn Store>>,
    Caller(account): Caller,
    _: Parameters<()>,
) -> Result<Json<wire::Account>, Problem> {
    // The memory of a session may be half a second old.
    let account = store.account(&account.id).await?.ok_or_else(Problem::unauthorized)?;
    Ok(Json(shown(&*store, account).await?))
}

/// Change the shape of the account's payloads.
#[utoipa::path(patch, path = "/v2/account", tag = "Instance", request_body = AccountPatch,
    responses((status = 200, body = wire::Account)))]
pub async fn change(
    State(store): State<Arc<dyn Store>>,
    State(sessions): State<Arc<Sessions>>,
    Caller(account): Caller,
    Body(patch): Body<AccountPatch>,
) -> Result<Json<wire::Account>, Problem> {
    let changed = store.set_payload_style(&account.id, patch.payload_style.0).await?;
    let changed = changed.ok_or_else(Problem::unauthorized)?;
    sessions.forget(&account.id);
    Ok(Json(shown(&*store, changed).await?))
}

async fn shown(store: &dyn Store, account: Account) -> Result<wire::Account, Problem> {
    let kept = store.kept(&account.id).await?;
    Ok(wire::Account::new(account, &kept, store.quota()))
}
