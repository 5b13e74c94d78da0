//! What the writer has to find again of entries that are in no table.

use crate::encoding::state::State;
use crate::encoding::value::named;
use crate::encoding::{body, trace};
use crate::sqlite::delivery::Spot;
use crate::sqlite::due::Turn;
use crate::sqlite::entry::{Entry, EventRow};
use crate::sqlite::event::Sent;
use crate::sqlite::fault::Result;
use crate::sqlite::quota;
use bytes::Bytes;
use deskbell_core::event::{Event, Origin};
use deskbell_core::id::{AccountId, EventId};
use deskbell_core::place::Place;
use deskbell_core::store::Error;
use deskbell_core::time::from_millis;
use deskbell_core::trigger::Trigger;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

/// An idempotency key that was used: the digest of what was asked, and the event.
pub(super) type Used = ([u8; 32], EventId);

/// What a new event's deliveries are read from.
#[derive(Debug)]
pub(in crate::sqlite) struct Made {
    id: EventId,
    trigger: i64,
    subject: Option<String>,
    origin: i64,
    /// When the deliveries were made.
    pub(in crate::sqlite) created: i64,
    /// As they are kept.
    body: Bytes,
    /// As it is kept.
    trace: Option<Bytes>,
}

impl Made {
    /// `None` when the event is owed to nobody.
    fn of(event: &EventRow) -> Option<Self> {
        let created = event.owed.first()?.created;
        let EventRow { id, trigger, subject, origin, body, .. } = event;
        let (id, subject, body) = (id.clone(), subject.clone(), body.clone());
        Some(Self { id, trigger: *trigger, subject, origin: *origin, created, body, trace: None })
    }

    /// The account's event.
    ///
    /// # Errors
    /// [`Damaged`](Error::Damaged) when it makes no sense.
    pub(in crate::sqlite) fn sent(&self, account: &AccountId) -> Result<Sent> {
        let unknown = || Error::Damaged("a name of an unknown number".into());
        let event = Event {
            id: self.id.clone(),
            account: account.clone(),
            trigger: named(Trigger::ALL, self.trigger).ok_or_else(unknown)?,
            subject: self.subject.clone(),
            created: from_millis(self.created),
            origin: named(Origin::ALL, self.origin).ok_or_else(unknown)?,
            payload_deleted: false,
            body: body::restore(&self.body).map_err(|why| Error::Damaged(why.into()))?,
        };
        let trace = self.trace.as_ref().and_then(|kept| trace::restore(kept));
        Ok(Sent { event, trace: trace.map(Arc::new) })
    }
}

#[derive(Default)]
pub(super) struct Found {
    /// The deliveries that were made or changed.
    pub(super) states: HashMap<Spot, State>,
    /// Those of them that are due, or will be.
    pub(super) queue: BTreeSet<Turn>,
    /// New events to which anything is owed: what is due of them is claimed before the tables have it.
    pub(super) events: HashMap<Place, Made>,
    pub(super) ids: HashSet<EventId>,
    pub(super) keys: HashMap<(i64, String), Used>,
    pub(super) bytes: quota::Bytes,
}

impl Found {
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut found = Self::default();
        entries.iter().for_each(|entry| found.add(entry));
        found
    }

    /// Nothing, with room for as much as is here.
    pub(super) fn with_room(&self) -> Self {
        Self {
            states: HashMap::with_capacity(self.states.len()),
            events: HashMap::with_capacity(self.events.len()),
            ids: HashSet::with_capacity(self.ids.len()),
            ..Self::default()
        }
    }

    /// The part of the webhook's queue behind that turn and up to that time, in its order.
    pub(super) fn turns_of(&self, behind: Turn, until: i64) -> impl Iterator<Item = Turn> {
        let turns = self.queue.range((Bound::Excluded(behind), Bound::Unbounded)).copied();
        turns.take_while(move |turn| turn.webhook == behind.webhook && turn.due <= until)
    }

    pub(super) fn add(&mut self, entry: &Entry) {
        for (spot, state) in entry.states() {
            if let Some(due) = self.states.insert(spot, state).and_then(|before| before.due) {
                self.queue.remove(&Turn::of(spot, due));
            }
            if let Some(due) = state.due {
                self.queue.insert(Turn::of(spot, due));
            }
        }
        if let Entry::Traced(traced) = entry
            && let Some(made) = self.events.get_mut(&traced.event)
        {
            made.trace = Some(traced.context.clone());
        }
        if let Entry::Accepted(accepted) = entry {
            if let Some(made) = Made::of(accepted) {
                self.events.insert(accepted.place, made);
            }
            self.ids.insert(accepted.id.clone());
            *self.bytes.entry(accepted.account).or_default() += accepted.body.len() as u64;
            if let Some((key, digest)) = &accepted.key {
                self.keys.insert((accepted.account, key.clone()), (*digest, accepted.id.clone()));
            }
        }
    }
}
