//! `/sign-up`: an account of one's own, with its sandbox and its owner. It can be turned off (`dashboard.sign_up`).

use super::form::Form;
use super::page::{self, page};
use super::{SignedIn, sign_in};
use crate::api::auth::CallerAddress;
use crate::api::problem::Problem;
use crate::api::state::{App, Shared};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use deskbell_core::account::{Account, PayloadStyle, is_email};
use deskbell_core::id::{AccountId, MemberId};
use deskbell_core::member::{Member, Password, Role};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::AccountCreated;
use std::net::IpAddr;
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
pub async fn form(State(app): State<Shared>, signed_in: Result<SignedIn, Response>) -> Response {
    if signed_in.is_ok() {
        return page::go("./");
    }
    match allowed(&app) {
        Ok(()) => page(StatusCode::OK, &SignUp { root: "./", ..SignUp::default() }),
        Err(refused) => page::problem(&refused, "/sign-up"),
    }
}

/// `POST /sign-up`
pub async fn sign_up(State(app): State<Shared>, address: CallerAddress, form: Form) -> Response {
    if let Err(refused) = allowed(&app) {
        return page::problem(&refused, "/sign-up");
    }
    let email = form.text("email").trim();
    let refused = match create(&app, address.0, email, form.text("password")).await {
        Ok(cookie) => return sign_in::signed_in(cookie),
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

fn allowed(app: &App) -> Result<(), Problem> {
    if app.config.dashboard.sign_up {
        return Ok(());
    }
    let message = "Sign-up is turned off here. Whoever runs this instance can make an account for you.";
    Err(Problem::forbidden("sign_up_off", message))
}

async fn create(
    app: &App,
    address: Option<IpAddr>,
    email: &str,
    password: &str,
) -> Result<HeaderValue, Problem> {
    let (email, password) = checked(email, password)?;
    app.entrance.throttle.check(&app.vault, address, &email, app.config.api.loopback_exempt)?;
    let hash = app.entrance.passwords.hash(password, Arc::clone(&app.random)).await?;
    let (random, now) = (&*app.random, app.now());
    let id = AccountId::new(random);
    let account = Account {
        id: id.clone(),
        email: email.clone(),
        created: now,
        payload_style: PayloadStyle::default(),
        operator: false,
    };
    let owner = Member {
        id: MemberId::new(random),
        account: id.clone(),
        email: Some(email),
        password: Some(hash),
        role: Role::Owner,
        created: now,
    };
    match app.store.sign_up(account, Sandbox::new(&id, random, now), owner.clone()).await? {
        AccountCreated::Created => app.begin_session(&owner, "sign-up").await,
        AccountCreated::EmailTaken => Err(email_taken()),
    }
}

/// An address and a password as they may be; the refusal names the field and the rule.
pub fn checked(email: &str, password: &str) -> Result<(String, Password), Problem> {
    if !is_email(email) {
        let message = "An e-mail address has a name, an @ and a host, and at most 254 characters.";
        return Err(unfit("email", "email_invalid", message));
    }
    let password = Password::new(password.to_owned())
        .map_err(|rule| unfit("password", "password_invalid", &rule.to_string()))?;
    Ok((email.to_owned(), password))
}

fn unfit(param: &str, code: &'static str, message: &str) -> Problem {
    Problem::unprocessable(param, code, message)
}

/// The refusal of an address that somebody else signs in with.
pub fn email_taken() -> Problem {
    Problem::conflict("email", "email_taken", "This e-mail address is in use already. Sign in with it.")
}
