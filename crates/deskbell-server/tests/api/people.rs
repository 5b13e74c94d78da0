//! Users, teams and contacts (wire contract, 1, 5.2, 9.1 and 11).

mod contact;
mod contact_refusals;
mod sandbox_user;
mod user;
mod user_refusals;

use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use serde_json::{Value, json};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Status, type, message and `param` of a refusal.
type Refusal = (u16, String, String, Option<String>);

/// A refusal of the vendor's: all of it, but for our own `code`.
fn vendors(answer: &Answer) -> Refusal {
    let param = answer.json()["param"].as_str().map(str::to_owned);
    (answer.status, answer.at("/type"), answer.at("/message"), param)
}

/// A refusal that blames `param`.
fn refused(status: u16, message: impl Into<String>, param: &str) -> Refusal {
    (status, "invalid_request_error".into(), message.into(), Some(param.into()))
}

/// A refusal that blames no field.
fn refused_whole(status: u16, message: &str) -> Refusal {
    (status, "invalid_request_error".into(), message.into(), None)
}

/// Status, message and `param` of a refusal.
fn told(answer: &Answer) -> (u16, String, String) {
    (answer.status, answer.at("/message"), answer.at("/param"))
}

async fn patch(bell: &Bell, path: &str, body: Value) -> Answer {
    bell.call("PATCH", path, Some(body)).await
}

#[tokio::test]
async fn users_and_teams_have_the_vendors_shapes() {
    let bell = Bell::start_on_file(CLOSED).await;
    let users = bell.get("/v2/users").await;
    assert_eq!(
        (users.status, users.at("/object"), users.at("/has_more")),
        (200, "list".into(), "false".into())
    );
    let user = users.json()["data"][1].clone();
    assert_eq!(
        keys(&user),
        ["email", "first_name", "id", "last_name", "object", "role_name", "status", "teams", "timezone"]
    );
    assert_eq!(
        (&user["object"], &user["status"], &user["role_name"]),
        (&json!("user"), &json!("active"), &json!("Account Owner"))
    );
    assert_eq!(user["timezone"], "Europe/Lisbon");
    let id = user["id"].as_str().unwrap();
    assert_eq!(bell.get(&format!("/v2/users/{id}")).await.json(), user);
    let teams = bell.get("/v2/teams").await.json();
    let team = teams["data"][0].clone();
    assert_eq!(keys(&team), ["id", "name", "object"]);
    assert_eq!((&team["object"], &user["teams"][0]), (&json!("team"), &team["id"]));
    let id = team["id"].as_str().unwrap();
    assert_eq!(bell.get(&format!("/v2/teams/{id}")).await.json(), team);
    for (path, noun) in [
        ("/v2/users", "user"),
        ("/v2/teams", "team"),
        ("/v2/contacts", "contact"),
        ("/v2/booking-calendars", "booking calendar"),
    ] {
        let unknown = bell.get(&format!("{path}/123")).await;
        assert_eq!(told(&unknown), (404, format!("No such {noun}: '123'"), "id".into()));
    }
}
