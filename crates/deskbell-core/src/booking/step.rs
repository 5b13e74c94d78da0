//! The steps of a booking's life: pure functions from what is to what will be. A step that the state forbids is an error
//! and changes nothing; one that it allows gives the bookings to store, in the order in which their events ring.

use super::{
    ActionName, Actor, Asked, Booking, Cancellation, Classic, Form, Location, MadeBy, Payment, Status,
    UtmParams,
};
use crate::Timestamp;
use crate::id::{AccountId, BookingId, ContactId, ConversationId, OneTimeLinkId};
use crate::sandbox::{Calendar, ExternalCalendar, Provider, User};
use crate::trigger::Trigger;

#[cfg(test)]
mod tests;

/// A booking as a step leaves it, and what that rings. Both are stored in one step of the store's.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The booking as it is to be stored: a new one, or the next revision.
    pub booking: Booking,
    /// The event to ring; `None` when receivers hear nothing of it.
    pub rings: Option<Trigger>,
}

/// What a step gives.
pub type Transition = Result<Vec<Changed>, Forbidden>;

/// The booking does not allow the step.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Forbidden {
    /// Its state does not.
    #[error("a booking that is {from} cannot be {step}")]
    State {
        /// The state it is in.
        from: &'static str,
        /// What was asked.
        step: &'static str,
    },
    /// It is paid for, and no call gives the money back (wire contract, 9.1).
    #[error("a paid booking takes no {}", action.as_str())]
    Paid {
        /// What was asked.
        action: ActionName,
    },
}

/// The slot that a guest picked.
#[derive(Debug, Clone, Copy)]
pub struct Pick<'a> {
    /// The id of the booking, if a new one must be made for it.
    pub id: &'a BookingId,
    /// On which calendar.
    pub calendar: &'a Calendar,
    /// The user who hosts it: the one of the calendar.
    pub host: &'a User,
    /// When it starts; it lasts as long as the calendar says.
    pub starts: Timestamp,
    /// Where a new booking takes place; one that moves on its own calendar stays where it is.
    pub location: &'a Location,
}

/// Who books, what the guest filled in, and what else came with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Guest {
    /// The guest, as a contact.
    pub contact: Option<ContactId>,
    /// The guest's time zone, an IANA name.
    pub time_zone: String,
    /// What the guest filled in.
    pub form: Form,
    /// The conversation the guest books in.
    pub conversation: Option<ConversationId>,
    /// The page of the classic product on which the guest books, and what.
    pub classic: Classic,
    /// The one-time link with which the guest books.
    pub one_time_link: Option<OneTimeLinkId>,
    /// Who makes the booking.
    pub made_by: MadeBy,
    /// What the guest paid.
    pub payment: Option<Payment>,
    /// The campaign that brought the guest.
    pub utm_params: Option<UtmParams>,
}

impl Booking {
    /// A guest books a slot.
    pub fn book(account: &AccountId, pick: Pick<'_>, guest: Guest, now: Timestamp) -> Changed {
        let booking = Self {
            id: pick.id.clone(),
            account: account.clone(),
            calendar: pick.calendar.id.clone(),
            owner: pick.host.id.clone(),
            owner_email: pick.host.email.clone(),
            contact: guest.contact,
            conversation: guest.conversation,
            subject: pick.calendar.subject.clone(),
            status: Status::Requested,
            created: now,
            updated: now,
            starts: pick.starts,
            duration_minutes: pick.calendar.duration_minutes,
            guest_time_zone: guest.time_zone,
            location: pick.location.clone(),
            cancellation: None,
            asked: Asked::Meeting,
            replaces: None,
            rebookable: false,
            form: guest.form.reached_at(pick.location),
            classic: guest.classic,
            one_time_link: guest.one_time_link,
            made_by: guest.made_by,
            external_calendar: ExternalCalendar::of(pick.host, pick.id),
            payment: guest.payment,
            utm_params: guest.utm_params,
            imported: None,
            revision: 0,
        };
        booking.answered(pick.calendar)
    }

