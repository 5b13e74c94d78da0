//! Wire: the request as it is written. `Host` first, the given headers in their order, then `Content-Length` and
//! `Accept-Encoding: identity`; nothing else.

use crate::destination::Destination;
use crate::failure::Failure;
use bytes::Bytes;
use deskbell_core::door::Request;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use http_body_util::Full;
use std::sync::OnceLock;

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

/// The headers of a destination's first request. Those that follow have the same names in the same order, and some of the
/// same values: what is known is not read again.
#[derive(Default)]
pub(crate) struct Block(OnceLock<Vec<(HeaderName, HeaderValue)>>);

/// Puts `request` together.
///
/// # Errors
/// `sender_failed` when a header cannot be written as it is: a bug of whoever made it.
pub(crate) fn message(request: &Request, destination: &Destination) -> Result<Message, Failure> {
    let headers = destination.block.headers(&request.headers)?;
    let mut message = http::Request::new(Full::new(request.body.clone()));
    *message.method_mut() = Method::POST;
    *message.uri_mut() = destination.path.clone();
    let map = message.headers_mut();
    *map = HeaderMap::try_with_capacity(headers.len() + 3).map_err(|_| too_many())?;
    let lead = [(HOST, destination.host.clone())];
    let end = [
        (CONTENT_LENGTH, HeaderValue::from(request.body.len())),
        (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
    ];
    let mut length = destination.line_bytes + "\r\n".len() + request.body.len();
    for (name, value) in lead.into_iter().chain(headers).chain(end) {
        length += name.as_str().len() + value.len() + ": \r\n".len();
        map.try_append(name, value).map_err(|_| too_many())?;
    }
    Ok(Message { request: message, length: length as u64 })
}

impl Block {
    fn headers(&self, headers: &[(String, String)]) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
        let known = self.0.get().map_or(&[][..], Vec::as_slice);
        let read = |(index, (name, value)): (usize, &(String, String))| {
            let known = known.get(index).filter(|(known, _)| known == name.as_str());
            let parsed = known.map_or_else(|| read_name(name), |(known, _)| Ok(known.clone()))?;
            let value = match known {
                Some((_, known)) if known == value => known.clone(),
                _ => read_value(&parsed, value)?,
            };
            Ok((parsed, value))
        };
        let headers: Vec<_> = headers.iter().enumerate().map(read).collect::<Result<_, Failure>>()?;
        if known.is_empty() {
            let _ = self.0.set(headers.clone());
        }
        Ok(headers)
    }
}

fn read_name(name: &str) -> Result<HeaderName, Failure> {
    let parsed: HeaderName =
        name.parse().map_err(|_| Failure::broken("a header's name has characters that are not allowed"))?;
    if OURS.contains(&parsed.as_str()) {
        return Err(Failure::broken(&format!("the header {parsed} is not for callers to set")));
    }
    Ok(parsed)
}

fn read_value(name: &HeaderName, value: &str) -> Result<HeaderValue, Failure> {
    // The value is not shown: it may be a secret.
    HeaderValue::from_str(value).map_err(|_| {
        Failure::broken(&format!("the value of the header {name} has characters that are not allowed"))
    })
}

fn too_many() -> Failure {
    Failure::broken("there are too many headers")
}
