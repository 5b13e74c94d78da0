//! What happens in the world of a feed: an inbox takes a request, a delivery is tried.

use super::*;
use deskbell_core::attempt::{Attempt, Outcome, Timings};
use deskbell_core::id::{AttemptId, CaptureId, InboxId, WebhookId};
use deskbell_core::inbox::{Capture, Inbox, Minute, Script};
use deskbell_core::policy::concurrency::{Bounds, Concurrency};
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Claim, Finished, Handed, Hands, Keep};
use deskbell_core::time::later;
use deskbell_core::trigger::Subscription;
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Health, Status, Webhook};

const TOKEN: &str = "tok";

impl World {
    /// A webhook for conversations.
    pub(super) async fn webhook(&self) {
        let webhook = Webhook {
            id: WebhookId::new(&SeededRandom::new(21)),
            account: self.account.id.clone(),
            name: "one".into(),
            url: "https://one.example/hook".into(),
            events: vec![Subscription::Conversations],
            created: StandingClock.now(),
            secret: Sealed(vec![7; 40]),
            status: Status::Enabled,
            health: Health::default(),
        };
        self.store.create_webhook(webhook, 10).await.unwrap();
    }

    /// Every delivery that is due is tried; nobody is told.
    pub(super) async fn deliver(&self) {
        let now = StandingClock.now();
        let bounds = Bounds { start: 100, ceiling: 100, line: 0, ..Bounds::default() };
        let concurrency = Arc::new(Concurrency::new(bounds, Arc::default()));
        let hands = Hands { concurrency: concurrency.clone(), take: Box::new(drop), wake: Box::new(|| {}) };
        let epoch = self.store.join(Arc::new(hands), now, later(now, Duration::from_secs(60))).await.unwrap();
        let claim = Claim { epoch, now, limit: 100, concurrency, resume: None };
        let handed = self.store.claim(claim, &Rules::default()).await.unwrap().handed;
        let finished = handed.into_iter().map(|Handed { leased, .. }| Finished {
            place: leased.place,
            randomness: 0.5,
            attempt: Arc::new(Attempt {
                id: AttemptId::of(&leased.delivery.id, leased.number()),
                delivery: leased.delivery.id.clone(),
                event: leased.delivery.event.clone(),
                webhook: leased.webhook.id.clone(),
                account: leased.webhook.account.clone(),
                number: leased.number(),
                manual: leased.is_manual(),
                sample: leased.delivery.is_sample(),
                started: now,
                outcome: Outcome::Delivered,
                detail: String::new(),
                possibly_received: false,
                timings: Timings::default(),
                address: None,
                url: leased.webhook.url.clone(),
                request_headers: Vec::new(),
                response: None,
            }),
            delivery: leased.delivery,
        });
        let finished: Vec<_> = finished.collect();
        self.store.finish(finished, &Rules::default(), now).await.unwrap();
        self.store.leave(epoch, now).await.unwrap();
    }

    /// The account's inbox takes a request; nobody is told.
    pub(super) async fn capture(&self, seed: u64) {
        let now = StandingClock.now();
        let inbox = Inbox {
            id: InboxId::new(&SeededRandom::new(22)),
            account: self.account.id.clone(),
            token: TOKEN.into(),
            name: "inbox".into(),
            script: Script::default(),
            relay: false,
            secret: None,
            created: now,
            expires: later(now, Duration::from_secs(3_600)),
            captured: 0,
            script_from: 0,
            minute: Minute::default(),
        };
        if self.store.inbox(&self.account.id, &inbox.id).await.unwrap().is_none() {
            self.store.create_inbox(inbox, 10).await.unwrap();
        }
        let capture = Capture {
            id: CaptureId::new(&SeededRandom::new(seed)),
            inbox: InboxId::from_text(""),
            number: 0,
            received: now,
            method: "POST".into(),
            path: String::new(),
            headers: Vec::new(),
            body: Bytes::from(vec![b'a'; 100_000]),
            remote: None,
            answered: 0,
            event: None,
            note: None,
        };
        let keep = Keep { requests: 500, account_bytes: u64::MAX };
        self.store.capture(&self.account.id, TOKEN, capture, keep, 0).await.unwrap();
    }
}
