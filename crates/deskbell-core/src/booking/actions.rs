//! What can be done to a booking now, and what that would ring. Each step is tried, and the state machine tells: its rules
//! stand here no second time.

use super::step::{Forbidden, Pick, Transition};
use super::{Actor, Booking, Status};
use crate::Timestamp;
use crate::id::UserId;
use crate::sandbox::{Calendar, User};
use crate::trigger::Trigger;

#[cfg(test)]
mod tests;

/// A call that takes a booking a step further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionName {
    /// A user agrees to what the guest asked for.
    Approve,
    /// A user does not.
    Decline,
    /// The guest moves it to another time of its calendar.
    Reschedule,
    /// It gets another host.
    Reassign,
    /// The guest is asked for a new time.
    RequestReschedule,
    /// It took place.
    Complete,
    /// The guest did not come.
    NoShow,
    /// It is called off.
    Cancel,
}

impl ActionName {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Approve,
        Self::Decline,
        Self::Reschedule,
        Self::Reassign,
        Self::RequestReschedule,
        Self::Complete,
        Self::NoShow,
        Self::Cancel,
    ];

    /// The name on the wire: the last part of the call's path.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::Reschedule => "reschedule",
            Self::Reassign => "reassign",
            Self::RequestReschedule => "request-reschedule",
            Self::Complete => "complete",
            Self::NoShow => "no-show",
            Self::Cancel => "cancel",
        }
    }

    fn is_about_approval(self) -> bool {
        matches!(self, Self::Approve | Self::Decline)
    }

    fn tried(self, booking: &Booking, around: &Around<'_>, now: Timestamp) -> Transition {
        match self {
            Self::Approve => booking.approve(around.replaced, now),
            Self::Decline => booking.decline(None, now),
            Self::Reschedule => {
                let Around { calendar, host, .. } = *around;
                let Booking { id, location, starts, .. } = booking;
                booking.reschedule(Pick { id, calendar, host, starts: *starts, location }, now)
            }
            // No user has this id: it is somebody else, whoever hosts the booking.
            Self::Reassign => {
                booking.reassign(&User { id: UserId::from_text(""), ..around.host.clone() }, None, now)
            }
            Self::RequestReschedule => booking.request_reschedule(None, now),
            Self::Complete => booking.complete(now),
            Self::NoShow => booking.no_show(now),
            Self::Cancel => booking.cancel(None, Actor::User(booking.owner.clone()), now),
        }
    }

    /// Why it was refused.
    fn reason(self, booking: &Booking, refused: &Forbidden) -> String {
        if let Forbidden::Paid { .. } = refused {
            return "Only a booking without a payment can be called off through the API. This one is paid."
                .to_owned();
        }
        let status = booking.status;
        let only = match self {
            Self::Approve if status == Status::Requested => {
                return "Only while the booking that it replaces still waits to be replaced. That one is over."
                    .to_owned();
            }
            Self::NoShow if status.is_agreed() => {
                return "Only once it has begun, or was completed. This one is still to come.".to_owned();
            }
            Self::Approve => "a requested booking can be approved",
            Self::Decline => "a requested booking can be declined",
            Self::Reschedule => {
                "a scheduled or rescheduled booking, or one whose guest was asked for a new time, can move"
            }
            Self::Reassign => "a scheduled or rescheduled booking can get another host",
            Self::RequestReschedule => "a booking that was agreed can be asked for again",
            Self::Complete => "a scheduled or rescheduled booking can take place",
            Self::NoShow => "a booking that has begun or was completed can be a no show",
            Self::Cancel => "a requested, scheduled or rescheduled booking can be canceled",
        };
        format!("Only {only}. This one is {}.", status.as_str().replace('_', " "))
    }
}

/// What a booking's steps ask of the objects around it.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The calendar it was made on.
    pub calendar: &'a Calendar,
    /// Who hosts on that calendar.
    pub host: &'a User,
    /// The booking that it [`replaces`](Booking::replaces), if it is still requested.
    pub replaced: Option<&'a Booking>,
}

/// A call, and what it would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The call.
    pub name: ActionName,
    /// What it would ring, in order; or why it cannot be done, in a sentence.
    pub outcome: Result<Vec<Trigger>, String>,
}

/// What can be done to `booking` now. Approving and declining are left out where they never happen.
pub fn actions(booking: &Booking, around: &Around<'_>, now: Timestamp) -> Vec<Action> {
    let by_approval = around.calendar.approval || booking.status == Status::Requested;
    let names = ActionName::ALL.into_iter().filter(|name| by_approval || !name.is_about_approval());
    let action = |name: ActionName| {
        let outcome = match name.tried(booking, around, now) {
            Ok(changed) => Ok(changed.into_iter().filter_map(|changed| changed.rings).collect()),
            Err(refused) => Err(name.reason(booking, &refused)),
        };
        Action { name, outcome }
    };
    names.map(action).collect()
}
