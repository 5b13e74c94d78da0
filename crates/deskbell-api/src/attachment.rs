//! Attachment: an answer that a browser saves and never shows (H-02).

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// The file `name` of the type `media`.
pub fn attachment(name: &str, media: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    for (header, value) in [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            HeaderName::from_static("content-security-policy"),
            HeaderValue::from_static("sandbox; default-src 'none'"),
        ),
    ] {
        response.headers_mut().insert(header, value);
    }
    response
}
