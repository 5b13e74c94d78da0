//! The exact keys of both readers and both styles.

use super::*;
use deskbell_core::booking::{Actor, Booking, Cancellation, Classic, Form, Guest, Location, Pick};
use deskbell_core::conversation::{Conversation, Parties};
use deskbell_core::door::SeededRandom;
use deskbell_core::id::{AccountId, BookingId, ConversationId};
use deskbell_core::sandbox::{ExternalCalendar, Sandbox};
use deskbell_core::time::from_millis;
use serde_json::{Map, Value, json};

fn sandbox() -> Sandbox {
    Sandbox::new(&AccountId::from_text("ACC-1"), &SeededRandom::new(1), from_millis(0))
}

fn booking(sandbox: &Sandbox) -> Booking {
    let (calendar, host) = sandbox.calendar(&sandbox.calendars[0].id).unwrap();
    let id = BookingId::from_text("BKNG-Q8T2ZC4M6RVA");
    let guest = Guest {
        contact: Some(sandbox.contacts[0].id.clone()),
        time_zone: "Europe/Dublin".into(),
        form: Form { email: Some("guest@corrib.example".into()), ..Form::default() },
        classic: Classic {
            booking_page: Some(sandbox.booking_pages[0].id.clone()),
            master_page: None,
            event_type: Some(sandbox.event_types[0].id.clone()),
        },
        ..Guest::default()
    };
    let location = &Location::online(host.provider(), &id);
    let pick = Pick { id: &id, calendar, host, starts: from_millis(0), location };
    Booking::book(&AccountId::from_text("ACC-1"), pick, guest, from_millis(0)).booking
}

fn all(sandbox: &Sandbox) -> Embedded<'_> {
    let (calendar, host) = sandbox.calendar(&sandbox.calendars[0].id).unwrap();
    Embedded {
        owner: Target::Object(host),
        calendar: Target::Object(calendar),
        contact: sandbox.contacts.first().into(),
        booking_page: sandbox.booking_pages.first().into(),
        event_type: sandbox.event_types.first().into(),
        ..Embedded::default()
    }
}

fn read(booking: &Booking, reader: Reader, embedded: &Embedded<'_>) -> Map<String, Value> {
    let object = serde_json::to_string(&super::Booking::new(booking, reader, embedded)).unwrap();
    serde_json::from_str(&object).unwrap()
}

fn keys(value: &Map<String, Value>) -> Vec<String> {
    let mut keys: Vec<String> = value.keys().cloned().collect();
    keys.sort();
    keys
}

#[rustfmt::skip]
const DOCUMENTED: [&str; 30] = [
    "attendees", "booking_calendar", "booking_page", "cancel_reschedule_information", "cancel_reschedule_url", "cancel_url",
    "conversation", "creation_time", "custom_fields", "customer_timezone", "duration_minutes", "event_type",
    "external_calendar", "form_submission", "ics_url", "id", "in_trash", "last_updated_time", "location_description",
    "master_page", "object", "owner", "payment_information", "reschedule_url", "rescheduled_booking_id", "starting_time",
    "status", "subject", "tracking_id", "virtual_conferencing",
];

#[test]
fn a_receiver_gets_exactly_the_documented_keys_in_both_styles() {
    let sandbox = sandbox();
    let booking = booking(&sandbox);
    for style in [PayloadStyle::Current, PayloadStyle::Expanded] {
        let payload = read(&booking, Reader::Receiver(style), &all(&sandbox));
        assert_eq!(keys(&payload), DOCUMENTED, "{style:?}");
    }
}

