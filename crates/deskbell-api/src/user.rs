//! `/v2/users`: the hosts of the sandbox. List and get are the vendor's (wire contract, 11.2); creating and changing are
//! ours, so that a sandbox can look like the integrator's own account.

use crate::auth::Caller;
use crate::body::Body;
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use crate::sandbox::empty_change;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::id::UserId;
use deskbell_core::sandbox::{Team, User};
use deskbell_wire::optional::Omittable;
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use deskbell_wire::user::{self as wire, NewUser, UserPatch, UserTeams};
use http::StatusCode;
use std::sync::Arc;

/// List users, newest first.
#[utoipa::path(get, path = "/v2/users", operation_id = "list_users", tag = "People", params(Paging::<UserId>),
    responses((status = 200, body = List<wire::User>)))]
pub async fn list(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    Parameters(paging, query): Parameters<Paging<UserId>>,
) -> Result<Response, Problem> {
    sandbox.list::<User, wire::User>(&account, "/v2/users", &paging.page, &query).await
}

/// Get a user.
#[utoipa::path(get, path = "/v2/users/{id}", operation_id = "get_user", tag = "People", params(("id" = String, Path)),
    responses((status = 200, body = wire::User)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<wire::User>, Problem> {
    sandbox.get::<User, _>(&account, &id).await
}

/// Create a user in the sandbox. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/users", operation_id = "create_user", tag = "People", request_body = NewUser,
    responses((status = 201, body = wire::User), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn create(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    Body(new): Body<NewUser>,
) -> Result<(StatusCode, Json<wire::User>), Problem> {
    check_teams(&sandbox, &account, &new.teams).await?;
    let made = sandbox.add(&account, |random| new.user(UserId::new(random))).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Change a user of the sandbox. An addition to the vendor's API.
#[utoipa::path(patch, path = "/v2/users/{id}", operation_id = "change_user", tag = "People", params(("id" = String, Path)),
    request_body = UserPatch,
    responses((status = 200, body = wire::User)))]
pub async fn change(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Body(patch): Body<UserPatch>,
) -> Result<Json<wire::User>, Problem> {
    if patch == UserPatch::default() {
        return Err(empty_change());
    }
    check_teams(&sandbox, &account, &patch.teams).await?;
    let changed = sandbox.change(&account, &id, |user: &mut User| {
        patch.apply(user);
        Ok(())
    });
    Ok(Json(changed.await?.into()))
}

/// Refuses teams that are not the account's.
async fn check_teams(
    sandbox: &SandboxObjects,
    account: &Account,
    teams: &Omittable<UserTeams>,
) -> Result<(), Problem> {
    for team in teams.0.iter().flat_map(|teams| &teams.0) {
        sandbox.find_in::<Team>(account, "teams", team.as_str()).await?;
    }
    Ok(())
}
