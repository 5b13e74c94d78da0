//! `/v2/websites`: the websites that a conversation can name (wire contract, 6.1). The vendor has no such calls: they are our own.

use super::auth::Caller;
use super::path::PathId;
use crate::app::Shared;
use crate::pagination::{self, List};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::sandbox::Website;
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// A website (wire contract, 6.1).
#[derive(Serialize, ToSchema)]
#[schema(as = Website)]
pub struct WebsiteObject {
    /// Always `website`.
    #[schema(example = "website")]
    object: &'static str,
    #[schema(example = "WEB-C40D8812FA")]
    id: String,
    #[schema(example = "Northwind site")]
    name: String,
    #[schema(example = "https://www.northwind.example")]
    url: String,
}

impl WebsiteObject {
    /// The website as it is now.
    pub fn new(website: &Website) -> Self {
        Self {
            object: "website",
            id: website.id.to_string(),
            name: website.name.clone(),
            url: website.url.clone(),
        }
    }
}

impl pagination::Identified for WebsiteObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// List websites, newest first.
#[utoipa::path(get, path = "/v2/websites", tag = "Sandbox", params(pagination::Paging),
    responses((status = 200, body = List<WebsiteObject>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before"])?;
    let found = app.sandbox.page::<Website>(&account, &query).await?;
    Ok(app.pagination.list("/v2/websites", &query, found.map(|website| WebsiteObject::new(&website))))
}

/// Get a website.
#[utoipa::path(get, path = "/v2/websites/{id}", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, body = WebsiteObject), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<WebsiteObject>, Problem> {
    let website: Website = app.sandbox.find(&account, &id).await?;
    Ok(Json(WebsiteObject::new(&website)))
}
