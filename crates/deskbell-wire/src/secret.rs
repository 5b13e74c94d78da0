//! A signing secret, shown again.

use crate::fixed;
use deskbell_core::vault::Secret;
use serde::Serialize;
use utoipa::ToSchema;

/// A webhook's signing secret.
#[derive(Serialize, ToSchema)]
pub struct WebhookSecret {
    /// Always `secret`.
    object: fixed::Secret,
    /// 32 characters, used as text.
    #[schema(example = "d7686b8c83f04913929079aeae40189e")]
    secret: String,
}

impl From<Secret> for WebhookSecret {
    fn from(secret: Secret) -> Self {
        Self { object: fixed::Secret, secret: secret.expose().to_owned() }
    }
}
