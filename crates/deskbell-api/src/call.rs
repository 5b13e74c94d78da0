//! `/v2/calls`: what an account's programs called that sent nothing on. Our own call.

use crate::auth::Caller;
use crate::pagination::Parameters;
use axum::Json;
use axum::extract::State;
use deskbell_http::call_log::CallLog;
use deskbell_wire::call::CallList;
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// List the calls of the last day that sent nothing on, newest first: refused, repeated, or with an event that is owed to nobody.
#[utoipa::path(get, path = "/v2/calls", tag = "Events", responses((status = 200, body = CallList)))]
pub async fn list(
    State(calls): State<Arc<CallLog>>,
    Caller(account): Caller,
    _: Parameters<()>,
) -> Result<Json<CallList>, Problem> {
    let (kept, since) = calls.read(&account.id);
    Ok(Json(CallList::new(kept, since)))
}
