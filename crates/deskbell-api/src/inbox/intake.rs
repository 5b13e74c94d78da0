//! The tester's public door: `/in/{token}` takes any method, any path below it, and keeps the request as it came.

use super::relay::Relay;
use crate::auth::{Callers, cookie};
use crate::bandwidth::Bandwidth;
use crate::disk::{Disk, Room};
use crate::open_calls::{OpenCalls, Purpose};
use crate::party::Party;
use crate::rate_limit::RateLimits;
use crate::settings::Settings;
use crate::signals::Signals;
use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use deskbell_core::id::{AccountId, CaptureId, EventId, InboxId};
use deskbell_core::inbox::{Capture, ScriptedAnswer, anonymous};
use deskbell_core::policy::limit;
use deskbell_core::store::{Captured, Keep};
use deskbell_core::{Clock, Random, Store};
use deskbell_http::{Peer, RawHead, body, header_case};
use deskbell_wire::problem::Problem;
use http::{HeaderName, HeaderValue, StatusCode};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// What every answer of an inbox carries, so that it can serve no page under our name (catalogue 6.4, T-25).
const SECURITY_HEADERS: [(&str, &str); 5] = [
    ("content-security-policy", "sandbox; default-src 'none'"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex"),
    ("cache-control", "no-store"),
    ("access-control-allow-origin", "*"),
];

/// A large request waits no longer for its account's bandwidth: well within the time that an attempt of our own has.
const PATIENCE: Duration = Duration::from_secs(10);

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
    limits: Arc<RateLimits>,
    signals: Arc<Signals>,
    relay: Arc<Relay>,
    open_calls: Arc<OpenCalls>,
    disk: Arc<Disk>,
    settings: Arc<Settings>,
    bandwidth: Bandwidth,
}

/// A stored request, and who owns its inbox.
struct Taken {
    account: AccountId,
    capture: Box<Capture>,
    /// What it is answered with; none where a relay says it.
    scripted: Option<ScriptedAnswer>,
}

impl Intake {
    /// An intake into `store`, for the inboxes that `settings` allow; `relay` has those of whom a program answers. As many wait for
    /// their answers as `open_calls` hold. None while little room is left on the `disk`.
    #[expect(clippy::too_many_arguments, reason = "each is a part of the state")]
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        callers: Arc<Callers>,
        limits: Arc<RateLimits>,
        signals: Arc<Signals>,
        relay: Arc<Relay>,
        open_calls: Arc<OpenCalls>,
        disk: Arc<Disk>,
        settings: Arc<Settings>,
    ) -> Self {
        let bandwidth =
            Bandwidth::new(limit::CAPTURED_BYTES_PER_SECOND, limit::CAPTURED_BURST_BYTES, PATIENCE);
        Self { store, clock, random, callers, limits, signals, relay, open_calls, disk, settings, bandwidth }
    }

    async fn answer(&self, request: Request) -> Response {
        match self.capture(request).await {
            Ok(Taken { scripted: Some(answer), .. }) if answer.delay.is_zero() => scripted(answer).await,
            Ok(taken) => self.answer_later(taken).await,
            Err(problem) => problem.into_response(),
        }
    }

    /// Answers a stored request when its script or its relay says so; how, is recorded afterwards where it was not known.
    async fn answer_later(&self, taken: Taken) -> Response {
        let Taken { account, capture, scripted: script } = taken;
        let (inbox, id) = (capture.inbox.clone(), capture.id.clone());
        let answer = match (self.open_calls.enter(Party::Account(account), Purpose::Answer), script) {
            (Ok(_open), Some(answer)) => {
                // The request is stored: the delay is part of the answer, not of the capture, whose bytes count while it is here.
                drop(capture);
                tokio::time::sleep(answer.delay).await;
                return scripted(answer).await;
            }
            (Ok(_open), None) => self.relayed(*capture).await,
            (Err(too_many), _) => too_many.into_response(),
        };
        if let Err(error) = self.store.answer_capture(&inbox, &id, answer.status().as_u16()).await {
            tracing::warn!(%error, request = %id, "the status of an answer is not recorded");
        }
        answer
    }

    async fn capture(&self, request: Request) -> Result<Taken, Problem> {
        let received = self.clock.now();
        let (parts, stream) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let rest = target.strip_prefix("/in/").unwrap_or_default();
        let (token, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let peer = parts.extensions.get::<Peer>();
        let remote = peer.map(|peer| self.callers.address(peer.0.ip(), &parts.headers));
        // What is not taken costs its head: not a byte of its body is read.
        let has_body = !stream.is_end_stream();
        let unread = |problem: Problem| if has_body { problem.closing() } else { problem };
        if anonymous::is_anonymous(token) {
            if !self.settings.anonymous_tester {
                return Err(unread(Problem::unknown_route()));
            }
            self.limits.check_tester_capture(remote).map_err(unread)?;
        }
        if self.disk.room() != Room::Enough {
            return Err(unread(Problem::storage_low()));
        }
        let caps = Caps::of(token, &self.settings);
        let inbox = self.store.inbox_of_token(token).await?;
        let inbox = inbox.ok_or_else(|| unread(Problem::unknown_route()))?;
        if let Some(refused) = inbox.refuses(received, caps.per_minute) {
            return Err(unread(refusal(&refused)));
        }
        // Bytes are taken as they are: an encoding is the sender's and the reader's affair.
        let account = inbox.account;
        let bytes = body::read_raw(&parts, stream, caps.body_bytes, Some(account.clone())).await?;
        // What was announced and did not come costs nobody anything. What waits here counts as a body on its way.
        self.pace(token, &account, bytes.len()).await?;
        let head = parts.extensions.get::<RawHead>().cloned();
        let capture = Capture {
            id: CaptureId::new(&*self.random),
            inbox: InboxId::from_text(""),
            number: 0,
            received,
            method: parts.method.to_string(),
            path: path.to_owned(),
            headers: head.map(|head| without_our_cookies(head.headers)).unwrap_or_default(),
            body: bytes,
            remote,
            answered: 0,
            event: parts.headers.get("webhook-id").and_then(|id| id.to_str().ok()).map(EventId::from_text),
            note: None,
        };
        Ok(match self.store.capture(&account, token, capture, caps.keep, caps.per_minute).await? {
            Captured::Stored { account, capture, answer } => {
                self.signals.announce_capture(&account, &capture.inbox);
                Taken { account, capture, scripted: Some(answer) }
            }
            Captured::Held { account, capture } => {
                self.signals.announce_capture(&account, &capture.inbox);
                Taken { account, capture, scripted: None }
            }
            refused => return Err(refusal(&refused)),
        })
    }

    /// Lets a flood of large requests wait: each is written to a disk that everybody shares. Anonymous inboxes, which belong to
    /// one account, have limits by address.
    async fn pace(&self, token: &str, account: &AccountId, bytes: usize) -> Result<(), Problem> {
        if anonymous::is_anonymous(token) { Ok(()) } else { self.bandwidth.take(account, bytes).await }
    }

    /// Answers a stored request as its relay does; 504 when none does in time, so that the sender comes again.
    async fn relayed(&self, capture: Capture) -> Response {
        let Some(mut held) = self.relay.hold(capture) else {
            let full = Problem::unavailable("relay_full", "Too many requests wait at this inbox.", 1);
            return full.into_response();
        };
        let reply = held.reply().await;
        match reply {
            Some(reply) => render(reply.status, &reply.headers, reply.body).await,
            None => silent(),
        }
    }
}

