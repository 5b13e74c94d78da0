//! Bodies as handlers take them: content type, size and pace are checked before a byte is parsed.

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use deskbell_core::id::AccountId;
use deskbell_core::policy::limit::API_BODY_BYTES;
use deskbell_http::{BytesInFlight, Notes, body};
use deskbell_wire::body::{RequestBody, read};
use deskbell_wire::json::{Object, content_type, parse};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// A body that must be there: bytes that claim to be JSON, at most `CAP` of them. Not parsed yet.
pub struct RawBody<const CAP: usize> {
    account: Option<AccountId>,
    bytes: Bytes,
    bodies: Arc<BytesInFlight>,
}

impl<const CAP: usize> RawBody<CAP> {
    /// What `parse` makes of it: of a large one beside the workers that serve, when its account's turn comes.
    ///
    /// # Errors
    /// What `parse` refuses.
    pub async fn parsed<T: Send + 'static>(
        self,
        parse: impl FnOnce(&Bytes) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.bodies.parse(self.account, self.bytes, parse).await
    }

    /// The body itself, for calls that look at what their path names before they judge it.
    ///
    /// # Errors
    /// When it breaks a rule.
    pub async fn read<T: RequestBody + Send + 'static>(self) -> Result<T, Problem> {
        self.parsed(|bytes| read(&parse(bytes)?)).await
    }
}

/// A body that must be there.
pub struct Body<T>(pub T);

/// A body that may be left out: without one, `T` is read from an empty object.
pub struct OptionalBody<T>(pub T);

async fn raw<const CAP: usize>(request: Request) -> Result<RawBody<CAP>, Problem> {
    let (head, body) = request.into_parts();
    // A wrong claim is refused before the body is read; an absent one may belong to an absent body.
    if head.headers.contains_key(CONTENT_TYPE) {
        content_type(&head.headers)?;
    }
    let bytes = body::read(&head, body, CAP).await?;
    if !bytes.is_empty() {
        content_type(&head.headers)?;
    }
    Ok(RawBody { account: Notes::account(&head), bytes, bodies: BytesInFlight::of(&head) })
}

impl<S: Send + Sync, const CAP: usize> FromRequest<S> for RawBody<CAP> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        raw(request).await
    }
}

impl<S: Send + Sync, T: RequestBody + Send + 'static> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        raw::<API_BODY_BYTES>(request).await?.read().await.map(Self)
    }
}

impl<S: Send + Sync, T: RequestBody + Send + 'static> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let body = raw::<API_BODY_BYTES>(request).await?;
        let object = |bytes: &Bytes| if bytes.is_empty() { Ok(Object::default()) } else { parse(bytes) };
        body.parsed(move |bytes| read(&object(bytes)?)).await.map(Self)
    }
}
