//! API keys, as their owners make them and know them again.

use crate::body::RequestBody;
use crate::list::Identified;
use crate::number::Integer;
use crate::text::Name;
use crate::time::Time;
use crate::{fixed, id};
use deskbell_core::account::{ApiKey, KeyText};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An API key, as its owner knows it again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Key {
    /// Always `key`.
    object: fixed::Key,
    id: id::Key,
    #[schema(example = "CI")]
    name: String,
    creation_time: Time,
    /// To within a minute; null when it was never used.
    last_used_time: Option<Time>,
    /// When it stops working by itself; null is never.
    expiry_time: Option<Time>,
    /// How the key begins; it opens nothing.
    #[schema(example = "dbk_7Q2M4XK9PD…")]
    hint: String,
    /// The key itself, in the answer that creates it and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "dbk_7Q2M4XK9PDz3VhdC1rZXktaXMtbm90LWEta2V5LWF0LWFsbC1vaw8Jq2Lw")]
    text: Option<String>,
}

impl Identified for Key {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl Key {
    /// The same, with the key itself.
    #[must_use]
    pub fn with_text(self, text: &KeyText) -> Self {
        Self { text: Some(text.text().expose().to_owned()), ..self }
    }
}

impl From<ApiKey> for Key {
    fn from(key: ApiKey) -> Self {
        Self {
            object: fixed::Key,
            creation_time: key.created.into(),
            last_used_time: key.last_used.map(Time),
            expiry_time: key.expires.map(Time),
            hint: key.hint(),
            id: key.id.into(),
            name: key.name,
            text: None,
        }
    }
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "CI", "expires_in_days": 90})))]
pub struct NewKey {
    /// 1 to 255 characters.
    pub name: Name,
    /// How many days it works; for ever when left out.
    pub expires_in_days: Option<Integer<1, 3_650>>,
}

impl RequestBody for NewKey {
    const READ_ONLY: &'static [&'static str] =
        &["id", "object", "creation_time", "last_used_time", "expiry_time", "hint", "text"];
}
