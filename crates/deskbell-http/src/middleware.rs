//! What every answer has: a `Request-Id` (wire contract, 1), a line in the log when it refuses, and a body even when a handler panics.

use crate::bytes_in_flight::BytesInFlight;
use crate::bytes_out;
use crate::call_log::{CallLog, Remark};
use crate::request_count::Requests;
use crate::security_headers;
use crate::served::Served;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use deskbell_core::Random;
use deskbell_core::id::AccountId;
use deskbell_core::usage::Usage;
use deskbell_wire::call::Facts;
use deskbell_wire::problem::Problem;
use futures::FutureExt as _;
use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use tokio::time::Instant;
use tower::ServiceExt as _;
use tower::util::MapRequestLayer;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// A router that is complete: every answer it gives has a `Request-Id`, a body in the vendor's shape where it refuses,
/// and then a line in the log.
///
/// It stands around the router and not in it: a layer in it costs each call a copy of the route and a box for its answer.
#[derive(Clone)]
pub struct Front {
    router: Router,
    random: Arc<dyn Random>,
    served: Arc<Served>,
    requests: Option<Arc<Requests>>,
    usage: Option<Arc<Usage>>,
    calls: Option<Arc<CallLog>>,
    bodies: Arc<BytesInFlight>,
}

impl Front {
    /// Completes `router`. Its fallbacks become our 404 and 405; a router with a fallback of its own passes through
    /// [`Front::with_fallback`].
    pub fn new(router: Router, random: Arc<dyn Random>) -> Self {
        Self::with_fallback(router.fallback(unknown_route), random, &Served::default())
    }

    /// The same, keeping what `router` does with unknown paths. What is `served` says which answers are for browsers: see
    /// [`security_headers`].
    pub fn with_fallback(router: Router, random: Arc<dyn Random>, served: &Served) -> Self {
        // Only what is behind the router is told the route.
        let noted = MapRequestLayer::new(|request: Request| {
            let (notes, route) =
                (request.extensions().get::<Notes>(), request.extensions().get::<MatchedPath>());
            if let (Some(Notes(notes)), Some(route)) = (notes, route) {
                let _ = notes.route.set(route.clone());
            }
            request
        });
        let router = router.method_not_allowed_fallback(method_not_allowed).layer(noted);
        let served = Arc::new(served.clone());
        Self { router, random, served, requests: None, usage: None, calls: None, bodies: Arc::default() }
    }

    /// The same, with every answer counted, and its bytes by account.
    #[must_use]
    pub fn counted(self, requests: Arc<Requests>, usage: Arc<Usage>) -> Self {
        Self { requests: Some(requests), usage: Some(usage), ..self }
    }

    /// The same, and calls of keys that sent nothing on are noted in `calls`.
    #[must_use]
    pub fn noting(self, calls: Arc<CallLog>) -> Self {
        Self { calls: Some(calls), ..self }
    }

    /// Answers `request`; one that was `refused` before it came here, with that.
    pub(super) async fn answer(&self, mut request: Request, refused: Option<Problem>) -> Response {
        let start = Instant::now();
        let (id, notes) = (fresh(&*self.random), Notes::new(Arc::clone(&self.bodies)));
        let method = request.method().clone();
        let is_page = !self.served.is_api(request.uri().path());
        let mut response = match refused {
            Some(problem) => problem.into_response(),
            None => {
                request.extensions_mut().insert(notes.clone());
                self.served.without_slash(request.uri_mut());
                // A router has no error of its own.
                let answer = self.router.clone().oneshot(request).map(|Ok(response)| response);
                AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
                    tracing::error!(request = id, "a handler panicked");
                    Problem::internal().into_response()
                })
            }
        };
        security_headers::complete(is_page, self.served.strict_transport, response.headers_mut());
        let status = response.status();
        let (account, route) = (notes.0.account.get(), notes.0.route.get().map(MatchedPath::as_str));
        if let Some(requests) = &self.requests {
            requests.count(route.unwrap_or(NO_ROUTE), status.as_u16());
        }
        let remark = response.extensions_mut().remove::<Remark>();
        let remark = remark.or_else(|| response.extensions_mut().remove::<Problem>().map(Remark::from));
        if let (Some(calls), Some(remark), Some(account), Some(key)) =
            (&self.calls, remark, account, notes.0.key.get())
        {
            let Remark { outcome, code, param, message } = remark;
            calls.note(account, |at| Facts {
                id: id.clone(),
                at,
                method: method.to_string(),
                path: path(route).into_owned(),
                status: status.as_u16(),
                key: key.to_string(),
                outcome,
                code,
                param,
                message,
                times: 1,
            });
        }
        if let Some(usage) = &self.usage {
            response = response.map(|body| bytes_out::noted(body, account, usage));
        }
        // A macro, for the level of a line is fixed where it stands.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "calls", %method, path = path(route).as_ref(), status = status.as_u16(),
                    milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
                    request = id, account = account.map_or("-", AccountId::as_str), "answered"
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
}

/// What is found out about a request on its way, for the log and the counters. In the extensions of every request.
#[derive(Debug, Clone)]
pub struct Notes(Arc<Noted>);

#[derive(Debug)]
struct Noted {
    route: OnceLock<MatchedPath>,
    account: OnceLock<AccountId>,
    key: OnceLock<String>,
    bodies: Arc<BytesInFlight>,
}

impl Notes {
    /// Nothing is known yet of a request whose body `bodies` counts.
    fn new(bodies: Arc<BytesInFlight>) -> Self {
        Self(Arc::new(Noted {
            route: OnceLock::new(),
            account: OnceLock::new(),
            key: OnceLock::new(),
            bodies,
        }))
    }

    /// The caller of this request, if it was named.
    pub fn account(parts: &Parts) -> Option<AccountId> {
        parts.extensions.get::<Self>().and_then(|notes| notes.0.account.get()).cloned()
    }

    /// What counts the bytes of bodies.
    pub fn bodies(&self) -> &Arc<BytesInFlight> {
        &self.0.bodies
    }

    /// Names the caller. The first name stays.
    pub fn set_account(&self, account: &AccountId) {
        let _ = self.0.account.set(account.clone());
    }

    /// Names the key that it came with. The first name stays.
    pub fn set_key(&self, name: &str) {
        let _ = self.0.key.set(name.to_owned());
    }
}

/// The route of what matches none.
const NO_ROUTE: &str = "-";

/// 404 in our shape, for a router's fallback.
pub async fn unknown_route() -> Problem {
    Problem::unknown_route()
}

/// 405 in our shape, for a path that does not take the method. The router adds those it takes.
pub async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed(None)
}

/// What the log may say of a path: the route. Ids and tokens are not in it, nor is the query (catalogue, 6.7).
fn path(route: Option<&str>) -> Cow<'_, str> {
    let route = route.unwrap_or(NO_ROUTE);
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
