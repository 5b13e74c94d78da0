//! The link of the start: whoever can read what the server prints is its first account's owner (H-26: no default password).

use super::page::{self, page};
use crate::api::fields::Query;
use crate::api::problem::Problem;
use crate::api::state::{App, Shared};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use deskbell_core::id::MemberId;
use deskbell_core::member::{Member, Role};
use deskbell_core::policy::limit;
use deskbell_core::session::Session;
use deskbell_core::time::later;
use deskbell_core::token::{Token, TokenHash};
use deskbell_core::vault::{Secret, Vault};
use deskbell_core::{Random, Timestamp};
use std::time::Duration;

/// How long the link works after the start.
const LINK_LIFE: Duration = Duration::from_secs(3_600);

/// The link, of which only a hash is kept.
#[derive(Debug)]
pub struct EnterLink {
    hash: TokenHash,
    expires: Timestamp,
}

impl EnterLink {
    /// A fresh link, with the text that opens it.
    pub fn new(random: &dyn Random, vault: &Vault, now: Timestamp) -> (Self, Secret) {
        let token = Token::new(random);
        (Self { hash: token.hash(vault), expires: later(now, LINK_LIFE) }, token.text().clone())
    }

    fn opens(&self, text: &str, vault: &Vault, now: Timestamp) -> bool {
        now < self.expires && Token::parse(text).is_some_and(|token| token.hash(vault) == self.hash)
    }
}

/// Goes on to the dashboard by itself: the cookie is sent only with a request that a page of ours makes, and the click on
/// the link was none.
#[derive(Template)]
#[template(path = "enter.html")]
struct Entered {
    root: &'static str,
}

/// `GET /enter?token=…`
pub async fn enter(State(app): State<Shared>, RawQuery(raw): RawQuery) -> Response {
    entered(&app, raw.as_deref()).await.unwrap_or_else(|refused| page::problem(&refused, "/enter"))
}

async fn entered(app: &App, raw: Option<&str>) -> Result<Response, Problem> {
    let query = Query::parse(raw, &["token"])?;
    let now = app.now();
    if !query.get("token").is_some_and(|text| app.entrance.link.opens(text, &app.vault, now)) {
        let message = "This link is not the one that was printed at the last start, or it is older than an hour. \
                       Sign in, or start again for a new link.";
        return Err(Problem::forbidden("link_expired", message));
    }
    let first = app.store.accounts().await?.into_iter().next().ok_or_else(Problem::internal)?;
    let owner = Member {
        id: MemberId::new(&*app.random),
        account: first.id,
        email: None,
        password: None,
        role: Role::Owner,
        created: now,
    };
    let owner = app.store.owner_or(owner).await?;
    let cookie = app.begin_session(&owner, "link").await?;
    let mut response = page(StatusCode::OK, &Entered { root: "./" });
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

impl App {
    /// Signs a browser in as `member`, and gives the cookie that says so. `by` names how, for the audit log.
    pub async fn begin_session(&self, member: &Member, by: &str) -> Result<HeaderValue, Problem> {
        let token = Token::new(&*self.random);
        let session = Session::new(token.hash(&self.vault), member.id.clone(), self.now());
        self.store.create_session(session, limit::SESSIONS_PER_MEMBER).await?;
        tracing::info!(target: "audit", member = %member.id, account = %member.account, by, "signed in");
        Ok(self.cookie(&token))
    }
}
