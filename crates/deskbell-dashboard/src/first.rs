//! The first answers: what the page would ask at once, written into it, so that its first list is drawn without another call. They are
//! the public API's own answers to this session, byte for byte.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use deskbell_api::auth::{Recognised, SignedIn};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;
use tower::ServiceExt as _;

/// An answer that is larger is asked for by the page itself.
const ANSWER_BYTES: usize = 1 << 20;
/// The page's own questions, spelt as a browser spells them: `web/src/state` is where they are asked.
const QUESTIONS: [&str; 4] =
    ["deliveries?limit=100&expand=event%2Cattempts", "webhooks?limit=100", "inboxes?limit=100", "session"];

/// Asks the API without a connection.
#[derive(Clone)]
pub(crate) struct FirstAnswers(Arc<Router>);

impl FirstAnswers {
    /// Answers of `api`.
    pub(crate) fn new(api: Router) -> Self {
        Self(Arc::new(api))
    }

    /// The page with the answers in it, by the path and query that the page asks with, as a block of data at the end of its
    /// body.
    pub(crate) async fn written_into(&self, page: &str, signed_in: &SignedIn) -> String {
        let mut first = BTreeMap::new();
        for question in QUESTIONS {
            if let Some(json) = self.ask(question, signed_in).await {
                first.insert(question, json);
            }
        }
        // Maps of text and JSON: nothing here can fail to serialize. `<` stands only inside strings, where its escape means
        // the same, so that no payload can end the block (HTML, 13.1.2.1).
        let json = serde_json::to_string(&first).unwrap_or_default().replace('<', "\\u003c");
        match page.rsplit_once("</body>") {
            Some((body, end)) => {
                format!(
                    "{body}<script type=\"application/json\" id=\"first\">{json}</script>\n  </body>{end}"
                )
            }
            None => page.to_owned(),
        }
    }

    async fn ask(&self, question: &str, signed_in: &SignedIn) -> Option<Box<RawValue>> {
        let request = Request::get(format!("{}{question}", deskbell_api::PATHS))
            .extension(Recognised(signed_in.clone()));
        let answer = Router::clone(&self.0).oneshot(request.body(Body::empty()).ok()?).await.ok()?;
        json_of(answer).await
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
