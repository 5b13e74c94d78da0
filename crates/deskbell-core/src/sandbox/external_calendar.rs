//! The calendar outside that a host has connected: there each of the host's bookings becomes an event (wire contract, 5.2).

use super::User;
use crate::id::BookingId;
use serde::{Deserialize, Serialize};

/// What kind of calendar a host has connected: one of the vendor's closed list, or none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExternalCalendarType {
    /// Google Calendar, as most hosts have it.
    #[default]
    Google,
    /// Exchange.
    Exchange,
    /// Office 365.
    #[serde(rename = "office_365")]
    Office365,
    /// iCloud.
    Icloud,
    /// No calendar is connected. Outside of the vendor's list: samples of older days show it.
    None,
}

impl ExternalCalendarType {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Google, Self::Exchange, Self::Office365, Self::Icloud, Self::None];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Exchange => "exchange",
            Self::Office365 => "office_365",
            Self::Icloud => "icloud",
            Self::None => "none",
        }
    }
}

/// A booking's place in its host's connected calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalCalendar {
    /// What kind of calendar it is.
    pub kind: ExternalCalendarType,
    /// What its owner calls it.
    pub name: Option<String>,
    /// Its id there.
    pub id: Option<String>,
    /// The id of the event that the booking became there.
    pub event_id: Option<String>,
}

impl Default for ExternalCalendar {
    /// None is connected.
    fn default() -> Self {
        Self { kind: ExternalCalendarType::None, name: None, id: None, event_id: None }
    }
}

impl ExternalCalendar {
    /// The place of `booking` in the calendar of `host`. A first calendar goes by its owner's address, in name and id.
    pub fn of(host: &User, booking: &BookingId) -> Self {
        if host.external_calendar == ExternalCalendarType::None {
            return Self::default();
        }
        let event = booking.as_str().trim_start_matches(BookingId::PREFIX).to_lowercase();
        Self {
            kind: host.external_calendar,
            name: Some(host.email.clone()),
            id: Some(host.email.clone()),
            event_id: Some(event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SeededRandom;
    use crate::id::AccountId;
    use crate::sandbox::Sandbox;
    use crate::time::from_millis;

    #[test]
    fn a_booking_has_its_place_in_the_calendar_that_its_host_has_connected() {
        let mut sandbox = Sandbox::new(&AccountId::from_text("ACC-1"), &SeededRandom::new(1), from_millis(0));
        let (id, host) = (BookingId::from_text("BKNG-Q8T2ZC4M6RVA"), &mut sandbox.users[0]);
        let address = Some("mira@acc-1.example".to_owned());
        for kind in ExternalCalendarType::ALL {
            host.external_calendar = kind;
            let expected = match kind {
                ExternalCalendarType::None => ExternalCalendar::default(),
                kind => ExternalCalendar {
                    kind,
                    name: address.clone(),
                    id: address.clone(),
                    event_id: Some("q8t2zc4m6rva".into()),
                },
            };
            assert_eq!(ExternalCalendar::of(host, &id), expected);
        }
    }
}
