//! Where a captured request came from: which of our attempts it is, whether its signature verifies, and whether its bytes
//! are the ones that were signed. Read from the ledger, never from what the request says of itself alone.

use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::delivery::Delivery;
use deskbell_core::event::Event;
use deskbell_core::inbox::{Capture, Inbox, Provenance, SignatureCheck, attempt_of};
use deskbell_core::store::{AttemptFilter, DeliveryFilter, Page, Result};
use deskbell_core::vault::{Secret, Vault};
use std::sync::Arc;

/// Most deliveries of one event and attempts of one delivery that are looked through.
const LOOKED_THROUGH: Page = Page { limit: 100, cursor: None };

/// Finds of captured requests what was sent.
#[derive(Clone)]
pub struct Provenances {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
}

impl Provenances {
    /// By the ledger of `store`, with the secrets that `vault` opens.
    pub fn new(store: Arc<dyn Store>, vault: Arc<Vault>) -> Self {
        Self { store, vault }
    }

    /// The secret that the inbox was given, if it was given one.
    pub fn secret(&self, inbox: &Inbox) -> Option<Secret> {
        self.vault.open(inbox.secret.as_ref()?, &inbox.secret_ids()).ok()
    }

    /// Where `capture` came from; `None` when it names none of the account's events, or one that is not owed to this inbox.
    ///
    /// # Errors
    /// When the store does not know.
    pub async fn of(
        &self,
        account: &Account,
        inbox: &Inbox,
        capture: &Capture,
    ) -> Result<Option<Provenance>> {
        let Some(id) = &capture.event else { return Ok(None) };
        let Some(event) = self.store.event(&account.id, id).await? else { return Ok(None) };
        let filter = DeliveryFilter { event: Some(id.clone()), ..DeliveryFilter::default() };
        let mut best = None;
        for delivery in self.store.deliveries(&account.id, &filter, &LOOKED_THROUGH).await?.items {
            let found = self.as_delivery(inbox, capture, &event, delivery).await?;
            // Two webhooks may point to one inbox: the one whose secret signed it is the one.
            match found {
                Some(found) if found.signature == SignatureCheck::Valid => return Ok(Some(found)),
                found => best = best.or(found),
            }
        }
        Ok(best)
    }

    /// `capture` as `delivery` of `event`; `None` when that is not owed to this inbox.
    async fn as_delivery(
        &self,
        inbox: &Inbox,
        capture: &Capture,
        event: &Event,
        delivery: Delivery,
    ) -> Result<Option<Provenance>> {
        let webhook = self.store.webhook(&event.account, &delivery.webhook).await?;
        let filter = AttemptFilter { delivery: Some(delivery.id.clone()), ..AttemptFilter::default() };
        let attempts = self.store.attempts(&event.account, &filter, &LOOKED_THROUGH).await?.items;
        let here = format!("/in/{}", inbox.token);
        let owed_here = webhook.as_ref().is_some_and(|webhook| webhook.url.contains(&here))
            || attempts.iter().any(|attempt| attempt.url.contains(&here));
        if !owed_here {
            return Ok(None);
        }
        let secret = webhook.and_then(|webhook| self.vault.open(&webhook.secret, &webhook.secret_ids()).ok());
        let signature = SignatureCheck::of(capture, secret.as_ref());
        // Of bytes that were deleted, the signature tells.
        let same_bytes = if event.payload_deleted {
            signature == SignatureCheck::Valid
        } else {
            capture.body == event.body
        };
        Ok(Some(Provenance {
            event: event.id.clone(),
            webhook: delivery.webhook,
            delivery: delivery.id,
            attempt: attempt_of(capture, &attempts).map(|attempt| attempt.id.clone()),
            signature,
            same_bytes,
        }))
    }
}
