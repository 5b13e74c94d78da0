//! How a schedule reads, and what its change may say.

use super::*;
use crate::body::read;
use crate::json::parse;
use deskbell_core::door::SeededRandom;
use deskbell_core::id::AccountId;
use deskbell_core::sandbox::{Address, Availability, AvailabilityChange, Provider, Sandbox};
use deskbell_core::time::from_millis;
use jiff::civil::{date, time};
use serde_json::{Value, json};

fn user(availability: Availability) -> User {
    let mut sandbox = Sandbox::new(&AccountId::from_text("ACC-1"), &SeededRandom::new(1), from_millis(0));
    User { time_zone: "Europe/Dublin".into(), availability, ..sandbox.users.remove(0) }
}

fn change(body: &Value) -> Result<AvailabilityChange, (String, String)> {
    let read = read::<AvailabilityPatch>(&parse(body.to_string().as_bytes()).unwrap());
    let told = |problem: crate::problem::Problem| (problem.param.unwrap_or_default(), problem.message);
    read.and_then(|patch| patch.change()).map_err(told)
}

fn hours(locations: &Value) -> Value {
    json!([{"start_time": "08:30", "end_time": "12:15", "locations": locations}])
}

#[test]
fn a_schedule_has_every_key_in_its_order() {
    let locations = vec![
        HostLocation::Virtual { provider: Some(Provider::GoogleMeet) },
        HostLocation::Physical { address: Address::HarbourRoad },
        HostLocation::VirtualStatic { url: "https://host.example/room".into() },
        HostLocation::GuestPhone,
    ];
    let morning = sandbox::WorkingHours { start: time(8, 30, 0, 0), end: time(12, 15, 0, 0), locations };
    let availability = Availability {
        weekly: [(Day::Saturday, vec![]), (Day::Tuesday, vec![morning])].into(),
        overrides: [(date(2027, 3, 17), vec![]), (date(2027, 3, 1), vec![])].into(),
    };
    let shown = serde_json::to_string(&Schedule::new(&user(availability), Some(date(2027, 3, 17)))).unwrap();
    let expected = r#"{"object":"schedule","timezone":"Europe/Dublin","weekly":[{"day":"Tuesday","working_hours":[{"start_time":"08:30","end_time":"12:15","locations":[{"type":"online_dynamic_link","value":"google_meet","id":null},{"type":"in_person_by_host","value":"40 Harbour Road, Galway","id":"ADD-7QX2K4M0TR"},{"type":"online_static_link","value":"https://host.example/room","id":null},{"type":"phone_by_guest","value":null,"id":null}]}]},{"day":"Saturday","working_hours":[]}],"overrides":[{"date":"2027-03-17","day":"Wednesday","working_hours":[]}]}"#;
    assert_eq!(shown, expected);
}

#[test]
fn a_link_without_a_provider_is_shown_with_the_first_one_connected() {
    let all_day =
        |locations| sandbox::WorkingHours { start: time(0, 0, 0, 0), end: time(1, 0, 0, 0), locations };
    let day = vec![all_day(vec![HostLocation::Virtual { provider: None }]), all_day(vec![])];
    let mut host = user(Availability { weekly: [(Day::Monday, day)].into(), overrides: [].into() });
    for (providers, value) in
        [(vec![Provider::MicrosoftTeams, Provider::Zoom], json!("microsoft_teams")), (vec![], Value::Null)]
    {
        host.providers = providers;
        let shown = serde_json::to_value(Schedule::new(&host, None)).unwrap();
        let hours = &shown["weekly"][0]["working_hours"];
        assert_eq!(
            hours[0]["locations"],
            json!([{"type": "online_dynamic_link", "value": value, "id": null}])
        );
        assert_eq!(hours[1]["locations"], json!([]), "none was named");
    }
}

