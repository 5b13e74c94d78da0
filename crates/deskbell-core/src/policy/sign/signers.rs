//! Signers: those of the webhooks that were rung lately, so that a secret is opened once and not for each attempt.

use super::Signer;
use crate::id::WebhookId;
use crate::policy::limit;
use crate::vault::{Sealed, Vault, WrongKey};
use crate::webhook::Webhook;
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

const MAX: NonZeroUsize = NonZeroUsize::new(limit::READY_WEBHOOKS).unwrap();

/// The signers of the webhooks that were rung last, each as good as the sealed secret that it was opened from.
pub struct Signers {
    vault: Arc<Vault>,
    ready: Mutex<LruCache<WebhookId, (Sealed, Arc<Signer>)>>,
}

impl Signers {
    /// Opens secrets with `vault`.
    pub fn new(vault: Arc<Vault>) -> Self {
        // What is ready is allocated as it comes: most instances have few webhooks.
        let mut ready = LruCache::unbounded();
        ready.resize(MAX);
        Self { vault, ready: Mutex::new(ready) }
    }

    /// The signer of `webhook`. One with another secret than last time is opened anew.
    ///
    /// # Errors
    /// [`WrongKey`] when its secret does not open.
    pub fn of(&self, webhook: &Webhook) -> Result<Arc<Signer>, WrongKey> {
        if let Some((sealed, signer)) = self.lock().get(&webhook.id)
            && *sealed == webhook.secret
        {
            return Ok(Arc::clone(signer));
        }
        let secret = self.vault.open(&webhook.secret, &webhook.secret_ids())?;
        let signer = Arc::new(Signer::new(&secret));
        self.lock().put(webhook.id.clone(), (webhook.secret.clone(), Arc::clone(&signer)));
        Ok(signer)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<WebhookId, (Sealed, Arc<Signer>)>> {
        // The cache is whole between any two calls of it.
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::door::SeededRandom;
    use crate::id::{AccountId, EventId};
    use crate::policy::sign;
    use crate::vault::Secret;
    use crate::webhook::{Health, Status};

    fn vault() -> Arc<Vault> {
        Arc::new(Vault::new(&[7; 32]))
    }

    fn webhook(id: &str, secret: &str) -> Webhook {
        let (account, id) = (AccountId::from_text("ACC-1"), WebhookId::from_text(id));
        let ids = [account.as_str(), id.as_str()];
        Webhook {
            secret: vault().seal(&Secret::new(secret.into()), &ids, &SeededRandom::new(1)),
            id,
            account,
            name: "Receiver".into(),
            url: "https://receiver.example/".into(),
            events: Vec::new(),
            created: Timestamp::UNIX_EPOCH,
            status: Status::Enabled,
            health: Health::default(),
        }
    }

    fn signs_with(signer: &Signer, secret: &str) -> bool {
        let sent = signer.request_headers(
            "x",
            &EventId::from_text("EVNT-1"),
            crate::event::Origin::Platform,
            Timestamp::UNIX_EPOCH,
            b"{}",
        );
        sign::verify(&Secret::new(secret.into()), &sent[2].1, b"{}").is_ok()
    }

    #[test]
    fn a_secret_is_opened_once_and_another_one_at_once() {
        let signers = Signers::new(vault());
        let first = signers.of(&webhook("WHK-1", "old")).unwrap();
        assert!(Arc::ptr_eq(&first, &signers.of(&webhook("WHK-1", "old")).unwrap()), "opened once");
        assert!(signs_with(&first, "old"));
        let rotated = signers.of(&webhook("WHK-1", "new")).unwrap();
        assert!(signs_with(&rotated, "new"), "a rotated secret holds from the next attempt on");
        assert!(signs_with(&signers.of(&webhook("WHK-2", "other")).unwrap(), "other"));
        let mut deleted = webhook("WHK-1", "new");
        deleted.delete(Timestamp::UNIX_EPOCH);
        assert_eq!(signers.of(&deleted).map(|_| ()), Err(WrongKey), "a wiped secret signs nothing");
    }

    #[test]
    fn the_webhook_rung_longest_ago_makes_room() {
        let signers = Signers::new(vault());
        let stranger = webhook("WHK-stranger", "s");
        let regular = webhook("WHK-regular", "r");
        let (strangers, regulars) = (signers.of(&stranger).unwrap(), signers.of(&regular).unwrap());
        for number in 0..MAX.get() {
            signers.of(&webhook(&format!("WHK-{number}"), "x")).unwrap();
            signers.of(&regular).unwrap();
        }
        assert_eq!(signers.lock().len(), MAX.get());
        assert!(Arc::ptr_eq(&regulars, &signers.of(&regular).unwrap()));
        assert!(!Arc::ptr_eq(&strangers, &signers.of(&stranger).unwrap()), "forgotten, and opened again");
    }
}
