//! A memory store that can refuse, or commit and lose the answer, and that keeps a ledger of calls and leases.

use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::account::*;
use deskbell_core::attempt::Attempt;
use deskbell_core::booking::Booking;
use deskbell_core::conversation::Conversation;
use deskbell_core::delivery::{Delivery, LeaseToken};
use deskbell_core::event::{Event, NewEvent};
use deskbell_core::id::*;
use deskbell_core::inbox::{Capture, Inbox, Script};
use deskbell_core::member::{Member, PasswordHash};
use deskbell_core::meter::Meter;
use deskbell_core::policy::retry::Rules;
use deskbell_core::sandbox::{Kind, Object, Sandbox};
use deskbell_core::session::Session;
use deskbell_core::share::Share;
use deskbell_core::store::*;
use deskbell_core::time::later;
use deskbell_core::token::TokenHash;
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Quarter, Record, Webhook, WebhookChange};
use deskbell_store::MemoryStore;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Work,
    /// It fails and changes nothing.
    Refuse,
    /// It is done, and the answer is lost.
    Forget,
    /// It fails for one row that cannot be read, and changes nothing.
    Damaged,
    Panic,
    /// It never ends.
    Hang,
}

/// A lease as it was handed out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lease {
    pub(crate) delivery: DeliveryId,
    pub(crate) token: LeaseToken,
    pub(crate) number: u32,
    pub(crate) at: Timestamp,
    pub(crate) until: Timestamp,
    /// Set when it was recorded or given back: how many leases had been handed out by then.
    pub(crate) ended: Option<usize>,
}

