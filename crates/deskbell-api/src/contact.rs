//! `/v2/contacts`: the guests the account knows, as the vendor has them (wire contract, 1 and 11.1).

use crate::auth::Caller;
use crate::body::Body;
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use crate::sandbox::{empty_change, unknown};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::id::ContactId;
use deskbell_core::sandbox::{Contact, Noun as _, ObjectKind, User};
use deskbell_core::store::Found;
use deskbell_core::{Clock, Random, Store};
use deskbell_wire::contact::{self as wire, ContactFields, ContactOrDeleted, ContactPatch, DeletedContact};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use http::StatusCode;
use std::sync::Arc;

/// List contacts, newest first.
#[utoipa::path(get, path = "/v2/contacts", operation_id = "list_contacts", tag = "People", params(Paging::<ContactId>),
    responses((status = 200, body = List<wire::Contact>)))]
pub async fn list(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    Parameters(paging, query): Parameters<Paging<ContactId>>,
) -> Result<Response, Problem> {
    sandbox.list::<Contact, wire::Contact>(&account, "/v2/contacts", &paging.page, &query).await
}

/// Get a contact; of a deleted one `id`, `object` and `deleted` are left.
#[utoipa::path(get, path = "/v2/contacts/{id}", operation_id = "get_contact", tag = "People", params(("id" = String, Path)),
    responses((status = 200, body = ContactOrDeleted)))]
pub async fn get(
    State(store): State<Arc<dyn Store>>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<ContactOrDeleted>, Problem> {
    match store.object(&account.id, ObjectKind::Contact, &id).await? {
        Found::There(object) => {
            let contact = Contact::of(*object).ok_or_else(Problem::internal)?;
            Ok(Json(ContactOrDeleted::Contact(Box::new(contact.into()))))
        }
        Found::Deleted => Ok(Json(ContactOrDeleted::Deleted(DeletedContact::new(ContactId::from_text(id))))),
        Found::Unknown => Err(unknown(ObjectKind::Contact, &id)),
    }
}

/// Create a contact: an e-mail address or a mobile phone is needed.
#[utoipa::path(post, path = "/v2/contacts", operation_id = "create_contact", tag = "People", request_body = ContactFields,
    responses((status = 201, body = wire::Contact), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn create(
    State(sandbox): State<Arc<SandboxObjects>>,
    State(clock): State<Arc<dyn Clock>>,
    State(random): State<Arc<dyn Random>>,
    Caller(account): Caller,
    Body(fields): Body<ContactFields>,
) -> Result<(StatusCode, Json<wire::Contact>), Problem> {
    let owner = match &fields.owner {
        Some(owner) => sandbox.find_in::<User>(&account, "owner", owner.0.as_str()).await?,
        None => sandbox.all(&account).await?.users.into_iter().next().ok_or_else(|| {
            Problem::conflict("owner", "sandbox_empty", "The account has no user who could own the contact.")
        })?,
    };
    let mut contact = Contact::new(&owner, &*random, clock.now());
    fields.apply(&mut contact);
    check_reachable(&contact)?;
    let made = sandbox.add(&account, |random| Contact { id: ContactId::new(random), ..contact.clone() });
    Ok((StatusCode::CREATED, Json(made.await?.into())))
}

/// Change a contact; what is left out stays, null clears.
#[utoipa::path(patch, path = "/v2/contacts/{id}", operation_id = "change_contact", tag = "People",
    params(("id" = String, Path)), request_body = ContactPatch,
    responses((status = 200, body = wire::Contact)))]
pub async fn change(
    State(sandbox): State<Arc<SandboxObjects>>,
    State(clock): State<Arc<dyn Clock>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Body(patch): Body<ContactPatch>,
) -> Result<Json<wire::Contact>, Problem> {
    if patch == ContactPatch::default() {
        return Err(empty_change());
    }
    if let Some(owner) = &patch.owner.0 {
        sandbox.find_in::<User>(&account, "owner", owner.0.as_str()).await?;
    }
    let now = clock.now();
    let changed = sandbox.change(&account, &id, |contact: &mut Contact| {
        patch.apply(contact);
        if let Some(owner) = &patch.owner.0 {
            contact.owner = owner.0.clone();
        }
        contact.updated = now;
        check_reachable(contact)
    });
    Ok(Json(changed.await?.into()))
}

/// Delete a contact: what was kept of it is wiped, its id still answers.
#[utoipa::path(delete, path = "/v2/contacts/{id}", operation_id = "delete_contact", tag = "People",
    params(("id" = String, Path)),
    responses((status = 200, body = Deleted)))]
pub async fn delete(
    State(store): State<Arc<dyn Store>>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    if store.delete_object(&account.id, ObjectKind::Contact, &id).await? {
        Ok(Json(Deleted::new(id)))
    } else {
        Err(unknown(ObjectKind::Contact, &id))
    }
}

fn check_reachable(contact: &Contact) -> Result<(), Problem> {
    if contact.is_reachable() { Ok(()) } else { Err(Problem::required("email")) }
}
