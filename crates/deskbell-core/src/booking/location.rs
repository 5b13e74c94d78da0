//! Where a booking takes place: what the guest gets of the locations that its slot offers, and what becomes of it when
//! another user hosts (wire contract, 10.5).

use crate::id::BookingId;
use crate::sandbox::{HostLocation, LocationType, Provider, User, phone};
use serde::{Deserialize, Serialize};

/// Where a booking takes place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Location {
    /// Online.
    Virtual {
        /// Where to join; `None` when the host has connected nobody who makes links.
        join_url: Option<String>,
        /// Who made the link; `None` for one of the host's own.
        #[serde(default)]
        provider: Option<Provider>,
    },
    /// Somewhere, in words.
    Described {
        /// The address, as the host or the guest wrote it.
        text: String,
    },
    /// By phone: the host calls.
    Phone {
        /// The number that the guest gave, in the form of E.164.
        number: String,
    },
}

/// The location that a guest asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedLocation {
    /// Its type.
    pub of_type: LocationType,
    /// Which one of that type: a provider, the id of an address, or what only the guest knows.
    pub value: Option<String>,
}

/// Why a guest does not get a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocationRefused {
    /// The slot does not offer it.
    NotOffered,
    /// What only the guest knows is missing: a number or an address. The guest must ask for the location, with that as its value.
    Unsaid,
    /// What the guest gave as a number is none.
    NoNumber,
}

impl Location {
    /// Online, at a link that `provider` makes for the booking.
    pub fn online(provider: Option<Provider>, booking: &BookingId) -> Self {
        let link = |provider: Provider| format!("https://meet.deskbell.test/{}/{booking}", provider.as_str());
        Self::Virtual { join_url: provider.map(link), provider }
    }

    /// What a guest gets of what a slot offers. Left to us it is one that asks nothing of the guest, online before all else.
    ///
    /// # Errors
    /// [`LocationRefused`]
    pub fn chosen(
        offered: &[HostLocation],
        wanted: Option<&WantedLocation>,
        booking: &BookingId,
    ) -> Result<Self, LocationRefused> {
        let value = wanted
            .and_then(|wanted| wanted.value.as_deref())
            .map(str::trim)
            .filter(|value| !value.is_empty());
        let chosen = match wanted {
            Some(wanted) => offered.iter().find(|offer| is_wanted(offer, wanted.of_type, value)),
            None => unasked(offered),
        };
        let said = || value.map(str::to_owned).ok_or(LocationRefused::Unsaid);
        Ok(match chosen.ok_or(LocationRefused::NotOffered)? {
            HostLocation::Virtual { provider } => Self::online(*provider, booking),
            HostLocation::VirtualStatic { url } => {
                Self::Virtual { join_url: Some(url.clone()), provider: None }
            }
            HostLocation::Physical { address } => Self::Described { text: address.as_str().to_owned() },
            HostLocation::GuestPhone => {
                Self::Phone { number: phone(&said()?).ok_or(LocationRefused::NoNumber)? }
            }
            HostLocation::InPersonByGuest => Self::Described { text: said()? },
        })
    }

    /// The same with another host: at the provider that was `asked` for. Else a link is made by the provider of the one
    /// before, if this host has it connected, or by the one that this host prefers; addresses and numbers stay.
    #[must_use]
    pub fn with_host(&self, host: &User, asked: Option<Provider>, booking: &BookingId) -> Self {
        match (self, asked) {
            (_, Some(asked)) => Self::online(Some(asked), booking),
            (Self::Virtual { provider, .. }, None) => {
                let kept = provider.filter(|provider| host.providers.contains(provider));
                Self::online(kept.or_else(|| host.provider()), booking)
            }
            (Self::Described { .. } | Self::Phone { .. }, None) => self.clone(),
        }
    }
}

/// The location that a guest gets who asks for none.
fn unasked(offered: &[HostLocation]) -> Option<&HostLocation> {
    let of_types = |types: &[LocationType]| offered.iter().find(|offer| types.contains(&offer.of_type()));
    of_types(&[LocationType::Virtual])
        .or_else(|| of_types(&[LocationType::VirtualStatic, LocationType::Physical]))
        .or_else(|| offered.first())
}

/// Whether the guest's words mean that offer. What the host decides may be left out; it cannot be something else.
fn is_wanted(offer: &HostLocation, of_type: LocationType, value: Option<&str>) -> bool {
    let said = match offer {
        HostLocation::Virtual { provider } => {
            value.is_none_or(|value| provider.is_some_and(|it| it.as_str() == value))
        }
        HostLocation::Physical { address } => value.is_none_or(|value| address.id() == value),
        HostLocation::VirtualStatic { .. } | HostLocation::GuestPhone | HostLocation::InPersonByGuest => true,
    };
    offer.of_type() == of_type && said
}

#[cfg(test)]
mod tests;
