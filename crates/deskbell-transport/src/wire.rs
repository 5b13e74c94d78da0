//! Wire: the request as it is written. `Host` first, the given headers in their order, then `Content-Length` and
//! `Accept-Encoding: identity`; nothing else.

use crate::failure::Failure;
use bytes::Bytes;
use deskbell_core::attempt::Outcome;
use deskbell_core::door::Request;
use deskbell_core::policy::ssrf_guard::Target;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use http_body_util::Full;

/// Headers that belong to the transport: they frame the message or say what the connection does (T-10).
const OURS: [&str; 11] = [
    "host",
    "content-length",
    "accept-encoding",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "upgrade",
    "expect",
    "te",
    "trailer",
];

/// One message, with its length on the wire.
pub(crate) struct Message {
    pub(crate) request: http::Request<Full<Bytes>>,
    pub(crate) length: u64,
}

/// Puts `request` together.
///
/// # Errors
/// `sender_failed` when a header cannot be written as it is: a bug of whoever made it.
pub(crate) fn message(request: &Request, target: &Target) -> Result<Message, Failure> {
    let path = match target.url.query() {
        Some(query) => format!("{}?{query}", target.url.path()),
        None => target.url.path().to_owned(),
    };
    let uri: http::Uri = path.parse().map_err(|_| broken("the URL's path cannot be written"))?;
    let mut message = http::Request::new(Full::new(request.body.clone()));
    *message.method_mut() = http::Method::POST;
    *message.uri_mut() = uri;
    let headers = message.headers_mut();
    let mut add = |name: HeaderName, value: HeaderValue| {
        headers.try_append(name, value).map_err(|_| broken("there are too many headers"))
    };
    add(HOST, HeaderValue::from_str(&host(target)).map_err(|_| broken("the URL's host cannot be written"))?)?;
    for (name, value) in &request.headers {
        let parsed: HeaderName =
            name.parse().map_err(|_| broken("a header's name has characters that are not allowed"))?;
        if OURS.contains(&parsed.as_str()) {
            return Err(broken(&format!("the header {parsed} is not for callers to set")));
        }
        // The value is not shown: it may be a secret.
        let value = HeaderValue::from_str(value).map_err(|_| {
            broken(&format!("the value of the header {parsed} has characters that are not allowed"))
        })?;
        add(parsed, value)?;
    }
    add(CONTENT_LENGTH, HeaderValue::from(request.body.len()))?;
    add(ACCEPT_ENCODING, HeaderValue::from_static("identity"))?;
    let length = length(&message, request.body.len());
    Ok(Message { request: message, length })
}

impl Message {
    /// The same message again, for the second try on a fresh connection (B-104).
    pub(crate) fn again(&self) -> http::Request<Full<Bytes>> {
        self.request.clone()
    }
}

/// The host of the URL, with its port where the scheme does not say it.
fn host(target: &Target) -> String {
    let host = target.url.host_str().unwrap_or_default();
    target.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// `POST path HTTP/1.1`, a line for each header, the empty line, the body.
fn length(message: &http::Request<Full<Bytes>>, body: usize) -> u64 {
    let line = "POST  HTTP/1.1\r\n".len() + message.uri().to_string().len();
    let headers: usize = message
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
        .sum();
    (line + headers + "\r\n".len() + body) as u64
}

fn broken(why: &str) -> Failure {
    Failure::new(Outcome::SenderFailed, format!("The request could not be put together: {why}."))
}
