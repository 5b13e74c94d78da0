//! Ids in paths. Whatever stands there is an id that may name nothing: nobody learns from the answer what it was.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use deskbell_wire::problem::Problem;

/// The one id of a path.
pub struct PathId(pub String);

/// The two ids of a path.
pub struct PathIds(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::from_request_parts(parts, state)
            .await
            .map(|Path(id)| Self(id))
            .map_err(|_| Problem::unknown_route())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathIds {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let ids = Path::from_request_parts(parts, state).await;
        ids.map(|Path((first, second))| Self(first, second)).map_err(|_| Problem::unknown_route())
    }
}
