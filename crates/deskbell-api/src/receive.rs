//! The tester's public door: `/in/{token}` takes any method, any path below it, and keeps the request as it came.

pub mod relay;

use crate::app::{App, Shared};
use crate::auth::cookie;
use crate::settings::Settings;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use deskbell_core::id::{CaptureId, EventId, InboxId};
use deskbell_core::inbox::{Capture, ScriptedAnswer, anonymous};
use deskbell_core::policy::limit;
use deskbell_core::store::Captured;
use deskbell_http::{Peer, RawHead, body};
use deskbell_wire::problem::Problem;
use http::{HeaderName, HeaderValue, StatusCode};

/// What every answer of an inbox carries, so that it can serve no page under our name (catalogue 6.4, T-25).
const SHIELD: [(&str, &str); 5] = [
    ("content-security-policy", "sandbox; default-src 'none'"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex"),
    ("cache-control", "no-store"),
    ("access-control-allow-origin", "*"),
];

/// Takes a request to an inbox's address.
pub async fn take(State(app): State<Shared>, request: Request) -> Response {
    match capture(&app, request).await {
        Ok(Taken::Scripted(answer)) => {
            // The request is stored: the delay is part of the answer, not of the capture.
            tokio::time::sleep(answer.delay).await;
            shielded(render(answer.status, &answer.headers, answer.body.into()))
        }
        Ok(Taken::Held(capture)) => relay::relayed(&app, *capture).await,
        Err(problem) => shielded(problem.into_response()),
    }
}

/// A stored request, by who answers it.
enum Taken {
    Scripted(ScriptedAnswer),
    Held(Box<Capture>),
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
            per_minute: settings.inbox.requests_per_minute.map_or(0, std::num::NonZeroU32::get),
        }
    }
}

async fn capture(app: &App, request: Request) -> Result<Taken, Problem> {
    let received = app.now();
    let (parts, stream) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let rest = target.strip_prefix("/in/").unwrap_or_default();
    let (token, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if anonymous::is_anonymous(token) && !app.settings.anonymous_tester {
        return Err(Problem::unknown_route());
    }
    let caps = Caps::of(token, &app.settings);
    // Bytes are taken as they are: an encoding is the sender's and the reader's affair.
    let bytes = body::read_raw(stream, &parts.headers, caps.body_bytes).await?;
    let head = parts.extensions.get::<RawHead>().cloned();
    let capture = Capture {
        id: CaptureId::new(&*app.random),
        inbox: InboxId::from_text(""),
        number: 0,
        received,
        method: parts.method.to_string(),
        path: path.to_owned(),
        headers: head.map(|head| without_session(head.headers)).unwrap_or_default(),
        body: bytes,
        remote: parts.extensions.get::<Peer>().map(|peer| app.callers.address(peer.0.ip(), &parts.headers)),
        answered: 0,
        event: parts.headers.get("webhook-id").and_then(|id| id.to_str().ok()).map(EventId::from_text),
    };
    match app.store.capture(token, capture, caps.keep, caps.per_minute).await? {
        Captured::Stored(_, answer) => {
            app.signals.announce_capture();
            Ok(Taken::Scripted(answer))
        }
        Captured::Held(capture) => {
            app.signals.announce_capture();
            Ok(Taken::Held(capture))
        }
        Captured::Unknown => Err(Problem::unknown_route()),
        Captured::Expired => Err(Problem::new(StatusCode::GONE, "inbox_expired", "This inbox has expired.")),
        Captured::TooFast => Err(Problem::rate_limited(60)),
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

fn shielded(mut response: Response) -> Response {
    for (name, value) in SHIELD {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
