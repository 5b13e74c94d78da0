//! What every answer has: a `Request-Id` (wire contract, 1), a line in the log when it refuses, and a body even when a handler panics.

use crate::request_count::{Requests, count};
use crate::security_headers;
use crate::served::Served;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use deskbell_core::Random;
use deskbell_core::id::AccountId;
use deskbell_wire::problem::Problem;
use futures::FutureExt as _;
use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use tokio::time::Instant;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// A router that is complete: every answer it gives has a `Request-Id`, a body in the vendor's shape where it refuses,
/// and then a line in the log.
#[derive(Clone)]
pub struct Front(Router);

impl Front {
    /// Completes `router`. Its fallbacks become our 404 and 405; a router with a fallback of its own passes through
    /// [`Front::with_fallback`].
    pub fn new(router: Router, random: Arc<dyn Random>) -> Self {
        Self::with_fallback(router.fallback(unknown_route), random, &Served::default())
    }

    /// The same, keeping what `router` does with unknown paths. What is `served` says which answers are for browsers: see
    /// [`security_headers`].
    pub fn with_fallback(router: Router, random: Arc<dyn Random>, served: &Served) -> Self {
        let router = router.method_not_allowed_fallback(method_not_allowed);
        Self(router.layer(from_fn_with_state((random, Arc::new(served.clone())), answer)))
    }

    /// The same, with every answer counted.
    #[must_use]
    pub fn counted(self, requests: Arc<Requests>) -> Self {
        Self(self.0.layer(from_fn_with_state(requests, count)))
    }

    /// The router, to call without a socket.
    pub fn router(&self) -> Router {
        self.0.clone()
    }
}

/// Who called, for the log. In the extensions of every request, to be set by whoever finds out.
#[derive(Debug, Clone, Default)]
pub struct LoggedAccount(Arc<OnceLock<AccountId>>);

impl LoggedAccount {
    /// Names the caller. The first name stays.
    pub fn set(&self, account: &AccountId) {
        let _ = self.0.set(account.clone());
    }
}

/// A request that was refused before it came here.
#[derive(Clone)]
pub(super) struct Refused(pub(super) Problem);

/// 404 in our shape, for a router's fallback.
pub async fn unknown_route() -> Problem {
    Problem::unknown_route()
}

async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed(None)
}

async fn answer(
    State((random, served)): State<(Arc<dyn Random>, Arc<Served>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let id = fresh(&*random);
    let account = LoggedAccount::default();
    let method = request.method().clone();
    let is_page = !served.is_api(request.uri().path());
    let refused = request.extensions_mut().remove::<Refused>();
    let route = match refused {
        None => request.extensions().get::<MatchedPath>().cloned(),
        Some(_) => None,
    };
    request.extensions_mut().insert(account.clone());
    let mut response = match refused {
        Some(Refused(problem)) => problem.into_response(),
        None => match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => {
                tracing::error!(request = id, "a handler panicked");
                Problem::internal().into_response()
            }
        },
    };
    security_headers::complete(is_page, response.headers_mut());
    let status = response.status();
    // A macro, for the level of a line is fixed where it stands.
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: "calls", %method, path = path(route.as_ref()).as_ref(), status = status.as_u16(),
                milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
                request = id, account = account.0.get().map_or("-", AccountId::as_str), "answered"
            )
        };
    }
    if status.is_client_error() || status.is_server_error() {
        line!(info);
    } else {
        line!(debug);
    }
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// What the log may say of a path: the route. Ids and tokens are not in it, nor is the query (catalogue, 6.7).
fn path(route: Option<&MatchedPath>) -> Cow<'_, str> {
    let route = route.map_or("-", MatchedPath::as_str);
    match route.split_once("{*") {
        Some((beginning, _)) => format!("{beginning}…").into(),
        None => route.into(),
    }
}

/// The id of a request: `req_` and 16 lowercase hexadecimal digits.
fn fresh(random: &dyn Random) -> String {
    let mut bytes = [0u8; 8];
    random.fill(&mut bytes);
    format!("req_{:016x}", u64::from_be_bytes(bytes))
}
