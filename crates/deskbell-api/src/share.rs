//! `/v2/shares`: links that show one delivery, frozen, to whoever holds them. Our own calls.

mod freeze;
pub mod frozen;
mod mask;
mod preview;

use crate::auth::Caller;
use crate::body::Body;
use crate::inbox::provenance::Provenances;
use crate::pagination::{self, List, Pagination, Parameters};
use crate::past;
use crate::path::PathId;
use crate::settings::Settings;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::delivery::Delivery;
use deskbell_core::id::ShareId;
use deskbell_core::policy::limit;
use deskbell_core::share::Share;
use deskbell_core::store::ShareCreated;
use deskbell_core::time::later;
use deskbell_core::token::Token;
use deskbell_core::vault::{Secret, Vault};
use deskbell_core::{Clock, Random, Store};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use deskbell_wire::share::{self as wire, NewShare};
use frozen::Frozen;
use http::StatusCode;
use std::sync::Arc;
use std::time::Duration;

/// Freezes deliveries, and opens what was frozen to whoever holds its link.
pub struct Shares {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    provenances: Provenances,
}

impl Shares {
    /// Shares that `store` keeps, sealed by `vault`.
    pub fn new(
        store: Arc<dyn Store>,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        provenances: Provenances,
    ) -> Self {
        Self { store, vault, clock, random, provenances }
    }

    /// What the link of `token` shows, and until when; `None` for an unknown, revoked or expired one alike.
    ///
    /// # Errors
    /// When the store does not know, or what was frozen cannot be read.
    pub async fn open(&self, token: &str) -> Result<Option<(Share, Frozen)>, Problem> {
        let Some(token) = Token::parse(token) else { return Ok(None) };
        let found = self.store.shared(&token.hash(&self.vault), self.clock.now()).await?;
        let Some((share, sealed)) = found else { return Ok(None) };
        let opened = self.vault.open(&sealed, &share.sealed_ids());
        let frozen: Option<Frozen> = opened.ok().and_then(|text| serde_json::from_str(text.expose()).ok());
        match frozen.map(Frozen::masked) {
            Some(frozen) => Ok(Some((share, frozen))),
            None => {
                tracing::error!(share = %share.id, "a share cannot be opened");
                Err(Problem::internal())
            }
        }
    }

    /// Shares `delivery` as it is now, for as long as `life`: the share, and the token of its link.
    async fn make(
        &self,
        account: &Account,
        delivery: &Delivery,
        life: Duration,
    ) -> Result<(Share, Token), Problem> {
        let frozen = self.freeze(account, delivery).await?;
        let text = serde_json::to_string(&frozen).map_err(|_| Problem::internal())?;
        let (now, token) = (self.clock.now(), Token::new(&*self.random));
        let share = Share {
            id: ShareId::new(&*self.random),
            account: account.id.clone(),
            delivery: delivery.id.clone(),
            hash: token.hash(&self.vault),
            created: now,
            expires: later(now, life),
        };
        let sealed = self.vault.seal(&Secret::new(text), &share.sealed_ids(), &*self.random);
        let most = limit::SHARES_PER_ACCOUNT;
        match self.store.create_share(share.clone(), sealed, most).await? {
            ShareCreated::Created => Ok((share, token)),
            ShareCreated::TooMany => {
                let message =
                    format!("The account has {most} live shares, which is the limit; revoke one first.");
                Err(Problem::conflict("body", "shares_too_many", message))
            }
        }
    }
}

/// Freeze a delivery, both sides of it as they are now, and give the link that shows it. Of headers and addresses only what is known
/// to be harmless is shown, and of each signature its head; bodies are shown whole. `POST /v2/shares/preview` says what that is.
#[utoipa::path(post, path = "/v2/shares", tag = "Deliveries", request_body = NewShare,
    responses((status = 201, body = wire::Share), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn create(
    State(store): State<Arc<dyn Store>>,
    State(shares): State<Arc<Shares>>,
    State(settings): State<Arc<Settings>>,
    Caller(account): Caller,
    Body(new): Body<NewShare>,
) -> Result<(StatusCode, Json<wire::Share>), Problem> {
    let delivery = wanted(&*store, &account, &new).await?;
    let (share, token) = shares.make(&account, &delivery, new.life()).await?;
    let url = format!("{}/s/{}", settings.public_url, token.text().expose());
    Ok((StatusCode::CREATED, Json(wire::Share::new(&share).with_url(url))))
}

/// Show what a share of a delivery would show to whoever holds its link. No link is made, and nothing is kept.
#[utoipa::path(post, path = "/v2/shares/preview", tag = "Deliveries", request_body = NewShare,
    responses((status = 200, body = wire::SharePreview), (status = 404, body = Problem)))]
pub async fn preview(
    State(store): State<Arc<dyn Store>>,
    State(shares): State<Arc<Shares>>,
    Caller(account): Caller,
    Body(new): Body<NewShare>,
) -> Result<Json<wire::SharePreview>, Problem> {
    let delivery = wanted(&*store, &account, &new).await?;
    Ok(Json(shares.freeze(&account, &delivery).await?.into()))
}

async fn wanted(store: &dyn Store, account: &Account, new: &NewShare) -> Result<Delivery, Problem> {
    let wanted = &new.delivery.0;
    match store.delivery(&account.id, wanted).await? {
        Some(delivery) => Ok(delivery),
        None => Err(past::not_found(store, account, "delivery", wanted.as_str()).await.param("delivery")),
    }
}

/// List shares, newest first; expired ones stay for a day.
#[utoipa::path(get, path = "/v2/shares", tag = "Deliveries", params(Paging::<ShareId>),
    responses((status = 200, body = List<wire::Share>)))]
pub async fn list(
    State(store): State<Arc<dyn Store>>,
    State(pagination): State<Arc<Pagination>>,
    Caller(account): Caller,
    Parameters(Paging { page, .. }, query): Parameters<Paging<ShareId>>,
) -> Result<Response, Problem> {
    let found =
        store.shares(&account.id, &page).await.map_err(|error| pagination::cursor_problem(error, &page))?;
    Ok(pagination.list("/v2/shares", &query, found.map(|share| wire::Share::new(&share))))
}

/// Revoke a share: its link leads nowhere from now on, and what it froze is deleted.
#[utoipa::path(delete, path = "/v2/shares/{id}", tag = "Deliveries", params(("id" = String, Path)),
    responses((status = 200, body = Deleted)))]
pub async fn revoke(
    State(store): State<Arc<dyn Store>>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    match store.revoke_share(&account.id, &ShareId::from_text(&id)).await? {
        true => Ok(Json(Deleted::new(id))),
        false => Err(Problem::not_found("share", &id)),
    }
}
