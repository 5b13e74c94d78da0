//! `/v2/event-types`: the event types of the vendor's classic product (wire contract, 5.2). List and get are the vendor's; creating,
//! changing and deleting are ours.

use crate::auth::VendorCaller;
use crate::body::Body;
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::{SandboxObjects, empty_change};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::id::EventTypeId;
use deskbell_core::sandbox::EventType;
use deskbell_core::store::ObjectFilter;
use deskbell_wire::deleted::Deleted;
use deskbell_wire::event_type::{self as wire, EventTypeOrDeleted, EventTypePatch, NewEventType};
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use http::StatusCode;
use std::sync::Arc;

/// List event types, newest first.
#[utoipa::path(get, path = "/v2/event-types", operation_id = "list_event_types", tag = "Sandbox", params(Paging::<EventTypeId>),
    responses((status = 200, body = List<wire::EventType>)))]
pub async fn list(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Parameters(paging, query): Parameters<Paging<EventTypeId>>,
) -> Result<Response, Problem> {
    sandbox
        .list::<EventType, wire::EventType>(
            &account,
            "/v2/event-types",
            &ObjectFilter::All,
            &paging.page,
            &query,
        )
        .await
}

/// Get an event type; of a deleted one `id`, `object` and `deleted` are left.
#[utoipa::path(get, path = "/v2/event-types/{id}", operation_id = "get_event_type", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, body = EventTypeOrDeleted)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<EventTypeOrDeleted>, Problem> {
    let found = sandbox.find_or_deleted(&account, &id).await?;
    Ok(Json(EventTypeOrDeleted::of(id, found)))
}

/// Create an event type in the sandbox. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/event-types", operation_id = "create_event_type", tag = "Sandbox", request_body = NewEventType,
    responses((status = 201, body = wire::EventType), (status = 409, body = Problem)))]
pub async fn create(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Body(new): Body<NewEventType>,
) -> Result<(StatusCode, Json<wire::EventType>), Problem> {
    let made = sandbox.add(&account, |random| new.made(EventTypeId::new(random))).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Change an event type of the sandbox. An addition to the vendor's API.
#[utoipa::path(patch, path = "/v2/event-types/{id}", operation_id = "change_event_type", tag = "Sandbox", params(("id" = String, Path)),
    request_body = EventTypePatch, responses((status = 200, body = wire::EventType)))]
pub async fn change(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Body(patch): Body<EventTypePatch>,
) -> Result<Json<wire::EventType>, Problem> {
    if patch == EventTypePatch::default() {
        return Err(empty_change());
    }
    let changed = sandbox.change(&account, &id, |kind: &mut EventType| {
        patch.apply(kind);
        Ok(())
    });
    Ok(Json(changed.await?.into()))
}

/// Delete an event type of the sandbox: its id still answers. An addition to the vendor's API.
#[utoipa::path(delete, path = "/v2/event-types/{id}", operation_id = "delete_event_type", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, body = Deleted)))]
pub async fn delete(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    sandbox.delete::<EventType>(&account, &id).await
}
