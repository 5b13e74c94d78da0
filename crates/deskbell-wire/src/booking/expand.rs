//! `expand` of bookings (wire contract, 9.3).

use crate::parameters::expands;

expands! {
    /// What bookings are shown with.
    BookingExpand:
        " `owner`, `contact`, `booking_calendar`, `conversation`, `actions`, with commas; with or without `data.` before each.";
    /// Its host in full.
    owner,
    /// Its guest in full.
    contact,
    /// Its calendar in full.
    booking_calendar,
    /// The conversation it was made in, in full.
    conversation,
    /// What can be done to it, too.
    actions
}
