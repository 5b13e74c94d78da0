//! `GET /v2/notifications/sms`: an account that has sent nothing (wire contract, 11.3).

use crate::bell::{Bell, CLOSED};
use serde_json::json;

const PATH: &str = "/v2/notifications/sms";

#[tokio::test]
async fn nothing_was_sent() {
    let bell = Bell::start(CLOSED).await;
    let queries = [
        "",
        "?limit=100&recipient=CTC-7W3PLX90DK&recipient_type=contact&expand=recipient",
        "?recipient_type=user&expand=data.recipient&creation_time.gt=2026-01-01&creation_time.lt=2026-02-01",
    ];
    for query in queries {
        let list = bell.get(&format!("{PATH}{query}")).await;
        assert_eq!(
            (list.status, list.json()),
            (200, json!({"object": "list", "data": [], "has_more": false}))
        );
        assert_eq!(list.header("link"), None);
    }
}

#[tokio::test]
async fn a_plan_without_an_api_has_no_notifications() {
    let bell = Bell::start(CLOSED).await;
    bell.call("PATCH", "/v2/sandbox/settings", Some(json!({"plan": "no_api"}))).await;
    let refused = bell.get(PATH).await;
    assert_eq!((refused.status, refused.at("/type")), (403, "authentication_error".into()), "E3");
    assert_eq!(
        refused.text(),
        bell.get("/v2/test").await.text(),
        "as on the other call that asks for the plan"
    );
}

#[tokio::test]
async fn its_parameters_are_refused_in_the_vendors_words() {
    let bell = Bell::start(CLOSED).await;
    let turned = "creation_time.gt=2026-02-01&creation_time.lt=2026-01-01";
    let cases = [
        ("E4", "limit=500", "limit", "Out of range value: 500. Please provide a number between 1 and 100."),
        ("E5", "after=a&before=b", "", "Received both before and after parameters. Please provide only one."),
        ("E7", turned, "creation_time.gt", "creation_time.gt cannot be later than creation_time.lt"),
        ("E8", "expand=invalid_property", "expand", "This property cannot be expanded: invalid_property"),
        ("E9", "recipient_type=customer", "recipient_type", "Invalid string: customer"),
        ("", "after=SMS-1", "after", "No such object in this list: 'SMS-1'"),
        ("E55", "start_date=1", "start_date", "Received unknown parameter: start_date"),
    ];
    for (row, query, param, message) in cases {
        let answer = bell.get(&format!("{PATH}?{query}")).await;
        let blamed = answer.json().get("param").map_or(String::new(), |_| answer.at("/param"));
        assert_eq!(
            (answer.status, blamed.as_str(), answer.at("/message").as_str()),
            (400, param, message),
            "{row}"
        );
    }
}
