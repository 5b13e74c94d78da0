//! The contract as plain maps behind one lock: for tests and simulations. Nothing survives the process.

mod account;
mod booking;
mod change_feed;
mod conversation;
mod delivery;
mod event;
mod import;
mod inbox;
mod machine;
mod member;
mod one_time_link;
mod pause;
mod queue;
mod quota;
mod retention;
mod sandbox;
mod set_back;
mod share;
mod statistics;
mod table;
mod webhook;

use crate::registry::{Registry, registered};
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, ApiKey};
use deskbell_core::attempt::Attempt;
use deskbell_core::booking::Booking;
use deskbell_core::conversation::Conversation;
use deskbell_core::delivery::{Delivery, Epoch};
use deskbell_core::event::Event;
use deskbell_core::id::{AccountId, CaptureId, EventId, InboxId};
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::member::Member;
use deskbell_core::meter::{Meter, Tally};
use deskbell_core::one_time_link::OneTimeLink;
use deskbell_core::retention::OwnKeep;
use deskbell_core::sandbox::ObjectKind;
use deskbell_core::session::Session;
use deskbell_core::share::Share;
use deskbell_core::store::Error;
use deskbell_core::throughput::Throughput;
use deskbell_core::trace::TraceContext;
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Quarter, Revision, Webhook};
use machine::Joined;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use table::Table;

/// A machine's view of a store in memory.
#[derive(Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    /// As what the machine has joined.
    joined: Mutex<Option<Joined>>,
    registry: Arc<Registry>,
}

registered!(MemoryStore);

impl MemoryStore {
    /// An empty store, as its first machine sees it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same store as another machine sees it, which joins for itself: two processes on one database.
    pub fn machine(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
            joined: Mutex::default(),
            registry: Arc::clone(&self.registry),
        }
    }

    /// All of it. Every verb holds the lock from its first look to its last change, so that each is one step.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct State {
    accounts: Table<Account>,
    objects: HashMap<(AccountId, ObjectKind), Table<sandbox::Kept>>,
    keys: Table<ApiKey>,
    /// Changes of accounts and keys.
    generation: i64,
    members: Table<Member>,
    /// In the order they began.
    sessions: Vec<Session>,
    master: Option<[u8; 32]>,
    webhooks: Table<Webhook>,
    /// What was changed of each webhook, by its place on the table, oldest first.
    history: BTreeMap<i64, VecDeque<Revision>>,
    events: Table<Event>,
    /// The traces that events belong to.
    traces: HashMap<EventId, Arc<TraceContext>>,
    /// What an account's idempotency key was used for, and the event's place: another one may have its id when it is gone.
    idempotency: HashMap<(AccountId, String), ([u8; 32], EventId, i64)>,
    deliveries: Table<Delivery>,
    /// For each webhook, by its place on the table, the deliveries that have a due time, in the order they are due.
    queue: BTreeMap<i64, BTreeSet<(Timestamp, i64)>>,
    /// Until when the epochs last that nobody has ended.
    epochs: BTreeMap<Epoch, Timestamp>,
    last_epoch: Epoch,
    /// Since when there has been a machine.
    since: Timestamp,
    /// The deliveries that each epoch's machine holds, ended epochs too.
    held: BTreeMap<Epoch, BTreeSet<i64>>,
    attempts: Table<Attempt>,
    /// When each event was accepted, and each attempt recorded, by their ids. Never earlier than what was written before.
    written: HashMap<String, Timestamp>,
    last_written: Timestamp,
    /// The last event, and the last attempt, that were deleted for their age, by their places.
    cuts: HashMap<AccountId, retention::Last>,
    /// Bytes of events that are kept, by account; how many may be, and of accounts that have a quota of their own.
    kept: HashMap<AccountId, u64>,
    quota: Option<u64>,
    own_quotas: HashMap<AccountId, Option<u64>>,
    /// What is kept of accounts for a time of their own.
    own_keeps: HashMap<AccountId, OwnKeep>,
    /// By the place of the webhook on its table and the start.
    quarters: BTreeMap<(i64, Timestamp), Quarter>,
    /// By the start of the quarter.
    throughput: BTreeMap<Timestamp, Throughput>,
    meter: Arc<Meter>,
    inboxes: Table<Inbox>,
    captures: HashMap<InboxId, Table<Capture>>,
    /// Every request that was ever captured, in order; what is deleted is only gone from `captures`.
    captured: Vec<(InboxId, CaptureId)>,
    shares: Table<(Share, Sealed)>,
    bookings: Table<Booking>,
    one_time_links: Table<OneTimeLink>,
    conversations: Table<Conversation>,
}

impl State {
    /// Counts what was just done.
    fn count(&self, count: impl FnOnce(&mut Tally)) {
        let mut tally = Tally::default();
        count(&mut tally);
        self.meter.add(&tally);
    }
}

/// An id that was drawn before: the callers' randomness makes that as good as impossible.
fn id_taken(id: &str) -> Error {
    Error::Unavailable(format!("the id {id} is taken"))
}
