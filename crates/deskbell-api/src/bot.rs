//! `/v2/bots`: the chatbots that a conversation can name (wire contract, 6.1). The vendor has no such calls: they are our own.

use super::auth::Caller;
use super::path::PathId;
use crate::app::Shared;
use crate::pagination::{self, List};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::sandbox::Bot;
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// A bot (wire contract, 6.1).
#[derive(Serialize, ToSchema)]
#[schema(as = Bot)]
pub struct BotObject {
    /// Always `bot`.
    #[schema(example = "bot")]
    object: &'static str,
    #[schema(example = "BOT-19AF03C77E")]
    id: String,
    #[schema(example = "Pricing helper")]
    name: String,
}

impl BotObject {
    /// The bot as it is now.
    pub fn new(bot: &Bot) -> Self {
        Self { object: "bot", id: bot.id.to_string(), name: bot.name.clone() }
    }
}

impl pagination::Identified for BotObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// List bots, newest first.
#[utoipa::path(get, path = "/v2/bots", tag = "Sandbox", params(pagination::Paging),
    responses((status = 200, body = List<BotObject>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before"])?;
    let found = app.sandbox.page::<Bot>(&account, &query).await?;
    Ok(app.pagination.list("/v2/bots", &query, found.map(|bot| BotObject::new(&bot))))
}

/// Get a bot.
#[utoipa::path(get, path = "/v2/bots/{id}", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, body = BotObject), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<BotObject>, Problem> {
    let bot: Bot = app.sandbox.find(&account, &id).await?;
    Ok(Json(BotObject::new(&bot)))
}
