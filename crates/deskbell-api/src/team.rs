//! `/v2/teams`: the teams of the sandbox (wire contract, 11.2).

use super::auth::Caller;
use super::path::PathId;
use crate::app::Shared;
use crate::pagination::{self, List};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::sandbox::Team;
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// A team (wire contract, 5.2).
#[derive(Serialize, ToSchema)]
#[schema(as = Team)]
pub struct TeamObject {
    /// Always `team`.
    #[schema(example = "team")]
    object: &'static str,
    #[schema(example = "TM-81QZ6VNHA3CE")]
    id: String,
    #[schema(example = "Front desk")]
    name: String,
}

impl TeamObject {
    /// The team as it is now.
    pub fn new(team: &Team) -> Self {
        Self { object: "team", id: team.id.to_string(), name: team.name.clone() }
    }
}

impl pagination::Identified for TeamObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// List teams, newest first.
#[utoipa::path(get, path = "/v2/teams", operation_id = "list_teams", tag = "People", params(pagination::Paging),
    responses((status = 200, body = List<TeamObject>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before"])?;
    let found = app.sandbox.page::<Team>(&account, &query).await?;
    Ok(app.pagination.list("/v2/teams", &query, found.map(|team| TeamObject::new(&team))))
}

/// Get a team.
#[utoipa::path(get, path = "/v2/teams/{id}", operation_id = "get_team", tag = "People", params(("id" = String, Path)),
    responses((status = 200, body = TeamObject), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<TeamObject>, Problem> {
    let team: Team = app.sandbox.find(&account, &id).await?;
    Ok(Json(TeamObject::new(&team)))
}
