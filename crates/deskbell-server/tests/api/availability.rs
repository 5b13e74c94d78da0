//! Scheduling availability: read, changed, refused in the vendor's words (wire contract, 10.4), and the slots that follow.

use crate::bell::{Bell, CLOSED, now};
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::{Value, json};

/// A user in `zone` and the id of its calendar of one-hour bookings.
async fn host(bell: &Bell, zone: &str) -> (String, String) {
    let user = json!({"first_name": "Jo", "last_name": "Lind", "email": "jo@northwind.example"});
    let user = bell.post("/v2/users", user).await.at("/id");
    let changed =
        bell.call("PATCH", &format!("/v2/sandbox/users/{user}"), Some(json!({"timezone": zone}))).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let calendar = json!({"host": user, "name": "Demos", "duration_minutes": 60});
    let calendar = bell.post("/v2/booking-calendars", calendar).await.at("/id");
    (user, calendar)
}

fn path(user: &str) -> String {
    format!("/v2/users/{user}/scheduling-availability")
}

fn hours(start: &str, end: &str, locations: &Value) -> Value {
    json!({"start_time": start, "end_time": end, "locations": locations})
}

/// Changes the availability, which must be allowed, and gives it as it is then.
async fn change(bell: &Bell, user: &str, body: Value) -> Value {
    let changed = bell.call("PATCH", &path(user), Some(body)).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    changed.json()
}

/// The slots of a calendar on a date of `zone`: local times and locations.
async fn slots(bell: &Bell, calendar: &str, zone: &TimeZone, date: Date) -> Vec<(String, Value)> {
    let start = date.to_zoned(zone.clone()).unwrap().timestamp();
    let end = date.tomorrow().unwrap().to_zoned(zone.clone()).unwrap().timestamp();
    let query = format!("start_time={start}&end_time={end}");
    let found = bell.get(&format!("/v2/booking-calendars/{calendar}/time-slots?{query}")).await;
    assert_eq!(found.status, 200, "{}", found.text());
    let one = |slot: &Value| {
        let starts: Timestamp = slot["start_time"].as_str().unwrap().parse().unwrap();
        (zone.to_datetime(starts).time().to_string()[..5].to_owned(), slot["locations"].clone())
    };
    found.json().as_array().unwrap().iter().map(one).collect()
}

fn times(slots: &[(String, Value)]) -> Vec<&str> {
    slots.iter().map(|(time, _)| time.as_str()).collect()
}

/// The first such weekday that is at least a week away.
fn coming(weekday: Weekday) -> Date {
    let next_week = TimeZone::UTC.to_datetime(now() + SignedDuration::from_hours(7 * 24)).date();
    next_week.series(1.day()).find(|date| date.weekday() == weekday).unwrap()
}

#[tokio::test]
async fn a_new_user_can_be_booked_from_monday_to_friday() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (user, _) = host(&bell, "Europe/Dublin").await;
    let all_day = json!([hours("09:00", "17:00", &json!([]))]);
    let day = |day| json!({"day": day, "working_hours": all_day});
    let weekly = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"].map(day);
    let expected =
        json!({"object": "schedule", "timezone": "Europe/Dublin", "weekly": weekly, "overrides": []});
    assert_eq!(bell.get(&path(&user)).await.json(), expected);
    let seeded = bell.get("/v2/users").await.at("/data/1/id");
    assert_eq!(bell.get(&path(&seeded)).await.json()["weekly"], expected["weekly"]);
}

