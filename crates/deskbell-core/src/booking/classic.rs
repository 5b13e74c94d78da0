//! What a booking has of the vendor's classic product: the page it was made on, the master page that led there, and the event
//! type that was picked.

use crate::id::{BookingPageId, EventTypeId, MasterPageId};
use serde::{Deserialize, Serialize};

/// Of the classic product, as far as the booking was made with it; nothing for one made on a calendar alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classic {
    /// The booking page it was made on.
    pub booking_page: Option<BookingPageId>,
    /// The master page that led to it.
    pub master_page: Option<MasterPageId>,
    /// What was booked.
    pub event_type: Option<EventTypeId>,
}
