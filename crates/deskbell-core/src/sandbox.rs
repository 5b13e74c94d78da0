//! What an account has to book with: users with a calendar each, a team, a contact, a bot and its website; and of the vendor's
//! classic product a booking page, its event type and its master page.

mod availability;
mod booking_page;
mod contact;
mod custom_field;
mod event_type;
mod external_calendar;
mod identifier;
mod location;
mod master_page;
mod object;
mod phone;
mod settings;
mod slot;
mod user;

pub use availability::{
    Availability, AvailabilityChange, AvailabilityFault, AvailabilityRule, Day, HoursOf, WorkingHours,
};
pub use booking_page::BookingPage;
pub use contact::{Contact, ContactStatus};
pub use custom_field::CustomFieldsFull;
pub use event_type::EventType;
pub use external_calendar::{ExternalCalendar, ExternalCalendarType};
pub use identifier::Identifier;
pub use location::{Address, HostLocation, LocationType};
pub use master_page::MasterPage;
pub use object::{Noun, Object, ObjectKind};
pub use phone::phone;
pub use settings::{Fault, Plan, Settings};
pub use slot::{Slot, longest, open_slots};
pub use user::{Provider, User, UserRole, UserStatus};

use crate::id::{
    AccountId, BookingPageId, BotId, CalendarId, EventTypeId, MasterPageId, TeamId, UserId, WebsiteId,
};
use crate::{Random, Timestamp};
use serde::{Deserialize, Serialize};

/// Everything an account's sandbox holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sandbox {
    /// Users, who host bookings.
    pub users: Vec<User>,
    /// Booking calendars, each with one host.
    pub calendars: Vec<Calendar>,
    /// Teams that users belong to.
    pub teams: Vec<Team>,
    /// Contacts: guests and visitors.
    pub contacts: Vec<Contact>,
    /// Chatbots that visitors talk to.
    pub bots: Vec<Bot>,
    /// Websites the bots sit on.
    pub websites: Vec<Website>,
    /// What the tester decided: one document, or none yet.
    pub settings: Vec<Settings>,
    /// Master pages, which lead to booking pages.
    pub master_pages: Vec<MasterPage>,
    /// Event types, which booking pages offer.
    pub event_types: Vec<EventType>,
    /// Booking pages, each with one owner.
    pub booking_pages: Vec<BookingPage>,
}

/// A booking calendar (wire contract, 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Its id, `BKC-` and 10 characters.
    pub id: CalendarId,
    /// The user who hosts its bookings.
    pub host: UserId,
    /// What users call it.
    pub name: String,
    /// The subject of its bookings.
    pub subject: String,
    /// Whether guests can book on it.
    pub published: bool,
    /// Length of its bookings, in minutes; 5 to 480.
    pub duration_minutes: u32,
    /// Whether a booking waits for its host's approval.
    #[serde(default)]
    pub approval: bool,
}

/// A team that users belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id, `TM-` and 12 characters.
    pub id: TeamId,
    /// What users call it.
    pub name: String,
}

/// A chatbot that visitors of a website talk to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// Its id, `BOT-` and 10 characters.
    pub id: BotId,
    /// What users call it.
    pub name: String,
}

/// A website that a chatbot sits on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Website {
    /// Its id, `WEB-` and 10 characters.
    pub id: WebsiteId,
    /// What users call it.
    pub name: String,
    /// Its address, as a URL.
    pub url: String,
}

impl Sandbox {
    /// A fresh sandbox: two hosts with a published calendar each, one team, one contact, two bots and their website, and one
    /// booking page with its event type and its master page.
    pub fn new(account: &AccountId, random: &dyn Random, now: Timestamp) -> Self {
        let team = Team { id: TeamId::new(random), name: "Front desk".into() };
        let user = |first: &str, last: &str, role_name: UserRole, time_zone: &str| User {
            id: UserId::new(random),
            first_name: first.into(),
            last_name: last.into(),
            email: format!("{}@{}.example", first.to_lowercase(), account.as_str().to_lowercase()),
            status: UserStatus::Active,
            role_name,
            time_zone: time_zone.into(),
            teams: vec![team.id.clone()],
            seat: true,
            providers: Provider::at_first(),
            external_calendar: ExternalCalendarType::default(),
            availability: Availability::default(),
        };
        let users = vec![
            user("Mira", "Okafor", UserRole::AccountOwner, "Europe/Lisbon"),
            user("Jonas", "Lind", UserRole::Member, "America/New_York"),
        ];
        let calendar = |host: &User, name: &str, subject: &str, duration_minutes| Calendar {
            id: CalendarId::new(random),
            host: host.id.clone(),
            name: name.into(),
            subject: subject.into(),
            published: true,
            duration_minutes,
            approval: false,
        };
        let noor = Contact {
            email: Some("noor.haddad@guest.example".into()),
            first_name: Some("Noor".into()),
            last_name: Some("Haddad".into()),
            has_consent: true,
            terms_of_service: true,
            time_zone: Some("Europe/Berlin".into()),
            custom_fields: ["crm_id", "tier"]
                .map(str::to_owned)
                .into_iter()
                .zip(["L-20418".into(), "gold".into()])
                .collect(),
            ..Contact::new(&users[0], random, now)
        };
        let master_page = MasterPage {
            id: MasterPageId::new(random),
            name: "Talk to us".into(),
            label: "Front desk".into(),
            active: true,
        };
        let event_type = EventType {
            id: EventTypeId::new(random),
            name: "Introduction".into(),
            label: "Introduction".into(),
            description: "Half an hour to get to know each other.".into(),
        };
        let booking_page = BookingPage {
            id: BookingPageId::new(random),
            owner: users[0].id.clone(),
            name: "Mira Okafor".into(),
            label: "Mira's page".into(),
            active: true,
            time_zone: users[0].time_zone.clone(),
            master_pages: vec![master_page.id.clone()],
            event_types: vec![event_type.id.clone()],
        };
        Self {
            calendars: vec![
                calendar(&users[0], "Mira's introductions", "Introduction call", 30),
                calendar(&users[1], "Jonas's demos", "Product demo", 60),
            ],
            contacts: vec![noor],
            bots: ["Front desk helper", "Pricing helper"]
                .map(|name| Bot { id: BotId::new(random), name: name.into() })
                .into(),
            websites: vec![Website {
                id: WebsiteId::new(random),
                name: "Sandbox site".into(),
                url: "https://site.deskbell.test".into(),
            }],
            settings: vec![Settings::default()],
            teams: vec![team],
            users,
            master_pages: vec![master_page],
            event_types: vec![event_type],
            booking_pages: vec![booking_page],
        }
    }

    /// The calendar of that id, with its host.
    pub fn calendar(&self, id: &CalendarId) -> Option<(&Calendar, &User)> {
        let calendar = self.calendars.iter().find(|calendar| calendar.id == *id)?;
        Some((calendar, self.user(&calendar.host)?))
    }

    /// The user of that id; `None` when it was deleted.
    pub fn user(&self, id: &UserId) -> Option<&User> {
        self.users.iter().find(|user| user.id == *id)
    }
}
