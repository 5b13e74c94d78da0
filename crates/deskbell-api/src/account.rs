//! `/v2/account`: who the key speaks for, and the shape of its payloads. Our own call.

use super::auth::Caller;
use crate::app::Shared;
use crate::body::ObjectBody;
use axum::Json;
use axum::extract::State;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::{Problem, cut};
use serde::Serialize;
use utoipa::ToSchema;

/// An account.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountObject {
    /// Always `account`.
    object: &'static str,
    #[schema(example = "ACC-7Q2M4XK9PD")]
    id: String,
    #[schema(example = "dev@northwind.example")]
    email: String,
    /// The shape of what the sandbox rings with: `current`, or `expanded` as receivers of older days knew it.
    #[schema(example = "current")]
    payload_style: &'static str,
}

impl AccountObject {
    fn new(account: Account) -> Self {
        Self {
            object: "account",
            id: account.id.to_string(),
            email: account.email,
            payload_style: account.payload_style.as_str(),
        }
    }
}

/// A change to the account.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPatch {
    /// `current` or `expanded`. What has rung already stays as it is.
    #[schema(example = "expanded")]
    pub payload_style: String,
}

/// Get the key's account.
#[utoipa::path(get, path = "/v2/account", tag = "Instance",
    responses((status = 200, body = AccountObject), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn get(State(app): State<Shared>, Caller(account): Caller) -> Result<Json<AccountObject>, Problem> {
    // The key's memory may be half a second old.
    let account = app.store.account(&account.id).await?.ok_or_else(Problem::unauthorized)?;
    Ok(Json(AccountObject::new(account)))
}

/// Change the shape of the account's payloads.
#[utoipa::path(patch, path = "/v2/account", tag = "Instance", request_body = AccountPatch,
    responses((status = 200, body = AccountObject), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn change(
    State(app): State<Shared>,
    Caller(account): Caller,
    body: ObjectBody,
) -> Result<Json<AccountObject>, Problem> {
    let fields = Fields::new(&body.0);
    fields.read_only(&["object", "id", "email"])?;
    fields.only(&["payload_style"])?;
    let given = fields.required_text("payload_style")?;
    let style = PayloadStyle::parse(&given).ok_or_else(|| {
        let known = PayloadStyle::NAMES.join(", ");
        let message = format!("Invalid string: {}. Known are: {known}.", cut(&given));
        Problem::invalid("payload_style", "value_invalid", message)
    })?;
    let changed = app.store.set_payload_style(&account.id, style).await?.ok_or_else(Problem::unauthorized)?;
    app.callers.forget(&account.id);
    Ok(Json(AccountObject::new(changed)))
}
