//! Frozen: both sides of a delivery as they were when it was shared, masked.

use super::mask;
use crate::app::App;
use crate::har;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deskbell_core::Timestamp;
use deskbell_core::account::Account;
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::Delivery;
use deskbell_core::door::Timings;
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::store::{AttemptFilter, Cursor, Page};
use deskbell_wire::problem::Problem;
use serde::{Deserialize, Serialize};

/// What a share shows. It is stored as JSON: fields may be added, none may change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frozen {
    /// When it was frozen.
    pub at: Timestamp,
    /// The delivery.
    pub delivery: String,
    /// Its state then.
    pub status: String,
    /// The event.
    pub event: String,
    /// The event's trigger.
    pub trigger: String,
    /// When the event was accepted.
    pub created: Timestamp,
    /// What the webhook was called.
    pub webhook: String,
    /// The event's bytes, which every attempt sent.
    pub body: Bytes,
    /// Every attempt, oldest first.
    pub attempts: Vec<FrozenAttempt>,
    /// What the inbox received, when the webhook pointed to one; oldest first.
    pub received: Vec<FrozenCapture>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenAttempt {
    /// 1, 2, 3 and so on.
    pub number: u32,
    /// When it started.
    pub started: Timestamp,
    /// The verdict.
    pub outcome: String,
    /// The verdict in a sentence; may be empty.
    pub detail: String,
    /// Where it was posted to, masked.
    pub url: String,
    /// What was sent, masked.
    pub headers: Vec<(String, String)>,
    /// Where the time went.
    pub timings: Timings,
    /// The answer, if there was one.
    pub answer: Option<FrozenAnswer>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenAnswer {
    /// Its status.
    pub status: u16,
    /// Its headers, masked.
    pub headers: Vec<(String, String)>,
    /// Its body, as far as it is kept.
    pub body: Bytes,
}

/// The other side of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenCapture {
    /// When it came.
    pub received: Timestamp,
    /// `valid`, `mismatch`, `malformed`, `missing` or `unknown`.
    pub signature: String,
    /// It is, byte for byte, what was signed.
    pub same_bytes: bool,
    /// Its headers as they came, masked.
    pub headers: Vec<(String, String)>,
    /// How many bytes its body has.
    pub body_bytes: usize,
    /// The status it was answered with.
    pub answered: u16,
}

/// Bytes, in base 64 when stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bytes(String);

impl Bytes {
    fn new(bytes: &[u8]) -> Self {
        Self(STANDARD.encode(bytes))
    }

    /// The bytes themselves.
    pub fn get(&self) -> Vec<u8> {
        STANDARD.decode(&self.0).unwrap_or_default()
    }
}

/// Most attempts of one delivery that are frozen: the newest.
const ATTEMPTS: Page = Page { limit: 100, cursor: None };

impl App {
    /// The delivery as it is now, both sides.
    pub(super) async fn freeze(&self, account: &Account, delivery: &Delivery) -> Result<Frozen, Problem> {
        let event = self.store.event(&account.id, &delivery.event).await?;
        let event = event.ok_or_else(|| Problem::not_found("event", delivery.event.as_str()))?;
        let webhook = self.store.webhook(&account.id, &delivery.webhook).await?;
        let filter = AttemptFilter { delivery: Some(delivery.id.clone()), ..AttemptFilter::default() };
        let attempts = self.store.attempts(&account.id, &filter, &ATTEMPTS).await?.items;
        let urls: Vec<&str> = attempts.iter().map(|attempt| attempt.url.as_str()).collect();
        let inbox = self.inbox_of(account, &urls).await?;
        let received = match &inbox {
            Some(inbox) => self.received(account, inbox, delivery).await?,
            None => Vec::new(),
        };
        Ok(Frozen {
            at: self.now(),
            delivery: delivery.id.to_string(),
            status: delivery.status.as_str().to_owned(),
            event: delivery.event.to_string(),
            trigger: delivery.trigger.as_str().to_owned(),
            created: delivery.created,
            webhook: webhook.map_or_else(|| "a deleted webhook".to_owned(), |webhook| webhook.name),
            body: Bytes::new(&event.body),
            attempts: attempts.into_iter().rev().map(FrozenAttempt::new).collect(),
            received,
        })
    }

