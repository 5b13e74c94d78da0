//! `/v2/teams`: the teams of the sandbox (wire contract, 11.2).

use crate::auth::VendorCaller;
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::id::TeamId;
use deskbell_core::sandbox::{Noun as _, ObjectKind, Team, User};
use deskbell_core::store::{Found, ObjectFilter};
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use deskbell_wire::team::{self as wire, TeamFilter};
use std::collections::BTreeSet;
use std::sync::Arc;

/// List teams, newest first.
#[utoipa::path(get, path = "/v2/teams", operation_id = "list_teams", tag = "People",
    params(Paging::<TeamId>, TeamFilter),
    responses((status = 200, body = List<wire::Team>)))]
pub async fn list(
    State(store): State<Arc<dyn Store>>,
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Parameters((paging, asked), query): Parameters<(Paging<TeamId>, TeamFilter)>,
) -> Result<Response, Problem> {
    let filter = match asked.user {
        Some(user) => ObjectFilter::Teams { ids: teams_of(&*store, &account, user.0.as_str()).await? },
        None => ObjectFilter::All,
    };
    sandbox.list::<Team, wire::Team>(&account, "/v2/teams", &filter, &paging.page, &query).await
}

/// The teams that the user of that id is a member of; none when there is no such user.
async fn teams_of(store: &dyn Store, account: &Account, user: &str) -> Result<BTreeSet<TeamId>, Problem> {
    match store.object(&account.id, ObjectKind::User, user).await? {
        Found::There(object) => Ok(User::of(*object).into_iter().flat_map(|user| user.teams).collect()),
        Found::Deleted | Found::Unknown => Ok(BTreeSet::new()),
    }
}

/// Get a team.
#[utoipa::path(get, path = "/v2/teams/{id}", operation_id = "get_team", tag = "People", params(("id" = String, Path)),
    responses((status = 200, body = wire::Team)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<wire::Team>, Problem> {
    sandbox.get::<Team, _>(&account, &id).await
}
