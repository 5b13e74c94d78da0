//! `expand` of bookings (wire contract, 9.3).

use crate::parameters::{Expand, Group};
use crate::word::Words;
use serde::Deserialize;
use utoipa::IntoParams;

/// What bookings are shown with.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BookingExpand {
    /// `owner`, `contact`, `booking_calendar`, `conversation`, `actions`, with commas; with or without `data.` before each.
    #[param(inline)]
    expand: Option<Expandable>,
}

impl Group for BookingExpand {}

impl BookingExpand {
    /// Its host in full.
    pub fn owner(&self) -> bool {
        self.has(Property::Owner)
    }

    /// Its guest in full.
    pub fn contact(&self) -> bool {
        self.has(Property::Contact)
    }

    /// Its calendar in full.
    pub fn calendar(&self) -> bool {
        self.has(Property::BookingCalendar)
    }

    /// The conversation it was made in, in full.
    pub fn conversation(&self) -> bool {
        self.has(Property::Conversation)
    }

    /// What can be done to it, too.
    pub fn actions(&self) -> bool {
        self.has(Property::Actions)
    }

    fn has(&self, property: Property) -> bool {
        self.expand.as_ref().is_some_and(|expand| expand.has(property))
    }
}

type Expandable = Expand<Property>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    Owner,
    Contact,
    BookingCalendar,
    Conversation,
    Actions,
}

impl Words for Property {
    fn all() -> Vec<Self> {
        vec![Self::Owner, Self::Contact, Self::BookingCalendar, Self::Conversation, Self::Actions]
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Contact => "contact",
            Self::BookingCalendar => "booking_calendar",
            Self::Conversation => "conversation",
            Self::Actions => "actions",
        }
    }
}
