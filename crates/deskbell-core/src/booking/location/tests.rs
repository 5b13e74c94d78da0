//! Which of the offered locations a guest gets, and what another host makes of it.

use super::*;
use crate::door::SeededRandom;
use crate::id::AccountId;
use crate::sandbox::{Address, Sandbox};
use crate::time::from_millis;

const ZOOM: HostLocation = HostLocation::Virtual { provider: Some(Provider::Zoom) };
const OFFICE: HostLocation = HostLocation::Physical { address: Address::HarbourRoad };

fn id() -> BookingId {
    BookingId::from_text("BKNG-1")
}

fn link() -> HostLocation {
    HostLocation::VirtualStatic { url: "https://host.example/room".into() }
}

fn wanted(of_type: LocationType, value: &str) -> WantedLocation {
    WantedLocation { of_type, value: Some(value.to_owned()) }
}

fn chosen(offered: &[HostLocation], of_type: LocationType, value: &str) -> Result<Location, LocationRefused> {
    Location::chosen(offered, Some(&wanted(of_type, value)), &id())
}

fn described(text: &str) -> Location {
    Location::Described { text: text.into() }
}

fn host(providers: &[Provider]) -> User {
    let mut sandbox = Sandbox::new(&AccountId::from_text("ACC-1"), &SeededRandom::new(1), from_millis(0));
    User { providers: providers.to_vec(), ..sandbox.users.remove(0) }
}

#[test]
fn a_guest_gets_what_was_asked_for_and_is_offered() {
    let static_link =
        Location::Virtual { join_url: Some("https://host.example/room".into()), provider: None };
    let (any, all) =
        (LocationType::GuestPhone, [ZOOM, OFFICE, HostLocation::GuestPhone, HostLocation::InPersonByGuest]);
    assert_eq!(
        chosen(&all, LocationType::Virtual, "zoom"),
        Ok(Location::online(Some(Provider::Zoom), &id()))
    );
    assert_eq!(chosen(&[link()], LocationType::VirtualStatic, ""), Ok(static_link));
    assert_eq!(
        chosen(&all, LocationType::Physical, "ADD-7QX2K4M0TR"),
        Ok(described("40 Harbour Road, Galway"))
    );
    assert_eq!(chosen(&all, any, "+353851234567"), Ok(Location::Phone { number: "+353851234567".into() }));
    assert_eq!(chosen(&all, LocationType::InPersonByGuest, " 1 Quay St "), Ok(described("1 Quay St")));
    assert_eq!(
        chosen(&all, any, "+353 (85) 123-4567"),
        Ok(Location::Phone { number: "+353851234567".into() })
    );
    assert_eq!(chosen(&all, any, "call me"), Err(LocationRefused::NoNumber));
    for (of_type, value) in [
        (LocationType::Virtual, "webex"),
        (LocationType::VirtualStatic, ""),
        (LocationType::Physical, "ADD-M31VZ8C5WD"),
        (LocationType::Physical, "40 Harbour Road, Galway"),
    ] {
        assert_eq!(chosen(&all, of_type, value), Err(LocationRefused::NotOffered), "{of_type:?} {value}");
    }
    for of_type in [any, LocationType::InPersonByGuest] {
        assert_eq!(chosen(&all, of_type, " "), Err(LocationRefused::Unsaid), "{of_type:?}");
        assert_eq!(chosen(&[ZOOM], of_type, "x"), Err(LocationRefused::NotOffered), "{of_type:?}");
    }
}

#[test]
fn left_to_us_it_is_online_or_else_what_asks_nothing_of_the_guest() {
    let unasked = |offered: &[HostLocation]| Location::chosen(offered, None, &id());
    assert_eq!(
        unasked(&[HostLocation::GuestPhone, OFFICE, ZOOM]),
        Ok(Location::online(Some(Provider::Zoom), &id()))
    );
    assert_eq!(unasked(&[HostLocation::InPersonByGuest, OFFICE]), Ok(described("40 Harbour Road, Galway")));
    assert_eq!(unasked(&[HostLocation::GuestPhone]), Err(LocationRefused::Unsaid));
    assert_eq!(unasked(&[]), Err(LocationRefused::NotOffered));
}

#[test]
fn another_host_keeps_the_provider_or_makes_the_link_by_the_first_one_connected() {
    let online = |provider| Location::online(provider, &id());
    let both = host(&[Provider::MicrosoftTeams, Provider::Webex]);
    let with = |location: &Location, asked| location.with_host(&both, asked, &id());
    assert_eq!(with(&online(Some(Provider::Webex)), None), online(Some(Provider::Webex)));
    assert_eq!(
        with(&online(Some(Provider::Zoom)), None),
        online(Some(Provider::MicrosoftTeams)),
        "the first one connected"
    );
    assert_eq!(with(&online(None), Some(Provider::Webex)), online(Some(Provider::Webex)));
    let own = Location::Virtual { join_url: Some("https://old.example/room".into()), provider: None };
    assert_eq!(
        with(&own, None),
        online(Some(Provider::MicrosoftTeams)),
        "the link of the old host's own does not stay"
    );
    let none = Location::Virtual { join_url: None, provider: None };
    assert_eq!(online(Some(Provider::Zoom)).with_host(&host(&[]), None, &id()), none);
    for stays in [described("1 Quay St"), Location::Phone { number: "+353851234567".into() }] {
        assert_eq!(with(&stays, None), stays);
        assert_eq!(with(&stays, Some(Provider::Webex)), online(Some(Provider::Webex)));
    }
}

#[test]
fn a_location_of_before_is_read() {
    let old = r#"{"type":"virtual","join_url":"https://meet.deskbell.test/j/BKNG-1"}"#;
    let read: Location = serde_json::from_str(old).unwrap();
    let join_url = Some("https://meet.deskbell.test/j/BKNG-1".into());
    assert_eq!(read, Location::Virtual { join_url, provider: None });
}
