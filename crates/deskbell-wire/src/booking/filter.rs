//! Which bookings a list has (wire contract, 10.1).

use crate::id;
use crate::parameters::{Created, Group, LastUpdated, Starting};
use crate::word::VendorWord;
use deskbell_core::id::UserId;
use deskbell_core::{booking, store};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which bookings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BookingFilter {
    /// `requested`, `scheduled`, `rescheduled`, `completed`, `canceled` or `no_show`.
    #[param(inline)]
    status: Option<Status>,
    /// Only hosted by this user.
    #[param(inline)]
    owner: Option<id::given::User>,
    /// The same.
    #[param(inline)]
    host: Option<id::given::User>,
    /// Only of this guest.
    #[param(inline)]
    contact: Option<id::given::Contact>,
    /// Only on this calendar.
    #[param(inline)]
    booking_calendar: Option<id::given::Calendar>,
    /// Only made on this booking page.
    #[param(inline)]
    booking_page: Option<id::given::BookingPage>,
    /// Only made by way of this master page.
    #[param(inline)]
    master_page: Option<id::given::MasterPage>,
    /// Only of this event type.
    #[param(inline)]
    event_type: Option<id::given::EventType>,
}

impl Group for BookingFilter {}

impl BookingFilter {
    /// What the store is asked for.
    pub fn within(self, created: Created, starting: Starting, updated: LastUpdated) -> store::BookingFilter {
        let (owner, host) = (self.owner.map(|user| user.0), self.host.map(|user| user.0));
        // No booking has two hosts; and no user's id is empty.
        let nothing = owner.is_some() && host.is_some() && owner != host;
        store::BookingFilter {
            status: self.status.map(|status| status.0),
            owner: if nothing { Some(UserId::from_text("")) } else { owner.or(host) },
            contact: self.contact.map(|contact| contact.0),
            calendar: self.booking_calendar.map(|calendar| calendar.0),
            booking_page: self.booking_page.map(|page| page.0),
            master_page: self.master_page.map(|page| page.0),
            event_type: self.event_type.map(|kind| kind.0),
            created: created.0,
            starts: starting.0,
            updated: updated.0,
        }
    }
}

/// utoipa asks for the schema of what stands in angle brackets, unless a name hides it.
type Status = VendorWord<booking::Status>;
