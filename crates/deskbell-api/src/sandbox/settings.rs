//! `/v2/sandbox/settings`: states of an account that no call of the vendor makes, and what the vendor says in them. Our own
//! calls.

use super::{SandboxObjects, empty_change};
use crate::auth::Caller;
use crate::body::Body;
use crate::pagination::Parameters;
use axum::Json;
use axum::extract::State;
use deskbell_core::account::Account;
use deskbell_core::sandbox::{Fault, Noun as _, Settings};
use deskbell_core::store::Found;
use deskbell_wire::problem::Problem;
use deskbell_wire::sandbox::settings::{self as wire, SettingsPatch};
use http::StatusCode;
use std::sync::Arc;

/// Get the settings of the sandbox. An addition to the vendor's API.
#[utoipa::path(get, path = "/v2/sandbox/settings", tag = "Sandbox", responses((status = 200, body = wire::Settings)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    _: Parameters<()>,
) -> Result<Json<wire::Settings>, Problem> {
    Ok(Json(sandbox.settings(&account).await?.into()))
}

/// Change the settings of the sandbox. An addition to the vendor's API.
#[utoipa::path(patch, path = "/v2/sandbox/settings", tag = "Sandbox", request_body = SettingsPatch,
    responses((status = 200, body = wire::Settings)))]
pub async fn change(
    State(sandbox): State<Arc<SandboxObjects>>,
    Caller(account): Caller,
    Body(patch): Body<SettingsPatch>,
) -> Result<Json<wire::Settings>, Problem> {
    if patch == SettingsPatch::default() {
        return Err(empty_change());
    }
    // An account of before has none. Where they stand already, nothing is added.
    sandbox.store.add_object(&account.id, Settings::default().into(), 1).await?;
    let changed = sandbox.change(&account, Settings::ID, |settings: &mut Settings| {
        patch.apply(settings);
        Ok(())
    });
    Ok(Json(changed.await?.into()))
}

impl SandboxObjects {
    /// The settings of the account's sandbox; the defaults where nobody decided anything.
    pub async fn settings(&self, account: &Account) -> Result<Settings, Problem> {
        match self.store.object(&account.id, Settings::KIND, Settings::ID).await? {
            Found::There(settings) => Settings::of(*settings).ok_or_else(Problem::internal),
            Found::Deleted | Found::Unknown => Ok(Settings::default()),
        }
    }
}

/// Refuses what the plan without an API does not have, in the vendor's words.
pub fn must_have_api(settings: &Settings) -> Result<(), Problem> {
    if settings.plan.has_api() {
        return Ok(());
    }
    let message = "Your account plan does not support API access. To use the OnceHub API, you must upgrade to the Enterprise plan.";
    Err(Problem::forbidden("plan_insufficient", message))
}

/// Fails `call` where the settings say so, as the vendor words its own failures.
pub fn must_work(settings: &Settings, call: Fault) -> Result<(), Problem> {
    if settings.fault != Some(call) {
        return Ok(());
    }
    let message = match call {
        Fault::CreateUser => Problem::internal().message,
        Fault::ChangeContact => "An internal error occurred while processing your request".to_owned(),
    };
    Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault_forced", message))
}
