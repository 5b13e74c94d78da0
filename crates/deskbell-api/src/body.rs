//! Bodies as handlers take them: content type, size and pace are checked before a byte is parsed.

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use deskbell_core::policy::limit::API_BODY_BYTES;
use deskbell_http::body;
use deskbell_wire::body::{RequestBody, read};
use deskbell_wire::json::{Object, content_type, parse};
use deskbell_wire::problem::Problem;

/// A body that must be there: bytes that claim to be JSON, at most `CAP` of them. Not parsed yet.
pub struct RawBody<const CAP: usize>(pub Bytes);

/// A body that must be there.
pub struct Body<T>(pub T);

/// A body that may be left out: without one, `T` is read from an empty object.
pub struct OptionalBody<T>(pub T);

async fn bytes(request: Request, cap: usize) -> Result<Bytes, Problem> {
    let (head, body) = request.into_parts();
    // A wrong claim is refused before the body is read; an absent one may belong to an absent body.
    if head.headers.contains_key(CONTENT_TYPE) {
        content_type(&head.headers)?;
    }
    let bytes = body::read(body, &head.headers, cap).await?;
    if !bytes.is_empty() {
        content_type(&head.headers)?;
    }
    Ok(bytes)
}

impl<S: Send + Sync, const CAP: usize> FromRequest<S> for RawBody<CAP> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        bytes(request, CAP).await.map(Self)
    }
}

impl<S: Send + Sync, T: RequestBody> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read(&parse(&bytes(request, API_BODY_BYTES).await?)?).map(Self)
    }
}

impl<S: Send + Sync, T: RequestBody> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = bytes(request, API_BODY_BYTES).await?;
        let object = if bytes.is_empty() { Object::default() } else { parse(&bytes)? };
        read(&object).map(Self)
    }
}
