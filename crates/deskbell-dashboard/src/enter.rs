//! The link of the start: whoever can read what the server prints is its first account's owner (H-26: no default password).

use crate::page::{self, page};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use deskbell_api::auth::SignIn;
use deskbell_wire::parameters;
use deskbell_wire::problem::Problem;
use deskbell_wire::session::EnterQuery;
use std::sync::Arc;

/// Goes on to the dashboard by itself: the cookie is sent only with a request that a page of ours makes, and the click on
/// the link was none.
#[derive(Template)]
#[template(path = "enter.html")]
struct Entered {
    root: &'static str,
}

/// `GET /enter?token=…`
pub(crate) async fn enter(State(sign_in): State<Arc<SignIn>>, RawQuery(raw): RawQuery) -> Response {
    entered(&sign_in, raw.as_deref()).await.unwrap_or_else(|refused| page::problem(&refused, "/enter"))
}

async fn entered(sign_in: &SignIn, raw: Option<&str>) -> Result<Response, Problem> {
    let (EnterQuery { token }, _) = parameters::read(raw)?;
    let cookies = sign_in.by_link(token.as_deref()).await?;
    Ok(page::with_cookies(page(StatusCode::OK, &Entered { root: "./" }), cookies))
}
