//! `/v2/shares`: links that show one delivery, frozen, to whoever holds them. Our own calls.

pub mod frozen;
mod mask;

use super::auth::Caller;
use super::path::PathId;
use crate::app::{App, Shared};
use crate::body::ObjectBody;
use crate::pagination::{self, List};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::id::{DeliveryId, ShareId};
use deskbell_core::policy::limit;
use deskbell_core::share::Share;
use deskbell_core::store::ShareCreated;
use deskbell_core::time::{later, wire};
use deskbell_core::token::Token;
use deskbell_core::vault::Secret;
use deskbell_wire::deleted::Deleted;
use deskbell_wire::fields::{Fields, Query};
use deskbell_wire::problem::Problem;
use http::StatusCode;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// A share.
#[derive(Serialize, ToSchema)]
#[schema(as = Share)]
pub struct ShareObject {
    /// Always `share`.
    object: &'static str,
    #[schema(example = "SHR-6Z1N0QX7RT")]
    id: String,
    /// The delivery that it froze.
    #[schema(example = "DLV-7Q2M0QX7RTB81XZK")]
    delivery: String,
    /// The link: shown once, when the share is created; null from then on.
    #[schema(example = "http://127.0.0.1:8480/s/0fL3q1cJx2dU8s7Zk5pQ9wAbCdEfGhIjKlMnOpQrStU")]
    url: Option<String>,
    creation_time: String,
    /// When the link stops working.
    expiry_time: String,
}

/// A share to create.
#[derive(ToSchema)]
pub struct NewShare {
    /// The delivery to freeze.
    #[schema(example = "DLV-7Q2M0QX7RTB81XZK")]
    pub delivery: String,
    /// 1 to 720; 168, which is a week, when left out.
    #[schema(example = 24)]
    pub expires_in_hours: Option<u32>,
}

impl ShareObject {
    fn new(share: &Share, url: Option<String>) -> Self {
        Self {
            object: "share",
            id: share.id.to_string(),
            delivery: share.delivery.to_string(),
            url,
            creation_time: wire(share.created),
            expiry_time: wire(share.expires),
        }
    }
}

impl pagination::Identified for ShareObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A week.
const DEFAULT_HOURS: i64 = 168;

/// Freeze a delivery, both sides of it as they are now, and give the link that shows it. Secrets are masked: keys, cookies,
/// tokens, and all but the head of each signature.
#[utoipa::path(post, path = "/v2/shares", tag = "Deliveries", request_body = NewShare,
    responses((status = 201, body = ShareObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<Shared>,
    Caller(account): Caller,
    body: ObjectBody,
) -> Result<(StatusCode, Json<ShareObject>), Problem> {
    let fields = Fields::new(&body.0);
    fields.read_only(&["id", "object", "url", "creation_time", "expiry_time"])?;
    fields.only(&["delivery", "expires_in_hours"])?;
    let wanted = fields.required_text("delivery")?;
    let hours = fields.integer("expires_in_hours", 1..=limit::SHARE_HOURS)?.unwrap_or(DEFAULT_HOURS);
    let found = app.store.delivery(&account.id, &DeliveryId::from_text(&wanted)).await?;
    let delivery = found.ok_or_else(|| Problem::not_found("delivery", &wanted).param("delivery"))?;
    let frozen = app.freeze(&account, &delivery).await?;
    let text = serde_json::to_string(&frozen).map_err(|_| Problem::internal())?;
    let (now, token) = (app.now(), Token::new(&*app.random));
    let share = Share {
        id: ShareId::new(&*app.random),
        account: account.id,
        delivery: delivery.id,
        hash: token.hash(&app.vault),
        created: now,
        expires: later(now, Duration::from_secs(3_600 * u64::try_from(hours).unwrap_or(1))),
    };
    let sealed = app.vault.seal(&Secret::new(text), &share.sealed_ids(), &*app.random);
    match app.store.create_share(share.clone(), sealed, limit::SHARES_PER_ACCOUNT).await? {
        ShareCreated::Created => {
            let url = format!("{}/s/{}", app.settings.public_url, token.text().expose());
            Ok((StatusCode::CREATED, Json(ShareObject::new(&share, Some(url)))))
        }
        ShareCreated::TooMany => {
            let message = format!(
                "The account has {} live shares, which is the limit; revoke one first.",
                limit::SHARES_PER_ACCOUNT
            );
            Err(Problem::conflict("body", "shares_too_many", message))
        }
    }
}

/// List shares, newest first; expired ones stay for a day.
#[utoipa::path(get, path = "/v2/shares", tag = "Deliveries", params(pagination::Paging),
    responses((status = 200, body = List<ShareObject>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before"])?;
    let page = query.page()?;
    let found = app
        .store
        .shares(&account.id, &page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &page))?;
    Ok(app.pagination.list("/v2/shares", &query, found.map(|share| ShareObject::new(&share, None))))
}

/// Revoke a share: its link leads nowhere from now on, and what it froze is deleted.
#[utoipa::path(delete, path = "/v2/shares/{id}", tag = "Deliveries", params(("id" = String, Path)),
    responses((status = 200, body = Deleted), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn revoke(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    match app.store.revoke_share(&account.id, &ShareId::from_text(&id)).await? {
        true => Ok(Json(Deleted::new(id))),
        false => Err(Problem::not_found("share", &id)),
    }
}

impl App {
    /// What the link of `token` shows, and until when; `None` for an unknown, revoked or expired one alike.
    pub async fn shared(&self, token: &str) -> Result<Option<(Share, frozen::Frozen)>, Problem> {
        let Some(token) = Token::parse(token) else { return Ok(None) };
        let found = self.store.shared(&token.hash(&self.vault), self.now()).await?;
        let Some((share, sealed)) = found else { return Ok(None) };
        let opened = self.vault.open(&sealed, &share.sealed_ids());
        let frozen = opened.ok().and_then(|text| serde_json::from_str(text.expose()).ok());
        match frozen {
            Some(frozen) => Ok(Some((share, frozen))),
            None => {
                tracing::error!(share = %share.id, "a share cannot be opened");
                Err(Problem::internal())
            }
        }
    }
}