/// The answer to what an inbox did not take.
fn refusal(captured: &Captured) -> Problem {
    match captured {
        Captured::Stored { .. } | Captured::Held { .. } => Problem::internal(),
        Captured::Unknown => Problem::unknown_route(),
        Captured::Expired => Problem::new(StatusCode::GONE, "inbox_expired", "This inbox has expired."),
        Captured::TooFast => Problem::rate_limited(60),
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
    keep: Keep,
    /// 0 is no bound.
    per_minute: u32,
}

impl Caps {
    /// An address tells whether it is an anonymous inbox's.
    fn of(token: &str, settings: &Settings) -> Self {
        let account_bytes = u64::from(settings.inbox.keep_mib) << 20;
        if anonymous::is_anonymous(token) {
            return Self {
                body_bytes: limit::ANONYMOUS_BODY_BYTES,
                keep: Keep { requests: limit::ANONYMOUS_CAPTURES, account_bytes },
                per_minute: limit::ANONYMOUS_PER_MINUTE,
            };
        }
        Self {
            body_bytes: limit::CAPTURE_BODY_BYTES,
            keep: Keep { requests: settings.inbox.keep, account_bytes },
            per_minute: settings.inbox.requests_per_minute.map_or(0, NonZeroU32::get),
        }
    }
}

/// The headers as they came, save for our own cookies (catalogue 6.4).
fn without_our_cookies(mut headers: Vec<(Bytes, Bytes)>) -> Vec<(Bytes, Bytes)> {
    for (_, value) in headers.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case(b"cookie")) {
        if let Some(kept) = cookie::without_ours(value) {
            *value = kept.into();
        }
    }
    headers
}

async fn scripted(answer: ScriptedAnswer) -> Response {
    render(answer.status, &answer.headers, answer.body.into()).await
}

/// An answer with the headers that its author gave, under their names in their case.
async fn render(status: u16, headers: &[(String, String)], body: Bytes) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    response.headers_mut().remove(http::header::CONTENT_TYPE);
    let carried = || headers.iter().filter(|(name, value)| ScriptedAnswer::may_carry(name, value));
    for (name, value) in carried() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().entry(http::header::CONTENT_TYPE).or_insert(plain);
    header_case::with_names(response, carried().map(|(name, _)| name.as_str())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A script that was saved when more was allowed, and a relay of another release, come here too.
    #[tokio::test]
    async fn only_what_may_be_saved_today_is_sent() {
        let saved = [
            ("Content-Type", "text/xsl"),
            ("content-type", "text/ecmascript"),
            ("Service-Worker-Allowed", "/"),
            ("CDN-Cache-Control", "max-age=9"),
            ("X-LiteSpeed-Location", "/"),
            ("Set-Cookie", "a=b"),
            ("Retry-After", "2"),
            ("X-Test-A", "1"),
        ];
        let saved = saved.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let sent = render(200, &saved, Bytes::from_static(b"<a/>")).await;
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        let sent: Vec<_> = sent.headers().iter().map(|(name, value)| (name.as_str(), text(value))).collect();
        let plain = "text/plain; charset=utf-8";
        let expected = [("retry-after", "2"), ("x-test-a", "1"), ("content-type", plain)];
        assert_eq!(sent, expected.map(|(name, value)| (name, value.to_owned())), "A-137");
    }
}
