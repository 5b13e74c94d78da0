//! The webhooks that the writer keeps in memory: matching an event, claiming and finishing read none from the file.

use super::fault::Result;
use super::webhook;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::webhook::Webhook;
use rusqlite::Connection;
use std::collections::HashMap;
use std::sync::Arc;

/// Webhooks kept before all are forgotten and read again as needed.
const KEPT: usize = 100_000;

/// Webhooks by their place in the file. Forgotten as a whole when another process wrote, and when a transaction or a
/// part of one was rolled back.
#[derive(Default)]
pub(super) struct Cache {
    version: i64,
    webhooks: HashMap<i64, Arc<Webhook>>,
    /// The webhooks of an account that are not deleted, oldest first.
    accounts: HashMap<AccountId, Vec<i64>>,
}

impl Cache {
    pub(super) fn clear(&mut self) {
        self.webhooks.clear();
        self.accounts.clear();
    }

    /// Forgets all when another connection wrote since the last look. Inside a transaction.
    pub(super) fn check(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let version = conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version != self.version || self.webhooks.len() > KEPT {
            self.clear();
        }
        self.version = version;
        Ok(())
    }

    /// The webhook at that place, deleted or not.
    pub(super) fn get(&mut self, conn: &Connection, seq: i64) -> Result<Arc<Webhook>> {
        if let Some(webhook) = self.webhooks.get(&seq) {
            return Ok(webhook.clone());
        }
        let webhook = Arc::new(webhook::at(conn, seq)?);
        self.webhooks.insert(seq, webhook.clone());
        Ok(webhook)
    }

    /// The account's webhooks that are not deleted, oldest first.
    pub(super) fn of(&mut self, conn: &Connection, account: &AccountId) -> Result<Vec<(i64, Arc<Webhook>)>> {
        if !self.accounts.contains_key(account) {
            let webhooks = webhook::of(conn, account)?;
            self.accounts.insert(account.clone(), webhooks.iter().map(|(seq, _)| *seq).collect());
            for (seq, webhook) in webhooks {
                self.webhooks.entry(seq).or_insert_with(|| Arc::new(webhook));
            }
        }
        let places = self.accounts.get(account).cloned().unwrap_or_default();
        places.into_iter().map(|seq| Ok((seq, self.get(conn, seq)?))).collect()
    }

    /// The account's webhook of that id, unless it is deleted.
    pub(super) fn find(
        &mut self,
        conn: &Connection,
        account: &AccountId,
        id: &WebhookId,
    ) -> Result<Option<(i64, Arc<Webhook>)>> {
        Ok(self.of(conn, account)?.into_iter().find(|(_, webhook)| webhook.id == *id))
    }

    /// Takes in a webhook that the job wrote.
    pub(super) fn put(&mut self, seq: i64, webhook: Webhook) {
        let places = self.accounts.get_mut(&webhook.account);
        if let Some(places) = places {
            places.retain(|place| *place != seq);
            if !webhook.is_deleted() {
                let at = places.partition_point(|place| *place < seq);
                places.insert(at, seq);
            }
        }
        self.webhooks.insert(seq, Arc::new(webhook));
    }
}
