//! Where a captured request came from: which of our attempts it is, whether its signature verifies, and whether its bytes
//! are the ones that were signed. Read from the ledger, never from what the request says of itself alone.

use crate::app::App;
use deskbell_core::account::Account;
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::Delivery;
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::policy::sign;
use deskbell_core::store::{AttemptFilter, DeliveryFilter, Page};
use deskbell_core::time::later;
use deskbell_core::webhook::Webhook;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// The delivery that a captured request is.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryOf)]
pub struct Provenance {
    event: String,
    webhook: String,
    delivery: String,
    /// The attempt, once it is recorded: null while its answer is still under way.
    attempt: Option<String>,
    /// `valid`; `mismatch` (another secret, time or body); `malformed`; `missing`; `unknown` (the webhook is deleted, and
    /// its secret with it).
    signature: &'static str,
    /// The body is, byte for byte, the one that was signed.
    same_bytes: bool,
}

/// Most deliveries of one event and attempts of one delivery that are looked through.
const LOOKED_THROUGH: Page = Page { limit: 100, cursor: None };

impl Provenance {
    /// The webhook that it is owed to.
    pub fn webhook(&self) -> &str {
        &self.webhook
    }

    /// Whether its signature verifies: see the field.
    pub fn signature(&self) -> &'static str {
        self.signature
    }

    /// Whether its body is the one that was signed.
    pub fn same_bytes(&self) -> bool {
        self.same_bytes
    }

    /// Whether the attempt is known.
    pub fn is_settled(&self) -> bool {
        self.attempt.is_some()
    }
}

impl App {
    /// Where `capture` came from; `None` when it names none of the account's events, or one that is not owed to this inbox.
    pub async fn provenance(
        &self,
        account: &Account,
        inbox: &Inbox,
        capture: &Capture,
    ) -> Result<Option<Provenance>, Problem> {
        let Some(id) = &capture.event else { return Ok(None) };
        let Some(event) = self.store.event(&account.id, id).await? else { return Ok(None) };
        let filter = DeliveryFilter { event: Some(id.clone()), ..DeliveryFilter::default() };
        let deliveries = self.store.deliveries(&account.id, &filter, &LOOKED_THROUGH).await?.items;
        let mut best: Option<Provenance> = None;
        for delivery in deliveries {
            let webhook = self.store.webhook(&account.id, &delivery.webhook).await?;
            let attempts = self.attempts_of(account, &delivery).await?;
            let here = |url: &str| url.contains(&format!("/in/{}", inbox.token));
            let owed_here = webhook.as_ref().is_some_and(|webhook| here(&webhook.url))
                || attempts.iter().any(|attempt| here(&attempt.url));
            if !owed_here {
                continue;
            }
            let found = Provenance {
                event: id.to_string(),
                webhook: delivery.webhook.to_string(),
                delivery: delivery.id.to_string(),
                attempt: attempt_of(capture, &attempts).map(|attempt| attempt.id.to_string()),
                signature: self.verdict(capture, webhook.as_ref()),
                same_bytes: capture.body == event.body,
            };
            // Two webhooks may point to one inbox: the one whose secret signed it is the one.
            let certain = found.signature == "valid";
            if certain || best.is_none() {
                best = Some(found);
            }
            if certain {
                break;
            }
        }
        Ok(best)
    }

    async fn attempts_of(&self, account: &Account, delivery: &Delivery) -> Result<Vec<Attempt>, Problem> {
        let filter = AttemptFilter { delivery: Some(delivery.id.clone()), ..AttemptFilter::default() };
        Ok(self.store.attempts(&account.id, &filter, &LOOKED_THROUGH).await?.items)
    }

    fn verdict(&self, capture: &Capture, webhook: Option<&Webhook>) -> &'static str {
        let Some(header) = capture.header(sign::HEADER) else { return "missing" };
        let Some(webhook) = webhook else { return "unknown" };
        let Ok(secret) = self.vault.open(&webhook.secret, &webhook.secret_ids()) else { return "unknown" };
        match std::str::from_utf8(header).map(|header| sign::verify(&secret, header, &capture.body)) {
            Ok(Ok(_)) => "valid",
            Ok(Err(sign::Mistake::Mismatch)) => "mismatch",
            _ => "malformed",
        }
    }
}

/// The recorded attempt that sent these very headers and was under way when they were received: attempts within one second
/// have the same headers.
fn attempt_of<'a>(capture: &Capture, attempts: &'a [Attempt]) -> Option<&'a Attempt> {
    let signature = capture.header(sign::HEADER)?;
    let sent = |attempt: &&Attempt| {
        let header = attempt.request_headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(sign::HEADER));
        header.is_some_and(|(_, value)| value.as_bytes() == signature)
    };
    let under_way = |attempt: &&Attempt| {
        // Times are kept in whole milliseconds, so the end may be cut by one.
        let end = later(
            attempt.started,
            Duration::from_micros(attempt.timings.total_us) + Duration::from_millis(1),
        );
        (attempt.started..=end).contains(&capture.received)
    };
    attempts.iter().filter(sent).find(under_way)
}
