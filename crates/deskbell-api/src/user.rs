//! `/v2/users`: the hosts of the sandbox, as the vendor has them (wire contract, 11.2). What a sandbox needs beside is in
//! [`sandbox`].

pub mod availability;
pub mod sandbox;

use crate::auth::VendorCaller;
use crate::body::{Body, RawBody};
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use crate::sandbox::settings::must_work;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::id::UserId;
use deskbell_core::policy::limit::API_BODY_BYTES;
use deskbell_core::sandbox::{Fault, Team, User, UserRole};
use deskbell_core::store::ObjectFilter;
use deskbell_wire::deleted::Deleted;
use deskbell_wire::optional::Omittable;
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::{Problem, ProblemType, cut};
use deskbell_wire::user::{self as wire, NewUser, UserFilter, UserOrDeleted, UserPatch, UserTeams};
use http::StatusCode;
use std::sync::Arc;

/// List users, newest first.
#[utoipa::path(get, path = "/v2/users", operation_id = "list_users", tag = "People",
    params(Paging::<UserId>, UserFilter),
    responses((status = 200, body = List<wire::User>)))]
pub async fn list(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Parameters((paging, filter), query): Parameters<(Paging<UserId>, UserFilter)>,
) -> Result<Response, Problem> {
    sandbox.list::<User, wire::User>(&account, "/v2/users", &filter.into(), &paging.page, &query).await
}

/// Get a user; of a deleted one `id`, `object` and `deleted` are left.
#[utoipa::path(get, path = "/v2/users/{id}", operation_id = "get_user", tag = "People", params(("id" = String, Path)),
    responses((status = 200, body = UserOrDeleted)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<UserOrDeleted>, Problem> {
    let found = sandbox.find_or_deleted(&account, &id).await?;
    Ok(Json(UserOrDeleted::of(id, found)))
}

/// Create a user.
#[utoipa::path(post, path = "/v2/users", operation_id = "create_user", tag = "People", request_body = NewUser,
    responses((status = 200, body = wire::User), (status = 422, body = Problem)))]
pub async fn create(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Body(new): Body<NewUser>,
) -> Result<Json<wire::User>, Problem> {
    must_have_teams(&sandbox, &account, &new.teams).await?;
    let settings = sandbox.settings(&account).await?;
    must_work(&settings, Fault::CreateUser)?;
    let made = sandbox.add_up_to(&account, settings.user_limit, |random| new.user(UserId::new(random)));
    Ok(Json(made.await?.into()))
}

/// Change a user; what is left out stays. The account's owner cannot be changed.
#[utoipa::path(patch, path = "/v2/users/{id}", operation_id = "change_user", tag = "People", params(("id" = String, Path)),
    request_body = UserPatch,
    responses((status = 200, body = wire::User), (status = 403, body = Problem), (status = 410, body = Problem)))]
pub async fn change(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    body: RawBody<API_BODY_BYTES>,
) -> Result<Json<wire::User>, Problem> {
    if sandbox.find_or_deleted::<User>(&account, &id).await?.is_none() {
        let message = format!("User cannot be modified as they have been deleted: '{}'", cut(&id));
        return Err(Problem::new(StatusCode::GONE, "user_deleted", message).param("id"));
    }
    let patch: UserPatch = body.read().await?;
    must_have_teams(&sandbox, &account, &patch.teams).await?;
    let changed = sandbox.change(&account, &id, |user: &mut User| {
        must_not_be_owner(user, "update")?;
        patch.apply(user);
        Ok(())
    });
    Ok(Json(changed.await?.into()))
}

/// Delete a user: what was kept of it is wiped, its id still answers. Its calendars and bookings stay; nobody can book with it.
#[utoipa::path(delete, path = "/v2/users/{id}", operation_id = "delete_user", tag = "People", params(("id" = String, Path)),
    responses((status = 200, body = Deleted), (status = 403, body = Problem)))]
pub async fn delete(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    // Nobody becomes or stops being the owner in between.
    must_not_be_owner(&sandbox.find(&account, &id).await?, "delete")?;
    sandbox.delete::<User>(&account, &id).await
}

/// Refuses the account's owner. The vendor's type for it is that of a bad request.
fn must_not_be_owner(user: &User, verb: &str) -> Result<(), Problem> {
    if user.role_name != UserRole::AccountOwner {
        return Ok(());
    }
    let refusal = Problem::forbidden("user_is_owner", format!("Cannot {verb} 'Account Owner' user."));
    Err(Problem { kind: ProblemType::InvalidRequest, ..refusal })
}

/// Refuses teams that are not the account's, all of them together.
async fn must_have_teams(
    sandbox: &SandboxObjects,
    account: &Account,
    teams: &Omittable<UserTeams>,
) -> Result<(), Problem> {
    let Some(UserTeams(asked)) = &teams.0 else { return Ok(()) };
    let ids = asked.iter().cloned().collect();
    let there: Vec<Team> = sandbox.every(account, &ObjectFilter::Teams { ids }).await?;
    let strange = asked.iter().filter(|id| there.iter().all(|team| team.id != **id));
    let strange: Vec<String> = strange.map(|id| format!("'{}'", cut(id.as_str()))).collect();
    if strange.is_empty() {
        return Ok(());
    }
    Err(Problem::invalid("teams", "not_found", format!("Invalid team(s): {}", strange.join(", "))))
}
