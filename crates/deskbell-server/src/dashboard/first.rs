//! The first answers: what the page would ask at once, written into it, so that its first list is drawn without another call. They are
//! the public API's own answers to this session, byte for byte.

use super::signed_in::SignedIn;
use crate::api::auth::{Caller, SessionCaller};
use crate::api::rate::Family;
use crate::api::state::Shared;
use crate::api::{delivery, inbox, session, webhook};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// An answer that is larger is asked for by the page itself.
const ANSWER_BYTES: usize = 1 << 20;

/// The page with the answers in it, by the path and query that the page asks with, as a block of data at the end of its body.
pub async fn written_into(page: &str, app: &Shared, signed_in: SignedIn) -> String {
    // They are four calls for one of the account's. Past its limit the page asks by itself, and is told to wait.
    if app.rate.check_account(&signed_in.account.id, Family::Own).is_err() {
        return page.to_owned();
    }
    let state = || State(app.clone());
    let caller = || Caller(signed_in.account.clone());
    let query = |text: &str| RawQuery(Some(text.to_owned()));
    // The page's own queries, spelt as a browser spells them: `web/src/state` is where they are asked.
    let (newest, all) = ("limit=100&expand=event%2Cattempts", "limit=100");
    let answers = [
        (
            format!("deliveries?{newest}"),
            delivery::list(state(), caller(), query(newest)).await.into_response(),
        ),
        (format!("webhooks?{all}"), webhook::list(state(), caller(), query(all)).await.into_response()),
        (format!("inboxes?{all}"), inbox::list(state(), caller(), query(all)).await.into_response()),
        ("session".to_owned(), session::get(state(), SessionCaller(signed_in.clone())).await.into_response()),
    ];
    let mut first = BTreeMap::new();
    for (asked, answer) in answers {
        if let Some(json) = json_of(answer).await {
            first.insert(asked, json);
        }
    }
    // Maps of text and JSON: nothing here can fail to serialize. `<` stands only inside strings, where its escape means the same, so
    // that no payload can end the block (HTML, 13.1.2.1).
    let json = serde_json::to_string(&first).unwrap_or_default().replace('<', "\\u003c");
    match page.rsplit_once("</body>") {
        Some((body, end)) => {
            format!("{body}<script type=\"application/json\" id=\"first\">{json}</script>\n  </body>{end}")
        }
        None => page.to_owned(),
    }
}

/// The answer's JSON; `None` when it went wrong, which the page will find out for itself.
async fn json_of(answer: Response) -> Option<Box<RawValue>> {
    if !answer.status().is_success() {
        return None;
    }
    let bytes = axum::body::to_bytes(answer.into_body(), ANSWER_BYTES).await.ok()?;
    serde_json::from_slice(&bytes).ok()
}
