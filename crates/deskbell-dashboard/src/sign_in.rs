//! `/sign-in` and `/sign-out`.

use crate::form::Form;
use crate::page::{self, page};
use crate::visitor::Visitor;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use deskbell_api::auth::{CallerAddress, Sessions, SignIn};
use deskbell_api::settings::Settings;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
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
pub(crate) async fn form(
    State(settings): State<Arc<Settings>>,
    visitor: Result<Visitor, Response>,
) -> Response {
    if visitor.is_ok() {
        return page::go("./");
    }
    show(&settings, StatusCode::OK, "", None)
}

/// `POST /sign-in`: signs the browser in, or shows the form again with the reason.
pub(crate) async fn sign_in(
    State(sign_in): State<Arc<SignIn>>,
    State(settings): State<Arc<Settings>>,
    address: CallerAddress,
    headers: HeaderMap,
    form: Form,
) -> Response {
    let email = form.text("email");
    match sign_in.with_password(address.0, &headers, email, form.text("password")).await {
        Ok(cookies) => signed_in(cookies),
        Err(refused) => {
            let mut response = show(&settings, refused.status, email, Some(&refused.message));
            if let Some(seconds) = refused.retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
    }
}

/// On to the dashboard with these cookies.
pub(crate) fn signed_in(cookies: Vec<HeaderValue>) -> Response {
    page::with_cookies(page::go("./"), cookies)
}

/// `POST /sign-out`: ends the session that the cookie names. Without one there is nothing to end.
pub(crate) async fn sign_out(
    State(sessions): State<Arc<Sessions>>,
    headers: HeaderMap,
    _ours: Form,
) -> Response {
    match sessions.end(&headers).await {
        Ok(()) => {
            let mut response = page::go("./sign-in");
            response.headers_mut().insert(header::SET_COOKIE, sessions.cookies().sign_out());
            response
        }
        Err(refused) => page::problem(&refused, "/sign-out"),
    }
}

fn show(settings: &Settings, status: StatusCode, email: &str, refusal: Option<&str>) -> Response {
    let (sign_up, tester) = (settings.sign_up, settings.anonymous_tester);
    page(status, &SignInPage { root: "./", email, refusal, sign_up, tester })
}
