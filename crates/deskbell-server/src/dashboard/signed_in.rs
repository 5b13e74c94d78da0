//! Who is signed in: for pages, which send everybody else to the sign-in.

use super::{cookie, page};
use crate::api::problem::Problem;
use crate::api::state::{App, Shared};
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::member::Member;
use deskbell_core::session::Session;
use deskbell_core::token::Token;

/// A session that is live, with whose it is.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The account.
    pub account: Account,
    /// The person.
    pub member: Member,
    /// The session.
    pub session: Session,
}

impl FromRequestParts<Shared> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Response> {
        match app.signed_in(&parts.headers).await {
            Ok(Some(signed_in)) => Ok(signed_in),
            Ok(None) => Err(page::go("./sign-in")),
            Err(problem) => Err(page::problem(&problem, parts.uri.path())),
        }
    }
}

impl App {
    /// The session whose cookie came with the request, if it is live. Two cookies are as good as none: one is forged.
    pub async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, Problem> {
        let mut given = cookie::values(headers, self.cookie_name());
        let (Some(text), None) = (given.next(), given.next()) else { return Ok(None) };
        let Some(token) = Token::parse(text) else { return Ok(None) };
        let (hash, now) = (token.hash(&self.vault), self.now());
        let found = match self.entrance.sessions.recent(&hash) {
            Some(recent) => recent,
            None => {
                let Some((session, member)) = self.store.session(&hash).await? else { return Ok(None) };
                let Some(account) = self.store.account(&member.account).await? else { return Ok(None) };
                if session.is_live(now)
                    && session.is_to_be_noted(now)
                    && let Err(error) = self.store.note_session(&hash, now).await
                {
                    // The session falls silent a minute early; the call itself may still go well.
                    tracing::debug!(%error, "a session's call could not be noted");
                }
                let found = SignedIn { account, member, session };
                self.entrance.sessions.remember(hash, found.clone());
                found
            }
        };
        Ok(found.session.is_live(now).then_some(found))
    }
}
