//! A user: a host of the account (wire contract, 11.2).

use super::{Availability, ExternalCalendarType};
use crate::id::{TeamId, UserId};
use serde::{Deserialize, Serialize};

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
    /// IANA time zone, in which the hours of its availability are.
    pub time_zone: String,
    /// Teams it belongs to.
    pub teams: Vec<TeamId>,
    /// Whether the account pays for it: without a seat nobody can be booked with.
    #[serde(default = "has_seat")]
    pub seat: bool,
    /// Where its video calls take place, in the order of [`Provider::ALL`], each once.
    #[serde(default = "Provider::at_first")]
    pub providers: Vec<Provider>,
    /// The kind of calendar outside that it has connected.
    #[serde(default)]
    pub external_calendar: ExternalCalendarType,
    /// When and where it can be booked. Hours that nobody changed take no room.
    #[serde(default, skip_serializing_if = "Availability::is_default")]
    pub availability: Availability,
}

impl User {
    /// What stands for a deleted user where a calendar or a booking still names it: its id, and no seat, so that nobody books with
    /// it.
    pub fn deleted(id: UserId) -> Self {
        Self {
            id,
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            status: UserStatus::Invited,
            role_name: UserRole::Member,
            time_zone: "UTC".into(),
            teams: Vec::new(),
            seat: false,
            providers: Vec::new(),
            external_calendar: ExternalCalendarType::default(),
            availability: Availability::default(),
        }
    }
}

/// Users of the time before seats have one.
fn has_seat() -> bool {
    true
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

/// A service for video calls that a user can have connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Google Meet.
    GoogleMeet,
    /// Microsoft Teams.
    MicrosoftTeams,
    /// Zoom.
    Zoom,
    /// Webex.
    Webex,
    /// GoTo Meeting.
    #[serde(rename = "gotomeeting")]
    GoToMeeting,
}

impl Provider {
    /// All of them; of those that a user has, the first is taken where nothing else was asked for.
    pub const ALL: [Self; 5] =
        [Self::GoogleMeet, Self::MicrosoftTeams, Self::Zoom, Self::Webex, Self::GoToMeeting];

    /// What a user has connected before anything is said of it.
    pub fn at_first() -> Vec<Self> {
        vec![Self::GoogleMeet]
    }

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GoogleMeet => "google_meet",
            Self::MicrosoftTeams => "microsoft_teams",
            Self::Zoom => "zoom",
            Self::Webex => "webex",
            Self::GoToMeeting => "gotomeeting",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_of_the_time_before_has_a_seat_and_a_place_to_call() {
        let before = r#"{"id": "USR-4KD92MXQ7T", "first_name": "Priya", "last_name": "Raman", "email": "p@host.example",
            "status": "active", "role_name": "Team Manager", "time_zone": "UTC", "teams": []}"#;
        let user: User = serde_json::from_str(before).unwrap();
        assert_eq!((user.seat, user.providers), (true, vec![Provider::GoogleMeet]));
    }

    #[test]
    fn a_provider_is_stored_under_its_name_on_the_wire() {
        for provider in Provider::ALL {
            assert_eq!(serde_json::to_value(provider).unwrap(), provider.as_str());
        }
    }
}