    /// The guest moves it to another slot. On its own calendar it keeps its id; on another calendar, or when the guest
    /// was asked for a new time, a new booking takes its place (wire contract, 2.4).
    ///
    /// # Errors
    /// [`Forbidden`] unless it is scheduled, rescheduled, or cancelled with a new time asked for.
    pub fn reschedule(&self, pick: Pick<'_>, now: Timestamp) -> Transition {
        if self.status.is_agreed() && self.calendar == pick.calendar.id {
            let moved = Self {
                starts: pick.starts,
                duration_minutes: pick.calendar.duration_minutes,
                cancellation: Some(by_guest()),
                asked: Asked::Move,
                ..self.changed(now)
            };
            return Ok(vec![moved.answered(pick.calendar)]);
        }
        let replaced = self.replaced(now)?;
        let guest = Guest {
            contact: self.contact.clone(),
            time_zone: self.guest_time_zone.clone(),
            form: self.form.clone(),
            // The guest moves it long after the talk, on a page.
            conversation: None,
            classic: self.classic.clone(),
            // It was spent by the booking that is replaced.
            one_time_link: None,
            made_by: self.made_by,
            payment: self.payment.clone(),
            utm_params: self.utm_params.clone(),
        };
        let next = Self {
            asked: Asked::Replacement,
            replaces: Some(self.id.clone()),
            cancellation: Some(by_guest()),
            ..Self::book(&self.account, pick, guest, now).booking
        };
        let next = next.answered(pick.calendar);
        // While a user has yet to approve, what is agreed stays.
        Ok(if pick.calendar.approval { vec![next] } else { vec![replaced, next] })
    }

    /// A user approves what the guest asked for. `replaced` is the booking that it [`replaces`](Booking::replaces).
    ///
    /// # Errors
    /// [`Forbidden`] unless it is requested, and what it replaces still waits to be replaced.
    pub fn approve(&self, replaced: Option<&Self>, now: Timestamp) -> Transition {
        self.must(self.status == Status::Requested, "approved")?;
        let agreed = self.changed(now).agreed();
        if self.asked != Asked::Replacement {
            return Ok(vec![agreed]);
        }
        let replaced = replaced.filter(|replaced| Some(&replaced.id) == self.replaces.as_ref());
        let replaced = replaced.and_then(|replaced| replaced.replaced(now).ok());
        let replaced = replaced.ok_or_else(|| self.forbidden("approved"))?;
        Ok(vec![replaced, agreed])
    }

    /// A user declines what the guest asked for.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is requested.
    pub fn decline(&self, reason: Option<String>, now: Timestamp) -> Transition {
        self.must(self.status == Status::Requested, "declined")?;
        let by = Actor::User(self.owner.clone());
        Ok(vec![self.called_off(reason, by, Trigger::BookingCanceled, now)])
    }

    /// Calls it off, or takes the request back.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is requested, scheduled or rescheduled, and for a user when it is paid.
    pub fn cancel(&self, reason: Option<String>, by: Actor, now: Timestamp) -> Transition {
        self.must(self.status.is_active(), "canceled")?;
        if by != Actor::Customer {
            self.must_be_unpaid(ActionName::Cancel)?;
        }
        Ok(vec![self.called_off(reason, by, Trigger::BookingCanceled, now)])
    }

    /// The host calls it off and asks the guest for a new time.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is scheduled, rescheduled, completed or a no-show, and when it is paid.
    pub fn request_reschedule(&self, reason: Option<String>, now: Timestamp) -> Transition {
        self.must(self.status.is_agreed() || self.is_over(), "asked for again")?;
        self.must_be_unpaid(ActionName::RequestReschedule)?;
        let by = Actor::User(self.owner.clone());
        let mut asked = self.called_off(reason, by, Trigger::BookingCanceledRescheduleRequested, now);
        asked.booking.rebookable = true;
        Ok(vec![asked])
    }

