//! `/v2/contacts`: the guests the account knows, as the vendor has them (wire contract, 1 and 11.1).

pub(crate) mod guest;

use crate::auth::VendorCaller;
use crate::body::{Body, RawBody};
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use crate::sandbox::settings::must_work;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::id::ContactId;
use deskbell_core::policy::limit::{API_BODY_BYTES, CUSTOM_FIELD_BYTES, CUSTOM_FIELDS};
use deskbell_core::sandbox::{Contact, CustomFieldsFull, Fault, Settings, User};
use deskbell_core::{Clock, Random};
use deskbell_wire::contact::{
    self as wire, ContactFields, ContactFilter, ContactOrDeleted, ContactPatch, CustomFields,
};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::parameters::{Created, LastUpdated, Paging};
use deskbell_wire::problem::{Problem, cut};
use http::StatusCode;
use std::sync::Arc;

type Asked = (Paging<ContactId>, ContactFilter, Created, LastUpdated);

/// List contacts, newest first.
#[utoipa::path(get, path = "/v2/contacts", operation_id = "list_contacts", tag = "People",
    params(Paging::<ContactId>, ContactFilter, Created, LastUpdated),
    responses((status = 200, body = List<wire::Contact>)))]
pub async fn list(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Parameters((paging, filter, created, updated), query): Parameters<Asked>,
) -> Result<Response, Problem> {
    let filter = filter.within(created, updated);
    sandbox.list::<Contact, wire::Contact>(&account, "/v2/contacts", &filter, &paging.page, &query).await
}

/// Get a contact; of a deleted one `id`, `object` and `deleted` are left.
#[utoipa::path(get, path = "/v2/contacts/{id}", operation_id = "get_contact", tag = "People", params(("id" = String, Path)),
    responses((status = 200, body = ContactOrDeleted)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<ContactOrDeleted>, Problem> {
    let found = sandbox.find_or_deleted(&account, &id).await?;
    Ok(Json(ContactOrDeleted::of(id, found)))
}

/// Create a contact: an e-mail address or a mobile phone is needed, which no other contact has.
#[utoipa::path(post, path = "/v2/contacts", operation_id = "create_contact", tag = "People", request_body = ContactFields,
    responses((status = 201, body = wire::Contact), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn create(
    State(sandbox): State<Arc<SandboxObjects>>,
    State(clock): State<Arc<dyn Clock>>,
    State(random): State<Arc<dyn Random>>,
    VendorCaller(account): VendorCaller,
    Body(fields): Body<ContactFields>,
) -> Result<(StatusCode, Json<wire::Contact>), Problem> {
    let owner = match &fields.owner {
        Some(owner) => sandbox.find_in::<User>(&account, "owner", owner.0.as_str()).await?,
        None => sandbox.first_user(&account).await?,
    };
    must_be_in_library(&sandbox.settings(&account).await?, fields.custom_fields.as_ref())?;
    let mut contact = Contact::new(&owner, &*random, clock.now());
    fields.apply(&mut contact);
    set_custom_fields(&mut contact, fields.custom_fields.as_ref())?;
    let made = sandbox.add(&account, |random| Contact { id: ContactId::new(random), ..contact.clone() });
    Ok((StatusCode::CREATED, Json(made.await?.into())))
}

/// Change a contact; what is left out stays, null clears. Of its custom fields those change that are named.
#[utoipa::path(patch, path = "/v2/contacts/{id}", operation_id = "change_contact", tag = "People",
    params(("id" = String, Path)), request_body = ContactPatch,
    responses((status = 200, body = wire::Contact)))]
pub async fn change(
    State(sandbox): State<Arc<SandboxObjects>>,
    State(clock): State<Arc<dyn Clock>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    body: RawBody<API_BODY_BYTES>,
) -> Result<Json<wire::Contact>, Problem> {
    sandbox.find::<Contact>(&account, &id).await?;
    let patch: ContactPatch = body.read().await?;
    if let Some(owner) = &patch.owner.0 {
        sandbox.find_in::<User>(&account, "owner", owner.0.as_str()).await?;
    }
    let settings = sandbox.settings(&account).await?;
    must_be_in_library(&settings, patch.custom_fields.as_ref())?;
    must_work(&settings, Fault::ChangeContact)?;
    let now = clock.now();
    let changed = sandbox.change(&account, &id, |contact: &mut Contact| {
        patch.apply(contact);
        if let Some(owner) = &patch.owner.0 {
            contact.owner = owner.0.clone();
        }
        contact.updated = now;
        set_custom_fields(contact, patch.custom_fields.as_ref())
    });
    Ok(Json(changed.await?.into()))
}

/// Delete a contact: what was kept of it is wiped, its id still answers.
#[utoipa::path(delete, path = "/v2/contacts/{id}", operation_id = "delete_contact", tag = "People",
    params(("id" = String, Path)),
    responses((status = 200, body = Deleted)))]
pub async fn delete(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    sandbox.delete::<Contact>(&account, &id).await
}

/// Refuses custom fields that the account's field library does not have.
fn must_be_in_library(settings: &Settings, given: Option<&CustomFields>) -> Result<(), Problem> {
    let names = given.iter().flat_map(|fields| &fields.0).map(|(name, _)| name.as_str());
    settings.first_unknown_field(names).map_or(Ok(()), |name| {
        let message = format!("Custom field '{}' does not exist in field library", cut(name));
        Err(Problem::invalid("custom_fields", "custom_field_unknown", message))
    })
}

fn set_custom_fields(contact: &mut Contact, given: Option<&CustomFields>) -> Result<(), Problem> {
    let given = given.map(|fields| fields.0.clone()).unwrap_or_default();
    contact.set_custom_fields(given).map_err(|CustomFieldsFull| {
        let message = format!(
            "A contact has at most {CUSTOM_FIELDS} custom fields, and {CUSTOM_FIELD_BYTES} bytes in all of them."
        );
        Problem::invalid("custom_fields", "fields_too_many", message)
    })
}