#[test]
fn the_current_style_has_ids_and_null() {
    let sandbox = sandbox();
    let booking = booking(&sandbox);
    let current = Reader::Receiver(PayloadStyle::Current);
    let payload = read(&booking, current, &Embedded::default());
    assert_eq!(payload["owner"], json!(booking.owner));
    assert_eq!(payload["booking_calendar"], json!(booking.calendar));
    assert_eq!(payload["booking_page"], json!(booking.classic.booking_page));
    assert_eq!(
        (&payload["master_page"], &payload["event_type"]),
        (&Value::Null, &json!(sandbox.event_types[0].id))
    );
    for missing in ["location_description", "rescheduled_booking_id", "cancel_reschedule_information"] {
        assert_eq!(payload[missing], Value::Null, "{missing}");
    }
    let host = sandbox.users[0].email.as_str();
    let google = json!({"type": "google", "name": host, "id": host, "event_id": "q8t2zc4m6rva"});
    assert_eq!(payload["external_calendar"], google);
    assert_eq!(payload["form_submission"]["phone"], Value::Null);
    let alone = Booking { external_calendar: ExternalCalendar::default(), ..booking.clone() };
    let payload = read(&alone, current, &Embedded::default());
    let none = json!({"type": "none", "name": null, "id": null, "event_id": null});
    assert_eq!(payload["external_calendar"], none);
    let somewhere = Booking { location: Location::Described { text: "Suite 9".into() }, ..booking };
    let payload = read(&somewhere, current, &Embedded::default());
    assert_eq!(payload["virtual_conferencing"], Value::Null);
    assert_eq!(payload["location_description"], "Suite 9");
    let phone = Location::Phone { number: "+353851234567".into() };
    let form = Form { email: None, ..somewhere.form.clone() };
    let called = read(&Booking { location: phone, form, ..somewhere }, current, &Embedded::default());
    assert_eq!(
        (&called["virtual_conferencing"], &called["location_description"]),
        (&Value::Null, &json!("+353851234567"))
    );
    assert_eq!(called["form_submission"]["email"], Value::Null);
    assert_eq!(called["attendees"].as_array().unwrap().len(), 1, "the host alone has an address");
}

#[test]
fn the_expanded_style_has_objects_and_empty_texts() {
    let sandbox = sandbox();
    let booking = Booking { external_calendar: ExternalCalendar::default(), ..booking(&sandbox) };
    let expanded = Reader::Receiver(PayloadStyle::Expanded);
    let payload = read(&booking, expanded, &all(&sandbox));
    let inner = |field: &str| keys(payload[field].as_object().unwrap());
    assert_eq!(payload["owner"]["id"], json!(booking.owner));
    assert_eq!(
        inner("owner"),
        ["email", "first_name", "id", "last_name", "object", "role_name", "status", "teams", "timezone"]
    );
    assert_eq!(payload["booking_calendar"]["id"], json!(booking.calendar));
    assert_eq!(
        inner("booking_calendar"),
        ["duration_minutes", "host", "id", "name", "object", "published", "subject", "url"]
    );
    assert_eq!(inner("booking_page"), ["active", "id", "label", "name", "object", "timezone", "url"]);
    assert_eq!(inner("event_type"), ["description", "id", "label", "name", "object"]);
    assert_eq!(payload["master_page"], Value::Null, "no text, and nothing that was named");
    for missing in ["location_description", "rescheduled_booking_id"] {
        assert_eq!(payload[missing], "", "{missing}");
    }
    assert_eq!(payload["external_calendar"], json!({"type": "none", "name": "", "id": "", "event_id": ""}));
    let untouched = json!({"reason": "", "actioned_by": "", "user_id": ""});
    assert_eq!(payload["cancel_reschedule_information"], untouched);
    let form = json!({"name": "", "email": "guest@corrib.example", "phone": "", "mobile_phone": "", "note": "",
        "company": "", "guests": [], "custom_fields": []});
    assert_eq!(payload["form_submission"], form);
    let cancellation = Some(Cancellation { reason: None, by: Actor::Customer });
    let location = Location::Described { text: "Suite 9".into() };
    let payload = read(&Booking { cancellation, location, ..booking }, expanded, &all(&sandbox));
    let by_guest = json!({"reason": "", "actioned_by": "customer", "user_id": ""});
    assert_eq!(payload["cancel_reschedule_information"], by_guest);
    assert_eq!(payload["virtual_conferencing"], json!({"join_url": ""}));
}

