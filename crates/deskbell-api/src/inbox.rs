//! `/v2/inboxes`: addresses that take anything, and the answers they are told to give. Our own calls. Below it is the
//! tester's room: what inboxes capture, who may read it, and what is made of it.

pub mod anonymous;
pub mod capture;
pub mod doctor;
pub mod export;
pub mod intake;
pub mod provenance;
pub mod relay;
pub mod requests;

use crate::auth::{Caller, CallerAddress};
use crate::body::{Body, OptionalBody};
use crate::pagination::{self, List, Pagination, Parameters};
use crate::path::PathId;
use crate::rate_limit::RateLimits;
use crate::settings::Settings;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::id::InboxId;
use deskbell_core::inbox::{Inbox, InboxChange, Minute, new_token};
use deskbell_core::store::InboxCreated;
use deskbell_core::time::later;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Random, Store};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::inbox::{self as wire, ForeignSecret, InboxPatch, NewInbox};
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use http::StatusCode;
use std::sync::Arc;

/// The account's inbox of that id, or a 404.
pub async fn find(store: &dyn Store, account: &Account, id: &str) -> Result<Inbox, Problem> {
    let found = store.inbox(&account.id, &InboxId::from_text(id)).await?;
    found.ok_or_else(|| Problem::not_found("inbox", id))
}

/// Create an inbox.
#[utoipa::path(post, path = "/v2/inboxes", tag = "Inboxes", request_body = Option<NewInbox>,
    responses((status = 201, body = wire::Inbox), (status = 409, body = Problem)))]
#[expect(clippy::too_many_arguments, reason = "each is a part of the state, or of the request")]
pub async fn create(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    State(random): State<Arc<dyn Random>>,
    State(vault): State<Arc<Vault>>,
    State(limits): State<Arc<RateLimits>>,
    State(settings): State<Arc<Settings>>,
    Caller(account): Caller,
    CallerAddress(address): CallerAddress,
    OptionalBody(new): OptionalBody<NewInbox>,
) -> Result<(StatusCode, Json<wire::Inbox>), Problem> {
    limits.check_new_inbox(address)?;
    let relay = new.relay.unwrap_or(false);
    if relay && new.answers.is_some() {
        let message = "An inbox with a relay has no answers of its own: give one of the two.";
        return Err(Problem::invalid("answers", "value_invalid", message));
    }
    let now = clock.now();
    let mut inbox = Inbox {
        id: InboxId::new(&*random),
        account: account.id.clone(),
        token: new_token(&*random),
        name: new.name.0.map_or_else(|| "inbox".to_owned(), String::from),
        script: new.answers.map(|answers| answers.0).unwrap_or_default(),
        relay,
        secret: None,
        created: now,
        expires: later(now, settings.inbox.life),
        captured: 0,
        script_from: 0,
        minute: Minute::default(),
    };
    let secret = new.secret.map(|given| vault.seal(&given.0, &inbox.secret_ids(), &*random));
    inbox.secret = secret;
    let most = settings.inbox.max_inboxes;
    match store.create_inbox(inbox.clone(), most).await? {
        InboxCreated::Created => {
            Ok((StatusCode::CREATED, Json(wire::Inbox::new(&inbox, &settings.public_url))))
        }
        InboxCreated::TooMany => {
            let message = format!("The account has {most} inboxes, which is the limit; delete one first.");
            Err(Problem::conflict("body", "inboxes_too_many", message))
        }
    }
}

/// List inboxes, newest first.
#[utoipa::path(get, path = "/v2/inboxes", tag = "Inboxes", params(Paging::<InboxId>),
    responses((status = 200, body = List<wire::Inbox>)))]
pub async fn list(
    State(store): State<Arc<dyn Store>>,
    State(pagination): State<Arc<Pagination>>,
    State(settings): State<Arc<Settings>>,
    Caller(account): Caller,
    Parameters(Paging { page, .. }, query): Parameters<Paging<InboxId>>,
) -> Result<Response, Problem> {
    let found =
        store.inboxes(&account.id, &page).await.map_err(|error| pagination::cursor_problem(error, &page))?;
    let objects = found.map(|inbox| wire::Inbox::new(&inbox, &settings.public_url));
    Ok(pagination.list("/v2/inboxes", &query, objects))
}

/// Get an inbox.
#[utoipa::path(get, path = "/v2/inboxes/{id}", tag = "Inboxes", params(("id" = String, Path)),
    responses((status = 200, body = wire::Inbox)))]
pub async fn get(
    State(store): State<Arc<dyn Store>>,
    State(settings): State<Arc<Settings>>,
    Caller(account): Caller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<wire::Inbox>, Problem> {
    let inbox = find(&*store, &account, &id).await?;
    Ok(Json(wire::Inbox::new(&inbox, &settings.public_url)))
}

/// Change an inbox's name, answers or secret, or renew it; new answers begin with the first.
#[utoipa::path(patch, path = "/v2/inboxes/{id}", tag = "Inboxes", params(("id" = String, Path)),
    request_body = InboxPatch, responses((status = 200, body = wire::Inbox), (status = 409, body = Problem)))]
#[expect(clippy::too_many_arguments, reason = "each is a part of the state, or of the request")]
pub async fn change(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    State(vault): State<Arc<Vault>>,
    State(random): State<Arc<dyn Random>>,
    State(settings): State<Arc<Settings>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Body(patch): Body<InboxPatch>,
) -> Result<Json<wire::Inbox>, Problem> {
    if patch.has_relay() {
        let message = "Whether an inbox has a relay is settled when it is created.";
        return Err(Problem::invalid("relay", "field_read_only", message));
    }
    let inbox = find(&*store, &account, &id).await?;
    let now = clock.now();
    // Those that have expired do not count against the account's limit: they stay so.
    if patch.renew.0 == Some(true) && !inbox.is_live(now) {
        let message = "The inbox has expired: make another one.";
        return Err(Problem::conflict("renew", "inbox_expired", message));
    }
    let sealed = |given: ForeignSecret| vault.seal(&given.0, &inbox.secret_ids(), &*random);
    let change = InboxChange {
        name: patch.name.0.map(String::from),
        script: patch.answers.map(|answers| answers.0),
        secret: patch.secret.change().map(|given| given.map(sealed)),
        expires: (patch.renew.0 == Some(true)).then(|| later(now, settings.inbox.life)),
    };
    if change == InboxChange::default() {
        let message = "Give at least one of name, answers, secret and renew.";
        return Err(Problem::invalid("body", "body_required", message));
    }
    let changed = store.change_inbox(&account.id, &inbox.id, change).await?;
    let inbox = changed.ok_or_else(|| Problem::not_found("inbox", &id))?;
    Ok(Json(wire::Inbox::new(&inbox, &settings.public_url)))
}

/// Delete an inbox and all it captured.
#[utoipa::path(delete, path = "/v2/inboxes/{id}", tag = "Inboxes", params(("id" = String, Path)),
    responses((status = 200, body = Deleted)))]
pub async fn delete(
    State(store): State<Arc<dyn Store>>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    if store.delete_inbox(&account.id, &InboxId::from_text(&id)).await? {
        Ok(Json(Deleted::new(id)))
    } else {
        Err(Problem::not_found("inbox", &id))
    }
}
