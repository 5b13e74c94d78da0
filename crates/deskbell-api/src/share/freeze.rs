//! Freezing: both sides of a delivery, read as they are now.

use super::Shares;
use super::frozen::{Bytes, Frozen, FrozenAttempt, FrozenCapture};
use deskbell_core::account::Account;
use deskbell_core::delivery::Delivery;
use deskbell_core::inbox::Inbox;
use deskbell_core::policy::limit::PAGE_BYTES;
use deskbell_core::store::{AttemptFilter, Cursor, Page, Weight as _};
use deskbell_wire::problem::Problem;

/// Most attempts of one delivery that are frozen: the newest.
const ATTEMPTS: Page = Page { limit: 100, cursor: None };

impl Shares {
    /// The delivery as it is now, both sides, masked.
    pub(super) async fn freeze(&self, account: &Account, delivery: &Delivery) -> Result<Frozen, Problem> {
        let event = self.store.event(&account.id, &delivery.event).await?;
        let event = event.ok_or_else(|| Problem::not_found("event", delivery.event.as_str()))?;
        let webhook = self.store.webhook(&account.id, &delivery.webhook).await?;
        let filter = AttemptFilter { delivery: Some(delivery.id.clone()), ..AttemptFilter::default() };
        let attempts = self.store.attempts(&account.id, &filter, &ATTEMPTS).await?.items;
        let urls: Vec<&str> = attempts.iter().map(|attempt| attempt.url.as_str()).collect();
        let received = match self.inbox_of(account, &urls).await? {
            Some(inbox) => self.received(account, &inbox, delivery).await?,
            None => Vec::new(),
        };
        let frozen = Frozen {
            at: self.clock.now(),
            delivery: delivery.id.to_string(),
            status: delivery.status.as_str().to_owned(),
            event: delivery.event.to_string(),
            trigger: delivery.trigger.as_str().to_owned(),
            created: delivery.created,
            webhook: webhook.map_or_else(|| "a deleted webhook".to_owned(), |webhook| webhook.name),
            body: Bytes::new(&event.body),
            attempts: attempts.into_iter().rev().map(FrozenAttempt::new).collect(),
            received,
        };
        Ok(frozen.masked())
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

    /// What the inbox received of this delivery, oldest first: of more than fills a page, the newest.
    async fn received(
        &self,
        account: &Account,
        inbox: &Inbox,
        delivery: &Delivery,
    ) -> Result<Vec<FrozenCapture>, Problem> {
        let (mut received, mut bytes) = (Vec::new(), 0);
        let mut page = Page { limit: 20, cursor: None };
        while bytes < PAGE_BYTES
            && let Some(found) = self.store.captures(&account.id, &inbox.id, &page).await?
        {
            for capture in
                found.items.iter().filter(|capture| capture.event.as_ref() == Some(&delivery.event))
            {
                let provenance = self.provenances.of(account, inbox, capture).await?;
                if let Some(of) = provenance.filter(|of| of.webhook == delivery.webhook) {
                    bytes += capture.bytes();
                    received.push(FrozenCapture::new(capture, &of));
                }
            }
            match found.items.last().filter(|_| found.older) {
                Some(last) => page.cursor = Some(Cursor::After(last.id.to_string())),
                None => break,
            }
        }
        received.reverse();
        Ok(received)
    }
}
