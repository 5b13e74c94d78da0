//! The account that a key speaks for, and the shape of its payloads.

use crate::body::RequestBody;
use crate::{fixed, id, word};
use deskbell_core::account;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"payload_style": "current"})))]
pub struct Account {
    /// Always `account`.
    object: fixed::Account,
    id: id::Account,
    #[schema(example = "dev@northwind.example")]
    email: String,
    /// The shape of what the sandbox rings with: `current`, or `expanded` as receivers of older days knew it.
    payload_style: word::PayloadStyle,
}

impl From<account::Account> for Account {
    fn from(account: account::Account) -> Self {
        Self {
            object: fixed::Account,
            id: account.id.into(),
            email: account.email,
            payload_style: account.payload_style.into(),
        }
    }
}

/// A change to the account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, examples(json!({"payload_style": "expanded"})))]
pub struct AccountPatch {
    /// `current` or `expanded`. What has rung already stays as it is.
    pub payload_style: word::PayloadStyle,
}

impl RequestBody for AccountPatch {
    const READ_ONLY: &'static [&'static str] = &["object", "id", "email"];
}