    /// It moves to another host, online at the `provider` that was asked for, if any was.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is scheduled or rescheduled, and hosted by somebody else.
    pub fn reassign(&self, host: &User, provider: Option<Provider>, now: Timestamp) -> Transition {
        self.must(self.status.is_agreed() && self.owner != host.id, "reassigned")?;
        let moved = Self {
            owner: host.id.clone(),
            owner_email: host.email.clone(),
            location: self.location.with_host(host, provider, &self.id),
            external_calendar: ExternalCalendar::of(host, &self.id),
            ..self.changed(now)
        };
        Ok(vec![moved.rings(Trigger::BookingReassigned)])
    }

    /// The guest did not come.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is completed, or scheduled or rescheduled and has begun.
    pub fn no_show(&self, now: Timestamp) -> Transition {
        let begun = self.status.is_agreed() && now >= self.starts;
        self.must(begun || self.status == Status::Completed, "a no-show")?;
        Ok(vec![Self { status: Status::NoShow, ..self.changed(now) }.rings(Trigger::BookingNoShow)])
    }

    /// It took place: its end has passed, or somebody says so before.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is scheduled or rescheduled.
    pub fn complete(&self, now: Timestamp) -> Transition {
        self.must(self.status.is_agreed(), "completed")?;
        Ok(vec![Self { status: Status::Completed, ..self.changed(now) }.rings(Trigger::BookingCompleted)])
    }

    fn is_over(&self) -> bool {
        matches!(self.status, Status::Completed | Status::NoShow)
    }

    /// The next revision, still the same.
    fn changed(&self, now: Timestamp) -> Self {
        Self { updated: now, revision: self.revision + 1, ..self.clone() }
    }

    /// As the guest asked for it on a calendar: agreed at once, or requested where a user must approve.
    fn answered(self, calendar: &Calendar) -> Changed {
        if calendar.approval {
            return Changed { booking: Self { status: Status::Requested, ..self }, rings: None };
        }
        self.agreed()
    }

    fn agreed(self) -> Changed {
        let (status, trigger) = match self.asked {
            Asked::Meeting => (Status::Scheduled, Trigger::BookingScheduled),
            Asked::Move | Asked::Replacement => (Status::Rescheduled, Trigger::BookingRescheduled),
        };
        Self { status, ..self }.rings(trigger)
    }

    fn called_off(&self, reason: Option<String>, by: Actor, trigger: Trigger, now: Timestamp) -> Changed {
        let cancellation = Some(Cancellation { reason, by });
        Self { status: Status::Canceled, cancellation, ..self.changed(now) }.rings(trigger)
    }

    /// As another booking takes its place.
    fn replaced(&self, now: Timestamp) -> Result<Changed, Forbidden> {
        if self.rebookable {
            // Receivers heard of it when the guest was asked.
            let settled = Self { rebookable: false, updated: self.updated, ..self.changed(now) };
            return Ok(Changed { booking: settled, rings: None });
        }
        self.must(self.status.is_agreed(), "rescheduled")?;
        Ok(self.called_off(None, Actor::Customer, Trigger::BookingCanceledThenRescheduled, now))
    }

    fn rings(self, trigger: Trigger) -> Changed {
        Changed { booking: self, rings: Some(trigger) }
    }

    fn must(&self, allowed: bool, step: &'static str) -> Result<(), Forbidden> {
        if allowed { Ok(()) } else { Err(self.forbidden(step)) }
    }

    fn must_be_unpaid(&self, action: ActionName) -> Result<(), Forbidden> {
        if self.payment.is_none() { Ok(()) } else { Err(Forbidden::Paid { action }) }
    }

    fn forbidden(&self, step: &'static str) -> Forbidden {
        Forbidden::State { from: self.status.as_str(), step }
    }
}

fn by_guest() -> Cancellation {
    Cancellation { reason: None, by: Actor::Customer }
}
