//! Seed: fills a data folder before a program starts on it, through the store's own verbs. What callers and receivers would
//! have made in days stands there in minutes, written as the program writes it; nothing here knows a table.

mod rows;

use crate::clock;
use anyhow::{Context as _, ensure};
use deskbell_core::account::{Account, ApiKey, KeyText, PayloadStyle};
use deskbell_core::delivery::{Epoch, Leased};
use deskbell_core::door::SeededRandom;
use deskbell_core::id::{AccountId, EventIds, WebhookId};
use deskbell_core::meter::Meter;
use deskbell_core::policy::concurrency::{Bounds, Concurrency};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{
    AccountCreated, Accounts as _, Handed, Hands, KeyCreated, Queue as _, WebhookSaved, Webhooks as _,
};
use deskbell_core::trigger::Subscription;
use deskbell_core::vault::Vault;
use deskbell_core::webhook::{Health, Status, Webhook, new_secret};
use deskbell_core::{Timestamp, hex};
use deskbell_store::SqliteStore;
use futures::future::try_join_all;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a machine holds at once while rows are made: more than one batch of them.
const ROOM: u32 = 100_000;
/// Webhooks that share a commit.
const TOGETHER: usize = 100;
/// How long a filling may take: the epoch that it needs lasts as long.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// The open store of a program that does not run.
pub struct Seed {
    store: SqliteStore,
    vault: Vault,
    random: SeededRandom,
    ids: EventIds,
    epoch: Epoch,
    handed: Arc<Mutex<Vec<Leased>>>,
}

impl Seed {
    /// Opens the data folder `data` of a program that ran once and has stopped.
    ///
    /// # Errors
    /// When there is none, or its key is another one.
    pub async fn open(data: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(data.join("master.key")).context("reading the master key")?;
        let key = hex::decode(text.trim()).and_then(|key| key.try_into().ok()).context("a damaged key")?;
        let (store, vault) = (SqliteStore::open(&data.join("deskbell.db"))?, Vault::new(&key));
        let known = store.master_fingerprint(vault.fingerprint()).await?;
        ensure!(known == vault.fingerprint(), "the store belongs to another key");
        let handed = Arc::default();
        let epoch = join(&store, &handed).await?;
        // Ids of two fillings must not meet.
        let random = SeededRandom::new(clock::micros());
        Ok(Self { store, vault, random, ids: EventIds::default(), epoch, handed })
    }

    /// Closes it: the program may start.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn close(self) -> anyhow::Result<()> {
        Ok(self.store.leave(self.epoch, now()).await?)
    }

    /// The accounts, oldest first: the first start made one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn accounts(&self) -> anyhow::Result<Vec<AccountId>> {
        Ok(self.store.accounts().await?.into_iter().map(|account| account.id).collect())
    }

    /// The account that the first start made.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn first_account(&self) -> anyhow::Result<AccountId> {
        self.accounts().await?.into_iter().next().context("the program has no account yet")
    }

    /// A new account.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn account(&self) -> anyhow::Result<AccountId> {
        let id = AccountId::new(&self.random);
        let account = Account {
            id: id.clone(),
            email: format!("{id}@mail.example"),
            created: now(),
            payload_style: PayloadStyle::default(),
            operator: false,
        };
        let sandbox = Sandbox::new(&id, &self.random, now());
        let created = self.store.create_account(account, sandbox).await?;
        ensure!(created == AccountCreated::Created, "the account {id} was refused");
        Ok(id)
    }

    /// A key that speaks for the account.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn key(&self, account: &AccountId) -> anyhow::Result<String> {
        let text = KeyText::new(&self.random);
        let key = ApiKey {
            id: text.id().clone(),
            account: account.clone(),
            name: "seed".into(),
            hash: text.hash(&self.vault),
            created: now(),
            expires: None,
            revoked: None,
            last_used: None,
        };
        let created = self.store.create_key(key, u32::MAX).await?;
        ensure!(created == KeyCreated::Created, "the key was refused");
        Ok(text.text().expose().to_owned())
    }

    /// Registers `count` webhooks at `url`, each on a path of its own.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn webhooks(
        &self,
        account: &AccountId,
        count: u32,
        url: &str,
        wants: Subscription,
    ) -> anyhow::Result<Vec<WebhookId>> {
        let mut ids = Vec::new();
        for some in (0..count).collect::<Vec<_>>().chunks(TOGETHER) {
            let made = some.iter().map(|_| self.webhook(account, url, wants));
            ids.extend(try_join_all(made).await?);
        }
        Ok(ids)
    }

    async fn webhook(
        &self,
        account: &AccountId,
        url: &str,
        wants: Subscription,
    ) -> anyhow::Result<WebhookId> {
        let (id, secret) = (WebhookId::new(&self.random), new_secret(&self.random));
        let webhook = Webhook {
            id: id.clone(),
            account: account.clone(),
            name: id.to_string(),
            url: format!("{url}/{id}"),
            events: vec![wants],
            created: now(),
            secret: self.vault.seal(&secret, &[account.as_str(), id.as_str()], &self.random),
            status: Status::Enabled,
            health: Health::default(),
        };
        let saved = self.store.create_webhook(webhook, u32::MAX).await?;
        ensure!(matches!(saved, WebhookSaved::Saved(_)), "a webhook was refused");
        Ok(id)
    }
}

/// Joins the store as a machine with room for every batch. What it is handed goes into `handed`; its permits go at once:
/// nothing is on the wire here.
async fn join(store: &SqliteStore, handed: &Arc<Mutex<Vec<Leased>>>) -> anyhow::Result<Epoch> {
    let bounds = Bounds {
        all: ROOM,
        bytes: usize::MAX,
        start: ROOM,
        ceiling: ROOM,
        line: 0,
        lines: 0,
        share: u32::MAX,
        ..Bounds::default()
    };
    let into = Arc::clone(handed);
    let take = move |all: Vec<Handed>| {
        let mut into = into.lock().unwrap_or_else(PoisonError::into_inner);
        into.extend(all.into_iter().map(|one| one.leased));
    };
    let hands = Hands {
        concurrency: Arc::new(Concurrency::new(bounds, Arc::<Meter>::default())),
        take: Box::new(take),
        wake: Box::new(|| {}),
    };
    let until = deskbell_core::time::later(now(), LONGEST);
    Ok(store.join(Arc::new(hands), now(), until).await?)
}

/// Now, as the program's own clock says it.
fn now() -> Timestamp {
    deskbell_core::time::from_millis(i64::try_from(clock::micros() / 1000).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
