//! `/v2/session`: who is signed in, and what the dashboard must know of this instance. Our own call, for sessions alone.

use super::auth::SessionCaller;
use crate::app::{App, Shared};
use crate::auth::{SignedIn, checked, email_taken};
use crate::body::ObjectBody;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use deskbell_core::store::LoginSet;
use deskbell_core::time::wire;
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::Problem;
use serde::Serialize;

use utoipa::ToSchema;

/// A session of the dashboard.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionObject {
    /// Always `session`.
    object: &'static str,
    /// The account that it acts for.
    #[schema(example = "ACC-7Q2M4XK9PD")]
    account: String,
    /// The member's e-mail address; null for an owner who came by the link of the start and has chosen none yet.
    #[schema(example = "dev@northwind.example")]
    email: Option<String>,
    /// `owner` or `member`.
    #[schema(example = "owner")]
    role: &'static str,
    /// The account may see how this whole instance is doing.
    operator: bool,
    #[schema(example = "2026-05-12T09:30:00.000Z")]
    sign_in_time: String,
    /// When the session ends if nothing more is called.
    #[schema(example = "2026-05-12T21:30:00.000Z")]
    expiry_time: String,
    /// The sign-in is less than ten minutes old: enough to see a secret again.
    recent: bool,
    /// The version of Deskbell.
    #[schema(example = "0.1.0")]
    version: &'static str,
    settings: InstanceSettings,
}

/// The settings that show on the pages.
#[derive(Serialize, ToSchema)]
pub struct InstanceSettings {
    /// How this instance is reached.
    #[schema(example = "https://bell.example")]
    public_url: String,
    /// Anybody may sign up.
    sign_up: bool,
    /// Webhooks may use plain http.
    allow_http: bool,
    /// Networks that may be called although they are not public.
    #[schema(example = json!(["10.20.0.0/16"]))]
    allow_addresses: Vec<String>,
    /// Webhooks that an account may have.
    #[schema(example = 100)]
    max_webhooks: u32,
    /// How long an attempt may take.
    #[schema(example = 20_000)]
    timeout_ms: u64,
    /// No try starts later than this after the first.
    #[schema(example = 259_200)]
    retry_window_seconds: u64,
    /// How long an inbox takes requests.
    #[schema(example = 604_800)]
    inbox_life_seconds: u64,
}

/// An e-mail address and a password to sign in with.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionPatch)]
pub struct SessionPatch {
    /// Unique on the instance, in any case.
    #[schema(example = "dev@northwind.example")]
    pub email: String,
    /// 10 to 1,024 characters.
    #[schema(example = "correct horse battery", min_length = 10, max_length = 1024)]
    pub password: String,
}

/// A session that is over.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionEnd)]
pub struct SessionEnd {
    /// Always `session`.
    object: &'static str,
    /// Always `true`.
    deleted: bool,
}

impl App {
    fn session_object(&self, signed_in: SignedIn) -> SessionObject {
        let SignedIn { account, member, session } = signed_in;
        let (delivery, millis) =
            (&self.settings.delivery, self.settings.delivery.deadlines.total.as_millis());
        SessionObject {
            object: "session",
            account: account.id.to_string(),
            email: member.email,
            role: member.role.as_str(),
            operator: account.operator,
            sign_in_time: wire(session.created),
            expiry_time: wire(session.expires()),
            recent: session.is_recent(self.now()),
            version: env!("CARGO_PKG_VERSION"),
            settings: InstanceSettings {
                public_url: self.settings.public_url.clone(),
                sign_up: self.settings.sign_up,
                allow_http: delivery.allow_http,
                allow_addresses: delivery.allow_addresses.iter().map(ToString::to_string).collect(),
                max_webhooks: self.settings.max_webhooks,
                timeout_ms: u64::try_from(millis).unwrap_or(u64::MAX),
                retry_window_seconds: delivery.rules.window.as_secs(),
                inbox_life_seconds: self.settings.inbox.life.as_secs(),
            },
        }
    }

    /// Refuses what a session may do only shortly after its sign-in (T-50).
    pub fn check_recent(&self, signed_in: &SignedIn) -> Result<(), Problem> {
        if signed_in.session.is_recent(self.now()) {
            return Ok(());
        }
        let message = "Your session is older than 10 minutes. Sign in again.";
        Err(Problem::forbidden("session_too_old", message))
    }
}

/// Get the session that calls.
#[utoipa::path(get, path = "/v2/session", tag = "Dashboard", security(("session" = [])),
    responses((status = 200, body = SessionObject)))]
pub async fn get(State(app): State<Shared>, SessionCaller(signed_in): SessionCaller) -> Json<SessionObject> {
    Json(app.session_object(signed_in))
}

/// Choose e-mail address and password. All other sessions of the member end. The sign-in is less than ten minutes old.
#[utoipa::path(patch, path = "/v2/session", tag = "Dashboard", security(("session" = [])), request_body = SessionPatch,
    responses((status = 200, body = SessionObject), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change(
    State(app): State<Shared>,
    SessionCaller(signed_in): SessionCaller,
    body: ObjectBody,
) -> Result<Json<SessionObject>, Problem> {
    let fields = Fields::new(&body.0);
    fields.only(&["email", "password"])?;
    let (email, password) = (fields.required_text("email")?, fields.required_text("password")?);
    app.check_recent(&signed_in)?;
    let (email, password) = checked(email.trim(), &password)?;
    let (member, session) = (&signed_in.member, &signed_in.session);
    let hash = app.sign_in.new_password(&member.id, password).await?;
    match app.store.set_login(&member.id, &email, hash, &session.hash).await? {
        LoginSet::Set(member) => {
            app.callers.forget(&member.account);
            tracing::info!(target: "audit", member = %member.id, "e-mail and password changed");
            Ok(Json(app.session_object(SignedIn { member, ..signed_in })))
        }
        LoginSet::EmailTaken => Err(email_taken()),
        LoginSet::NoMember => Err(Problem::unauthorized()),
    }
}

/// Sign out. Streams of the session end within a second.
#[utoipa::path(delete, path = "/v2/session", tag = "Dashboard", security(("session" = [])),
    responses((status = 200, body = SessionEnd)))]
pub async fn delete(
    State(app): State<Shared>,
    _: SessionCaller,
    headers: HeaderMap,
) -> Result<([(header::HeaderName, HeaderValue); 1], Json<SessionEnd>), Problem> {
    app.sessions.end(&headers).await?;
    Ok((
        [(header::SET_COOKIE, app.sessions.cookie().clear())],
        Json(SessionEnd { object: "session", deleted: true }),
    ))
}
