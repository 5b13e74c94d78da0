//! `/v2/keys`: the account's API keys. Our own calls, for sessions alone: a key that leaked makes no further ones.

use crate::auth::SessionCaller;
use crate::body::Body;
use crate::pagination::{self, List, Pagination, Parameters};
use crate::path::PathId;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::account::{ApiKey, KeyText};
use deskbell_core::id::KeyId;
use deskbell_core::policy::limit;
use deskbell_core::store::{Cursor, Error, KeyCreated, Listing, Page};
use deskbell_core::time::later;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Random, Store};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::key::{self as wire, NewKey};
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use http::StatusCode;
use std::sync::Arc;
use std::time::Duration;

/// Create an API key. The answer is the only one that holds it.
#[utoipa::path(post, path = "/v2/keys", operation_id = "create_key", tag = "Dashboard", security(("session" = [])),
    request_body = NewKey, responses((status = 201, body = wire::Key), (status = 409, body = Problem)))]
pub async fn create(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    State(random): State<Arc<dyn Random>>,
    State(vault): State<Arc<Vault>>,
    SessionCaller(signed_in): SessionCaller,
    Body(new): Body<NewKey>,
) -> Result<(StatusCode, Json<wire::Key>), Problem> {
    let (text, now) = (KeyText::new(&*random), clock.now());
    let life = new.expires_in_days.map(|days| Duration::from_secs(u64::from(days) * 24 * 3600));
    let key = ApiKey {
        id: text.id().clone(),
        account: signed_in.account.id,
        name: new.name.0,
        hash: text.hash(&vault),
        created: now,
        expires: life.map(|life| later(now, life)),
        revoked: None,
        last_used: None,
    };
    match store.create_key(key.clone(), limit::ACTIVE_KEYS_PER_ACCOUNT).await? {
        KeyCreated::Created => {
            tracing::info!(target: "audit", member = %signed_in.member.id, key = %key.id, "key created");
            Ok((StatusCode::CREATED, Json(wire::Key::from(key).with_text(&text))))
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
    params(Paging::<KeyId>), responses((status = 200, body = List<wire::Key>)))]
pub async fn list(
    State(store): State<Arc<dyn Store>>,
    State(pagination): State<Arc<Pagination>>,
    SessionCaller(signed_in): SessionCaller,
    Parameters(paging, query): Parameters<Paging<KeyId>>,
) -> Result<Response, Problem> {
    let keys = store.keys(&signed_in.account.id).await?;
    let found = paged(keys, &paging.page).map_err(|error| pagination::cursor_problem(error, &paging.page))?;
    Ok(pagination.list("/v2/keys", &query, found.map(wire::Key::from)))
}

/// A page of few: an account has at most 25 keys that work. A cursor may name a revoked one too.
fn paged(mut keys: Vec<ApiKey>, page: &Page) -> Result<Listing<ApiKey>, Error> {
    keys.reverse();
    let position = |id: &str| keys.iter().position(|key| key.id.as_str() == id).ok_or(Error::UnknownCursor);
    let wanted = |key: &&ApiKey| key.revoked.is_none();
    Ok(match &page.cursor {
        None => Listing::of(page, keys.iter().filter(wanted).cloned()),
        Some(Cursor::After(id)) => {
            Listing::of(page, keys[position(id)? + 1..].iter().filter(wanted).cloned())
        }
        Some(Cursor::Before(id)) => {
            Listing::of(page, keys[..position(id)?].iter().rev().filter(wanted).cloned())
        }
    })
}

/// Revoke an API key. It opens nothing any more within a second, on every machine.
#[utoipa::path(delete, path = "/v2/keys/{id}", operation_id = "revoke_key", tag = "Dashboard", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Deleted)))]
pub async fn revoke(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    SessionCaller(signed_in): SessionCaller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    let key = KeyId::from_text(&id);
    let known = store.key(&key).await?.filter(|known| known.account == signed_in.account.id);
    if known.is_none() || !store.revoke_key(&key, clock.now()).await? {
        return Err(Problem::not_found("key", &id));
    }
    tracing::info!(target: "audit", member = %signed_in.member.id, key = %key, "key revoked");
    Ok(Json(Deleted::new(id)))
}
