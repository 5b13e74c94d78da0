//! The anonymous tester's inbox, for whoever has no account.

use super::address;
use crate::fixed;
use crate::time::Time;
use deskbell_core::inbox::Inbox;
use deskbell_core::inbox::anonymous::ReadToken;
use serde::Serialize;
use utoipa::ToSchema;

/// An anonymous inbox.
#[derive(Serialize, ToSchema)]
pub struct AnonymousInbox {
    /// Always `tester`.
    object: fixed::Tester,
    /// Its address: takes any method, any path below it, any body up to 128 KiB, and answers 200.
    #[schema(example = "http://127.0.0.1:8480/in/anon-0fL3q1cJx2dU8s7Zk5pQ9w")]
    url: String,
    /// What reads it: shown once, when the inbox is created; null from then on.
    #[schema(example = "INB-8K2M0QX7RT.wq1yXh7qf0m3uUSjz8oI2vKkq9PbLw4s0dQm1yXh7qE")]
    read_token: Option<String>,
    creation_time: Time,
    /// When it stops taking requests, and all that it captured can no longer be read.
    expiry_time: Time,
    /// How many requests it ever took; it keeps the newest 50.
    captured: u64,
}

impl AnonymousInbox {
    /// The inbox as it is now, of an instance at `public_url`.
    pub fn new(inbox: &Inbox, public_url: &str) -> Self {
        Self {
            object: fixed::Tester,
            url: address(inbox, public_url),
            read_token: None,
            creation_time: inbox.created.into(),
            expiry_time: inbox.expires.into(),
            captured: inbox.captured,
        }
    }

    /// The same, with what reads it.
    #[must_use]
    pub fn with_read_token(self, token: &ReadToken) -> Self {
        Self { read_token: Some(token.text().expose().to_owned()), ..self }
    }
}
