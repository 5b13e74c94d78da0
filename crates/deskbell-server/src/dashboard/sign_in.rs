//! `/sign-in` and `/sign-out`.

use super::SignedIn;
use super::form::Form;
use super::page::{self, page};
use crate::api::auth::CallerAddress;
use crate::api::problem::Problem;
use crate::api::state::{App, Shared};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use deskbell_core::member::Password;
use std::net::IpAddr;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    root: &'static str,
    /// What was typed; a password is never shown again.
    email: &'a str,
    /// Why it was refused.
    refusal: Option<&'a str>,
    sign_up: bool,
    /// The tester can be used without an account.
    tester: bool,
}

/// `GET /sign-in`; whoever is signed in goes on.
pub async fn form(State(app): State<Shared>, signed_in: Result<SignedIn, Response>) -> Response {
    if signed_in.is_ok() {
        return page::go("./");
    }
    show(&app, StatusCode::OK, "", None)
}

/// `POST /sign-in`
pub async fn sign_in(State(app): State<Shared>, address: CallerAddress, form: Form) -> Response {
    let email = form.text("email");
    match enter(&app, address.0, email, form.text("password")).await {
        Ok(cookie) => signed_in(cookie),
        Err(refused) => {
            let mut response = show(&app, refused.status, email, Some(&refused.message));
            if let Some(seconds) = refused.retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
    }
}

/// On to the dashboard with this cookie.
pub fn signed_in(cookie: HeaderValue) -> Response {
    let mut response = page::go("./");
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

async fn enter(
    app: &App,
    address: Option<IpAddr>,
    email: &str,
    password: &str,
) -> Result<HeaderValue, Problem> {
    let exempt = app.config.api.loopback_exempt;
    app.entrance.throttle.check(&app.vault, address, email, exempt)?;
    let wrong = || {
        let message = "No member has this e-mail address and this password.";
        Problem::forbidden("sign_in_refused", message)
    };
    // What cannot be a password is nobody's: whose address it came with makes no difference.
    let password = Password::new(password.to_owned()).map_err(|_| wrong())?;
    let member = app.store.member_by_email(email.trim()).await?;
    let stored = member.as_ref().and_then(|member| member.password.clone());
    let matches = app.entrance.passwords.matches(stored, password).await?;
    match member.filter(|_| matches) {
        Some(member) => app.begin_session(&member, "password").await,
        None => {
            tracing::warn!(target: "audit", "a sign-in was refused");
            Err(wrong())
        }
    }
}

/// `POST /sign-out`: ends the session that the cookie names. Without one there is nothing to end.
pub async fn sign_out(State(app): State<Shared>, headers: HeaderMap, _ours: Form) -> Response {
    match app.end_session(&headers).await {
        Ok(()) => {
            let mut response = page::go("./sign-in");
            response.headers_mut().insert(header::SET_COOKIE, app.no_cookie());
            response
        }
        Err(refused) => page::problem(&refused, "/sign-out"),
    }
}

impl App {
    /// Ends the session that came with the request, at once and everywhere within half a second.
    pub async fn end_session(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if let Some(signed_in) = self.signed_in(headers).await? {
            let hash = &signed_in.session.hash;
            self.store.end_session(hash).await?;
            self.entrance.sessions.forget(|known, _| known == hash);
            tracing::info!(target: "audit", member = %signed_in.member.id, "signed out");
        }
        Ok(())
    }
}

fn show(app: &App, status: StatusCode, email: &str, refusal: Option<&str>) -> Response {
    let settings = &app.config.dashboard;
    let (sign_up, tester) = (settings.sign_up, settings.anonymous_tester);
    page(status, &SignIn { root: "./", email, refusal, sign_up, tester })
}
