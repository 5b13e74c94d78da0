//! `/v2/contacts`: the guests the account knows, as the vendor has them (wire contract, 1 and 11.1).

mod change;
mod object;

pub use change::ContactFields;
pub use object::{ContactObject, ContactOrDeleted, DeletedContact};

use super::auth::Caller;
use super::path::PathId;
use super::sandbox::{empty_change, unknown};
use crate::app::Shared;
use crate::body::ObjectBody;
use crate::pagination::{self, List};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::id::ContactId;
use deskbell_core::sandbox::{Contact, Kind, Noun as _, User};
use deskbell_core::store::Found;
use deskbell_wire::deleted::Deleted;
use deskbell_wire::fields::{Fields, Query};
use deskbell_wire::problem::Problem;
use http::StatusCode;

/// List contacts, newest first.
#[utoipa::path(get, path = "/v2/contacts", operation_id = "list_contacts", tag = "People", params(pagination::Paging),
    responses((status = 200, body = List<ContactObject>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before"])?;
    let found = app.sandbox.page::<Contact>(&account, &query).await?;
    Ok(app.pagination.list("/v2/contacts", &query, found.map(ContactObject::of)))
}

/// Get a contact; of a deleted one `id`, `object` and `deleted` are left.
#[utoipa::path(get, path = "/v2/contacts/{id}", operation_id = "get_contact", tag = "People", params(("id" = String, Path)),
    responses((status = 200, body = ContactOrDeleted), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<ContactOrDeleted>, Problem> {
    match app.store.object(&account.id, Kind::Contact, &id).await? {
        Found::There(object) => {
            let contact = Contact::of(*object).ok_or_else(Problem::internal)?;
            Ok(Json(ContactOrDeleted::Contact(Box::new(ContactObject::of(contact)))))
        }
        Found::Deleted => Ok(Json(ContactOrDeleted::Deleted(DeletedContact::new(id)))),
        Found::Unknown => Err(unknown(Kind::Contact, &id)),
    }
}

/// Create a contact: an e-mail address or a mobile phone is needed.
#[utoipa::path(post, path = "/v2/contacts", operation_id = "create_contact", tag = "People", request_body = ContactFields,
    responses((status = 201, body = ContactObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<Shared>,
    Caller(account): Caller,
    body: ObjectBody,
) -> Result<(StatusCode, Json<ContactObject>), Problem> {
    let fields = Fields::new(&body.0);
    change::check(&fields)?;
    let owner = match fields.text("owner")? {
        Some(owner) => app.sandbox.find_in::<User>(&account, "owner", &owner).await?,
        None => app.sandbox.all(&account).await?.users.into_iter().next().ok_or_else(|| {
            Problem::conflict("owner", "sandbox_empty", "The account has no user who could own the contact.")
        })?,
    };
    let now = app.now();
    let mut contact = Contact::new(&owner, &*app.random, now);
    change::apply(&fields, &mut contact)?;
    let made = app.sandbox.add(&account, |random| Contact { id: ContactId::new(random), ..contact.clone() });
    Ok((StatusCode::CREATED, Json(ContactObject::of(made.await?))))
}

/// Change a contact; what is left out stays, null clears.
#[utoipa::path(patch, path = "/v2/contacts/{id}", operation_id = "change_contact", tag = "People",
    params(("id" = String, Path)), request_body = ContactFields,
    responses((status = 200, body = ContactObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn change(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: ObjectBody,
) -> Result<Json<ContactObject>, Problem> {
    let fields = Fields::new(&body.0);
    change::check(&fields)?;
    if fields.is_empty() {
        return Err(empty_change());
    }
    let owner = match fields.has("owner") {
        true => Some(app.sandbox.find_in::<User>(&account, "owner", &fields.required_text("owner")?).await?),
        false => None,
    };
    let now = app.now();
    let changed = app.sandbox.change(&account, &id, |contact: &mut Contact| {
        change::apply(&fields, contact)?;
        if let Some(owner) = &owner {
            contact.owner = owner.id.clone();
        }
        contact.updated = now;
        Ok(())
    });
    Ok(Json(ContactObject::of(changed.await?)))
}

/// Delete a contact: what was kept of it is wiped, its id still answers.
#[utoipa::path(delete, path = "/v2/contacts/{id}", operation_id = "delete_contact", tag = "People",
    params(("id" = String, Path)),
    responses((status = 200, body = Deleted), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn delete(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    if app.store.delete_object(&account.id, Kind::Contact, &id).await? {
        Ok(Json(Deleted::new(id)))
    } else {
        Err(unknown(Kind::Contact, &id))
    }
}
