//! The account that a key speaks for, and the shape of its payloads.

use crate::body::RequestBody;
use crate::{fixed, id, word};
use deskbell_core::account;
use deskbell_core::quota::{Kept, UNBOUNDED};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"payload_style": "current", "events_kept_bytes": 48_234_496, "events_quota_bytes": 10_737_418_240_u64})))]
pub struct Account {
    /// Always `account`.
    object: fixed::Account,
    id: id::Account,
    #[schema(example = "dev@northwind.example")]
    email: String,
    /// The shape of what the sandbox rings with: `current`, or `expanded` as receivers of older days knew it.
    payload_style: word::PayloadStyle,
    /// Bytes of its events that are kept, as they are kept on the disk: compressed. Deliveries and attempts come on top.
    events_kept_bytes: u64,
    /// How many of them may be kept: an event that does not fit is refused. Null without a quota.
    #[schema(required)]
    events_quota_bytes: Option<u64>,
}

impl Account {
    /// The account with what is `kept` of it, where the quota of the instance is that.
    pub fn new(account: account::Account, kept: &Kept, instance: u64) -> Self {
        Self {
            object: fixed::Account,
            id: account.id.into(),
            email: account.email,
            payload_style: account.payload_style.into(),
            events_kept_bytes: kept.bytes,
            events_quota_bytes: Some(kept.quota(instance)).filter(|quota| *quota < UNBOUNDED),
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
    const READ_ONLY: &'static [&'static str] =
        &["object", "id", "email", "events_kept_bytes", "events_quota_bytes"];
}
