//! `/v2/inboxes/{id}/requests/{request}/doctor` and `/v2/attempts/{id}/doctor`: why does this request not verify, or why did my
//! code compute this value? Our own calls.

mod examine;

use super::capture::Captures;
use super::find;
use super::provenance::Provenances;
use crate::attempt;
use crate::auth::Caller;
use crate::body::OptionalBody;
use crate::delivery;
use crate::party::Party;
use crate::path::{PathId, PathIds};
use axum::Json;
use axum::extract::State;
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::attempt::Attempt;
use deskbell_core::event::Event;
use deskbell_core::id::WebhookId;
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::policy::sign;
use deskbell_core::store::Page;
use deskbell_core::vault::{Secret, Vault};
use deskbell_core::webhook::Webhook;
use deskbell_http::turns::{Bounds, Turns};
use deskbell_wire::inbox::doctor::{DoctorQuestion, SignatureDiagnosis};
use deskbell_wire::problem::Problem;
use examine::{Examined, Known, Question, Signer};
use std::sync::Arc;
use std::time::Duration;

/// Most webhooks whose secrets are tried.
const WEBHOOKS: Page = Page { limit: 100, cursor: None };

/// Hundreds of digests of a megabyte keep a processor busy for seconds, and others need one too.
const BOUNDS: Bounds =
    Bounds { at_once: 1, waiting_of_party: 4, waiting: 32, patience: Duration::from_secs(20) };

/// Examines signatures, one at a time.
pub struct Doctor {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    provenances: Provenances,
    turns: Turns<Party>,
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
    let question = question(asked)?;
    // What is examined is read when its turn has come: those who wait hold little.
    let turn = doctor.turns.take(Party::Account(account.id.clone())).await?;
    let inbox = find(&*store, &account, &id).await?;
    let capture = captures.find(&inbox, &request).await?;
    let case = doctor.case(&account, inbox, capture).await?;
    let vault = Arc::clone(&doctor.vault);
    turn.work(move || examine::examine(&case.known(&vault), &question)).await.map(Json).map_err(failed)
}

/// Find the mistake in a signature of ours that a receiver refused: in a value that its code computed over what this attempt sent,
/// or in the request as its code saw it. Without either, what was sent is judged by the webhook's present secret.
#[utoipa::path(post, path = "/v2/attempts/{id}/doctor", tag = "Deliveries", params(("id" = String, Path)),
    request_body = DoctorQuestion, responses((status = 200, body = SignatureDiagnosis),
        (status = 409, description = "The webhook is deleted, and its secret with it; or the event's bytes are", body = Problem)))]
pub async fn examine_sent(
    State(store): State<Arc<dyn Store>>,
    State(doctor): State<Arc<Doctor>>,
    Caller(account): Caller,
    PathId(id): PathId,
    OptionalBody(asked): OptionalBody<DoctorQuestion>,
) -> Result<Json<SignatureDiagnosis>, Problem> {
    let question = question(asked)?;
    let turn = doctor.turns.take(Party::Account(account.id.clone())).await?;
    let attempt = attempt::find(&*store, &account, &id).await?;
    let event = store.event(&account.id, &attempt.event).await?;
    let event = event.ok_or_else(|| Problem::not_found("attempt", &id))?;
    if event.payload_deleted {
        return Err(delivery::payload_deleted());
    }
    let known = doctor.known_of(&account, &attempt, event).await?;
    turn.work(move || examine::examine(&known, &question)).await.map(Json).map_err(failed)
}

/// What is asked of two.
fn question(asked: DoctorQuestion) -> Result<Question, Problem> {
    match (asked.value, asked.request) {
        (Some(_), Some(_)) => {
            let message = "Give one of value and request, or neither.";
            Err(Problem::invalid("request", "value_invalid", message))
        }
        (Some(value), None) => Ok(Question::Value(value)),
        (None, Some(request)) => Ok(Question::Request(request)),
        (None, None) => Ok(Question::AsItCame),
    }
}

fn failed(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "the doctor failed");
    Problem::internal()
}

