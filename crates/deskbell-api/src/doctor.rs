//! `/v2/inboxes/{id}/requests/{request}/doctor`: why does this request not verify, or why did my code compute this value?
//! Our own call.

mod examine;

use super::auth::Caller;
use super::path::PathIds;
use crate::app::{App, Shared};
use crate::body::OptionalObjectBody;
use axum::Json;
use axum::extract::State;
use deskbell_core::account::Account;
use deskbell_core::id::{CaptureId, WebhookId};
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::policy::sign;
use deskbell_core::store::Page;
use deskbell_core::vault::Secret;
use deskbell_core::webhook::Webhook;
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::Problem;
use examine::{Known, Question, Signer};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, spawn_blocking};
use utoipa::ToSchema;

/// What to examine; neither asks about the request as it came.
#[derive(ToSchema)]
#[schema(as = DoctorQuestion)]
pub struct Asked {
    /// The value that your code computed, or the whole header that it would have expected.
    #[schema(example = "c1b91b7e5d1d0f3b8f5b0c7d2a9e4c6f1b3d5e7f9a0b2c4d6e8f0a1b3c5d7e9f")]
    pub value: Option<String>,
    /// The request as your code sees it: header lines, an empty line, the body. Not together with `value`.
    pub request: Option<String>,
}

/// What the doctor found.
#[derive(Serialize, ToSchema)]
#[schema(as = SignatureDiagnosis)]
pub struct DiagnosisObject {
    /// Always `diagnosis`.
    object: &'static str,
    /// What was examined verifies.
    valid: bool,
    /// The stable name of the first mistake; null when there is none, or none that is known.
    #[schema(example = "rebuilt")]
    finding: Option<&'static str>,
    #[schema(example = "The JSON was parsed and rebuilt before hashing.")]
    sentence: String,
    /// What shows it, one sentence each.
    evidence: Vec<String>,
    /// The lines that put it right.
    fix: Option<FixObject>,
    /// Every mistake that was looked for.
    tried: Vec<TriedObject>,
}

/// Lines of code, by language.
#[derive(Serialize, ToSchema)]
#[schema(as = Fix)]
pub struct FixObject {
    python: &'static str,
    node: &'static str,
    go: &'static str,
    php: &'static str,
}

/// A mistake that was looked for.
#[derive(Serialize, ToSchema)]
#[schema(as = Tried)]
pub struct TriedObject {
    /// Its stable name.
    name: &'static str,
    sentence: &'static str,
    /// It was found.
    matches: bool,
}

/// Most webhooks whose secrets are tried.
const WEBHOOKS: Page = Page { limit: 100, cursor: None };

/// Examined at a time: hundreds of digests of a megabyte keep a processor busy for seconds, and others need one too.
static TURNS: Semaphore = Semaphore::const_new(1);

/// Find the mistake in a signature: in the request as it came, in a value that your code computed, or in the request as
/// your code sees it.
#[utoipa::path(post, path = "/v2/inboxes/{id}/requests/{request}/doctor", tag = "Inboxes", params(("id" = String, Path), ("request" = String, Path)),
    request_body = Asked, responses((status = 200, body = DiagnosisObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn examine(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathIds(id, request): PathIds,
    body: OptionalObjectBody,
) -> Result<Json<DiagnosisObject>, Problem> {
    let fields = Fields::new(&body.0);
    fields.only(&["value", "request"])?;
    let question = match (fields.text("value")?, fields.text("request")?) {
        (Some(_), Some(_)) => {
            let message = "Give one of value and request, or neither.";
            return Err(Problem::invalid("request", "value_invalid", message));
        }
        (Some(value), None) => Question::Value(value),
        (None, Some(request)) => Question::Request(request),
        (None, None) => Question::AsItCame,
    };
    let inbox = app.inbox(&account, &id).await?;
    let found = app.store.captured(&account.id, &inbox.id, &CaptureId::from_text(&request)).await?;
    let capture = found.ok_or_else(|| Problem::not_found("request", &request))?;
    let (signer, others) = app.signers(&account, &inbox, &capture).await?;
    let known = Known { capture, signer, others };
    in_turn(move || examine::examine(&known, &question)).await.map(Json).map_err(|error| {
        tracing::error!(%error, "the doctor failed");
        Problem::internal()
    })
}

/// Does `work` when its turn comes, on a thread that serves nobody else.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    let turn = TURNS.acquire().await;
    let worked = spawn_blocking(move || {
        // Kept until the work is done, even when whoever asked has gone.
        let _turn = turn;
        work()
    });
    worked.await
}

impl App {
    /// The webhook whose secret the request should be signed with, and the account's other ones.
    async fn signers(
        &self,
        account: &Account,
        inbox: &Inbox,
        capture: &Capture,
    ) -> Result<(Option<Signer>, Vec<Signer>), Problem> {
        let provenance = self.provenance(account, inbox, capture).await?;
        let owed = provenance.map(|provenance| WebhookId::from_text(provenance.webhook()));
        let webhooks = self.store.webhooks(&account.id, &WEBHOOKS).await?.items;
        let here = format!("/in/{}", inbox.token);
        let is_own = |webhook: &Webhook| match &owed {
            Some(owed) => webhook.id == *owed,
            None => webhook.url.contains(&here),
        };
        let (mut own, mut others) = (None, Vec::new());
        for webhook in webhooks {
            let Some(secret) = self.opened(&webhook) else { continue };
            let signer = Signer { id: webhook.id.to_string(), name: webhook.name.clone(), secret };
            if own.is_none() && is_own(&webhook) {
                own = Some(signer);
            } else {
                others.push(signer);
            }
        }
        // A request that somebody else sent here may still carry the signature of one of ours.
        let header = capture.header(sign::HEADER).and_then(|header| std::str::from_utf8(header).ok());
        if let (None, Some(header)) = (&own, header) {
            let verifies = |signer: &Signer| sign::verify(&signer.secret, header, &capture.body).is_ok();
            own = others.iter().position(verifies).map(|at| others.swap_remove(at));
        }
        Ok((own, others))
    }

    fn opened(&self, webhook: &Webhook) -> Option<Secret> {
        self.vault.open(&webhook.secret, &webhook.secret_ids()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;

    #[tokio::test]
    async fn one_is_examined_at_a_time() {
        let turn = TURNS.acquire().await.unwrap();
        let mut next = pin!(in_turn(|| "examined"));
        assert!(futures::poll!(&mut next).is_pending(), "not while another one is");
        assert_eq!(TURNS.available_permits(), 0);
        drop(turn);
        assert_eq!(next.await.unwrap(), "examined");
    }
}