#[test]
fn a_client_gets_contact_and_utm_params_instead_of_the_guest_link() {
    let sandbox = sandbox();
    let booking = booking(&sandbox);
    let client = read(&booking, Reader::Client, &Embedded::default());
    let (client_keys, receiver) = (keys(&client), DOCUMENTED.map(str::to_owned));
    let only = |here: &[String], there: &[String]| {
        here.iter().filter(|key| !there.contains(key)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(only(&client_keys, &receiver), ["contact", "utm_params"]);
    assert_eq!(only(&receiver, &client_keys), ["cancel_reschedule_url"]);
    assert_eq!(client["contact"], json!(booking.contact));
    let expanded = read(&booking, Reader::Client, &all(&sandbox));
    assert_eq!(expanded["contact"]["object"], "contact");
    assert_eq!(expanded["location_description"], Value::Null, "only receivers have a style");
}

#[test]
fn a_conversation_is_an_object_with_ids_for_receivers_of_both_styles_and_an_id_for_clients() {
    let sandbox = sandbox();
    let parties = Parties {
        contact: sandbox.contacts[0].clone(),
        owner: sandbox.users[0].clone(),
        bot: sandbox.bots[0].clone(),
        website: sandbox.websites[0].clone(),
    };
    let (id, account) = (ConversationId::from_text("CVR-5B0E77C1D4"), AccountId::from_text("ACC-1"));
    let mut talk = Conversation::begin(id, account, parties, from_millis(0));
    let booking = Booking { conversation: Some(talk.id.clone()), ..booking(&sandbox) };
    talk.book(booking.id.clone(), from_millis(0)).unwrap();
    for style in [PayloadStyle::Current, PayloadStyle::Expanded] {
        let embedded = Embedded { conversation: Some((&talk, Expanded::default())), ..all(&sandbox) };
        let told = read(&booking, Reader::Receiver(style), &embedded);
        let told = told["conversation"].as_object().unwrap();
        assert_eq!((&told["object"], &told["bookings"]), (&json!("conversation"), &json!([booking.id])));
        for (name, id) in [
            ("contact", sandbox.contacts[0].id.as_str()),
            ("owner", sandbox.users[0].id.as_str()),
            ("bot", sandbox.bots[0].id.as_str()),
            ("website", sandbox.websites[0].id.as_str()),
        ] {
            assert_eq!(told[name], id, "{style:?}: one level");
        }
    }
    let client = read(&booking, Reader::Client, &Embedded::default());
    assert_eq!(client["conversation"], "CVR-5B0E77C1D4");
}

#[test]
fn only_a_client_who_asks_reads_what_can_be_done() {
    let sandbox = sandbox();
    let booking = booking(&sandbox);
    let (calendar, host) = sandbox.calendar(&sandbox.calendars[0].id).unwrap();
    let around = booking::Around { calendar, host, replaced: None };
    let actions = booking::actions(&booking, &around, from_millis(0));
    let plain = super::Booking::from(&booking);
    assert!(serde_json::to_value(&plain).unwrap().get("actions").is_none());
    let shown = serde_json::to_value(plain.with_actions(actions)).unwrap();
    let allowed = json!({"name": "cancel", "allowed": true, "reason": null, "rings": ["booking.canceled"]});
    assert!(shown["actions"].as_array().unwrap().contains(&allowed), "{shown}");
}

#[test]
fn of_whom_was_deleted_the_id_is_left() {
    let sandbox = sandbox();
    let booking = booking(&sandbox);
    let gone = Embedded { owner: Target::Deleted, contact: Target::Deleted, ..Embedded::default() };
    let client = read(&booking, Reader::Client, &gone);
    assert_eq!(client["owner"], json!({"id": booking.owner, "object": "user", "deleted": true}));
    assert_eq!(client["contact"], json!({"id": booking.contact, "object": "contact", "deleted": true}));
    let nobody = Booking { contact: None, ..booking };
    assert_eq!(read(&nobody, Reader::Client, &gone)["contact"], Value::Null, "a null stays null");
}
