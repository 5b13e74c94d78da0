//! Where a host can be met: the vendor's types of location, and what a host offers of each (wire contract, 10.5).

use super::{Provider, User};
use serde::{Deserialize, Serialize};

/// A type of location. The vendor names each twice: once in a host's availability, once in time slots and bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocationType {
    /// A link that is made for each booking.
    Virtual,
    /// A link of the host's own, the same for all bookings.
    VirtualStatic,
    /// At an address of the account's.
    Physical,
    /// The host calls a number that the guest gives.
    GuestPhone,
    /// At an address that the guest gives.
    InPersonByGuest,
}

impl LocationType {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Virtual, Self::VirtualStatic, Self::Physical, Self::GuestPhone, Self::InPersonByGuest];

    /// The name in a time slot and in the call that books one.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Virtual => "virtual",
            Self::VirtualStatic => "virtual_static",
            Self::Physical => "physical",
            Self::GuestPhone => "guest_phone",
            Self::InPersonByGuest => "in_person_by_guest",
        }
    }

    /// The name in a host's availability.
    pub fn in_availability(self) -> &'static str {
        match self {
            Self::Virtual => "online_dynamic_link",
            Self::VirtualStatic => "online_static_link",
            Self::Physical => "in_person_by_host",
            Self::GuestPhone => "phone_by_guest",
            Self::InPersonByGuest => "in_person_by_guest",
        }
    }
}

/// A location that a host offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HostLocation {
    /// A link that this provider makes for each booking; without one, the provider that the host [prefers](User::provider).
    Virtual {
        /// Who makes the link.
        provider: Option<Provider>,
    },
    /// A link of the host's own.
    VirtualStatic {
        /// The link.
        url: String,
    },
    /// At an address of the account's.
    Physical {
        /// Which one.
        address: Address,
    },
    /// By phone, at a number that the guest gives.
    GuestPhone,
    /// At an address that the guest gives.
    InPersonByGuest,
}

impl HostLocation {
    /// Its type.
    pub fn of_type(&self) -> LocationType {
        match self {
            Self::Virtual { .. } => LocationType::Virtual,
            Self::VirtualStatic { .. } => LocationType::VirtualStatic,
            Self::Physical { .. } => LocationType::Physical,
            Self::GuestPhone => LocationType::GuestPhone,
            Self::InPersonByGuest => LocationType::InPersonByGuest,
        }
    }

    /// The same, with the provider that makes the link.
    fn settled(&self, host: &User) -> Self {
        match self {
            Self::Virtual { provider: None } => Self::Virtual { provider: host.provider() },
            other => other.clone(),
        }
    }
}

impl Provider {
    /// The name that the vendor shows to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::GoogleMeet => "Google Meet",
            Self::MicrosoftTeams => "Microsoft Teams",
            Self::Zoom => "Zoom",
            Self::Webex => "Webex",
            Self::GoToMeeting => "GoTo Meeting",
        }
    }
}

impl User {
    /// The provider that makes the host's links unless another is asked for: the first one connected.
    pub fn provider(&self) -> Option<Provider> {
        self.providers.first().copied()
    }

    /// What the host offers in hours with these locations. In hours that name none it can be met online.
    pub fn offers(&self, locations: &[HostLocation]) -> Vec<HostLocation> {
        match locations {
            [] => vec![HostLocation::Virtual { provider: self.provider() }],
            named => named.iter().map(|location| location.settled(self)).collect(),
        }
    }
}

/// An address where hosts can be met. The vendor's API knows an account's addresses by their ids and can neither list nor
/// change them; those of a sandbox are the same for all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Address {
    /// In Galway.
    #[serde(rename = "ADD-7QX2K4M0TR")]
    HarbourRoad,
    /// In Lisbon.
    #[serde(rename = "ADD-M31VZ8C5WD")]
    RuaDoMoinho,
}

impl Address {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::HarbourRoad, Self::RuaDoMoinho];

    /// Its id, `ADD-` and 10 characters.
    pub fn id(self) -> &'static str {
        match self {
            Self::HarbourRoad => "ADD-7QX2K4M0TR",
            Self::RuaDoMoinho => "ADD-M31VZ8C5WD",
        }
    }

    /// The address, as guests read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HarbourRoad => "40 Harbour Road, Galway",
            Self::RuaDoMoinho => "Rua do Moinho 12, Lisboa",
        }
    }

    /// The address of that id.
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|address| address.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_by_its_id() {
        for address in Address::ALL {
            assert_eq!(serde_json::to_value(address).unwrap(), address.id());
            assert_eq!(Address::find(address.id()), Some(address));
        }
        assert_eq!(Address::find("ADD-0000000000"), None);
    }
}
