//! What an account has to book with: users with a calendar each, a team, a contact, a bot and its website.

mod slot;

pub use slot::{longest, open_slots};

use crate::id::{AccountId, BotId, CalendarId, ContactId, TeamId, UserId, WebsiteId};
use crate::{Random, Timestamp};
use serde::{Deserialize, Serialize};

/// Everything an account's sandbox holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sandbox {
    /// Hosts.
    pub users: Vec<User>,
    /// Booking calendars.
    pub calendars: Vec<Calendar>,
    /// Teams.
    pub teams: Vec<Team>,
    /// Guests.
    pub contacts: Vec<Contact>,
    /// Chatbots.
    pub bots: Vec<Bot>,
    /// Websites the bots sit on.
    pub websites: Vec<Website>,
}

/// A host (wire contract, 11.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
    /// Role, in the vendor's words.
    pub role_name: String,
    /// IANA time zone; working hours are in it.
    pub time_zone: String,
    /// Teams it belongs to.
    pub teams: Vec<TeamId>,
}

/// A booking calendar (wire contract, 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Its id.
    pub id: CalendarId,
    /// The user who hosts its bookings.
    pub host: UserId,
    /// What users call it.
    pub name: String,
    /// The subject of its bookings.
    pub subject: String,
    /// Whether guests can book on it.
    pub published: bool,
    /// Length of its bookings, in minutes.
    pub duration_minutes: u32,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: String,
}

/// A guest the account knows (wire contract, 11.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The user who owns it.
    pub owner: UserId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
    /// IANA time zone.
    pub time_zone: String,
    /// When it was made.
    pub created: Timestamp,
}

/// A chatbot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// Its id.
    pub id: BotId,
    /// Its name.
    pub name: String,
}

/// A website.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Website {
    /// Its id.
    pub id: WebsiteId,
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
}

impl Sandbox {
    /// A fresh sandbox: two hosts with a published calendar each, one team, one contact, one bot and its website.
    pub fn new(account: &AccountId, random: &dyn Random, now: Timestamp) -> Self {
        let team = Team { id: TeamId::new(random), name: "Front desk".into() };
        let user = |first: &str, last: &str, role: &str, time_zone: &str| User {
            id: UserId::new(random),
            first_name: first.into(),
            last_name: last.into(),
            email: format!("{}@{}.example", first.to_lowercase(), account.as_str().to_lowercase()),
            role_name: role.into(),
            time_zone: time_zone.into(),
            teams: vec![team.id.clone()],
        };
        let users = vec![
            user("Mira", "Okafor", "Account Owner", "Europe/Lisbon"),
            user("Jonas", "Lind", "Member", "America/New_York"),
        ];
        let calendar = |host: &User, name: &str, subject: &str, duration_minutes| Calendar {
            id: CalendarId::new(random),
            host: host.id.clone(),
            name: name.into(),
            subject: subject.into(),
            published: true,
            duration_minutes,
        };
        Self {
            calendars: vec![
                calendar(&users[0], "Mira's introductions", "Introduction call", 30),
                calendar(&users[1], "Jonas's demos", "Product demo", 60),
            ],
            contacts: vec![Contact {
                id: ContactId::new(random),
                owner: users[0].id.clone(),
                first_name: "Noor".into(),
                last_name: "Haddad".into(),
                email: "noor.haddad@guest.example".into(),
                time_zone: "Europe/Berlin".into(),
                created: now,
            }],
            bots: vec![Bot { id: BotId::new(random), name: "Front desk helper".into() }],
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
