//! Visitor: whoever is signed in, for pages; everybody else is sent to the sign-in.

use crate::page;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::response::Response;
use deskbell_api::auth::{Sessions, SignedIn};
use std::sync::Arc;

/// Whoever came with a session that is live.
pub(crate) struct Visitor(pub(crate) SignedIn);

impl<S: Send + Sync> FromRequestParts<S> for Visitor
where
    Arc<Sessions>: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        match Arc::<Sessions>::from_ref(state).signed_in(&parts.headers).await {
            Ok(Some(signed_in)) => Ok(Self(signed_in)),
            Ok(None) => Err(page::go("./sign-in")),
            Err(problem) => Err(page::problem(&problem, parts.uri.path())),
        }
    }
}
