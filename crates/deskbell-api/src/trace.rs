//! Trace: the trace that a call belongs to, for the events that come of it.

use axum::extract::FromRequestParts;
use deskbell_core::trace::TraceContext;
use http::request::Parts;
use std::convert::Infallible;
use std::sync::Arc;

/// The call's trace context. A header that is not valid is as good as none, and refuses nothing (W3C Trace Context, 3.2).
#[derive(Debug, Clone, Default)]
pub struct Traced(pub Option<Arc<TraceContext>>);

impl<S: Sync> FromRequestParts<S> for Traced {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut parents = parts.headers.get_all("traceparent").iter();
        let (Some(parent), None) = (parents.next(), parents.next()) else { return Ok(Self(None)) };
        let states = parts.headers.get_all("tracestate").iter();
        // What is no text is no state: one part of it spoils it all.
        let states: Vec<&str> = states.map(|state| state.to_str().unwrap_or("?")).collect();
        let context = parent.to_str().ok().and_then(|parent| TraceContext::parse(parent, &states.join(",")));
        Ok(Self(context.map(Arc::new)))
    }
}
