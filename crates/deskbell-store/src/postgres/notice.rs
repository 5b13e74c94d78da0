//! Notices: what one process tells the others that use the database, so that they look sooner than they would by the clock. None of them
//! has to arrive: whatever is told so is found by looking as well.
//!
//! They never go out within a transaction that writes what they tell of, for a commit with a notice in it holds up every other commit of
//! the cluster. They gather here, and go out together, on a connection of their own.

mod line;

pub(super) use line::keep;

use super::Database;
use super::machine::Joined;
use super::transaction::Outbox;
use deskbell_core::id::{AccountId, InboxId, WebhookId};
use deskbell_core::store::Elsewhere;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Between two notices, when somebody waits for what they tell.
const SOON: Duration = Duration::from_millis(10);
/// And when nobody does: streams look by themselves, and an engine with more than it has room for is busy anyway.
const LATER: Duration = Duration::from_millis(100);
/// Stands for any.
const ANY: &str = "*";

/// Which of a kind are meant: so many of them are named one by one; with more, any may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Which<const NAMED: usize> {
    These(BTreeSet<String>),
    Any,
}

impl<const NAMED: usize> Default for Which<NAMED> {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl<const NAMED: usize> Which<NAMED> {
    /// This one too. An id that is none of ours, which a notice could not carry, stands for any.
    pub(super) fn add(&mut self, id: &str) {
        let Self::These(ids) = self else { return };
        if ids.contains(id) {
            return;
        }
        let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if plain && id.len() <= 24 && ids.len() < NAMED {
            ids.insert(id.to_owned());
        } else {
            *self = Self::Any;
        }
    }

    fn is_none(&self) -> bool {
        matches!(self, Self::These(ids) if ids.is_empty())
    }

    /// The word of it, if any are meant.
    fn word(&self, kind: &str) -> Option<String> {
        (!self.is_none()).then(|| format!("{kind}={}", self.written()))
    }

    fn take_in(&mut self, other: Self) {
        match other {
            Self::These(ids) => ids.iter().for_each(|id| self.add(id)),
            Self::Any => *self = Self::Any,
        }
    }

    fn written(&self) -> String {
        match self {
            Self::These(ids) => ids.iter().map(String::as_str).collect::<Vec<_>>().join(","),
            Self::Any => ANY.to_owned(),
        }
    }

    fn read(text: &str) -> Self {
        let mut which = Self::default();
        if text == ANY {
            return Self::Any;
        }
        text.split(',').for_each(|id| which.add(id));
        which
    }
}

/// What a process tells the others. It has room for 8,000 bytes, and an id takes 25 at most with its comma.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Notice {
    /// Something is due that is nobody's.
    pub(super) due: bool,
    /// An account or a key was changed.
    pub(super) keys: bool,
    /// These were changed: nothing of them may begin by what they were.
    pub(super) webhooks: Which<50>,
    /// Something was written for these that they follow.
    pub(super) accounts: Which<190>,
    /// These captured something.
    pub(super) inboxes: Which<60>,
}

impl Notice {
    /// What may be true when nobody told anything for a time.
    pub(super) fn anything() -> Self {
        Self { due: true, keys: true, webhooks: Which::Any, accounts: Which::Any, inboxes: Which::Any }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn take_in(&mut self, other: Self) {
        self.due |= other.due;
        self.keys |= other.keys;
        self.webhooks.take_in(other.webhooks);
        self.accounts.take_in(other.accounts);
        self.inboxes.take_in(other.inboxes);
    }

    /// The words of it; each stands for itself, so that a release may know more than the one that it tells.
    fn written(&self) -> String {
        let mut words = Vec::new();
        words.extend(self.due.then(|| "due".to_owned()));
        words.extend(self.keys.then(|| "keys".to_owned()));
        words.extend(self.webhooks.word("webhooks"));
        words.extend(self.accounts.word("accounts"));
        words.extend(self.inboxes.word("inboxes"));
        words.join(" ")
    }

    fn read<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let mut notice = Self::default();
        for word in words {
            match word.split_once('=') {
                None if word == "due" => notice.due = true,
                None if word == "keys" => notice.keys = true,
                Some(("webhooks", ids)) => notice.webhooks = Which::read(ids),
                Some(("accounts", ids)) => notice.accounts = Which::read(ids),
                Some(("inboxes", ids)) => notice.inboxes = Which::read(ids),
                _ => {}
            }
        }
        notice
    }
}

/// What is to be told, and whether it can wait.
#[derive(Debug, Default)]
struct Pending {
    notice: Notice,
    soon: bool,
}

