//! `/sign-up`: an account of one's own, with its sandbox and its owner. It can be turned off (`dashboard.sign_up`).

use crate::form::Form;
use crate::page::{self, page};
use crate::sign_in;
use crate::visitor::Visitor;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use deskbell_api::auth::{CallerAddress, SignIn};
use std::sync::Arc;

#[derive(Template, Default)]
#[template(path = "sign_up.html")]
struct SignUp<'a> {
    root: &'static str,
    email: &'a str,
    /// What is wrong, by the field to blame.
    email_error: Option<&'a str>,
    password_error: Option<&'a str>,
    /// What is wrong with neither.
    refusal: Option<&'a str>,
}

/// `GET /sign-up`; whoever is signed in goes on.
pub(crate) async fn form(State(sign_in): State<Arc<SignIn>>, visitor: Result<Visitor, Response>) -> Response {
    if visitor.is_ok() {
        return page::go("./");
    }
    match sign_in.check_sign_up() {
        Ok(()) => page(StatusCode::OK, &SignUp { root: "./", ..SignUp::default() }),
        Err(refused) => page::problem(&refused, "/sign-up"),
    }
}

/// `POST /sign-up`: makes an account and signs the browser in, or shows the form again with the reason.
pub(crate) async fn sign_up(
    State(sign_in): State<Arc<SignIn>>,
    address: CallerAddress,
    form: Form,
) -> Response {
    if let Err(refused) = sign_in.check_sign_up() {
        return page::problem(&refused, "/sign-up");
    }
    let email = form.text("email").trim();
    let refused = match sign_in.sign_up(address.0, email, form.text("password")).await {
        Ok(cookies) => return sign_in::signed_in(cookies),
        Err(refused) => refused,
    };
    let message = Some(refused.message.as_str());
    let mut shown = SignUp { root: "./", email, ..SignUp::default() };
    match refused.param.as_deref() {
        Some("email") => shown.email_error = message,
        Some("password") => shown.password_error = message,
        _ => shown.refusal = message,
    }
    let mut response = page(refused.status, &shown);
    if let Some(seconds) = refused.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
