//! A signing secret, shown again.

use crate::fixed;
use deskbell_core::policy::sign;
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
    /// The same in the form that libraries of Standard Webhooks take: `whsec_` and base64.
    #[schema(example = "whsec_ZDc2ODZiOGM4M2YwNDkxMzkyOTA3OWFlYWU0MDE4OWU=")]
    standard_secret: String,
}

impl From<Secret> for WebhookSecret {
    fn from(secret: Secret) -> Self {
        let standard_secret = sign::standard_secret(&secret).expose().to_owned();
        Self { object: fixed::Secret, secret: secret.expose().to_owned(), standard_secret }
    }
}