/// Who is told of what others wrote.
pub(super) type Told = Arc<dyn Fn(Elsewhere<'_>) + Send + Sync>;

/// The notices of a process.
pub(super) struct Notices {
    pending: Mutex<Pending>,
    more: Notify,
    /// Whether what the others tell arrives here.
    hears: AtomicBool,
    /// The machines of this process; more than one in tests.
    machines: Mutex<Vec<Weak<Joined>>>,
    told: Mutex<Option<Told>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Notices {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            pending: Mutex::default(),
            more: Notify::new(),
            hears: AtomicBool::new(false),
            machines: Mutex::default(),
            told: Mutex::default(),
        })
    }

    /// This machine is woken by what others tell.
    pub(super) fn wake(&self, machine: &Arc<Joined>) {
        let mut machines = locked(&self.machines);
        machines.retain(|known| known.strong_count() > 0);
        machines.push(Arc::downgrade(machine));
    }

    /// From now on `told` is told of what others wrote.
    pub(super) fn tell_of_others(&self, told: Told) {
        *locked(&self.told) = Some(told);
    }

    /// Whether what the others tell arrives here; otherwise it has to be looked for.
    pub(super) fn hears(&self) -> bool {
        self.hears.load(Ordering::Acquire)
    }

    fn set_hears(&self, hears: bool) -> bool {
        self.hears.swap(hears, Ordering::AcqRel)
    }

    /// The others are told of this before long; `soon` when somebody may wait for it.
    pub(super) fn tell(&self, notice: Notice, soon: bool) {
        if notice.is_empty() {
            return;
        }
        let mut pending = locked(&self.pending);
        let changes = pending.notice.is_empty() || (soon && !pending.soon);
        pending.notice.take_in(notice);
        pending.soon |= soon;
        drop(pending);
        if changes {
            self.more.notify_one();
        }
    }

    /// A transaction was committed, by a process that has an engine at work or not: the others are told what there is to tell of it.
    pub(super) fn tell_of(&self, outbox: &mut Outbox, has_engine: bool) {
        let mut notice = std::mem::take(&mut outbox.notice);
        // What an engine of this process is woken for, no other has to be, unless it is more than that has room for.
        notice.due |= outbox.wake && !has_engine;
        let soon = notice.keys || !notice.webhooks.is_none() || (notice.due && !has_engine);
        self.tell(notice, soon);
    }

    /// What is to be told, which is then told.
    fn take(&self) -> Notice {
        std::mem::take(&mut *locked(&self.pending)).notice
    }

    /// Waits until there is something to tell again, after what was told at `last`.
    async fn ready(&self, last: Instant) {
        loop {
            let wait = {
                let pending = locked(&self.pending);
                (!pending.notice.is_empty()).then_some(if pending.soon { SOON } else { LATER })
            };
            match wait {
                None => self.more.notified().await,
                Some(wait) => tokio::select! {
                    () = sleep_until(last + wait) => return,
                    () = self.more.notified() => {}
                },
            }
        }
    }
}

impl Database {
    /// Another process told this, or it was looked up.
    pub(super) fn hear(self: &Arc<Self>, notice: &Notice) {
        if notice.keys {
            let database = Arc::clone(self);
            tokio::spawn(async move {
                // Whoever needs it is told nothing when this fails, and it is looked up by the clock.
                let _ = database.generation.look(&database).await;
            });
        }
        let machines: Vec<_> = locked(&self.notices.machines).iter().filter_map(Weak::upgrade).collect();
        for machine in machines.iter().filter_map(|joined| joined.machine()) {
            match &notice.webhooks {
                Which::These(ids) => ids.iter().for_each(|id| {
                    machine.hands.concurrency.withdraw(&WebhookId::from_text(id.as_str()));
                }),
                Which::Any => machine.hands.concurrency.withdraw_all(),
            }
            if notice.due {
                (machine.hands.wake)();
            }
        }
        let Some(told) = locked(&self.notices.told).clone() else { return };
        match &notice.accounts {
            Which::These(ids) => {
                ids.iter().for_each(|id| told(Elsewhere::Account(&AccountId::from_text(id.as_str()))));
            }
            Which::Any => told(Elsewhere::AnyAccount),
        }
        match &notice.inboxes {
            Which::These(ids) => {
                ids.iter().for_each(|id| told(Elsewhere::Inbox(&InboxId::from_text(id.as_str()))));
            }
            Which::Any => told(Elsewhere::AnyInbox),
        }
    }
}

#[cfg(test)]
mod tests;
