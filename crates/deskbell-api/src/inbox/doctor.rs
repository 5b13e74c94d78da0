//! `/v2/inboxes/{id}/requests/{request}/doctor`: why does this request not verify, or why did my code compute this value?
//! Our own call.

mod examine;

use super::capture::Captures;
use super::find;
use super::provenance::Tracer;
use crate::auth::Caller;
use crate::body::OptionalBody;
use crate::path::PathIds;
use axum::Json;
use axum::extract::State;
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::policy::sign;
use deskbell_core::store::Page;
use deskbell_core::vault::Vault;
use deskbell_core::webhook::Webhook;
use deskbell_wire::inbox::doctor::{DoctorQuestion, SignatureDiagnosis};
use deskbell_wire::problem::Problem;
use examine::{Known, Question, Signer};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, spawn_blocking};

/// Most webhooks whose secrets are tried.
const WEBHOOKS: Page = Page { limit: 100, cursor: None };

/// Examines signatures, one at a time: hundreds of digests of a megabyte keep a processor busy for seconds, and others need
/// one too.
pub struct Doctor {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    tracer: Tracer,
    turns: Arc<Semaphore>,
}

/// Find the mistake in a signature: in the request as it came, in a value that your code computed, or in the request as
/// your code sees it.
#[utoipa::path(post, path = "/v2/inboxes/{id}/requests/{request}/doctor", tag = "Inboxes",
    params(("id" = String, Path), ("request" = String, Path)), request_body = DoctorQuestion,
    responses((status = 200, body = SignatureDiagnosis)))]
pub async fn examine(
    State(store): State<Arc<dyn Store>>,
    State(captures): State<Arc<Captures>>,
    State(doctor): State<Arc<Doctor>>,
    Caller(account): Caller,
    PathIds(id, request): PathIds,
    OptionalBody(asked): OptionalBody<DoctorQuestion>,
) -> Result<Json<SignatureDiagnosis>, Problem> {
    let question = match (asked.value, asked.request) {
        (Some(_), Some(_)) => {
            let message = "Give one of value and request, or neither.";
            return Err(Problem::invalid("request", "value_invalid", message));
        }
        (Some(value), None) => Question::Value(value),
        (None, Some(request)) => Question::Request(request),
        (None, None) => Question::AsItCame,
    };
    let inbox = find(&*store, &account, &id).await?;
    let capture = captures.find(&inbox, &request).await?;
    let (signer, others) = doctor.signers(&account, &inbox, &capture).await?;
    let known = Known { capture, signer, others };
    doctor.in_turn(move || examine::examine(&known, &question)).await.map(Json).map_err(|error| {
        tracing::error!(%error, "the doctor failed");
        Problem::internal()
    })
}

impl Doctor {
    /// A doctor who knows the webhooks of `store`, and whose request is whose by `tracer`.
    pub fn new(store: Arc<dyn Store>, vault: Arc<Vault>, tracer: Tracer) -> Self {
        Self { store, vault, tracer, turns: Arc::new(Semaphore::new(1)) }
    }

    /// Does `work` when its turn comes, on a thread that serves nobody else.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let worked = spawn_blocking(move || {
            // Kept until the work is done, even when whoever asked has gone.
            let _turn = turn;
            work()
        });
        worked.await
    }

    /// The webhook whose secret the request should be signed with, and the account's other ones.
    async fn signers(
        &self,
        account: &Account,
        inbox: &Inbox,
        capture: &Capture,
    ) -> Result<(Option<Signer>, Vec<Signer>), Problem> {
        let owed = self.tracer.trace(account, inbox, capture).await?.map(|provenance| provenance.webhook);
        let webhooks = self.store.webhooks(&account.id, &WEBHOOKS).await?.items;
        let here = format!("/in/{}", inbox.token);
        let is_own = |webhook: &Webhook| match &owed {
            Some(owed) => webhook.id == *owed,
            None => webhook.url.contains(&here),
        };
        let (mut own, mut others) = (None, Vec::new());
        for webhook in webhooks {
            let Ok(secret) = self.vault.open(&webhook.secret, &webhook.secret_ids()) else { continue };
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_store::MemoryStore;
    use std::pin::pin;

    #[tokio::test]
    async fn one_is_examined_at_a_time() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let vault = Arc::new(Vault::new(&[7; 32]));
        let doctor = Doctor::new(store.clone(), vault.clone(), Tracer::new(store, vault));
        let turn = doctor.turns.acquire().await.unwrap();
        let mut next = pin!(doctor.in_turn(|| "examined"));
        assert!(futures::poll!(&mut next).is_pending(), "not while another one is");
        assert_eq!(doctor.turns.available_permits(), 0);
        drop(turn);
        assert_eq!(next.await.unwrap(), "examined");
    }
}
