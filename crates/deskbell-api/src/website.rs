//! `/v2/websites`: the websites that a conversation can name (wire contract, 6.1). The vendor has no such calls: they are our own.

use crate::auth::Caller;
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::id::WebsiteId;
use deskbell_core::sandbox::Website;
use deskbell_core::store::ObjectFilter;
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use deskbell_wire::website as wire;
use std::sync::Arc;

/// List websites, newest first.
#[utoipa::path(get, path = "/v2/websites", tag = "Sandbox", params(Paging::<WebsiteId>),
    responses((status = 200, body = List<wire::Website>)))]
pub async fn list(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    Parameters(paging, query): Parameters<Paging<WebsiteId>>,
) -> Result<Response, Problem> {
    sandbox
        .list::<Website, wire::Website>(&account, "/v2/websites", &ObjectFilter::All, &paging.page, &query)
        .await
}

/// Get a website.
#[utoipa::path(get, path = "/v2/websites/{id}", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, body = wire::Website)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<wire::Website>, Problem> {
    sandbox.get::<Website, _>(&account, &id).await
}
