//! Wire: the request as it is written. `Host` first, the given headers in their order, then `Content-Length` and
//! `Accept-Encoding: identity`; nothing else.

use crate::destination::Destination;
use crate::failure::Failure;
use bytes::Bytes;
use deskbell_core::attempt::Header;
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
    let mut message = http::Request::new(Full::new(request.body.clone()));
    *message.method_mut() = Method::POST;
    *message.uri_mut() = destination.path.clone();
    let map = message.headers_mut();
    *map = HeaderMap::try_with_capacity(request.headers.len() + 3).map_err(|_| too_many())?;
    let mut length = destination.line_bytes + "\r\n".len() + request.body.len();
    let mut add = |(name, value): (HeaderName, HeaderValue)| {
        length += name.as_str().len() + value.len() + ": \r\n".len();
        map.try_append(name, value).map_err(|_| too_many())
    };
    add((HOST, destination.host.clone()))?;
    let known = destination.block.known(&request.headers)?;
    for (index, (name, value)) in request.headers.iter().enumerate() {
        add(read(name, value, known.get(index))?)?;
    }
    add((CONTENT_LENGTH, HeaderValue::from(request.body.len())))?;
    add((ACCEPT_ENCODING, HeaderValue::from_static("identity")))?;
    Ok(Message { request: message, length: length as u64 })
}

impl Block {
    /// What is known; of a first request, all of it.
    fn known(&self, headers: &[Header]) -> Result<&[(HeaderName, HeaderValue)], Failure> {
        if let Some(known) = self.0.get() {
            return Ok(known);
        }
        let first = headers.iter().map(|(name, value)| read(name, value, None));
        let first = first.collect::<Result<_, _>>()?;
        Ok(self.0.get_or_init(|| first))
    }
}

/// A header as it is written. What is the same as in the one that is `known`, is not read again.
fn read(
    name: &str,
    value: &str,
    known: Option<&(HeaderName, HeaderValue)>,
) -> Result<(HeaderName, HeaderValue), Failure> {
    match known.filter(|(known, _)| known == name) {
        Some((name, known)) if known == value => Ok((name.clone(), known.clone())),
        Some((name, _)) => Ok((name.clone(), read_value(name, value)?)),
        None => {
            let name = read_name(name)?;
            let value = read_value(&name, value)?;
            Ok((name, value))
        }
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
