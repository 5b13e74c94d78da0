//! What tells whether a key works, and how the process is.

use deskbell_core::account::Account;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer to a good key.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyWorks {
    #[schema(example = "The API key is valid for account: owner@example.com")]
    message: String,
}

impl KeyWorks {
    /// A key of `account` came (wire contract, 1.1).
    pub fn of(account: &Account) -> Self {
        Self { message: format!("The API key is valid for account: {}", account.email) }
    }
}

/// The state of the process.
#[derive(Debug, Serialize, ToSchema)]
pub struct Condition {
    #[schema(example = "ok")]
    status: &'static str,
    /// Only while little room is left on the disk, and inboxes take nothing: `low`; or `reserve_given_up`, when all but nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "low")]
    disk: Option<&'static str>,
}

impl Condition {
    /// It lives.
    pub const OK: Self = Self { status: "ok", disk: None };

    /// It can take work; what there is to say of the `disk`.
    pub fn ready(disk: Option<&'static str>) -> Self {
        Self { status: "ready", disk }
    }
}