#[test]
fn a_change_is_read_in_the_vendors_words() {
    let locations = json!([{"type": "online_dynamic_link", "value": "zoom"}, {"type": "in_person_by_host", "id": "ADD-M31VZ8C5WD", "value": "ignored"},
        {"type": "phone_by_guest", "id": null, "value": null}]);
    let body = json!({"weekly": [{"day": "Monday", "working_hours": hours(&locations)}],
        "overrides": [{"date": "2087-03-17", "day": "Monday", "working_hours": null}, {"date": "2087-03-18", "working_hours": []}]});
    let change = change(&body).unwrap();
    let expected = [
        HostLocation::Virtual { provider: Some(Provider::Zoom) },
        HostLocation::Physical { address: Address::RuaDoMoinho },
        HostLocation::GuestPhone,
    ];
    let (day, read) = &change.weekly[0];
    assert_eq!((*day, read[0].start, read[0].end), (Day::Monday, time(8, 30, 0, 0), time(12, 15, 0, 0)));
    assert_eq!(read[0].locations, expected);
    let overrides = [(date(2087, 3, 17), None), (date(2087, 3, 18), Some(vec![]))];
    assert_eq!(change.overrides, overrides);
}

#[test]
fn what_is_none_is_refused_without_the_numbers_of_elements() {
    let with = |field: &str, value: Value| {
        let mut one = hours(&json!([]));
        one[0][field] = value;
        one
    };
    let location = |location: Value| hours(&json!([location]));
    let (missing, invalid) = ("Required fields are missing.", |text: &str| format!("Invalid string: {text}"));
    for (given, within, message) in [
        (Value::Null, "", missing.to_owned()),
        (with("start_time", Value::Null), ".start_time", missing.to_owned()),
        (with("end_time", json!("24:00")), ".end_time", invalid("24:00")),
        (with("start_time", json!("9:00")), ".start_time", invalid("9:00")),
        (with("start_time", json!("+9:00")), ".start_time", invalid("+9:00")),
        (with("start_time", json!(9)), ".start_time", "start_time must be a string.".to_owned()),
        (with("locations", Value::Null), ".locations", missing.to_owned()),
        (location(json!({})), ".locations.type", missing.to_owned()),
        (location(json!({"type": "virtual"})), ".locations.type", invalid("virtual")),
        (
            location(json!({"type": "online_dynamic_link", "value": "fax"})),
            ".locations.value",
            invalid("fax"),
        ),
        (location(json!({"type": "online_static_link"})), ".locations.value", missing.to_owned()),
        (
            location(json!({"type": "online_static_link", "value": "room 7"})),
            ".locations.value",
            invalid("room 7"),
        ),
        (location(json!({"type": "in_person_by_host", "value": "x"})), ".locations.id", missing.to_owned()),
        (location(json!({"type": "in_person_by_host", "id": "ADD-1"})), ".locations.id", invalid("ADD-1")),
    ] {
        let weekly = json!({"weekly": [{"day": "Monday", "working_hours": given}]});
        assert_eq!(change(&weekly), Err((format!("weekly.working_hours{within}"), message.clone())));
        if given.is_null() {
            continue;
        }
        let overrides = json!({"overrides": [{"date": "2087-03-17", "working_hours": given}]});
        assert_eq!(change(&overrides), Err((format!("overrides.working_hours{within}"), message)));
    }
    for (body, param, message) in [
        (json!({"weekly": [{"day": "monday", "working_hours": []}]}), "weekly.day", invalid("monday")),
        (json!({"weekly": [{"working_hours": []}]}), "weekly.day", missing.to_owned()),
        (json!({"overrides": [{"working_hours": []}]}), "overrides.date", missing.to_owned()),
        (json!({"overrides": [{"date": "2087-03-17"}]}), "overrides.working_hours", missing.to_owned()),
        (
            json!({"overrides": [{"date": "20870317", "working_hours": []}]}),
            "overrides.date",
            invalid("20870317"),
        ),
        (
            json!({"overrides": [{"date": "2087-02-30", "working_hours": []}]}),
            "overrides.date",
            invalid("2087-02-30"),
        ),
        (json!({"timezone": "UTC"}), "timezone", "Unsupported field".to_owned()),
        (json!({"weekly": null}), "weekly", missing.to_owned()),
    ] {
        assert_eq!(change(&body), Err((param.to_owned(), message)));
    }
}