    /// The account's inbox that one of `urls` is the address of.
    async fn inbox_of(&self, account: &Account, urls: &[&str]) -> Result<Option<Inbox>, Problem> {
        let mut page = Page { limit: 100, cursor: None };
        loop {
            let found = self.store.inboxes(&account.id, &page).await?;
            let last = found.items.last().map(|inbox| inbox.id.to_string());
            let here = |inbox: &Inbox| urls.iter().any(|url| url.contains(&format!("/in/{}", inbox.token)));
            if let Some(inbox) = found.items.into_iter().find(here) {
                return Ok(Some(inbox));
            }
            match last.filter(|_| found.older) {
                Some(last) => page.cursor = Some(Cursor::After(last)),
                None => return Ok(None),
            }
        }
    }

    /// What the inbox received of this delivery, oldest first.
    async fn received(
        &self,
        account: &Account,
        inbox: &Inbox,
        delivery: &Delivery,
    ) -> Result<Vec<FrozenCapture>, Problem> {
        let (mut received, mut page) = (Vec::new(), Page { limit: 20, cursor: None });
        loop {
            let Some(found) = self.store.captures(&account.id, &inbox.id, &page).await? else { break };
            for capture in
                found.items.iter().filter(|capture| capture.event.as_ref() == Some(&delivery.event))
            {
                let of = self.provenance(account, inbox, capture).await?;
                let of = of.filter(|of| of.webhook() == delivery.webhook.as_str());
                received.extend(of.map(|of| FrozenCapture::new(capture, of.signature(), of.same_bytes())));
            }
            let last = found.items.last().filter(|_| found.older).map(|last| last.id.to_string());
            match last {
                Some(last) => page.cursor = Some(Cursor::After(last)),
                None => break,
            }
        }
        received.reverse();
        Ok(received)
    }
}

impl FrozenAttempt {
    fn new(attempt: Attempt) -> Self {
        Self {
            number: attempt.number,
            started: attempt.started,
            outcome: attempt.outcome.as_str().to_owned(),
            detail: attempt.detail,
            url: mask::url(&attempt.url),
            headers: mask::headers(&attempt.request_headers),
            timings: attempt.timings,
            answer: attempt.response.map(|answer| FrozenAnswer {
                status: answer.status,
                headers: mask::headers(&answer.headers),
                body: Bytes::new(&answer.body),
            }),
        }
    }
}

impl FrozenCapture {
    fn new(capture: &Capture, signature: &str, same_bytes: bool) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers: Vec<_> = capture.headers.iter().map(|(name, value)| (text(name), text(value))).collect();
        Self {
            received: capture.received,
            signature: signature.to_owned(),
            same_bytes,
            headers: mask::headers(&headers),
            body_bytes: capture.body.len(),
            answered: capture.answered,
        }
    }
}

impl Frozen {
    /// The attempts as a HAR file.
    pub fn har(&self) -> String {
        let sent = self.body.get();
        let entries: Vec<String> =
            self.attempts.iter().map(|attempt| attempt.har(&sent).to_string()).collect();
        format!("{}{}{}", har::HEAD, entries.join(",\n"), har::TAIL)
    }
}

impl FrozenAttempt {
    fn har(&self, sent: &[u8]) -> serde_json::Value {
        let body = self.answer.as_ref().map(|answer| answer.body.get()).unwrap_or_default();
        let answer = self.answer.as_ref().map(|answer| har::Answer {
            status: answer.status,
            headers: answer.headers.clone(),
            body: &body,
        });
        har::Entry {
            started: self.started,
            method: "POST",
            url: &self.url,
            headers: self.headers.clone(),
            body: sent,
            answer,
            timings: Some(self.timings),
        }
        .render()
    }
}
