//! The session of a browser: who is signed in, and what the dashboard must know of the instance.

use crate::body::RequestBody;
use crate::parameters::Group;
use crate::schema::{text, value};
use crate::text::EMAIL_CHARS;
use crate::time::Time;
use crate::{fixed, id, word};
use deskbell_core::Timestamp;
use deskbell_core::account::Account;
use deskbell_core::member::Member;
use deskbell_core::policy::limit::PASSWORD_CHARS;
use deskbell_core::session;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};
use utoipa::{IntoParams, ToSchema};

/// A session of the dashboard.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"role": "owner", "expiry_time": "2026-05-12T21:30:00.000Z"})))]
pub struct Session {
    /// Always `session`.
    object: fixed::Session,
    /// The account that it acts for.
    account: id::Account,
    /// The member's e-mail address; null for an owner who came by the link of the start and has chosen none yet.
    #[schema(example = "dev@northwind.example")]
    email: Option<String>,
    /// `owner` or `member`.
    role: word::MemberRole,
    /// The account may see how this whole instance is doing.
    operator: bool,
    sign_in_time: Time,
    /// When the session ends if nothing more is called.
    expiry_time: Time,
    /// The sign-in is less than ten minutes old: enough to see a secret again.
    recent: bool,
    /// The version of Deskbell.
    #[schema(example = "0.1.0")]
    version: &'static str,
    settings: InstanceSettings,
}

impl Session {
    /// The session of `member`, who acts for `account`, as it is `now`.
    pub fn new(
        account: Account,
        member: Member,
        session: &session::Session,
        settings: InstanceSettings,
        now: Timestamp,
    ) -> Self {
        Self {
            object: fixed::Session,
            account: account.id.into(),
            email: member.email,
            role: member.role.into(),
            operator: account.operator,
            sign_in_time: session.created.into(),
            expiry_time: session.expires().into(),
            recent: session.is_recent(now),
            version: env!("CARGO_PKG_VERSION"),
            settings,
        }
    }
}

/// The settings that show on the pages.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstanceSettings {
    /// How this instance is reached.
    #[schema(example = "https://bell.example")]
    pub public_url: String,
    /// Anybody may sign up.
    pub sign_up: bool,
    /// Webhooks may use plain http.
    pub allow_http: bool,
    /// Networks that may be called although they are not public.
    #[schema(example = json!(["10.20.0.0/16"]))]
    pub allow_addresses: Vec<String>,
    /// Webhooks that an account may have.
    #[schema(example = 100)]
    pub max_webhooks: u32,
    /// How long an attempt may take.
    #[schema(example = 20_000)]
    pub timeout_ms: u64,
    /// No try starts later than this after the first.
    #[schema(example = 259_200)]
    pub retry_window_seconds: u64,
    /// How long an inbox takes requests.
    #[schema(example = 604_800)]
    pub inbox_life_seconds: u64,
}

/// An e-mail address and a password to sign in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
pub struct SessionPatch {
    /// Unique on the instance, in any case.
    pub email: SignInEmail,
    /// 10 to 1,024 characters; no common password, and none that is made of the e-mail address.
    pub password: SignInPassword,
}

impl RequestBody for SessionPatch {}

/// An e-mail address as it was typed. Signing in judges it, with 422, as it does for the form of a page.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct SignInEmail(pub String);

value!(
    SignInEmail,
    text("dev@northwind.example")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
        .max_length(Some(EMAIL_CHARS))
);

/// A password as it was typed. Signing in judges it, with 422, as it does for the form of a page.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct SignInPassword(pub String);

value!(
    SignInPassword,
    text("correct horse battery")
        .min_length(Some(*PASSWORD_CHARS.start()))
        .max_length(Some(*PASSWORD_CHARS.end()))
);

/// A session that is over.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct SessionEnd {
    /// Always `session`.
    object: fixed::Session,
    /// Always `true`.
    deleted: fixed::True,
}

/// The link of the start.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EnterQuery {
    /// What it signs in with, once.
    pub token: Option<String>,
}

impl Group for EnterQuery {}
