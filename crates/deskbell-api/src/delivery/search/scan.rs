//! Scan: the pages of a search. One call looks at a bounded part of the ledger; its cursor goes on where it ended.

use super::Search;
use crate::delivery::attempts_made;
use crate::pagination::cursor_problem;
use deskbell_core::Store;
use deskbell_core::delivery::Delivery;
use deskbell_core::id::AccountId;
use deskbell_core::policy::limit::PAGE_MAX;
use deskbell_core::store::{Cursor, DeliveryFilter, Listing, Page};
use deskbell_wire::delivery::list::SearchReport;
use deskbell_wire::problem::Problem;

/// Rows that one call looks at.
const SCANNED_ROWS: u32 = 2_000;
/// Bytes of payloads that one call reads, the last one over.
const SCANNED_BYTES: usize = 16 << 20;

impl Search {
    /// The page of what `filter` leaves and the search finds.
    pub(in crate::delivery) async fn page(
        mut self,
        store: &dyn Store,
        account: &AccountId,
        mut filter: DeliveryFilter,
        page: &Page,
    ) -> Result<(Listing<Delivery>, SearchReport), Problem> {
        self.find_webhooks(store, account).await?;
        self.narrow(&mut filter);
        let backwards = matches!(page.cursor, Some(Cursor::Before(_)));
        let (mut found, mut scanned, mut bytes) = (Vec::new(), 0, 0);
        let mut cursor = page.cursor.clone();
        let more = 'scan: loop {
            let batch = Page { limit: PAGE_MAX, cursor: cursor.clone() };
            let batch = store.deliveries(account, &filter, &batch).await;
            let mut batch = batch.map_err(|error| cursor_problem(error, page))?;
            let last_batch = if backwards { !batch.newer } else { !batch.older };
            if backwards {
                batch.items.reverse();
            }
            for delivery in batch.items {
                if scanned == SCANNED_ROWS || bytes >= SCANNED_BYTES {
                    break 'scan true;
                }
                scanned += 1;
                let id = delivery.id.to_string();
                if self.finds(store, &delivery, &mut bytes).await? {
                    // This one belongs to the next page, which begins right behind the row before it.
                    if found.len() >= page.limit as usize {
                        break 'scan true;
                    }
                    found.push(delivery);
                }
                cursor = Some(if backwards { Cursor::Before(id) } else { Cursor::After(id) });
            }
            if let Some(id) = batch.stopped {
                // The store looked at as many rows as one call may.
                cursor = Some(if backwards { Cursor::Before(id) } else { Cursor::After(id) });
                break true;
            }
            if last_batch {
                break false;
            }
        };
        if backwards {
            found.reverse();
        }
        let cursor = cursor.filter(|_| more).map(|(Cursor::Before(id) | Cursor::After(id))| id);
        let found = Listing {
            items: found,
            older: if backwards { true } else { more },
            newer: if backwards { more } else { page.cursor.is_some() },
            stopped: None,
        };
        Ok((found, SearchReport { scanned, cursor }))
    }

    /// Whether the delivery is found. The bytes that were read to know it are added to `bytes`.
    async fn finds(
        &self,
        store: &dyn Store,
        delivery: &Delivery,
        bytes: &mut usize,
    ) -> Result<bool, Problem> {
        if !self.fits_row(delivery) {
            return Ok(false);
        }
        if self.reads_payload() {
            let Some(event) = store.event(&delivery.account, &delivery.event).await? else {
                return Ok(false);
            };
            *bytes += event.body.len();
            if !self.fits_payload(delivery, &event) {
                return Ok(false);
            }
        }
        Ok(!self.reads_attempts() || self.fits_attempts(&attempts_made(store, delivery).await?))
    }

    /// Finds the ids of the webhooks that the search calls by their names.
    async fn find_webhooks(&mut self, store: &dyn Store, account: &AccountId) -> Result<(), Problem> {
        if self.webhook_names().next().is_none() {
            return Ok(());
        }
        let mut page = Page { limit: PAGE_MAX, cursor: None };
        let mut webhooks = Vec::new();
        loop {
            let found = store.webhooks(account, &page).await?;
            page.cursor = found.items.last().map(|last| Cursor::After(last.id.to_string()));
            webhooks.extend(found.items);
            if !found.older {
                break;
            }
        }
        for (name, ids) in self.webhook_names() {
            let called = |given: &str| given.to_lowercase() == name.to_lowercase();
            ids.extend(webhooks.iter().filter(|one| called(&one.name)).map(|one| one.id.clone()));
        }
        Ok(())
    }
}
