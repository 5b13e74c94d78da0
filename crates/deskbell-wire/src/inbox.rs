//! Inboxes: the object, what creates and changes one, and below it what an inbox answers, captures and hands to a relay.

pub mod anonymous;
pub mod answer;
pub mod capture;
pub mod doctor;
pub mod export;
pub mod relay;

use crate::body::RequestBody;
use crate::broken::Broken;
use crate::list::Identified;
use crate::optional::{Omittable, Patch};
use crate::schema::{text, value};
use crate::text::Name;
use crate::time::Time;
use crate::{fixed, id};
use answer::{Script, ScriptedAnswer};
use deskbell_core::inbox;
use deskbell_core::policy::limit::NAME_CHARS;
use deskbell_core::vault::Secret;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An inbox.
#[derive(Debug, Serialize, ToSchema)]
pub struct Inbox {
    /// Always `inbox`.
    object: fixed::Inbox,
    id: id::Inbox,
    #[schema(example = "CRM sync")]
    name: String,
    /// Its address: takes any method, any path below it, any body up to 1 MiB.
    #[schema(example = "http://127.0.0.1:8480/in/0fL3q1cJx2dU8s7Zk5pQ9w")]
    url: String,
    /// What it answers, one after another; the last one from then on. Empty: 200.
    answers: Vec<ScriptedAnswer>,
    /// Its requests wait, at most 15 s, until a program answers them: `/v2/inboxes/{id}/relay`.
    relay: bool,
    /// Whether it has the secret of a webhook elsewhere, with which it judges what comes. The secret is never shown.
    has_secret: bool,
    creation_time: Time,
    /// When it stops taking requests.
    expiry_time: Time,
    /// How many requests it ever took; it keeps the newest.
    captured: u64,
}

impl Inbox {
    /// The inbox as it is now, of an instance at `public_url`.
    pub fn new(inbox: &inbox::Inbox, public_url: &str) -> Self {
        Self {
            object: fixed::Inbox,
            id: (&inbox.id).into(),
            name: inbox.name.clone(),
            url: address(inbox, public_url),
            answers: inbox.script.answers().iter().map(ScriptedAnswer::from).collect(),
            relay: inbox.relay,
            has_secret: inbox.secret.is_some(),
            creation_time: inbox.created.into(),
            expiry_time: inbox.expires.into(),
            captured: inbox.captured,
        }
    }
}

impl Identified for Inbox {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// Where an inbox takes requests, in an instance at `public_url`.
pub fn address(inbox: &inbox::Inbox, public_url: &str) -> String {
    format!("{public_url}/in/{}", inbox.token)
}

/// An inbox to create; everything may be left out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "checkout", "answers": [{"status": 500}, {"status": 200, "body": "thanks"}]}))]
pub struct NewInbox {
    /// 1 to 255 characters; `inbox` when left out.
    pub name: Omittable<Name>,
    /// At most 100 answers.
    pub answers: Option<Script>,
    /// Whether its requests wait for a program's answer, instead of `answers`. Only when it is created.
    pub relay: Option<bool>,
    /// The secret of a webhook elsewhere, whose deliveries come here: they are judged with it. 1 to 255 characters.
    pub secret: Option<ForeignSecret>,
}

/// What only we set of an inbox.
const READ_ONLY: &[&str] = &["id", "object", "url", "has_secret", "creation_time", "expiry_time", "captured"];

impl RequestBody for NewInbox {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

/// A change to an inbox; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, examples(json!({"answers": [{"status": 410}]})))]
pub struct InboxPatch {
    /// 1 to 255 characters.
    pub name: Omittable<Name>,
    /// At most 100 answers.
    pub answers: Option<Script>,
    /// The secret of a webhook elsewhere, as in creation; null takes it away.
    pub secret: Patch<ForeignSecret>,
    /// `true` lets its life begin anew: it expires as late as one that is made now. Not when it has expired.
    pub renew: Omittable<bool>,
    /// Known, so that its refusal can say why: it is settled when an inbox is created.
    #[schema(ignore)]
    relay: Patch<IgnoredAny>,
}

impl RequestBody for InboxPatch {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

impl InboxPatch {
    /// Whether it speaks of the relay, which cannot change.
    pub fn has_relay(&self) -> bool {
        !matches!(self.relay, Patch::Absent)
    }
}

/// The secret of a webhook elsewhere, as a person copied it: text without white space, which is used as it is.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct ForeignSecret(pub Secret);

impl TryFrom<String> for ForeignSecret {
    type Error = Broken;

    fn try_from(text: String) -> Result<Self, Broken> {
        let text = Secret::new(text);
        let fits = (1..=NAME_CHARS).contains(&text.expose().len())
            && text.expose().bytes().all(|byte| byte.is_ascii_graphic());
        if fits {
            return Ok(Self(text));
        }
        // It is not repeated: it is a secret, if a broken one.
        let message = format!("must have 1 to {NAME_CHARS} visible ASCII characters, and no white space.");
        Err(Broken::new("text_invalid", message))
    }
}

value!(ForeignSecret, {
    let secret = text("d7686b8c83f04913929079aeae40189e").pattern(Some("^[!-~]+$"));
    secret.min_length(Some(1)).max_length(Some(NAME_CHARS))
});

#[cfg(test)]
mod tests;
