//! Usage: what each account had of what all share, minute by minute for an hour, so that an operator sees who slows whom.
//!
//! It is counted in memory, from the start of the process. One more amount costs whoever notes it a short lock: nothing is
//! written, read or allocated for it, and no clock is asked. However many accounts there are, a minute tells a [bounded
//! number](TOLD_APART) of them apart; the others are counted together, so that every sum stays true.

mod split;

pub use split::{Amounts, Split};

use crate::Timestamp;
use crate::id::AccountId;
use crate::time::{from_millis, millis};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Accounts that a minute tells apart at its end; while it lasts, twice as many. No more than so many can have a 64th of one of the
/// four resources, so that whoever has as much when the others are put together is not among them.
pub const TOLD_APART: usize = 256;
/// Minutes that are looked back, the present one among them.
const MINUTES: i64 = 60;
const MINUTE_MILLIS: i64 = 60_000;

/// What all accounts share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Time of the threads that write to the store, in microseconds: of the work itself, with what it brings up to date for itself. The
    /// commit is left out, for it is one for all whose work is in it.
    Writer,
    /// Time of attempts, in microseconds: each takes a place among those in flight. Counted when it ends.
    InFlight,
    /// Time of the threads that read from the store, in microseconds.
    Readers,
    /// Bytes of the bodies of answers to calls.
    BytesOut,
}

impl Resource {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Writer, Self::InFlight, Self::Readers, Self::BytesOut];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::InFlight => "in_flight",
            Self::Readers => "readers",
            Self::BytesOut => "bytes_out",
        }
    }
}

/// The last hour of one process.
#[derive(Debug, Default)]
pub struct Usage {
    present: Mutex<Minute>,
    /// The minutes before, oldest first. Apart, so that nobody who works waits for one who reads.
    past: Mutex<VecDeque<Minute>>,
}

#[derive(Debug, Default, Clone)]
struct Minute {
    /// Minutes since the epoch at its start; `None` until somebody has said what time it is.
    number: Option<i64>,
    split: Split,
}

impl Usage {
    /// The account had so much more of it; `None` stands for the instance itself and for strangers.
    pub fn note(&self, resource: Resource, account: Option<&AccountId>, amount: u64) {
        self.present().split.note(resource, account, amount);
    }

    /// The same of a resource that is measured by time.
    pub fn note_time(&self, resource: Resource, account: Option<&AccountId>, took: Duration) {
        self.note(resource, account, u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// Ends the minute if another one has begun at `now`. Called every few seconds, so that those who note need no clock.
    pub fn turn(&self, now: Timestamp) {
        let number = number(now);
        let mut present = self.present();
        if present.number == Some(number) {
            return;
        }
        let begun = Minute { number: Some(number), split: Split::default() };
        let ended = match present.number {
            Some(_) => std::mem::replace(&mut *present, begun),
            // What came before the first turn belongs to it.
            None => return present.number = Some(number),
        };
        drop(present);
        self.keep(ended);
    }

    /// What everybody had in the last hour, the present minute included.
    pub fn last_hour(&self, now: Timestamp) -> Split {
        self.turn(now);
        let mut hour = self.present().split.clone();
        let oldest = number(since(now));
        for minute in self.past().iter().filter(|minute| minute.number >= Some(oldest)) {
            hour.add(&minute.split);
        }
        hour
    }

    fn keep(&self, mut ended: Minute) {
        ended.split.tell_apart(TOLD_APART);
        let mut past = self.past();
        past.push_back(ended);
        while past.len() as i64 >= MINUTES {
            past.pop_front();
        }
    }

    fn present(&self) -> MutexGuard<'_, Minute> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn past(&self) -> MutexGuard<'_, VecDeque<Minute>> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the hour begins that ends with the minute of `now`.
pub fn since(now: Timestamp) -> Timestamp {
    from_millis((number(now) - (MINUTES - 1)) * MINUTE_MILLIS)
}

fn number(at: Timestamp) -> i64 {
    millis(at).div_euclid(MINUTE_MILLIS)
}

#[cfg(test)]
mod tests;
