//! Where the links of a sandbox's guests point to. Nothing is served there: `.test` never resolves (RFC 6761).

use deskbell_core::id::{BookingId, BookingPageId, CalendarId, MasterPageId};

const ORIGIN: &str = "https://book.deskbell.test";

/// Where guests would book on a calendar.
pub(crate) fn calendar(id: &CalendarId) -> String {
    format!("{ORIGIN}/{id}")
}

/// Where guests would book on a page of the classic product.
pub(crate) fn booking_page(id: &BookingPageId) -> String {
    format!("{ORIGIN}/{id}")
}

/// Where guests would find the booking pages of a master page.
pub(crate) fn master_page(id: &MasterPageId) -> String {
    format!("{ORIGIN}/{id}")
}

/// Where a guest would move a booking, or call it off.
pub(crate) fn booking(id: &BookingId) -> String {
    format!("{ORIGIN}/m/{id}")
}

/// The booking for the guest's own calendar.
pub(crate) fn ics(id: &BookingId) -> String {
    format!("{ORIGIN}/api/bookings/ics/{id}")
}
