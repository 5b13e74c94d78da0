//! Pagination: lists on the wire, the envelope, `has_more`, and `Link` with the caller's filters kept (wire contract, 9.2).

pub use deskbell_wire::list::{Identified, List};

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use deskbell_core::store::{Cursor, Error, Listing, Page};
use deskbell_wire::parameters::{self, Query};
use deskbell_wire::problem::Problem;
use http::request::Parts;
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;

/// What a call takes in its query string, and the query string itself for the links to neighbouring pages.
pub struct Parameters<T>(pub T, pub Query);

impl<S: Send + Sync, T: parameters::Parameters> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parameters::read(parts.uri.query()).map(|(given, query)| Self(given, query))
    }
}

/// Writes pages of lists, with links to their neighbours.
pub struct Pagination {
    public_url: String,
}

impl Pagination {
    /// Links that begin with `public_url`, an origin without a slash at the end.
    pub fn new(public_url: String) -> Self {
        Self { public_url }
    }

    /// The page as an answer to `path?query`. One that ended early, because many rows were looked at and few fitted, says that
    /// there is more, and its link goes on where it ended.
    pub fn list<T: Serialize + Identified>(&self, path: &str, query: &Query, found: Listing<T>) -> Response {
        let backwards = query.has("before");
        let stopped = |ours: bool| found.stopped.as_deref().filter(|_| ours);
        let next = found.items.last().filter(|_| found.older).map(Identified::id);
        let previous = found.items.first().filter(|_| found.newer).map(Identified::id);
        let (next, previous) = (stopped(!backwards).or(next), stopped(backwards).or(previous));
        let links = self.links(path, query, next, previous);
        let has_more = found.stopped.is_some() || if backwards { found.newer } else { found.older };
        let mut answer = Json(List::new(found.items, has_more)).into_response();
        answer.headers_mut().extend(links);
        answer
    }

    /// `Link` to the pages of `path?query` behind the id `next` and before the id `previous`.
    pub fn links(
        &self,
        path: &str,
        query: &Query,
        next: Option<&str>,
        previous: Option<&str>,
    ) -> Option<(HeaderName, HeaderValue)> {
        let link = |id: Option<&str>, cursor: &str, rel: &str| {
            let query = query.with_cursor(cursor, id?);
            Some(format!("<{}{path}?{query}>; rel=\"{rel}\"", self.public_url))
        };
        let links = [link(next, "after", "next"), link(previous, "before", "previous")];
        let links: Vec<String> = links.into_iter().flatten().collect();
        let value = HeaderValue::from_str(&links.join(", ")).ok().filter(|_| !links.is_empty())?;
        Some((header::LINK, value))
    }
}

/// A cursor that names nothing in the list is the caller's mistake; one body for all kinds of nothing.
pub fn cursor_problem(error: Error, page: &Page) -> Problem {
    let (param, id) = match (&error, &page.cursor) {
        (Error::UnknownCursor, Some(Cursor::After(id))) => ("after", id),
        (Error::UnknownCursor, Some(Cursor::Before(id))) => ("before", id),
        _ => return error.into(),
    };
    Problem::invalid(
        param,
        "cursor_invalid",
        format!("No such object in this list: '{}'", deskbell_wire::problem::cut(id)),
    )
}
