//! Which bookings a list has (wire contract, 10.1).

use crate::parameters::{Created, Group, LastUpdated, Starting};
use crate::schema::{text, value};
use crate::{id, word};
use deskbell_core::id::UserId;
use deskbell_core::store;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which bookings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BookingFilter {
    /// `requested`, `scheduled`, `rescheduled`, `completed`, `canceled` or `no_show`.
    #[param(inline)]
    status: Option<word::BookingStatus>,
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
    /// A sandbox has no booking pages: nothing is found.
    #[param(inline)]
    booking_page: Option<NoneSuch>,
    /// A sandbox has no master pages: nothing is found.
    #[param(inline)]
    master_page: Option<NoneSuch>,
    /// A sandbox has no event types: nothing is found.
    #[param(inline)]
    event_type: Option<NoneSuch>,
}

impl Group for BookingFilter {}

impl BookingFilter {
    /// What the store is asked for.
    pub fn within(self, created: Created, starting: Starting, updated: LastUpdated) -> store::BookingFilter {
        let (owner, host) = (self.owner.map(|user| user.0), self.host.map(|user| user.0));
        // No booking has a page or an event type, nor two hosts; and no user's id is empty.
        let nothing =
            [&self.booking_page, &self.master_page, &self.event_type].iter().any(|one| one.is_some())
                || owner.is_some() && host.is_some() && owner != host;
        store::BookingFilter {
            status: self.status.map(|status| status.0),
            owner: if nothing { Some(UserId::from_text("")) } else { owner.or(host) },
            contact: self.contact.map(|contact| contact.0),
            calendar: self.booking_calendar.map(|calendar| calendar.0),
            created: created.0,
            starts: starting.0,
            updated: updated.0,
        }
    }
}

/// The id of what a sandbox has none of.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
struct NoneSuch;

impl From<String> for NoneSuch {
    fn from(_: String) -> Self {
        Self
    }
}

value!(NoneSuch, text("BP-6Q0ZT5VW8M"));
