//! Forms as browsers send them, from pages of ours alone: each one changes something.

use crate::page;
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use deskbell_api::auth::Callers;
use deskbell_api::auth::csrf::RequestOrigin;
use deskbell_http::body;
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Bytes of a form: an address and a password, percent-encoded.
const FORM_BYTES: usize = 16 << 10;

/// The fields of a form. Extracting it is the check that it came from us.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// The field's text; empty when it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(given, _)| given == name).map_or("", |(_, text)| text)
    }
}

impl<S: Send + Sync> FromRequest<S> for Form
where
    Arc<Callers>: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let path = request.uri().path().to_owned();
        let refuse = |refusal: Problem| page::problem(&refusal, &path);
        if Arc::<Callers>::from_ref(state).origin(request.headers()) != RequestOrigin::Ours {
            let message = "The form did not come from a page of this instance. Go back, load the page again and repeat it.";
            return Err(refuse(Problem::forbidden("origin_unproven", message)));
        }
        let media =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_form = media
            .split(';')
            .next()
            .is_some_and(|media| media.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        let (head, body) = request.into_parts();
        let bytes = body::read(&head, body, FORM_BYTES).await.map_err(&refuse)?;
        if !bytes.is_empty() && !is_form {
            let message = "The form is not application/x-www-form-urlencoded.";
            let status = axum::http::StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(refuse(Problem::new(status, "content_type_unsupported", message)));
        }
        Ok(Self(url::form_urlencoded::parse(&bytes).into_owned().collect()))
    }
}
