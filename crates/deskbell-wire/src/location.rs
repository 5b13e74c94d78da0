//! Where hosts and guests meet, in the vendor's two vocabularies: one for availability, one for time slots and the calls
//! that book and reassign (wire contract, 10.5).

use crate::broken::Broken;
use crate::problem::cut;
use crate::schema::{value, words};
use crate::text::Text;
use deskbell_core::booking::WantedLocation;
use deskbell_core::sandbox::{HostLocation, LocationType, Provider};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// Words of closed lists of which the vendor says no more than that one is invalid.
macro_rules! vendor_words {
    ($($(#[$doc:meta])* $name:ident($type:ty) = $word:path;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(pub $type);

        impl TryFrom<String> for $name {
            type Error = Broken;

            fn try_from(given: String) -> Result<Self, Broken> {
                let known = <$type>::ALL.into_iter().find(|one| $word(*one) == given);
                known.map(Self).ok_or_else(|| Broken::new("value_invalid", format!("Invalid string: {}", cut(&given))))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($word(self.0))
            }
        }

        value!($name, words(<$type>::ALL.map($word)));
    )*};
}

pub(crate) use vendor_words;

vendor_words! {
    /// A type of location, as time slots and bookings name it.
    SlotLocationType(LocationType) = LocationType::as_str;
    /// A type of location, as an availability names it.
    AvailabilityLocationType(LocationType) = LocationType::in_availability;
    /// Who makes links to meet at.
    LinkProvider(Provider) = Provider::as_str;
}

/// The value of a location that a guest asks for.
type LocationValue = Text<0, 2_000>;

/// What a location says beside its type, in an availability and in a time slot alike: its value and its id.
pub(crate) fn value_and_id(location: &HostLocation) -> (Option<&'static str>, Option<&'static str>) {
    match location {
        HostLocation::Virtual { provider } => (provider.map(Provider::as_str), None),
        HostLocation::Physical { address } => (Some(address.as_str()), Some(address.id())),
        HostLocation::VirtualStatic { .. } | HostLocation::GuestPhone | HostLocation::InPersonByGuest => {
            (None, None)
        }
    }
}

/// Where a slot's booking can take place.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(examples(json!({"type": "virtual", "value": "google_meet", "id": null})))]
pub struct SlotLocation {
    r#type: SlotLocationType,
    /// Online the provider that makes the link, in person the address; null for what the guest says.
    #[schema(example = "google_meet", required)]
    value: Option<&'static str>,
    /// The id of the address; null for all other types.
    #[schema(example = "ADD-7QX2K4M0TR", required)]
    id: Option<&'static str>,
}

impl From<&HostLocation> for SlotLocation {
    fn from(location: &HostLocation) -> Self {
        let (value, id) = value_and_id(location);
        Self { r#type: SlotLocationType(location.of_type()), value, id }
    }
}

/// Where the guest wants to meet: one of the slot's locations.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(examples(json!({"type": "virtual", "value": "google_meet"})))]
pub struct BookedLocation {
    /// As the slot names it.
    r#type: SlotLocationType,
    /// `virtual`: the provider. `physical`: the id of the address. `guest_phone`: the guest's number. `in_person_by_guest`: the
    /// guest's address. `virtual_static`: null. At most 2,000 characters.
    value: Option<LocationValue>,
}

impl From<BookedLocation> for WantedLocation {
    fn from(given: BookedLocation) -> Self {
        Self { of_type: given.r#type.0, value: given.value.map(|value| value.0) }
    }
}

/// Where a booking is to take place with its new host: online.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[schema(examples(json!({"type": "virtual", "value": "google_meet"})))]
pub struct NewHostLocation {
    #[allow(dead_code, reason = "the one type that there is")]
    r#type: Virtual,
    /// Who makes the link; the new host must have it connected.
    pub value: LinkProvider,
}

/// The one type of location that a new host can be given.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "SlotLocationType")]
struct Virtual;

impl TryFrom<SlotLocationType> for Virtual {
    type Error = Broken;

    fn try_from(given: SlotLocationType) -> Result<Self, Broken> {
        match given.0 {
            LocationType::Virtual => Ok(Self),
            other => Err(Broken::new("value_invalid", format!("Invalid string: {}", other.as_str()))),
        }
    }
}

value!(Virtual, words([LocationType::Virtual.as_str()]));
