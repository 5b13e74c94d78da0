//! Shares: links that show one delivery, frozen, to whoever holds them.

mod preview;

pub use preview::{SharePreview, SharedAnswer, SharedAttempt, SharedRequest};

use crate::body::RequestBody;
use crate::list::Identified;
use crate::number::Integer;
use crate::time::Time;
use crate::{fixed, id};
use deskbell_core::policy::limit::SHARE_HOURS;
use deskbell_core::share;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// A share.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"delivery": "DLV-3HZ7KQ51VD2V8QDX6RNC"})))]
pub struct Share {
    /// Always `share`.
    object: fixed::Share,
    id: id::Share,
    /// The delivery that it froze.
    delivery: id::Delivery,
    /// The link: shown once, when the share is created; null from then on.
    #[schema(example = "http://127.0.0.1:8480/s/0fL3q1cJx2dU8s7Zk5pQ9wAbCdEfGhIjKlMnOpQrStU")]
    url: Option<String>,
    creation_time: Time,
    /// When the link stops working.
    expiry_time: Time,
}

impl Share {
    /// The share as it is kept: without its link.
    pub fn new(share: &share::Share) -> Self {
        Self {
            object: fixed::Share,
            id: (&share.id).into(),
            delivery: (&share.delivery).into(),
            url: None,
            creation_time: share.created.into(),
            expiry_time: share.expires.into(),
        }
    }

    /// The same, with its link.
    #[must_use]
    pub fn with_url(self, url: String) -> Self {
        Self { url: Some(url), ..self }
    }
}

impl Identified for Share {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// How long a link works at most, and at least.
type Hours = Integer<1, { SHARE_HOURS }>;

/// A share to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"delivery": "DLV-3HZ7KQ51VD2V8QDX6RNC", "expires_in_hours": 24})))]
pub struct NewShare {
    /// The delivery to freeze.
    pub delivery: id::given::Delivery,
    /// 1 to 720; 168, which is a week, when left out.
    expires_in_hours: Option<Hours>,
}

impl RequestBody for NewShare {
    const READ_ONLY: &'static [&'static str] = &["id", "object", "url", "creation_time", "expiry_time"];
}

/// A week.
const DEFAULT_HOURS: u64 = 168;

impl NewShare {
    /// How long the link works.
    pub fn life(&self) -> Duration {
        Duration::from_secs(3_600 * self.expires_in_hours.map_or(DEFAULT_HOURS, u64::from))
    }
}