#[tokio::test]
async fn what_is_named_is_overwritten_and_the_slots_follow() {
    let bell = Bell::start_on_file(CLOSED).await;
    let dublin = TimeZone::get("Europe/Dublin").unwrap();
    let (user, calendar) = host(&bell, "Europe/Dublin").await;
    let (tuesday, wednesday, saturday) =
        (coming(Weekday::Tuesday), coming(Weekday::Wednesday), coming(Weekday::Saturday));
    let places = json!([{"type": "online_dynamic_link", "value": "zoom", "id": null},
        {"type": "in_person_by_host", "value": "40 Harbour Road, Galway", "id": "ADD-7QX2K4M0TR"}]);
    let given = json!({
        "weekly": [{"day": "Tuesday", "working_hours": [hours("08:30", "12:15", &places), hours("14:00", "15:00", &json!([]))]},
            {"day": "Monday", "working_hours": []}],
        "overrides": [{"date": wednesday, "working_hours": []}, {"date": saturday, "working_hours": [hours("22:45", "23:45", &json!([]))]}],
    });
    let changed = change(&bell, &user, given.clone()).await;
    assert_eq!(changed["weekly"][0], given["weekly"][1], "Monday first");
    assert_eq!(changed["weekly"][1], given["weekly"][0]);
    assert_eq!(changed["weekly"].as_array().unwrap().len(), 5, "the others stay");
    let mut overrides = given["overrides"].as_array().unwrap().clone();
    (overrides[0]["day"], overrides[1]["day"]) = (json!("Wednesday"), json!("Saturday"));
    overrides.sort_by_key(|one| one["date"].as_str().unwrap().to_owned());
    assert_eq!(changed["overrides"], json!(overrides), "the earliest first");
    assert_eq!(bell.get(&path(&user)).await.json(), changed);

    let found = slots(&bell, &calendar, &dublin, tuesday).await;
    assert_eq!(times(&found), ["08:30", "09:30", "10:30", "14:00"]);
    let offered = json!([{"type": "virtual", "value": "zoom", "id": null},
        {"type": "physical", "value": "40 Harbour Road, Galway", "id": "ADD-7QX2K4M0TR"}]);
    assert_eq!(found[0].1, offered, "in the words of slots");
    assert_eq!(
        found[3].1,
        json!([{"type": "virtual", "value": "google_meet", "id": null}]),
        "none was named"
    );
    assert!(slots(&bell, &calendar, &dublin, coming(Weekday::Monday)).await.is_empty());
    assert!(slots(&bell, &calendar, &dublin, wednesday).await.is_empty(), "a day off");
    assert_eq!(times(&slots(&bell, &calendar, &dublin, saturday).await), ["22:45"]);

    let back = change(&bell, &user, json!({"overrides": [{"date": wednesday, "working_hours": null}]})).await;
    assert_eq!(back["overrides"].as_array().unwrap().len(), 1);
    assert_eq!(times(&slots(&bell, &calendar, &dublin, wednesday).await).len(), 8);
    let later = saturday.tomorrow().unwrap();
    let read = async |from: Date| {
        bell.get(&format!("{}?overrides_start_time={from}", path(&user))).await.json()["overrides"].clone()
    };
    assert_eq!((read(saturday).await, read(later).await), (back["overrides"].clone(), json!([])));
}

