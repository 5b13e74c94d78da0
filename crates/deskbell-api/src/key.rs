//! `/v2/keys`: the account's API keys. Our own calls, for sessions alone: a key that leaked makes no further ones.

use super::auth::SessionCaller;
use super::path::PathId;
use crate::app::Shared;
use crate::body::ObjectBody;
use crate::pagination::{self, List};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::account::{ApiKey, KeyText};
use deskbell_core::id::KeyId;
use deskbell_core::policy::limit;
use deskbell_core::store::{Cursor, Error, KeyCreated, Listing, Page};
use deskbell_core::time::{later, wire};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::fields::{Fields, Query};
use deskbell_wire::problem::Problem;
use http::StatusCode;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// An API key, as its owner knows it again.
#[derive(Serialize, ToSchema)]
#[schema(as = Key)]
pub struct KeyObject {
    /// Always `key`.
    object: &'static str,
    #[schema(example = "KEY-7Q2M4XK9PD")]
    id: String,
    #[schema(example = "CI")]
    name: String,
    #[schema(example = "2026-05-12T09:30:00.000Z")]
    creation_time: String,
    /// To within a minute; null when it was never used.
    #[schema(example = "2026-05-12T09:30:00.000Z")]
    last_used_time: Option<String>,
    /// When it stops working by itself; null is never.
    #[schema(example = "2026-05-12T09:30:00.000Z")]
    expiry_time: Option<String>,
    /// How the key begins; it opens nothing.
    #[schema(example = "dbk_7Q2M4XK9PD…")]
    hint: String,
    /// The key itself, in the answer that creates it and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "dbk_7Q2M4XK9PDz3VhdC1rZXktaXMtbm90LWEta2V5LWF0LWFsbC1vaw8Jq2Lw")]
    text: Option<String>,
}

impl KeyObject {
    fn new(key: ApiKey, text: Option<&KeyText>) -> Self {
        Self {
            object: "key",
            id: key.id.to_string(),
            creation_time: wire(key.created),
            last_used_time: key.last_used.map(wire),
            expiry_time: key.expires.map(wire),
            hint: key.hint(),
            name: key.name,
            text: text.map(|text| text.text().expose().to_owned()),
        }
    }
}

impl pagination::Identified for KeyObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A key to make.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// 1 to 255 characters.
    #[schema(example = "CI")]
    pub name: String,
    /// How many days it works; for ever when left out.
    #[schema(example = 90, minimum = 1, maximum = 3650)]
    pub expires_in_days: Option<u32>,
}

/// Create an API key. The answer is the only one that holds it.
#[utoipa::path(post, path = "/v2/keys", operation_id = "create_key", tag = "Dashboard", security(("session" = [])),
    request_body = NewKey, responses((status = 201, body = KeyObject), (status = 409, body = Problem)))]
pub async fn create(
    State(app): State<Shared>,
    SessionCaller(signed_in): SessionCaller,
    body: ObjectBody,
) -> Result<(StatusCode, Json<KeyObject>), Problem> {
    let fields = Fields::new(&body.0);
    fields.read_only(&["id", "object", "creation_time", "last_used_time", "expiry_time", "hint", "text"])?;
    fields.only(&["name", "expires_in_days"])?;
    let (name, days) = (fields.name("name")?, fields.integer("expires_in_days", 1..=3_650)?);
    let (text, now) = (KeyText::new(&*app.random), app.now());
    let life = days.map(|days| Duration::from_secs(days.unsigned_abs() * 24 * 3600));
    let key = ApiKey {
        id: text.id().clone(),
        account: signed_in.account.id,
        name,
        hash: text.hash(&app.vault),
        created: now,
        expires: life.map(|life| later(now, life)),
        revoked: None,
        last_used: None,
    };
    match app.store.create_key(key.clone(), limit::ACTIVE_KEYS_PER_ACCOUNT).await? {
        KeyCreated::Created => {
            tracing::info!(target: "audit", member = %signed_in.member.id, key = %key.id, "key created");
            Ok((StatusCode::CREATED, Json(KeyObject::new(key, Some(&text)))))
        }
        KeyCreated::TooMany => {
            let most = limit::ACTIVE_KEYS_PER_ACCOUNT;
            let message =
                format!("The account has {most} active keys, which is the limit; revoke one first.");
            Err(Problem::conflict("body", "keys_too_many", message))
        }
        KeyCreated::NoAccount => Err(Problem::unauthorized()),
    }
}

/// List API keys that were not revoked, newest first; never the keys themselves.
#[utoipa::path(get, path = "/v2/keys", operation_id = "list_keys", tag = "Dashboard", security(("session" = [])),
    params(pagination::Paging), responses((status = 200, body = List<KeyObject>)))]
pub async fn list(
    State(app): State<Shared>,
    SessionCaller(signed_in): SessionCaller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before"])?;
    let page = query.page()?;
    let keys = app.store.keys(&signed_in.account.id).await?;
    let found = paged(keys, &page).map_err(|error| pagination::cursor_problem(error, &page))?;
    Ok(app.pagination.list("/v2/keys", &query, found.map(|key| KeyObject::new(key, None))))
}

/// A page of few: an account has at most 25 keys that work. A cursor may name a revoked one too.
fn paged(mut keys: Vec<ApiKey>, page: &Page) -> Result<Listing<ApiKey>, Error> {
    keys.reverse();
    let place = |id: &str| keys.iter().position(|key| key.id.as_str() == id).ok_or(Error::UnknownCursor);
    let more = usize::try_from(page.limit).unwrap_or(usize::MAX).saturating_add(1);
    let wanted = |key: &&ApiKey| key.revoked.is_none();
    let read = match &page.cursor {
        None => keys.iter().filter(wanted).take(more).cloned().collect(),
        Some(Cursor::After(id)) => keys[place(id)? + 1..].iter().filter(wanted).take(more).cloned().collect(),
        Some(Cursor::Before(id)) => {
            keys[..place(id)?].iter().rev().filter(wanted).take(more).cloned().collect()
        }
    };
    Ok(Listing::of(page, read))
}

/// Revoke an API key. It opens nothing any more within a second, on every machine.
#[utoipa::path(delete, path = "/v2/keys/{id}", operation_id = "revoke_key", tag = "Dashboard", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Deleted)))]
pub async fn revoke(
    State(app): State<Shared>,
    SessionCaller(signed_in): SessionCaller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    let key = KeyId::from_text(&id);
    let known = app.store.key(&key).await?.filter(|known| known.account == signed_in.account.id);
    if known.is_none() || !app.store.revoke_key(&key, app.now()).await? {
        return Err(Problem::not_found("key", &id));
    }
    app.callers.forget(&signed_in.account.id);
    tracing::info!(target: "audit", member = %signed_in.member.id, key = %key, "key revoked");
    Ok(Json(Deleted::new(id)))
}
