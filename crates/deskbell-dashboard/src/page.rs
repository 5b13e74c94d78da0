//! Pages: how a template becomes an answer, and the two files that they load.

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use deskbell_wire::problem::Problem;

/// The style of every page that needs no script.
pub async fn style() -> Response {
    file("text/css; charset=utf-8", include_str!("../templates/page.css"))
}

/// The mark: a desk bell.
pub async fn mark() -> Response {
    file("image/svg+xml", include_str!("../templates/mark.svg"))
}

/// A file that is the same until the next release.
fn file(media: &'static str, text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, text).into_response()
}

/// The page as an answer.
pub fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            Problem::internal().into_response()
        }
    }
}

/// On to `place`, with GET. A relative one, so that it leads there under a sub-path too.
pub fn go(place: &'static str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
}

/// The same answer, which also sets `cookies`.
pub(crate) fn with_cookies(mut response: Response, cookies: Vec<HeaderValue>) -> Response {
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A page that says one thing, such as why there is nothing else to see.
#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    root: String,
    title: &'static str,
    text: &'a str,
}

/// The way from the page at `path` to the root of this instance, which may stand under a sub-path.
pub fn root(path: &str) -> String {
    match path.matches('/').count().saturating_sub(1) {
        0 => "./".to_owned(),
        deep => "../".repeat(deep),
    }
}

/// A page at `path` that says one thing.
pub(crate) fn message(status: StatusCode, title: &'static str, text: &str, path: &str) -> Response {
    page(status, &Message { root: root(path), title, text })
}

/// A refusal, for people, at `path`.
pub fn problem(problem: &Problem, path: &str) -> Response {
    let title = match problem.status {
        StatusCode::NOT_FOUND => "Nothing is here",
        StatusCode::FORBIDDEN => "This was not done",
        StatusCode::TOO_MANY_REQUESTS => "Too many tries",
        status if status.is_server_error() => "The fault is ours",
        _ => "This was not understood",
    };
    let mut response = message(problem.status, title, &problem.message, path);
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// What leads nowhere: a page for a browser, an error of the API for everybody else.
pub async fn lost(uri: axum::http::Uri, headers: HeaderMap) -> Response {
    let refusal = Problem::unknown_route();
    let is_page = wants_page(&headers) && !uri.path().starts_with(deskbell_api::PATHS);
    if is_page { problem(&refusal, uri.path()) } else { refusal.into_response() }
}

/// A browser says that it takes HTML; a terminal does not.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter();
    accepted.any(|value| value.to_str().is_ok_and(|value| value.contains("text/html")))
}