impl Doctor {
    /// A doctor who knows the webhooks of `store`, and whose request is whose by `provenances`.
    pub fn new(store: Arc<dyn Store>, vault: Arc<Vault>, provenances: Provenances) -> Self {
        Self { store, vault, provenances, turns: Turns::new(BOUNDS, busy) }
    }

    /// The capture, and what may have signed it.
    async fn case(&self, account: &Account, inbox: Inbox, capture: Capture) -> Result<Case, Problem> {
        let owed = self.provenances.of(account, &inbox, &capture).await?.map(|provenance| provenance.webhook);
        let webhooks = self.store.webhooks(&account.id, &WEBHOOKS).await?.items;
        let given = self.provenances.secret(&inbox);
        Ok(Case { inbox, capture, owed, webhooks, given })
    }

    /// What `attempt` sent, and the secrets of its webhook and of the account's other ones.
    async fn known_of(&self, account: &Account, attempt: &Attempt, event: Event) -> Result<Known, Problem> {
        let gone = || Problem::conflict("id", "webhook_deleted", "The delivery's webhook is deleted.");
        let own = self.store.webhook(&account.id, &attempt.webhook).await?.ok_or_else(gone)?;
        let own = signer(&self.vault, own).ok_or_else(gone)?;
        let webhooks = self.store.webhooks(&account.id, &WEBHOOKS).await?.items;
        let others = webhooks.into_iter().filter(|webhook| webhook.id != attempt.webhook);
        let others = others.filter_map(|webhook| signer(&self.vault, webhook)).collect();
        let request = Examined::sent(attempt, event);
        Ok(Known { request, signer: Some(own), others })
    }
}

/// The webhook's secret, opened.
fn signer(vault: &Vault, webhook: Webhook) -> Option<Signer> {
    let secret = vault.open(&webhook.secret, &webhook.secret_ids()).ok()?;
    Some(Signer { id: webhook.id.to_string(), name: webhook.name, secret })
}

fn busy() -> Problem {
    let message = "Too many signatures are examined at this moment. Try again in a few seconds.";
    Problem::unavailable("doctor_busy", message, 5)
}

/// What is to be examined.
struct Case {
    inbox: Inbox,
    capture: Capture,
    /// The webhook whose delivery the capture is, if it is one of ours.
    owed: Option<WebhookId>,
    /// The account's.
    webhooks: Vec<Webhook>,
    /// The secret that the inbox was given.
    given: Option<Secret>,
}

impl Case {
    /// Whose secret the request should be signed with, a webhook's or the one that the inbox was given, and the account's other ones.
    fn known(self, vault: &Vault) -> Known {
        let Self { inbox, capture, owed, webhooks, given } = self;
        let here = format!("/in/{}", inbox.token);
        // What is none of ours is judged with the secret that the inbox was given.
        let given = given.filter(|_| owed.is_none());
        let given = given.map(|secret| Signer { id: inbox.id.to_string(), name: inbox.name.clone(), secret });
        let is_own = |webhook: &Webhook| match &owed {
            Some(owed) => webhook.id == *owed,
            None => webhook.url.contains(&here),
        };
        let (mut own, mut others) = (given, Vec::new());
        for webhook in webhooks {
            let is_own = is_own(&webhook);
            let Some(signer) = signer(vault, webhook) else { continue };
            if own.is_none() && is_own {
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
        Known { request: Examined::captured(capture), signer: own, others }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::id::AccountId;
    use deskbell_store::MemoryStore;
    use std::pin::pin;

    #[tokio::test]
    async fn one_is_examined_at_a_time() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let vault = Arc::new(Vault::new(&[7; 32]));
        let doctor = Doctor::new(store.clone(), vault.clone(), Provenances::new(store, vault));
        let take = |name: &str| doctor.turns.take(Party::Account(AccountId::from_text(name)));
        let turn = take("ACC-1").await.ok().unwrap();
        let mut next = pin!(take("ACC-2"));
        assert!(futures::poll!(&mut next).is_pending(), "not while another one is");
        drop(turn);
        assert_eq!(next.await.ok().unwrap().work(|| "examined").await.unwrap(), "examined");
    }
}
