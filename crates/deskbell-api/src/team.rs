//! `/v2/teams`: the teams of the sandbox (wire contract, 11.2).

use crate::auth::Caller;
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::id::TeamId;
use deskbell_core::sandbox::Team;
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use deskbell_wire::team as wire;
use std::sync::Arc;

/// List teams, newest first.
#[utoipa::path(get, path = "/v2/teams", operation_id = "list_teams", tag = "People", params(Paging::<TeamId>),
    responses((status = 200, body = List<wire::Team>)))]
pub async fn list(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    Parameters(paging, query): Parameters<Paging<TeamId>>,
) -> Result<Response, Problem> {
    sandbox.list::<Team, wire::Team>(&account, "/v2/teams", &paging.page, &query).await
}

/// Get a team.
#[utoipa::path(get, path = "/v2/teams/{id}", operation_id = "get_team", tag = "People", params(("id" = String, Path)),
    responses((status = 200, body = wire::Team)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<wire::Team>, Problem> {
    sandbox.get::<Team, _>(&account, &id).await
}
