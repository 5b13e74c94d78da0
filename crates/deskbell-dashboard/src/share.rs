//! `/s/{token}`: a shared delivery, for a browser without scripts, for a terminal, or as a HAR file.

mod seen;

use crate::page;
use askama::Template;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use deskbell_api::attachment::attachment;
use deskbell_api::share::Shares;
use deskbell_api::share::frozen::Frozen;
use deskbell_core::share::Share;
use deskbell_wire::problem::Problem;
use seen::Seen;
use std::sync::Arc;

/// The share as a page, for a browser.
#[derive(Template)]
#[template(path = "share.html")]
struct Page {
    root: String,
    seen: Seen,
}

/// The share as plain text, for a terminal.
#[derive(Template)]
#[template(path = "share.txt")]
struct Text {
    seen: Seen,
}

/// Shows what was shared. An unknown, a revoked and an expired link are one and the same answer.
pub(crate) async fn show(
    State(shares): State<Arc<Shares>>,
    token: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let wants_page = page::wants_page(&headers);
    // What is no text is no token.
    let token = token.map(|Path(token)| token).unwrap_or_default();
    let mut response = match shares.open(&token).await {
        Ok(Some((share, frozen))) => match query.as_deref() {
            Some("format=har") => {
                attachment(&format!("{}.har", frozen.delivery), "application/json", Body::from(frozen.har()))
            }
            _ => shown(&share, &frozen, uri.path(), wants_page),
        },
        Ok(None) => refused(&Problem::unknown_route(), uri.path(), wants_page),
        Err(problem) => refused(&problem, uri.path(), wants_page),
    };
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}

fn shown(share: &Share, frozen: &Frozen, path: &str, wants_page: bool) -> Response {
    let seen = Seen::new(share, frozen);
    if wants_page {
        return page::page(StatusCode::OK, &Page { root: page::root(path), seen });
    }
    match (Text { seen }).render() {
        Ok(text) => plain(StatusCode::OK, text),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            Problem::internal().into_response()
        }
    }
}

fn refused(problem: &Problem, path: &str, wants_page: bool) -> Response {
    match wants_page {
        true => page::problem(problem, path),
        false => plain(problem.status, format!("{}\n", problem.message)),
    }
}

fn plain(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
