//! What an account has to book with: users with a calendar each, a team, a contact, a bot and its website.

mod contact;
mod object;
mod slot;

pub use contact::{Contact, ContactStatus};
pub use object::{Noun, Object, ObjectKind};
pub use slot::{longest, open_slots};

use crate::id::{AccountId, BotId, CalendarId, TeamId, UserId, WebsiteId};
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
}

/// A host (wire contract, 11.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its id, `USR-` and 10 characters.
    pub id: UserId,
    /// First name, as it is shown to guests.
    pub first_name: String,
    /// Last name, as it is shown to guests.
    pub last_name: String,
    /// E-mail address, as payloads show it.
    pub email: String,
    /// Whether it has come in.
    pub status: UserStatus,
    /// What it may do.
    pub role_name: UserRole,
    /// IANA time zone; working hours are in it.
    pub time_zone: String,
    /// Teams it belongs to.
    pub teams: Vec<TeamId>,
}

/// Whether a user has come in (wire contract, 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// It can host.
    Active,
    /// It was asked, and has not come yet.
    Invited,
}

impl UserStatus {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Invited].into_iter().find(|status| status.as_str() == name)
    }
}

/// What a user may do, in the vendor's words (wire contract, 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserRole {
    /// Everything, and it pays.
    #[serde(rename = "Account Owner")]
    AccountOwner,
    /// Everything.
    Administrator,
    /// To host.
    Member,
    /// To look after the members of its teams.
    #[serde(rename = "Team Manager")]
    TeamManager,
}

impl UserRole {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::AccountOwner, Self::Administrator, Self::Member, Self::TeamManager];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccountOwner => "Account Owner",
            Self::Administrator => "Administrator",
            Self::Member => "Member",
            Self::TeamManager => "Team Manager",
        }
    }
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
    /// A fresh sandbox: two hosts with a published calendar each, one team, one contact, two bots and their website.
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
            ..Contact::new(&users[0], random, now)
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
            teams: vec![team],
            users,
        }
    }

    /// The calendar of that id, with its host.
    pub fn calendar(&self, id: &CalendarId) -> Option<(&Calendar, &User)> {
        let calendar = self.calendars.iter().find(|calendar| calendar.id == *id)?;
        Some((calendar, self.users.iter().find(|user| user.id == calendar.host)?))
    }
}
