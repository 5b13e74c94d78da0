//! The tester's public door: `/in/{token}` takes any method, any path below it, and keeps the request as it came.

use super::relay::Relay;
use crate::auth::{Callers, cookie};
use crate::settings::Settings;
use crate::signals::Signals;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use deskbell_core::id::{CaptureId, EventId, InboxId};
use deskbell_core::inbox::{Capture, ScriptedAnswer, anonymous};
use deskbell_core::policy::limit;
use deskbell_core::store::Captured;
use deskbell_core::{Clock, Random, Store};
use deskbell_http::{Peer, RawHead, body};
use deskbell_wire::problem::Problem;
use http::{HeaderName, HeaderValue, StatusCode};
use std::num::NonZeroU32;
use std::sync::Arc;

/// What every answer of an inbox carries, so that it can serve no page under our name (catalogue 6.4, T-25).
const SECURITY_HEADERS: [(&str, &str); 5] = [
    ("content-security-policy", "sandbox; default-src 'none'"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex"),
    ("cache-control", "no-store"),
    ("access-control-allow-origin", "*"),
];

/// Takes a request to an inbox's address.
pub async fn take(State(intake): State<Arc<Intake>>, request: Request) -> Response {
    let mut response = intake.answer(request).await;
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// Stores what comes to the addresses of inboxes, and answers it.
pub struct Intake {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    callers: Arc<Callers>,
    signals: Arc<Signals>,
    relay: Arc<Relay>,
    settings: Arc<Settings>,
}

/// A stored request, by who answers it.
enum Taken {
    Scripted(ScriptedAnswer),
    Held(Box<Capture>),
}

impl Intake {
    /// An intake into `store`, for the inboxes that `settings` allow; `relay` has those of whom a program answers.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        callers: Arc<Callers>,
        signals: Arc<Signals>,
        relay: Arc<Relay>,
        settings: Arc<Settings>,
    ) -> Self {
        Self { store, clock, random, callers, signals, relay, settings }
    }

    async fn answer(&self, request: Request) -> Response {
        match self.capture(request).await {
            Ok(Taken::Scripted(answer)) => {
                // The request is stored: the delay is part of the answer, not of the capture.
                tokio::time::sleep(answer.delay).await;
                render(answer.status, &answer.headers, answer.body.into())
            }
            Ok(Taken::Held(capture)) => self.relayed(*capture).await,
            Err(problem) => problem.into_response(),
        }
    }

    async fn capture(&self, request: Request) -> Result<Taken, Problem> {
        let received = self.clock.now();
        let (parts, stream) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let rest = target.strip_prefix("/in/").unwrap_or_default();
        let (token, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if anonymous::is_anonymous(token) && !self.settings.anonymous_tester {
            return Err(Problem::unknown_route());
        }
        let caps = Caps::of(token, &self.settings);
        // Bytes are taken as they are: an encoding is the sender's and the reader's affair.
        let bytes = body::read_raw(stream, &parts.headers, caps.body_bytes).await?;
        let head = parts.extensions.get::<RawHead>().cloned();
        let peer = parts.extensions.get::<Peer>();
        let capture = Capture {
            id: CaptureId::new(&*self.random),
            inbox: InboxId::from_text(""),
            number: 0,
            received,
            method: parts.method.to_string(),
            path: path.to_owned(),
            headers: head.map(|head| without_session(head.headers)).unwrap_or_default(),
            body: bytes,
            remote: peer.map(|peer| self.callers.address(peer.0.ip(), &parts.headers)),
            answered: 0,
            event: parts.headers.get("webhook-id").and_then(|id| id.to_str().ok()).map(EventId::from_text),
        };
        Ok(match self.store.capture(token, capture, caps.keep, caps.per_minute).await? {
            Captured::Stored { account, capture, answer } => {
                self.signals.announce_capture(&account, &capture.inbox);
                Taken::Scripted(answer)
            }
            Captured::Held { account, capture } => {
                self.signals.announce_capture(&account, &capture.inbox);
                Taken::Held(capture)
            }
            Captured::Unknown => return Err(Problem::unknown_route()),
            Captured::Expired => {
                return Err(Problem::new(StatusCode::GONE, "inbox_expired", "This inbox has expired."));
            }
            Captured::TooFast => return Err(Problem::rate_limited(60)),
        })
    }

    /// Answers a stored request as its relay does; 504 when none does in time, so that the sender comes again.
    async fn relayed(&self, capture: Capture) -> Response {
        let (inbox, id) = (capture.inbox.clone(), capture.id.clone());
        let answer = match self.relay.hold(capture) {
            None => {
                Problem::unavailable("relay_full", "Too many requests wait at this inbox.", 1).into_response()
            }
            Some(mut held) => {
                let reply = held.reply().await;
                reply.map_or_else(silent, |reply| render(reply.status, &reply.headers, reply.body))
            }
        };
        if let Err(error) = self.store.answer_capture(&inbox, &id, answer.status().as_u16()).await {
            tracing::warn!(%error, request = %id, "the status of a relayed answer is not recorded");
        }
        answer
    }
}

/// The answer in place of a relay's that did not come.
fn silent() -> Response {
    let message = format!("No relay answered within {} s.", limit::HELD.as_secs());
    Problem::new(StatusCode::GATEWAY_TIMEOUT, "relay_silent", message).into_response()
}

/// What an inbox takes.
struct Caps {
    body_bytes: usize,
    /// Requests that are kept.
    keep: u32,
    /// 0 is no bound.
    per_minute: u32,
}

impl Caps {
    /// An address tells whether it is an anonymous inbox's, so that nothing need be looked up before the body is read.
    fn of(token: &str, settings: &Settings) -> Self {
        if anonymous::is_anonymous(token) {
            return Self {
                body_bytes: limit::ANONYMOUS_BODY_BYTES,
                keep: limit::ANONYMOUS_CAPTURES,
                per_minute: limit::ANONYMOUS_PER_MINUTE,
            };
        }
        Self {
            body_bytes: limit::CAPTURE_BODY_BYTES,
            keep: settings.inbox.keep,
            per_minute: settings.inbox.requests_per_minute.map_or(0, NonZeroU32::get),
        }
    }
}

/// The headers as they came, save for our own session in a cookie (catalogue 6.4).
fn without_session(mut headers: Vec<(Bytes, Bytes)>) -> Vec<(Bytes, Bytes)> {
    for (_, value) in headers.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case(b"cookie")) {
        if let Some(kept) = cookie::without_session(value) {
            *value = kept.into();
        }
    }
    headers
}

fn render(status: u16, headers: &[(String, String)], body: Bytes) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    response.headers_mut().remove(http::header::CONTENT_TYPE);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().entry(http::header::CONTENT_TYPE).or_insert(plain);
    response
}
