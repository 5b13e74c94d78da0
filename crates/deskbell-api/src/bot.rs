//! `/v2/bots`: the chatbots that a conversation can name (wire contract, 6.1). The vendor has no such calls: they are our own.

use crate::auth::Caller;
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::id::BotId;
use deskbell_core::sandbox::Bot;
use deskbell_core::store::ObjectFilter;
use deskbell_wire::bot as wire;
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// List bots, newest first.
#[utoipa::path(get, path = "/v2/bots", tag = "Sandbox", params(Paging::<BotId>),
    responses((status = 200, body = List<wire::Bot>)))]
pub async fn list(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    Parameters(paging, query): Parameters<Paging<BotId>>,
) -> Result<Response, Problem> {
    sandbox.list::<Bot, wire::Bot>(&account, "/v2/bots", &ObjectFilter::All, &paging.page, &query).await
}

/// Get a bot.
#[utoipa::path(get, path = "/v2/bots/{id}", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, body = wire::Bot)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<wire::Bot>, Problem> {
    sandbox.get::<Bot, _>(&account, &id).await
}
