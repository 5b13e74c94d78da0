//! What a step on the hot path leaves behind, as rows: kept in the redo log as such, and taken into the tables later.

use super::columns::{at, code, count};
use super::delivery::{self, Spot};
use super::fault::Result;
use super::targets::Targets;
use super::{attempt, event};
use bytes::Bytes;
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::{Delivery, Epoch, Status};
use deskbell_core::id::EventId;
use deskbell_core::place::Place;
use deskbell_core::time::{from_millis, millis};
use deskbell_core::webhook::{Health, Score};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Duration;

/// The form of entries in the redo log: their first byte.
const FORM: u8 = 3;

/// What one step did.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Entry {
    Accepted(EventRow),
    Recorded(EndRow),
}

/// A new event with its deliveries.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EventRow {
    pub(super) place: Place,
    pub(super) account: i64,
    pub(super) id: EventId,
    pub(super) trigger: i64,
    pub(super) subject: Option<String>,
    pub(super) created: i64,
    pub(super) origin: i64,
    /// As they are kept.
    pub(super) body: Bytes,
    /// The idempotency key that it used, with the digest of what was asked.
    pub(super) key: Option<(String, [u8; 32])>,
    pub(super) owed: Vec<Owed>,
}

/// A new delivery.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Owed {
    pub(super) webhook: i64,
    pub(super) created: i64,
    pub(super) state: State,
}

/// An attempt, with what it made of its delivery and webhook.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EndRow {
    pub(super) spot: Spot,
    pub(super) state: State,
    pub(super) attempt: AttemptRow,
    pub(super) health: HealthRow,
    pub(super) score: Option<Score>,
    /// When it was recorded.
    pub(super) now: i64,
}

/// What attempts change in a delivery.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) status: i64,
    pub(super) attempts: u32,
    pub(super) tries: u32,
    pub(super) lost: u32,
    pub(super) manual: u32,
    pub(super) first_attempt: Option<i64>,
    pub(super) last_outcome: Option<i64>,
    pub(super) last_status: Option<u16>,
    pub(super) scheduled: Option<i64>,
    pub(super) due: Option<i64>,
    /// When the machine that holds it got it; 0 is nobody's.
    pub(super) leased: i64,
    pub(super) epoch: i64,
    pub(super) leases: i64,
    pub(super) settled: Option<i64>,
    /// In milliseconds.
    pub(super) away: i64,
}

/// An attempt, but for its delivery.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AttemptRow {
    pub(super) place: Place,
    pub(super) number: u32,
    pub(super) started: i64,
    pub(super) outcome: i64,
    pub(super) url: String,
    pub(super) agent: String,
    /// All the rest, [packed](super::packed).
    pub(super) record: Vec<u8>,
}

/// How a webhook does: last success, failures in a row, the end of its rest, rests in a row, overloads.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct HealthRow(Option<i64>, u32, Option<i64>, u32, u32);

impl State {
    pub(super) fn of(delivery: &Delivery) -> Self {
        Self {
            status: code(&Status::ALL, &delivery.status),
            attempts: delivery.attempts,
            tries: delivery.tries,
            lost: delivery.lost,
            manual: delivery.manual,
            first_attempt: at(delivery.first_attempt),
            last_outcome: delivery.last_outcome.map(|outcome| code(Outcome::ALL, &outcome)),
            last_status: delivery.last_status,
            scheduled: at(delivery.scheduled),
            due: at(delivery.due),
            leased: delivery.leased.map_or(0, millis),
            epoch: count(delivery.epoch.0),
            leases: count(delivery.leases),
            settled: at(delivery.settled),
            away: i64::try_from(delivery.away.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// Brings `delivery` into this state; `None` when its status is not in the list.
    pub(super) fn fill(self, delivery: &mut Delivery) -> Option<()> {
        let number = |number: i64| u64::try_from(number).unwrap_or_default();
        let index = |code: i64| usize::try_from(code).ok();
        delivery.status = *index(self.status).and_then(|at| Status::ALL.get(at))?;
        delivery.attempts = self.attempts;
        delivery.tries = self.tries;
        delivery.lost = self.lost;
        delivery.manual = self.manual;
        delivery.first_attempt = self.first_attempt.map(from_millis);
        // One of a newer release is as none until then.
        delivery.last_outcome =
            self.last_outcome.and_then(index).and_then(|at| Outcome::ALL.get(at)).copied();
        delivery.last_status = self.last_status;
        delivery.scheduled = self.scheduled.map(from_millis);
        delivery.due = self.due.map(from_millis);
        delivery.leased = (self.leased > 0).then(|| from_millis(self.leased));
        delivery.epoch = Epoch(number(self.epoch));
        delivery.leases = number(self.leases);
        delivery.settled = self.settled.map(from_millis);
        delivery.away = Duration::from_millis(number(self.away));
        Some(())
    }
}

impl HealthRow {
    pub(super) fn of(health: &Health) -> Self {
        let Health { last_success, failures_in_a_row, rest_until, rests_in_a_row, overloads } = *health;
        Self(at(last_success), failures_in_a_row, at(rest_until), rests_in_a_row, overloads)
    }

    pub(super) fn health(self) -> Health {
        Health {
            last_success: self.0.map(from_millis),
            failures_in_a_row: self.1,
            rest_until: self.2.map(from_millis),
            rests_in_a_row: self.3,
            overloads: self.4,
        }
    }
}

impl Entry {
    /// The deliveries that it changes, with what they are now.
    pub(super) fn states(&self) -> impl Iterator<Item = (Spot, State)> {
        let (accepted, recorded) = match self {
            Self::Accepted(accepted) => (Some(accepted), None),
            Self::Recorded(recorded) => (None, Some((recorded.spot, recorded.state))),
        };
        let owed = accepted
            .into_iter()
            .flat_map(|accepted| accepted.owed.iter().map(|owed| (accepted.spot(owed), owed.state)));
        owed.chain(recorded)
    }

    /// Writes it into the tables. `latest` has the states that deliveries come into by later entries: each is written once,
    /// and taken out.
    pub(super) fn apply(
        &self,
        conn: &Connection,
        targets: &mut Targets,
        latest: &mut HashMap<Spot, State>,
    ) -> Result<()> {
        match self {
            Self::Accepted(accepted) => {
                event::insert(conn, accepted)?;
                for owed in &accepted.owed {
                    let spot = accepted.spot(owed);
                    let state = latest.remove(&spot).unwrap_or(owed.state);
                    delivery::insert(conn, spot, owed.created, &state)?;
                }
                Ok(())
            }
            Self::Recorded(recorded) => {
                if let Some(state) = latest.remove(&recorded.spot) {
                    delivery::update(conn, recorded.spot, &state)?;
                }
                attempt::insert(conn, targets, recorded.spot, &recorded.attempt)
            }
        }
    }
}

impl EventRow {
    fn spot(&self, owed: &Owed) -> Spot {
        Spot { account: self.account, event: self.place, webhook: owed.webhook }
    }
}

/// Entries as one record of the redo log, behind what `record` has already.
pub(super) fn encode(entries: &[Entry], mut record: Vec<u8>) -> Vec<u8> {
    record.push(FORM);
    // Nothing here has a length that is not known: it always serializes.
    postcard::to_extend(entries, record).unwrap_or_default()
}

/// The entries of a record; `None` for one of no known form.
pub(super) fn decode(record: &[u8]) -> Option<Vec<Entry>> {
    let (form, entries) = record.split_first()?;
    (*form == FORM).then(|| postcard::from_bytes(entries).ok()).flatten()
}
