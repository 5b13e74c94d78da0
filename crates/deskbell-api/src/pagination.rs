//! Pagination: lists on the wire, the envelope, `has_more`, and `Link` with the caller's filters kept (wire contract, 9.2).

pub use deskbell_wire::list::{Identified, KeptList, List};

use crate::settings::Settings;
use axum::Json;
use axum::extract::{FromRef, FromRequestParts};
use axum::response::{IntoResponse, Response};
use deskbell_core::Timestamp;
use deskbell_core::store::{Cursor, Error, Listing, Page};
use deskbell_http::{Peer, client_address};
use deskbell_wire::parameters::{self, Query};
use deskbell_wire::problem::Problem;
use http::request::Parts;
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;
use std::sync::Arc;

/// What a call takes in its query string, and how it was asked for the links to neighbouring pages.
pub struct Parameters<T>(pub T, pub Asked);

/// How a list was asked for.
pub struct Asked {
    /// What the caller's links begin with.
    base: String,
    query: Query,
}

impl Asked {
    /// For what precedes an object, which is newer.
    pub fn is_backwards(&self) -> bool {
        self.query.has("before")
    }
}

impl<S, T> FromRequestParts<S> for Parameters<T>
where
    S: Send + Sync,
    T: parameters::Parameters,
    Arc<Pagination>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (given, query) = parameters::read(parts.uri.query())?;
        Ok(Self(given, Asked { base: Arc::<Pagination>::from_ref(state).base(parts), query }))
    }
}

/// Writes pages of lists, with links to their neighbours.
pub struct Pagination {
    settings: Arc<Settings>,
}

impl Pagination {
    /// Links by the address and the proxies in `settings`.
    pub fn new(settings: Arc<Settings>) -> Self {
        Self { settings }
    }

    /// What links begin with that whoever sent `request` can follow.
    fn base(&self, request: &Parts) -> String {
        let Settings { public_url, trusted_proxies, .. } = &*self.settings;
        let host = request.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let peer = request.extensions.get::<Peer>().map(|Peer(peer)| peer.ip().to_canonical());
        let through_proxy =
            peer.is_some_and(|peer| client_address(peer, &request.headers, trusted_proxies) != peer);
        public_url.for_caller_of(host, through_proxy).into_owned()
    }

    /// The page as an answer to `path`, as it was `asked`. One that ended early, because many rows were looked at and few fitted, says that
    /// there is more, and its link goes on where it ended.
    pub fn list<T: Serialize + Identified>(&self, path: &str, asked: &Asked, found: Listing<T>) -> Response {
        self.page(path, asked, found, |data, has_more| Json(List::new(data, has_more)).into_response())
    }

    /// The same of what is kept for a time, with where the past was cut.
    pub fn kept_list<T: Serialize + Identified>(
        &self,
        path: &str,
        asked: &Asked,
        found: Listing<T>,
        deleted_before: Option<Timestamp>,
    ) -> Response {
        let answer = |data, has_more| Json(KeptList::new(data, has_more, deleted_before)).into_response();
        self.page(path, asked, found, answer)
    }

    fn page<T: Identified>(
        &self,
        path: &str,
        asked: &Asked,
        found: Listing<T>,
        answer: impl FnOnce(Vec<T>, bool) -> Response,
    ) -> Response {
        let backwards = asked.is_backwards();
        let stopped = |ours: bool| found.stopped.as_deref().filter(|_| ours);
        let next = found.items.last().filter(|_| found.older).map(Identified::id);
        let previous = found.items.first().filter(|_| found.newer).map(Identified::id);
        let (next, previous) = (stopped(!backwards).or(next), stopped(backwards).or(previous));
        let links = self.links(path, asked, next, previous);
        let has_more = found.stopped.is_some() || if backwards { found.newer } else { found.older };
        let mut answer = answer(found.items, has_more);
        answer.headers_mut().extend(links);
        answer
    }

    /// `Link` to the pages of `path`, as it was `asked`, behind the id `next` and before the id `previous`.
    pub fn links(
        &self,
        path: &str,
        asked: &Asked,
        next: Option<&str>,
        previous: Option<&str>,
    ) -> Option<(HeaderName, HeaderValue)> {
        let link = |id: Option<&str>, cursor: &str, rel: &str| {
            // Clients take the word itself for a further page, wherever it stands.
            let query = asked.query.with_cursor(cursor, id?).replace("next", "%6Eext");
            Some(format!("<{}{path}?{query}>; rel=\"{rel}\"", asked.base))
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
