//! `/v2/sandbox/users/{id}`: what a tester sets of a user, and the vendor's calls cannot. Ours.

use crate::auth::Caller;
use crate::body::Body;
use crate::pagination::Parameters;
use crate::path::PathId;
use crate::sandbox::{SandboxObjects, empty_change};
use axum::Json;
use axum::extract::State;
use deskbell_core::sandbox::User;
use deskbell_wire::problem::Problem;
use deskbell_wire::user::{SandboxUser, SandboxUserPatch};
use std::sync::Arc;

/// Get what can be set of a user of the sandbox. An addition to the vendor's API.
#[utoipa::path(get, path = "/v2/sandbox/users/{id}", operation_id = "get_sandbox_user", tag = "Sandbox",
    params(("id" = String, Path)), responses((status = 200, body = SandboxUser)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<SandboxUser>, Problem> {
    sandbox.get::<User, _>(&account, &id).await
}

/// Set the status, time zone, e-mail address, seat, video services and connected calendar of a user of the sandbox. An addition to the
/// vendor's API.
#[utoipa::path(patch, path = "/v2/sandbox/users/{id}", operation_id = "change_sandbox_user", tag = "Sandbox",
    params(("id" = String, Path)), request_body = SandboxUserPatch, responses((status = 200, body = SandboxUser)))]
pub async fn change(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Body(patch): Body<SandboxUserPatch>,
) -> Result<Json<SandboxUser>, Problem> {
    if patch == SandboxUserPatch::default() {
        return Err(empty_change());
    }
    let changed = sandbox.change(&account, &id, |user: &mut User| {
        patch.apply(user);
        Ok(())
    });
    Ok(Json(changed.await?.into()))
}
