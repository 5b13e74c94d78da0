//! HeaderCase: the names of an answer's headers in the case that their author chose. All other names go out in title case, as the
//! vendor's do: clients that copy headers into a plain map look for `Link` and see no `link`.

use axum::http::{Extensions, Request};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::ready;
use std::io::Cursor;
use std::sync::{Mutex, PoisonError};
use tokio::io::{join, sink};

/// The answer, whose headers will be written under these `names`, in their case. One that stands twice has its cases in this order.
///
/// hyper writes names as they came to it, and lets nobody say how they did. So it is given a request that has them, and what it
/// noted of that goes with the answer.
pub async fn with_names<'n>(mut response: Response, names: impl Iterator<Item = &'n str>) -> Response {
    let lines: String = names.map(|name| format!("{name}:\r\n")).collect();
    if lines.is_empty() {
        return response;
    }
    let request = TokioIo::new(join(Cursor::new(format!("GET / HTTP/1.0\r\n{lines}\r\n")), sink()));
    let noted = Mutex::new(Extensions::new());
    let note = service_fn(|mut request: Request<Incoming>| {
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = std::mem::take(request.extensions_mut());
        ready(Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())))
    });
    let mut reader = http1::Builder::new();
    reader.preserve_header_case(true).header_read_timeout(None);
    if let Err(error) = reader.serve_connection(request, note).await {
        tracing::debug!(%error, "names of headers are in title case: their own could not be noted");
    }
    response.extensions_mut().extend(noted.into_inner().unwrap_or_else(PoisonError::into_inner));
    response
}
