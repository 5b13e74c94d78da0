//! The receiving end: each webhook has a mood, and each arrival is on disk before it is answered.

use super::{Randomness, WEBHOOKS};
use crate::api::Api;
use crate::clock;
use crate::ledger::Ledger;
use crate::receiver::{Arrival, Reaction, Receiver};
use crate::verdict::Receipt;
use deskbell_core::policy::sign;
use deskbell_core::vault::Secret;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Whether receivers misbehave.
#[derive(Debug, Default)]
pub struct Faults(AtomicBool);

impl Faults {
    /// Turns misbehaviour on or off.
    pub fn set(&self, on: bool) {
        self.0.store(on, Ordering::Relaxed);
    }
}

/// The receivers and what they know.
pub struct Moods {
    ledger: Ledger,
    /// Whether they misbehave.
    pub faults: Faults,
    /// The secrets by name; known once the webhooks are registered.
    secrets: OnceLock<HashMap<String, Secret>>,
    randomness: Mutex<Randomness>,
    /// What went wrong on our side: then the count is void.
    broken: Mutex<Option<String>>,
}

impl Moods {
    /// Receivers that write to the ledger at `path`.
    ///
    /// # Errors
    /// When the ledger cannot be made.
    pub fn new(path: &Path, seed: u64) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            ledger: Ledger::create(path)?,
            faults: Faults::default(),
            secrets: OnceLock::new(),
            randomness: Mutex::new(Randomness::new(seed, 1)),
            broken: Mutex::default(),
        }))
    }

    /// Makes an account's [webhooks](WEBHOOKS) at the receiver; gives their names by their ids. Done once, before the first event.
    ///
    /// # Errors
    /// When the API refuses one.
    pub async fn register(
        &self,
        api: &mut Api,
        receiver: &Receiver,
    ) -> anyhow::Result<HashMap<String, String>> {
        let (mut names, mut secrets) = (HashMap::new(), HashMap::new());
        for (name, events) in WEBHOOKS {
            let webhook = api.create_webhook(name, &receiver.url(&format!("/{name}")), events).await?;
            names.insert(webhook.id, name.to_owned());
            secrets.insert(name.to_owned(), Secret::new(webhook.secret));
        }
        let _ = self.secrets.set(secrets);
        Ok(names)
    }

    /// What went wrong on our side, if anything did.
    pub fn broken(&self) -> Option<String> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts listening.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn listen(self: &Arc<Self>) -> anyhow::Result<Receiver> {
        let moods = self.clone();
        Receiver::listen(move |arrival| {
            let moods = moods.clone();
            async move { moods.take(arrival).await }
        })
        .await
    }

    /// The answer for `webhook` now, and how long it lets the sender wait.
    fn mood(&self, webhook: &str) -> (u16, Duration) {
        if !self.faults.0.load(Ordering::Relaxed) {
            return (200, Duration::ZERO);
        }
        let randomness = self.randomness.lock().unwrap_or_else(PoisonError::into_inner);
        match webhook {
            "flaky" if randomness.chance(30) => (500, Duration::ZERO),
            "slow" => (200, Duration::from_millis(randomness.between(0, 400))),
            "busy" if randomness.chance(3) => (503, Duration::ZERO),
            "picky" if randomness.chance(15) => (404, Duration::from_millis(randomness.between(0, 30))),
            _ => (200, Duration::ZERO),
        }
    }

    async fn take(&self, arrival: Arrival) -> Reaction {
        let webhook = arrival.path.trim_start_matches('/').to_owned();
        let event: Value = serde_json::from_slice(&arrival.body).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let signed = self.signed(&webhook, &arrival);
        let (status, delay) = self.mood(&webhook);
        tokio::time::sleep(delay).await;
        let receipt = Receipt {
            at: arrival.at,
            answered: clock::micros(),
            webhook,
            event: text(&event["id"]),
            key: text(&event["data"]["key"]),
            sender: sender(&arrival),
            signed,
            status,
        };
        if let Err(error) = self.ledger.write(&receipt).await {
            *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        }
        Reaction::Answer(status)
    }

    fn signed(&self, webhook: &str, arrival: &Arrival) -> bool {
        let secret = self.secrets.get().and_then(|secrets| secrets.get(webhook));
        let header = arrival.headers.get(sign::HEADER).and_then(|value| value.to_str().ok());
        let pair = secret.zip(header);
        pair.is_some_and(|(secret, header)| sign::verify(secret, header, &arrival.body).is_ok())
    }
}

fn sender(arrival: &Arrival) -> String {
    let agent = arrival.headers.get("user-agent").and_then(|value| value.to_str().ok());
    agent.unwrap_or_default().to_owned()
}
