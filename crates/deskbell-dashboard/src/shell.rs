//! The dashboard's page and its files. The page is for who is signed in; its files are the same for everybody.

use crate::first::FirstAnswers;
use crate::page;
use crate::visitor::Visitor;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use deskbell_api::rate_limit::{Family, RateLimits};
use deskbell_api::settings::Settings;
use std::borrow::Cow;
use std::sync::Arc;

/// The names of files with a hash in them never mean other bytes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Kept, but asked about each time.
const ASK_AGAIN: &str = "no-cache";

/// `/`: the dashboard with its first answers, or the way to the sign-in.
pub(crate) async fn page(
    State(limits): State<Arc<RateLimits>>,
    Extension(first): Extension<FirstAnswers>,
    Visitor(signed_in): Visitor,
) -> Response {
    let Some(page) = deskbell_ui::file(deskbell_ui::PAGE, "") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let html = String::from_utf8_lossy(&page.bytes);
    // They are four calls for one of the account's. Past its limit the page asks by itself, and is told to wait.
    let html = match limits.check_account(&signed_in.account.id, Family::Own) {
        Ok(()) => first.written_into(&html, &signed_in).await,
        Err(_) => html.into_owned(),
    };
    let headers = [(header::CONTENT_TYPE, page.media_type), (header::CACHE_CONTROL, "no-store")];
    (headers, html).into_response()
}

/// `/tester`: the same page, which shows the anonymous tester there, for whoever comes; when the operator turned that on.
pub(crate) async fn tester(State(settings): State<Arc<Settings>>, uri: Uri, headers: HeaderMap) -> Response {
    match file(deskbell_ui::PAGE, &headers).filter(|_| settings.anonymous_tester) {
        Some(response) => response,
        None => page::lost(uri, headers).await,
    }
}

/// `/assets/…`: scripts, styles and fonts.
pub(crate) async fn asset(
    name: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    match name.ok().and_then(|Path(name)| file(&format!("assets/{name}"), &headers)) {
        Some(response) => response,
        None => page::lost(uri, headers).await,
    }
}

/// The files beside the page: its icon, and the script that sets the theme.
pub(crate) async fn beside(uri: Uri, headers: HeaderMap) -> Response {
    match file(uri.path().trim_start_matches('/'), &headers) {
        Some(response) => response,
        None => page::lost(uri, headers).await,
    }
}

/// A day: the names do not change with what is in them.
const DAY: &str = "public, max-age=86400";

/// `/inter.woff2`, `/mono.woff2`: the dashboard's fonts under fixed names, for the pages that need no script.
pub(crate) async fn font(uri: Uri, headers: HeaderMap) -> Response {
    let name = if uri.path() == "/inter.woff2" { "inter-latin-wght" } else { "jetbrains-mono-latin-wght" };
    match deskbell_ui::font(name).and_then(|path| file(&path, &headers)) {
        Some(mut response) => {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(DAY));
            response
        }
        None => page::lost(uri, headers).await,
    }
}

fn file(path: &str, request: &HeaderMap) -> Option<Response> {
    let accepted: Vec<&str> =
        request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
    let found = deskbell_ui::file(path, &accepted.join(", "))?;
    let known = request.get_all(header::IF_NONE_MATCH).iter().any(|value| {
        value.to_str().is_ok_and(|tags| tags.split(',').map(str::trim).any(|tag| is_known(tag, &found.etag)))
    });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = match found.bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        let mut response = Response::new(Body::from(bytes));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(found.media_type));
        if let Some(encoding) = found.encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(if found.immutable { FOR_EVER } else { ASK_AGAIN }),
    );
    if let Ok(tag) = HeaderValue::from_str(&found.etag) {
        headers.insert(header::ETAG, tag);
    }
    Some(response)
}

/// Whether one of the tags of `If-None-Match` is `etag`; they are compared weakly, and `*` is any (RFC 9110, 13.1.2).
fn is_known(tag: &str, etag: &str) -> bool {
    tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
}