#[tokio::test]
async fn the_last_booking_of_the_hours_takes_their_slot_away() {
    let bell = Bell::start(CLOSED).await;
    let (user, calendar) = host(&bell, "UTC").await;
    let monday = coming(Weekday::Monday);
    let short =
        json!({"weekly": [{"day": "Monday", "working_hours": [hours("09:00", "11:00", &json!([]))]}]});
    change(&bell, &user, short).await;
    let schedule = format!("/v2/booking-calendars/{calendar}/schedule");
    let body = |time: &str| {
        json!({"start_time": format!("{monday}T{time}:00Z"), "guest_time_zone": "UTC",
        "booking_form": {"name": "Tomás", "email": "t@corrib.example"}})
    };
    for (time, status) in [("11:00", 400), ("08:00", 400), ("09:30", 400), ("10:00", 200), ("10:00", 400)] {
        assert_eq!(bell.post(&schedule, body(time)).await.status, status, "{time}");
    }
    assert_eq!(times(&slots(&bell, &calendar, &TimeZone::UTC, monday).await), ["09:00"]);
    let message = "The selected start time is not available.".to_owned();
    let told = (400, "invalid_request_error".into(), message, Some("start_time".into()));
    assert_eq!(bell.post(&schedule, body("10:00")).await.told(), told, "E34");
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_in_the_vendors_words() {
    let bell = Bell::start(CLOSED).await;
    let (user, _) = host(&bell, "UTC").await;
    let before = bell.get(&path(&user)).await.json();
    let none = json!([]);
    let weekly = |hours: Value| json!({"weekly": [{"day": "Monday", "working_hours": hours}]});
    let overrides = |hours: Value| json!({"overrides": [{"date": "2087-03-17", "working_hours": hours}]});
    let monday = json!({"day": "Monday", "working_hours": []});
    let links = json!([{"type": "online_dynamic_link"}, {"type": "online_static_link", "value": "https://a.example/room"}]);
    let overlapping = json!([hours("08:00", "10:00", &none), hours("09:00", "11:00", &none)]);
    for (row, body, status, message, param) in [
        (
            "E57",
            weekly(overlapping.clone()),
            400,
            "availability range is overlapping: '09:00-11:00'",
            "weekly.working_hours",
        ),
        (
            "E57",
            overrides(overlapping),
            400,
            "availability range is overlapping: '09:00-11:00'",
            "overrides.working_hours",
        ),
        (
            "E58",
            weekly(json!([hours("09:05", "10:00", &none)])),
            400,
            "start time should be multiple of 15: '09:05'",
            "weekly.working_hours.start_time",
        ),
        (
            "3.3",
            weekly(json!([hours("09:00", "10:10", &none)])),
            400,
            "end time should be multiple of 15: '10:10'",
            "weekly.working_hours.end_time",
        ),
        (
            "3.3",
            weekly(json!([hours("09:00", "08:00", &none)])),
            400,
            "end time should be after start time: '09:00-08:00'",
            "weekly.working_hours.end_time",
        ),
        (
            "E59",
            json!({"overrides": [{"date": "2024-01-01", "working_hours": []}]}),
            400,
            "Date cannot be in the past: '2024-01-01'",
            "overrides.date",
        ),
        (
            "E60",
            json!({"weekly": [monday, monday]}),
            400,
            "Duplicate entry for day or date: 'Monday'",
            "weekly",
        ),
        (
            "E61",
            weekly(json!([hours("09:00", "10:00", &links)])),
            422,
            "You can set either online_dynamic_link or online_static_link",
            "weekly.working_hours.locations",
        ),
        ("E48", json!({}), 400, "At least one field must be provided to update.", "body"),
        ("E52", json!({"weekly": [], "colour": 1}), 400, "Unsupported field", "colour"),
        (
            "3.3",
            json!({"weekly": [{"day": "Funday", "working_hours": []}]}),
            400,
            "Invalid string: Funday",
            "weekly.day",
        ),
        (
            "null",
            json!({"weekly": [{"day": "Monday", "working_hours": null}]}),
            400,
            "Required fields are missing.",
            "weekly.working_hours",
        ),
    ] {
        let refused = bell.call("PATCH", &path(&user), Some(body)).await;
        assert_eq!(
            refused.told(),
            (status, "invalid_request_error".into(), message.into(), Some(param.into())),
            "{row}"
        );
    }
    let get = async |query: &str| bell.get(&format!("{}?{query}", path(&user))).await.told();
    let refused = |message: &str, param: &str| {
        (400, "invalid_request_error".into(), message.into(), Some(param.into()))
    };
    let unknown = refused("Received unknown parameter: start_date", "start_date");
    assert_eq!(get("start_date=2027-01-01").await, unknown, "E55");
    let words = "Invalid date format for overrides_start_time. Expected format: YYYY-MM-DD";
    for date in ["2027-13-45", "17.03.2027", "2027-03-17T00:00:00Z"] {
        assert_eq!(
            get(&format!("overrides_start_time={date}")).await,
            refused(words, "overrides_start_time"),
            "E56"
        );
    }
    let nobody = path("USR-0000000000");
    let told =
        (404, "invalid_request_error".into(), "No such user: 'USR-0000000000'".into(), Some("id".into()));
    assert_eq!(bell.get(&nobody).await.told(), told, "E16");
    assert_eq!(bell.call("PATCH", &nobody, Some(json!({"weekly": []}))).await.told(), told, "E16");
    assert_eq!(bell.get(&path(&user)).await.json(), before, "nothing was changed");
}
