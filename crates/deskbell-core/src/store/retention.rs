//! What is old goes: a part at a time, so that others' work comes in between.

use super::{Position, Result};
use crate::Timestamp;
use crate::id::AccountId;
use crate::place::Place;
use crate::retention::{Keep, OwnKeep};
use async_trait::async_trait;

/// One part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expire {
    /// The time of the call.
    pub now: Timestamp,
    /// For how long things are kept of accounts that have no time of their own.
    pub keep: Keep,
    /// About this many events, deliveries and attempts are deleted at most.
    pub rows: usize,
    /// Go on from here; `None` begins at the oldest.
    pub from: Option<Reached>,
}

/// How far a store has come. Means something to that store alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The number under which the store keeps the account it is at.
    pub account: i64,
    /// The last event of it that was looked at.
    pub place: Place,
}

/// What a part came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// Events that were deleted; of each its deliveries and attempts with it, the last of them perhaps by a later part.
    pub events: u64,
    /// Deliveries that were deleted.
    pub deliveries: u64,
    /// Attempts that were deleted.
    pub attempts: u64,
    /// Events that are kept, whose bytes were deleted.
    pub payloads: u64,
    /// Where the next part goes on; `None` when all that is old was looked at.
    pub next: Option<Reached>,
}

/// Where an account's past was cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cut {
    /// Events that were accepted before this were deleted, with their deliveries and attempts, save those that were not over;
    /// `None` when none was.
    pub events: Option<Timestamp>,
    /// The bytes of events that were accepted before this were deleted, save of those to which something happened since; `None` when
    /// none were.
    pub payloads: Option<Timestamp>,
    /// The last of what was deleted, as the change feed numbers it. Captures go another way.
    pub last: Position,
}

/// The deletion of what is old. Any number may work at it at a time, here or in other processes.
#[async_trait]
pub trait Retention: Send + Sync {
    /// Deletes events that were accepted longer ago than they are kept, each with all its deliveries and attempts, in one step for
    /// whoever reads: it is there whole, or not at all. An event stays while one of its deliveries is not
    /// [over](crate::delivery::Delivery::is_over), and while one of its attempts was recorded since. Nothing that is kept is looked
    /// at on the way but what has to stay.
    ///
    /// Of an event that stays the bytes may be too old alone: then they are deleted under the same conditions, and it has
    /// [none](crate::event::Event::payload_deleted) any more.
    ///
    /// A store that keeps events by time may give up a whole span of them at once, and be above `rows`.
    async fn expire(&self, part: Expire) -> Result<Expired>;

    /// Forgets idempotency keys that were used before then, at most `limit`; gives how many.
    async fn forget_keys(&self, before: Timestamp, limit: u32) -> Result<u64>;

    /// Gives room that deletions left back to the file system, about so many bytes at most, and how many were. What new rows will
    /// soon need stays.
    async fn give_back(&self, bytes: u64) -> Result<u64>;

    /// What is kept of the account for another time than that of the instance.
    async fn own_keep(&self, account: &AccountId) -> Result<OwnKeep>;

    /// Sets that; `false` when there is no such account. Holds from the next part on.
    async fn set_own_keep(&self, account: &AccountId, own: OwnKeep) -> Result<bool>;

    /// Where the account's past was cut.
    async fn cut(&self, account: &AccountId) -> Result<Cut>;
}
