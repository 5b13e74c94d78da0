//! The vendor's filters over contacts, users, teams, booking calendars and booking pages, and what is said of a bad one (wire contract, 9.1, 9.2
//! and 11).

use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use serde_json::{Value, json};
use std::time::Duration;

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let id = |object: &Value| object["id"].as_str().unwrap().to_owned();
    answer.json()["data"].as_array().unwrap().iter().map(id).collect()
}

/// Until the clock has moved: times are whole milliseconds, and what is later than another has a later one.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

async fn contact(bell: &Bell, email: &str) -> Answer {
    a_moment().await;
    let body = json!({"first_name": "Noor", "last_name": "Haddad", "email": email});
    let made = bell.post("/v2/contacts", body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made
}

/// Another user, a member of `teams`.
async fn user(bell: &Bell, email: &str, teams: &[&str]) -> String {
    let body = json!({"first_name": "Priya", "last_name": "Raman", "email": email, "teams": teams});
    bell.post("/v2/users", body).await.at("/id")
}

async fn calendar(bell: &Bell, host: &str) -> String {
    bell.post("/v2/booking-calendars", json!({"host": host, "name": "Demos"})).await.at("/id")
}

#[tokio::test]
async fn contacts_are_found_by_address_and_time() {
    for bell in [Bell::start(CLOSED).await, Bell::start_on_file(CLOSED).await] {
        let seeded = bell.get("/v2/contacts").await.at("/data/0/id");
        let (one, two) =
            (contact(&bell, "one@guest.example").await, contact(&bell, "Zoë+2@guest.example").await);
        let (first, second) = (one.at("/id"), two.at("/id"));
        a_moment().await;
        let changed =
            bell.call("PATCH", &format!("/v2/contacts/{first}"), Some(json!({"city": "Cork"}))).await;
        let (made, updated) = (one.at("/creation_time"), changed.at("/last_updated_time"));
        let all = [&second, &first, &seeded].map(String::clone).to_vec();
        for (query, found) in [
            ("email=one@guest.example".to_owned(), vec![first.clone()]),
            ("email=ONE%40GUEST.example".into(), vec![first.clone()]),
            ("email=zo%C3%8B%2B2@guest.example".into(), vec![second.clone()]),
            ("email=nobody".into(), vec![]),
            ("email=".into(), all.clone()),
            (format!("creation_time.gt={made}"), vec![second.clone()]),
            (format!("creation_time.lt={made}"), vec![seeded.clone()]),
            (format!("last_updated_time.gt={}", two.at("/last_updated_time")), vec![first.clone()]),
            (format!("last_updated_time.lt={updated}"), vec![second.clone(), seeded.clone()]),
            (format!("creation_time.gt={made}&creation_time.lt={made}"), vec![]),
            (format!("creation_time.gt={made}&email=one@guest.example"), vec![]),
            ("creation_time.gt=2026-01-01&last_updated_time.lt=2099-01-01".into(), all.clone()),
        ] {
            assert_eq!(ids(&bell.get(&format!("/v2/contacts?{query}")).await), found, "{query}");
        }
    }
}

#[tokio::test]
async fn a_time_has_up_to_nine_digits_of_fraction() {
    let bell = Bell::start(CLOSED).await;
    let path = "/v2/contacts?last_updated_time.gt=2026-01-01T00:00:00";
    for fraction in ["", ".1", ".123", ".123456", ".123456789"] {
        for zone in ["Z", "%2B00:00", "-05:30"] {
            assert_eq!(ids(&bell.get(&format!("{path}{fraction}{zone}")).await).len(), 1, "{fraction}{zone}");
        }
    }
}

#[tokio::test]
async fn pages_under_a_filter_keep_it() {
    let bell = Bell::start_on_file(CLOSED).await;
    let mut wanted = Vec::new();
    for at in 0..5 {
        wanted.push(contact(&bell, &format!("w{at}@guest.example")).await.at("/id"));
    }
    let since =
        bell.get("/v2/contacts").await.json()["data"][5]["creation_time"].as_str().unwrap().to_owned();
    wanted.reverse();
    let path = format!("/v2/contacts?email=&creation_time.gt={since}&creation_time.lt&limit=2");
    let (mut seen, mut next) = (Vec::new(), path);
    loop {
        let page = bell.get(&next).await;
        seen.extend(ids(&page));
        let link = page.header("link").unwrap_or_default().to_owned();
        assert_eq!(page.at("/has_more"), link.contains("rel=\"next\"").to_string());
        let Some((url, _)) = link.split_once(">; rel=\"next\"") else { break };
        next = url[url.find("/v2").unwrap()..].to_owned();
        assert!(next.contains("creation_time.gt=") && next.contains("limit=2"), "{next}");
        assert!(
            !next.contains("email") && !next.contains("creation_time.lt"),
            "nothing that is empty: {next}"
        );
    }
    assert_eq!(seen, wanted);
    let before = format!("/v2/contacts?creation_time.gt={since}&before={}&limit=2", wanted[3]);
    assert_eq!(ids(&bell.get(&before).await), wanted[1..3]);
    let elsewhere = format!("/v2/contacts?email=w0@guest.example&after={}", wanted[0]);
    assert_eq!(
        ids(&bell.get(&elsewhere).await),
        wanted[4..],
        "a cursor may be one that the filter leaves out"
    );
}

#[tokio::test]
async fn users_teams_and_calendars_are_found_by_whom_they_name() {
    for bell in [Bell::start(CLOSED).await, Bell::start_on_file(CLOSED).await] {
        let team = bell.get("/v2/teams").await.at("/data/0/id");
        let seeded = ids(&bell.get("/v2/users").await);
        let calendars = ids(&bell.get("/v2/booking-calendars").await);
        let (member, loner) = (
            user(&bell, "Member@host.example", &[&team]).await,
            user(&bell, "loner@host.example", &[]).await,
        );
        let (theirs, alone) = (calendar(&bell, &member).await, calendar(&bell, &loner).await);
        let of_team = [vec![theirs.clone()], calendars.clone()].concat();
        for (path, found) in [
            ("/v2/users?email=member@HOST.example".to_owned(), vec![member.clone()]),
            ("/v2/users?email=nobody@host.example".into(), vec![]),
            ("/v2/users?email=".into(), [vec![loner.clone(), member.clone()], seeded.clone()].concat()),
            (format!("/v2/teams?user={member}"), vec![team.clone()]),
            (format!("/v2/teams?user={loner}"), vec![]),
            ("/v2/teams?user=USR-0000000000".into(), vec![]),
            ("/v2/teams?user=".into(), vec![team.clone()]),
            (format!("/v2/booking-calendars?host={loner}"), vec![alone.clone()]),
            (format!("/v2/booking-calendars?host={team}"), of_team),
            (format!("/v2/booking-calendars?host={}&limit=1", seeded[0]), vec![calendars[0].clone()]),
            ("/v2/booking-calendars?host=USR-0000000000".into(), vec![]),
            ("/v2/booking-calendars?host=TM-000000000000".into(), vec![]),
            (
                "/v2/booking-calendars?host=".into(),
                [vec![alone.clone(), theirs.clone()], calendars.clone()].concat(),
            ),
        ] {
            assert_eq!(ids(&bell.get(&path).await), found, "{path}");
        }
        let (_, stranger) = bell.account("other@bell.example").await;
        for path in [format!("/v2/teams?user={member}"), format!("/v2/booking-calendars?host={loner}")] {
            assert!(ids(&bell.call_as(&stranger, "GET", &path, None).await).is_empty(), "A-099: {path}");
        }
    }
}

#[tokio::test]
async fn a_team_of_more_members_than_a_page_has_hosts_what_each_of_them_does() {
    let bell = Bell::start(CLOSED).await;
    let team = bell.get("/v2/teams").await.at("/data/0/id");
    let mut last = String::new();
    for at in 0..102 {
        last = user(&bell, &format!("m{at}@host.example"), &[&team]).await;
    }
    let first = ids(&bell.get("/v2/users?email=m0@host.example").await).remove(0);
    let made = [calendar(&bell, &first).await, calendar(&bell, &last).await];
    let found = ids(&bell.get(&format!("/v2/booking-calendars?host={team}")).await);
    assert!(made.iter().all(|id| found.contains(id)), "the first member and the last: {found:?}");
}

#[tokio::test]
async fn booking_pages_are_found_by_what_they_are_linked_to() {
    for bell in [Bell::start(CLOSED).await, Bell::start_on_file(CLOSED).await] {
        let seeded = ids(&bell.get("/v2/booking-pages").await);
        let users = ids(&bell.get("/v2/users").await);
        let post = async |path: &str, body: Value| {
            let made = bell.post(path, body).await;
            assert_eq!(made.status, 201, "{}", made.text());
            made.at("/id")
        };
        let master = post("/v2/master-pages", json!({"name": "Harbour"})).await;
        let kind = post("/v2/event-types", json!({"name": "Site visit"})).await;
        let body =
            json!({"user": users[0], "name": "North", "master_pages": [master], "event_types": [kind]});
        let north = post("/v2/booking-pages", body).await;
        let south =
            post("/v2/booking-pages", json!({"user": users[1], "name": "South", "master_pages": [master]}))
                .await;
        for (query, found) in [
            (format!("master_page={master}"), vec![south.clone(), north.clone()]),
            (format!("event_type={kind}"), vec![north.clone()]),
            (format!("master_page={master}&user={}", users[1]), vec![south.clone()]),
            (format!("event_type={kind}&user={}", users[1]), vec![]),
            ("master_page=MP-0000000000".into(), vec![]),
            (
                "master_page=&event_type=&user=".into(),
                [vec![south.clone(), north.clone()], seeded.clone()].concat(),
            ),
        ] {
            assert_eq!(ids(&bell.get(&format!("/v2/booking-pages?{query}")).await), found, "{query}");
        }
    }
}

#[tokio::test]
async fn a_bad_filter_is_refused_in_the_vendors_words() {
    let bell = Bell::start(CLOSED).await;
    let turned = |field: &str| {
        let query = format!("{field}.gt=2026-02-02&{field}.lt=2026-01-01");
        (query, format!("{field}.gt"), format!("{field}.gt cannot be later than {field}.lt"))
    };
    let date = |field: &str| {
        let query = format!("{field}=2025-13-45T99:99:99Z");
        (query, field.to_owned(), "Invalid date: 2025-13-45T99:99:99Z".to_owned())
    };
    let of_both = [turned("creation_time"), turned("last_updated_time")].into_iter();
    let dates =
        ["creation_time.gt", "creation_time.lt", "last_updated_time.gt", "last_updated_time.lt"].map(date);
    let of_both: Vec<_> = of_both.chain(dates).collect();
    let status = ("status=Scheduled".to_owned(), "status".to_owned(), "Invalid string: Scheduled".to_owned());
    let of_bookings = [turned("starting_time"), date("starting_time.gt"), date("starting_time.lt"), status];
    for (path, refusals) in
        [("/v2/contacts", of_both.clone()), ("/v2/bookings", of_both), ("/v2/bookings", of_bookings.to_vec())]
    {
        for (query, param, message) in refusals {
            let answer = bell.get(&format!("{path}?{query}")).await;
            let told = (answer.status, answer.at("/type"), answer.at("/param"), answer.at("/message"));
            assert_eq!(
                told,
                (400, "invalid_request_error".into(), param, message),
                "E6, E7, E9: {path}?{query}"
            );
        }
    }
}
