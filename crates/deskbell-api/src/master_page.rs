//! `/v2/master-pages`: the master pages of the vendor's classic product (wire contract, 5.2). List and get are the vendor's; creating,
//! changing and deleting are ours.

use crate::auth::VendorCaller;
use crate::body::Body;
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::{SandboxObjects, empty_change};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::id::MasterPageId;
use deskbell_core::sandbox::MasterPage;
use deskbell_core::store::ObjectFilter;
use deskbell_wire::deleted::Deleted;
use deskbell_wire::master_page::{self as wire, MasterPageOrDeleted, MasterPagePatch, NewMasterPage};
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use http::StatusCode;
use std::sync::Arc;

/// List master pages, newest first.
#[utoipa::path(get, path = "/v2/master-pages", operation_id = "list_master_pages", tag = "Sandbox", params(Paging::<MasterPageId>),
    responses((status = 200, body = List<wire::MasterPage>)))]
pub async fn list(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Parameters(paging, query): Parameters<Paging<MasterPageId>>,
) -> Result<Response, Problem> {
    sandbox
        .list::<MasterPage, wire::MasterPage>(
            &account,
            "/v2/master-pages",
            &ObjectFilter::All,
            &paging.page,
            &query,
        )
        .await
}

/// Get a master page; of a deleted one `id`, `object` and `deleted` are left.
#[utoipa::path(get, path = "/v2/master-pages/{id}", operation_id = "get_master_page", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, body = MasterPageOrDeleted)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<MasterPageOrDeleted>, Problem> {
    let found = sandbox.find_or_deleted(&account, &id).await?;
    Ok(Json(MasterPageOrDeleted::of(id, found)))
}

/// Create a master page in the sandbox. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/master-pages", operation_id = "create_master_page", tag = "Sandbox", request_body = NewMasterPage,
    responses((status = 201, body = wire::MasterPage), (status = 409, body = Problem)))]
pub async fn create(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Body(new): Body<NewMasterPage>,
) -> Result<(StatusCode, Json<wire::MasterPage>), Problem> {
    let made = sandbox.add(&account, |random| new.made(MasterPageId::new(random))).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Change a master page of the sandbox. An addition to the vendor's API.
#[utoipa::path(patch, path = "/v2/master-pages/{id}", operation_id = "change_master_page", tag = "Sandbox", params(("id" = String, Path)),
    request_body = MasterPagePatch, responses((status = 200, body = wire::MasterPage)))]
pub async fn change(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Body(patch): Body<MasterPagePatch>,
) -> Result<Json<wire::MasterPage>, Problem> {
    if patch == MasterPagePatch::default() {
        return Err(empty_change());
    }
    let changed = sandbox.change(&account, &id, |page: &mut MasterPage| {
        patch.apply(page);
        Ok(())
    });
    Ok(Json(changed.await?.into()))
}

/// Delete a master page of the sandbox: its id still answers. An addition to the vendor's API.
#[utoipa::path(delete, path = "/v2/master-pages/{id}", operation_id = "delete_master_page", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, body = Deleted)))]
pub async fn delete(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    sandbox.delete::<MasterPage>(&account, &id).await
}
