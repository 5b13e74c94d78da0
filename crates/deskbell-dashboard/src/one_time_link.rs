//! `/.{id}`: what a one-time link says to whoever opens it. The guests of a sandbox have no page to book on: they book through
//! the API.

use crate::page;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use deskbell_api::one_time_link::OneTimeLinks;
use deskbell_core::one_time_link::Standing;
use std::sync::Arc;

/// Says whether one can book with the link.
pub(crate) async fn show(
    State(links): State<Arc<OneTimeLinks>>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    // What is no text is no id.
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let (status, title, text) = match links.standing(&id).await {
        Ok(Some(Standing::Open)) => (
            StatusCode::OK,
            "This link is open",
            "One booking can be made with this one-time link: whoever books through the API gives its id as one_time_link.",
        ),
        Ok(Some(Standing::Spent)) => (
            StatusCode::GONE,
            "This link was used",
            "A booking was made with this one-time link; it works once.",
        ),
        Ok(Some(Standing::Expired)) => {
            (StatusCode::GONE, "This link has expired", "A one-time link works for 90 days.")
        }
        Ok(None) => return page::lost(uri, headers).await,
        Err(problem) => return page::problem(&problem, uri.path()),
    };
    page::message(status, title, text, uri.path())
}
