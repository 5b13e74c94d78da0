//! `/v2/session`: who is signed in, and what the dashboard must know of this instance. Our own call, for sessions alone.

use crate::auth::{SessionCaller, Sessions, SignIn, SignedIn, email_taken};
use crate::body::Body;
use crate::pagination::Parameters;
use crate::settings::Settings;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use deskbell_core::store::LoginSet;
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_wire::problem::Problem;
use deskbell_wire::session::{self as wire, InstanceSettings, SessionEnd, SessionPatch};
use std::sync::Arc;

/// Get the session that calls.
#[utoipa::path(get, path = "/v2/session", tag = "Dashboard", security(("session" = [])),
    responses((status = 200, body = wire::Session)))]
pub async fn get(
    State(clock): State<Arc<dyn Clock>>,
    State(settings): State<Arc<Settings>>,
    SessionCaller(signed_in): SessionCaller,
    _: Parameters<()>,
) -> Json<wire::Session> {
    Json(shown(signed_in, &settings, clock.now()))
}

/// Choose e-mail address and password. All other sessions of the member end. The sign-in is less than ten minutes old.
#[utoipa::path(patch, path = "/v2/session", tag = "Dashboard", security(("session" = [])), request_body = SessionPatch,
    responses((status = 200, body = wire::Session), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    State(settings): State<Arc<Settings>>,
    State(sessions): State<Arc<Sessions>>,
    State(sign_in): State<Arc<SignIn>>,
    SessionCaller(signed_in): SessionCaller,
    Body(patch): Body<SessionPatch>,
) -> Result<Json<wire::Session>, Problem> {
    let now = clock.now();
    signed_in.check_recent(now)?;
    let (member, session, email) = (&signed_in.member, &signed_in.session, patch.email.0.trim());
    let hash = sign_in.new_password(member, email, &patch.password.0).await?;
    match store.set_login(&member.id, email, hash, &session.hash).await? {
        LoginSet::Set(member) => {
            sessions.forget(&member.account);
            tracing::info!(target: "audit", member = %member.id, "e-mail and password changed");
            Ok(Json(shown(SignedIn { member, ..signed_in }, &settings, now)))
        }
        LoginSet::EmailTaken => Err(email_taken()),
        LoginSet::NoMember => Err(Problem::unauthorized()),
    }
}

/// Sign out. Streams of the session end within a second.
#[utoipa::path(delete, path = "/v2/session", tag = "Dashboard", security(("session" = [])),
    responses((status = 200, body = SessionEnd)))]
pub async fn delete(
    State(sessions): State<Arc<Sessions>>,
    _: SessionCaller,
    headers: HeaderMap,
) -> Result<([(header::HeaderName, HeaderValue); 1], Json<SessionEnd>), Problem> {
    sessions.end(&headers).await?;
    Ok(([(header::SET_COOKIE, sessions.cookies().sign_out())], Json(SessionEnd::default())))
}

fn shown(signed_in: SignedIn, settings: &Settings, now: Timestamp) -> wire::Session {
    let SignedIn { account, member, session } = signed_in;
    wire::Session::new(account, member, &session, settings.into(), now)
}

impl From<&Settings> for InstanceSettings {
    fn from(settings: &Settings) -> Self {
        let (delivery, millis) = (&settings.delivery, settings.delivery.deadlines.total.as_millis());
        Self {
            public_url: settings.public_url.to_string(),
            sign_up: settings.sign_up,
            allow_http: delivery.allow_http,
            allow_addresses: delivery.allow_addresses.iter().map(ToString::to_string).collect(),
            max_webhooks: settings.max_webhooks,
            timeout_ms: u64::try_from(millis).unwrap_or(u64::MAX),
            retry_window_seconds: delivery.rules.window.as_secs(),
            inbox_life_seconds: settings.inbox.life.as_secs(),
        }
    }
}