type Delay = Box<dyn FnMut(&'static str) -> Duration + Send>;
type Oracle = Box<dyn FnMut(&'static str, &[DeliveryId]) -> Fate + Send>;

#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) inner: MemoryStore,
    oracle: Mutex<Option<Oracle>>,
    delay: Mutex<Option<Delay>>,
    lies: AtomicBool,
    calls: Mutex<BTreeMap<&'static str, u64>>,
    pub(crate) leases: Mutex<Vec<Lease>>,
}

impl Watched {
    /// Every later call of a verb that the engine uses, or `accept`, asks `oracle` for its fate. It is given the verb
    /// and the deliveries the call is about.
    pub(crate) fn fate(&self, oracle: impl FnMut(&'static str, &[DeliveryId]) -> Fate + Send + 'static) {
        *self.oracle.lock().unwrap() = Some(Box::new(oracle));
    }

    /// Every later call's answer takes as long as `delay` says.
    pub(crate) fn delay(&self, delay: impl FnMut(&'static str) -> Duration + Send + 'static) {
        *self.delay.lock().unwrap() = Some(Box::new(delay));
    }

    /// No more faults.
    pub(crate) fn heal(&self) {
        *self.oracle.lock().unwrap() = None;
        *self.delay.lock().unwrap() = None;
    }

    /// How often `verb` was called.
    pub(crate) fn calls(&self, verb: &'static str) -> u64 {
        self.calls.lock().unwrap().get(verb).copied().unwrap_or_default()
    }

    /// All calls of the engine's verbs.
    pub(crate) fn all_calls(&self) -> BTreeMap<&'static str, u64> {
        self.calls.lock().unwrap().clone()
    }

    /// From now on claims give nothing and say that something is due.
    pub(crate) fn lie(&self) {
        self.lies.store(true, Ordering::Relaxed);
    }

    /// Enters the end of a lease in the ledger.
    fn end(&self, delivery: &DeliveryId, token: LeaseToken) {
        let mut leases = self.leases.lock().unwrap();
        let so_far = leases.len();
        let ours = |lease: &&mut Lease| lease.delivery == *delivery && lease.token == token;
        if let Some(lease) = leases.iter_mut().rev().find(ours) {
            lease.ended.get_or_insert(so_far);
        }
    }

    /// Does `call` as fate has it.
    async fn under<T>(
        &self,
        verb: &'static str,
        about: &[DeliveryId],
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        *self.calls.lock().unwrap().entry(verb).or_default() += 1;
        let fate = self.oracle.lock().unwrap().as_mut().map_or(Fate::Work, |oracle| oracle(verb, about));
        let delay = self.delay.lock().unwrap().as_mut().map_or(Duration::ZERO, |delay| delay(verb));
        match fate {
            Fate::Work => {
                let done = call.await;
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                done
            }
            Fate::Refuse => Err(Error::Unavailable("refused".into())),
            Fate::Forget => {
                call.await?;
                Err(Error::Unavailable("the answer was lost".into()))
            }
            Fate::Damaged => Err(Error::Damaged("a row".into())),
            Fate::Panic => panic!("the store panics"),
            Fate::Hang => std::future::pending().await,
        }
    }
}

macro_rules! forward {
    ($trait:ident { $(fn $name:ident($($arg:ident: $ty:ty),* $(,)?) -> $out:ty;)* }) => {
        #[async_trait]
        impl $trait for Watched {
            $(async fn $name(&self, $($arg: $ty),*) -> Result<$out> { self.inner.$name($($arg),*).await })*
        }
    };
}

forward! { Sandboxes {
    fn add_object(account: &AccountId, object: Object, max: u32) -> ObjectAdded;
    fn object(account: &AccountId, kind: Kind, id: &str) -> Found;
    fn objects(account: &AccountId, kind: Kind, page: &Page) -> Listing<Object>;
    fn change_object(account: &AccountId, old: &Object, new: Object) -> bool;
    fn delete_object(account: &AccountId, kind: Kind, id: &str) -> bool;
} }

forward! { Accounts {
    fn create_account(account: Account, sandbox: Sandbox) -> AccountCreated;
    fn account(id: &AccountId) -> Option<Account>;
    fn accounts() -> Vec<Account>;
    fn account_by_email(email: &str) -> Option<Account>;
    fn set_payload_style(id: &AccountId, style: PayloadStyle) -> Option<Account>;
    fn sandbox(account: &AccountId) -> Option<Sandbox>;
    fn create_key(key: ApiKey, max_active: u32) -> KeyCreated;
    fn key(id: &KeyId) -> Option<ApiKey>;
    fn keys(account: &AccountId) -> Vec<ApiKey>;
    fn revoke_key(id: &KeyId, now: Timestamp) -> bool;
    fn note_key(id: &KeyId, now: Timestamp) -> ();
    fn master_fingerprint(fingerprint: [u8; 32]) -> [u8; 32];
}}

forward! { Members {
    fn sign_up(account: Account, sandbox: Sandbox, owner: Member) -> AccountCreated;
    fn owner_or(member: Member) -> Member;
    fn member_by_email(email: &str) -> Option<Member>;
    fn set_login(id: &MemberId, email: &str, password: PasswordHash, keep: &TokenHash) -> LoginSet;
    fn create_session(session: Session, max: u32) -> ();
    fn session(hash: &TokenHash) -> Option<(Session, Member)>;
    fn note_session(hash: &TokenHash, now: Timestamp) -> ();
    fn end_session(hash: &TokenHash) -> bool;
    fn sweep_sessions(now: Timestamp) -> u64;
}}

forward! { Webhooks {
    fn create_webhook(webhook: Webhook, max: u32) -> WebhookSaved;
    fn webhook(account: &AccountId, id: &WebhookId) -> Option<Webhook>;
    fn webhooks(account: &AccountId, page: &Page) -> Listing<Webhook>;
    fn change_webhook(account: &AccountId, id: &WebhookId, change: &WebhookChange, now: Timestamp) -> WebhookSaved;
    fn delete_webhook(account: &AccountId, id: &WebhookId, now: Timestamp) -> bool;
}}

forward! { Shares {
    fn create_share(share: Share, frozen: Sealed, max: u32) -> ShareCreated;
    fn shares(account: &AccountId, page: &Page) -> Listing<Share>;
    fn shared(hash: &TokenHash, now: Timestamp) -> Option<(Share, Sealed)>;
    fn revoke_share(account: &AccountId, id: &ShareId) -> bool;
    fn sweep_shares(before: Timestamp) -> u64;
}}

forward! { Inboxes {
    fn create_inbox(inbox: Inbox, max: u32) -> InboxCreated;
    fn inbox(account: &AccountId, id: &InboxId) -> Option<Inbox>;
    fn inboxes(account: &AccountId, page: &Page) -> Listing<Inbox>;
    fn change_inbox(account: &AccountId, id: &InboxId, name: Option<String>, script: Option<Script>) -> Option<Inbox>;
    fn delete_inbox(account: &AccountId, id: &InboxId) -> bool;
    fn capture(token: &str, capture: Capture, keep: u32, per_minute: u32) -> Captured;
    fn answer_capture(inbox: &InboxId, id: &CaptureId, status: u16) -> ();
    fn captured(account: &AccountId, inbox: &InboxId, id: &CaptureId) -> Option<Capture>;
    fn captures(account: &AccountId, inbox: &InboxId, page: &Page) -> Option<Listing<Capture>>;
    fn delete_captures(account: &AccountId, inbox: &InboxId, id: Option<&CaptureId>) -> Option<u64>;
    fn sweep_inboxes(before: Timestamp) -> u64;
}}

forward! { Bookings {
    fn save_bookings(changes: Vec<BookingChange>, now: Timestamp) -> BookingSaved;
    fn booking(account: &AccountId, id: &BookingId) -> Option<Booking>;
    fn bookings(account: &AccountId, filter: &BookingFilter, page: &Page) -> Listing<Booking>;
    fn ended_bookings(now: Timestamp, limit: u32) -> Ended;
    fn taken(account: &AccountId, host: &UserId, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)>;
}}

forward! { Conversations {
    fn save_conversations(changes: Vec<ConversationChange>, now: Timestamp) -> ConversationsSaved;
    fn conversation(account: &AccountId, id: &ConversationId) -> Option<Conversation>;
    fn conversations(account: &AccountId, filter: &ConversationFilter, page: &Page) -> Listing<Conversation>;
    fn silent_conversations(silent_since: Timestamp, limit: u32) -> Vec<Conversation>;
}}

forward! { ChangeFeed {
    fn position(account: &AccountId) -> Position;
    fn events_between(account: &AccountId, after: u64, upto: u64, limit: u32) -> Vec<EventNews>;
    fn attempts_between(account: &AccountId, after: u64, upto: u64, limit: u32) -> Vec<AttemptNews>;
    fn captures_between(account: &AccountId, after: u64, upto: u64, limit: u32) -> Vec<CaptureNews>;
}}

#[async_trait]
impl Statistics for Watched {
    fn meter(&self) -> Arc<Meter> {
        self.inner.meter()
    }

    async fn records(
        &self,
        account: &AccountId,
        webhooks: &[WebhookId],
        since: Timestamp,
    ) -> Result<Vec<Record>> {
        self.inner.records(account, webhooks, since).await
    }

    async fn watched_webhooks(
        &self,
        since: Timestamp,
        disabled_since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Webhook, Vec<Quarter>)>> {
        self.inner.watched_webhooks(since, disabled_since, limit).await
    }

    async fn condition(&self, now: Timestamp) -> Result<Condition> {
        self.inner.condition(now).await
    }
}

#[async_trait]
impl Events for Watched {
    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<Accepted>> {
        self.under("accept", &[], self.inner.accept(events, now)).await
    }

    async fn event(&self, account: &AccountId, id: &EventId) -> Result<Option<Event>> {
        self.inner.event(account, id).await
    }

    async fn events(&self, account: &AccountId, filter: &EventFilter, page: &Page) -> Result<Listing<Event>> {
        self.inner.events(account, filter, page).await
    }
}

#[async_trait]
impl Deliveries for Watched {
    async fn claim(&self, claim: Claim, rules: &Rules) -> Result<Claimed> {
        let (at, until) = (claim.now, later(claim.now, claim.lease));
        self.under("claim", &[], async {
            if self.lies.load(Ordering::Relaxed) {
                return Ok(Claimed { next_due: Some(at), ..Claimed::default() });
            }
            let claimed = self.inner.claim(claim, rules).await?;
            let mut leases = self.leases.lock().unwrap();
            leases.extend(claimed.leased.iter().map(|leased| Lease {
                delivery: leased.delivery.clone(),
                token: leased.token,
                number: leased.number,
                at,
                until,
                ended: None,
            }));
            Ok(claimed)
        })
        .await
    }

    async fn finish(&self, finished: Vec<Finished>, rules: &Rules, now: Timestamp) -> Result<Vec<Recorded>> {
        let about: Vec<_> = finished.iter().map(|one| one.attempt.delivery.clone()).collect();
        let tokens: Vec<_> = finished.iter().map(|one| one.token).collect();
        self.under("finish", &about, async {
            let verdicts = self.inner.finish(finished, rules, now).await?;
            for ((delivery, token), verdict) in about.iter().zip(tokens).zip(&verdicts) {
                if *verdict != Recorded::Stale {
                    self.end(delivery, token);
                }
            }
            Ok(verdicts)
        })
        .await
    }

    async fn release(&self, leases: Vec<(DeliveryId, LeaseToken)>) -> Result<()> {
        let about: Vec<_> = leases.iter().map(|(delivery, _)| delivery.clone()).collect();
        self.under("release", &about, async {
            for (delivery, token) in &leases {
                self.end(delivery, *token);
            }
            self.inner.release(leases).await
        })
        .await
    }

    async fn end_leases(&self, now: Timestamp) -> Result<()> {
        self.inner.end_leases(now).await
    }

    async fn retry_delivery(&self, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<Retried> {
        self.inner.retry_delivery(account, id, now).await
    }

    async fn delivery(&self, account: &AccountId, id: &DeliveryId) -> Result<Option<Delivery>> {
        self.inner.delivery(account, id).await
    }

    async fn deliveries(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        page: &Page,
    ) -> Result<Listing<Delivery>> {
        self.inner.deliveries(account, filter, page).await
    }

    async fn attempt(&self, account: &AccountId, id: &AttemptId) -> Result<Option<Attempt>> {
        self.inner.attempt(account, id).await
    }

    async fn attempts(
        &self,
        account: &AccountId,
        filter: &AttemptFilter,
        page: &Page,
    ) -> Result<Listing<Attempt>> {
        self.inner.attempts(account, filter, page).await
    }
}
