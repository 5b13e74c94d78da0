//! `GET /v2/notifications/sms`: the messages that were sent, as the vendor lists them (wire contract, 11.3). A sandbox sends none.

use crate::auth::VendorCaller;
use crate::pagination::{List, Pagination, Parameters, cursor_problem};
use crate::sandbox::SandboxObjects;
use crate::sandbox::settings::must_have_api;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::id::NotificationId;
use deskbell_core::store::{Error, Listing};
use deskbell_wire::notification::{Notification, NotificationExpand, NotificationFilter};
use deskbell_wire::parameters::{Created, Paging};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

type Asked = (Paging<NotificationId>, Created, NotificationFilter, NotificationExpand);

/// List SMS notifications. A sandbox sends none: the list is empty, as that of an account without messages. Refused where the
/// sandbox's settings name a plan without an API.
#[utoipa::path(get, path = "/v2/notifications/sms", tag = "Sandbox",
    params(Paging::<NotificationId>, Created, NotificationFilter, NotificationExpand),
    responses((status = 200, body = List<Notification>)))]
pub async fn list(
    State(pagination): State<Arc<Pagination>>,
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Parameters((paging, ..), query): Parameters<Asked>,
) -> Result<Response, Problem> {
    must_have_api(&sandbox.settings(&account).await?)?;
    // A cursor names nothing in a list of nothing.
    if paging.page.cursor.is_some() {
        return Err(cursor_problem(Error::UnknownCursor, &paging.page));
    }
    let none = Listing { items: Vec::<Notification>::new(), older: false, newer: false, stopped: None };
    Ok(pagination.list("/v2/notifications/sms", &query, none))
}
