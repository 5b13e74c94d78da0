//! What a step on the hot path leaves behind, as rows: kept in the redo log as such, and taken into the tables later.

use super::delivery::{self, Spot};
use super::fault::Result;
use super::targets::Targets;
use super::{attempt, event};
use crate::encoding::state::State;
use crate::encoding::value::at;
use bytes::Bytes;
use deskbell_core::id::EventId;
use deskbell_core::place::Place;
use deskbell_core::time::from_millis;
use deskbell_core::webhook::{Health, Score};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The form of entries in the redo log: their first byte.
const FORM: u8 = 4;

/// What one step did.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Entry {
    Accepted(EventRow),
    Recorded(EndRow),
    Moved(MoveRow),
    /// Of the event before it. Forms are only ever added at the end: a start reads what a release before it left.
    Traced(TraceRow),
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

/// The trace that a new event belongs to.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TraceRow {
    pub(super) account: i64,
    pub(super) event: Place,
    /// As it is kept.
    pub(super) context: Bytes,
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

/// A delivery that was claimed or given back, with the attempt that ended the lease it had before.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MoveRow {
    pub(super) spot: Spot,
    pub(super) state: State,
    pub(super) lost: Option<AttemptRow>,
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
    /// All the rest, [packed](crate::encoding::packed).
    pub(super) record: Bytes,
}

/// How a webhook does: last success, failures in a row, the end of its rest, rests in a row, overloads.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct HealthRow(Option<i64>, u32, Option<i64>, u32, u32);

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
        let (accepted, changed) = match self {
            Self::Accepted(accepted) => (Some(accepted), None),
            Self::Recorded(recorded) => (None, Some((recorded.spot, recorded.state))),
            Self::Moved(moved) => (None, Some((moved.spot, moved.state))),
            Self::Traced(_) => (None, None),
        };
        let owed = accepted
            .into_iter()
            .flat_map(|accepted| accepted.owed.iter().map(|owed| (accepted.spot(owed), owed.state)));
        owed.chain(changed)
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
            Self::Recorded(EndRow { spot, attempt, .. }) => {
                change(conn, targets, latest, *spot, Some(attempt))
            }
            Self::Moved(MoveRow { spot, lost, .. }) => change(conn, targets, latest, *spot, lost.as_ref()),
            Self::Traced(traced) => event::insert_trace(conn, traced),
        }
    }
}

/// Writes what became of the delivery at that spot, unless it is written, and the attempt.
fn change(
    conn: &Connection,
    targets: &mut Targets,
    latest: &mut HashMap<Spot, State>,
    spot: Spot,
    attempt: Option<&AttemptRow>,
) -> Result<()> {
    if let Some(state) = latest.remove(&spot) {
        delivery::update(conn, spot, &state)?;
    }
    attempt.map_or(Ok(()), |attempt| attempt::insert(conn, targets, spot, attempt))
}

impl EventRow {
    pub(super) fn spot(&self, owed: &Owed) -> Spot {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_release_without_traces_left_is_read() {
        // One event without deliveries, as it was written before entries could be of a trace.
        let left = [&[FORM, 1, 0, 6, 4, 6][..], b"EVNT-1", &[2, 0, 8, 0, 2, b'{', b'}', 0, 0]].concat();
        let entries = decode(&left).unwrap();
        assert!(matches!(&entries[..], [Entry::Accepted(event)] if event.place == 3 && event.created == 4));
        assert_eq!(encode(&entries, Vec::new()), left, "an event without a trace is written as before");
    }
}
