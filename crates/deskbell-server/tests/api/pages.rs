//! Booking pages, event types and master pages of the vendor's classic product (wire contract, 5.2 and 10.1).

use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use serde_json::{Value, json};

/// Path, the vendor's word and `object`.
const NOUNS: [(&str, &str, &str); 3] = [
    ("/v2/booking-pages", "booking page", "booking_page"),
    ("/v2/event-types", "event type", "event_type"),
    ("/v2/master-pages", "master page", "master_page"),
];

fn told(answer: &Answer) -> (u16, String, String) {
    (answer.status, answer.at("/message"), answer.at("/param"))
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_fresh_sandbox_has_one_of_each_in_the_vendors_shape() {
    let bell = Bell::start_on_file(CLOSED).await;
    let [page, kind, master] = [0, 1, 2].map(|at: usize| NOUNS[at].0);
    for (path, _, object) in NOUNS {
        let list = bell.get(path).await;
        assert_eq!(
            (list.status, list.at("/object"), list.at("/has_more")),
            (200, "list".into(), "false".into())
        );
        let all = list.json()["data"].as_array().unwrap().clone();
        assert_eq!((all.len(), &all[0]["object"]), (1, &json!(object)));
        let one = bell.get(&format!("{path}/{}", all[0]["id"].as_str().unwrap())).await;
        assert_eq!((one.status, &one.json()), (200, &all[0]));
    }
    let first = async |path: &str| bell.get(path).await.json()["data"][0].clone();
    let (page, kind, master) = (first(page).await, first(kind).await, first(master).await);
    assert_eq!(keys(&page), ["active", "id", "label", "name", "object", "timezone", "url"]);
    assert_eq!(keys(&kind), ["description", "id", "label", "name", "object"]);
    assert_eq!(keys(&master), ["active", "id", "label", "name", "object", "url"]);
    for (object, prefix) in [(&page, "BP-"), (&kind, "ET-"), (&master, "MP-")] {
        let id = object["id"].as_str().unwrap();
        assert!(id.len() == 13 && id.starts_with(prefix), "{id}");
    }
    assert_eq!(page["url"], format!("https://book.deskbell.test/{}", page["id"].as_str().unwrap()));
    assert_eq!((&page["active"], &page["timezone"]), (&json!(true), &json!("Europe/Lisbon")));
}

#[tokio::test]
async fn each_is_made_and_changed() {
    let bell = Bell::start_on_file(CLOSED).await;
    let user = bell.get("/v2/users").await.at("/data/0/id");
    let (kind, master) = (
        bell.get("/v2/event-types").await.at("/data/0/id"),
        bell.get("/v2/master-pages").await.at("/data/0/id"),
    );
    let cases = [
        (
            "/v2/booking-pages",
            json!({"user": user, "name": " Garden survey ", "master_pages": [master], "event_types": [kind]}),
            json!({"object": "booking_page", "name": "Garden survey", "label": "Garden survey", "active": true,
                "timezone": "America/New_York"}),
            json!({"label": "SurveyNorth", "active": false, "timezone": "Europe/Dublin"}),
        ),
        (
            "/v2/event-types",
            json!({"name": "Site visit"}),
            json!({"object": "event_type", "name": "Site visit", "label": "Site visit", "description": ""}),
            json!({"label": "visit", "description": "Forty minutes on the plot."}),
        ),
        (
            "/v2/master-pages",
            json!({"name": "Harbour Gardens", "label": "harbour"}),
            json!({"object": "master_page", "name": "Harbour Gardens", "label": "harbour", "active": true}),
            json!({"name": "Harbour", "active": false}),
        ),
    ];
    for (path, given, mut expected, change) in cases {
        let made = bell.post(path, given).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let id = made.at("/id");
        expected["id"] = json!(id);
        if path != "/v2/event-types" {
            expected["url"] = json!(format!("https://book.deskbell.test/{id}"));
        }
        assert_eq!(made.json(), expected);
        assert_eq!(bell.get(path).await.at("/data/0/id"), id, "newest first");
        let at = format!("{path}/{id}");
        let changed = bell.call("PATCH", &at, Some(change.clone())).await;
        for (field, value) in change.as_object().unwrap() {
            expected[field] = value.clone();
        }
        assert_eq!((changed.status, changed.json()), (200, expected.clone()));
        assert_eq!(bell.get(&at).await.json(), expected);
        let empty = bell.call("PATCH", &at, Some(json!({}))).await;
        assert_eq!(empty.refusal(), (400, "body".into(), "body_required".into()));
    }
}

#[tokio::test]
async fn what_a_booking_page_names_must_be_there() {
    let bell = Bell::start(CLOSED).await;
    let user = bell.get("/v2/users").await.at("/data/0/id");
    let page = format!("/v2/booking-pages/{}", bell.get("/v2/booking-pages").await.at("/data/0/id"));
    let (_, other) = bell.account("other@bell.example").await;
    let theirs = bell.call_as(&other, "GET", "/v2/master-pages", None).await.at("/data/0/id");
    for (field, value, message) in [
        ("user", json!("USR-1"), "No such user: 'USR-1'".to_owned()),
        ("master_pages", json!(["MP-1"]), "No such master page: 'MP-1'".to_owned()),
        ("master_pages", json!([theirs]), format!("No such master page: '{theirs}'")),
        ("event_types", json!(["ET-1"]), "No such event type: 'ET-1'".to_owned()),
    ] {
        let mut new = json!({"user": user, "name": "Survey"});
        new[field] = value.clone();
        let refused = (404, message, field.to_owned());
        assert_eq!(told(&bell.post("/v2/booking-pages", new).await), refused);
        assert_eq!(told(&bell.call("PATCH", &page, Some(json!({ field: value }))).await), refused);
    }
    let many = json!({"event_types": vec!["ET-1"; 101]});
    let answer = bell.call("PATCH", &page, Some(many)).await;
    assert_eq!(answer.refusal(), (400, "event_types".into(), "fields_too_many".into()));
    let nameless = bell.post("/v2/booking-pages", json!({"name": "Survey"})).await;
    assert_eq!(told(&nameless), (400, "Required fields are missing.".into(), "user".into()));
}

#[tokio::test]
async fn of_a_deleted_one_the_id_is_left() {
    let bell = Bell::start_on_file(CLOSED).await;
    for (path, noun, object) in NOUNS {
        let unknown = bell.get(&format!("{path}/123")).await;
        assert_eq!(told(&unknown), (404, format!("No such {noun}: '123'"), "id".into()), "E12 to E14");
        let id = bell.get(path).await.at("/data/0/id");
        let at = format!("{path}/{id}");
        let gone = bell.call("DELETE", &at, None).await;
        assert_eq!((gone.status, gone.json()), (200, json!({"id": id, "deleted": true})));
        assert_eq!(bell.get(&at).await.json(), json!({"id": id, "object": object, "deleted": true}));
        assert_eq!(bell.get(path).await.json()["data"], json!([]), "a deleted one is never listed");
        let refused = (404, format!("No such {noun}: '{id}'"), "id".to_owned());
        assert_eq!(told(&bell.call("DELETE", &at, None).await), refused);
        assert_eq!(told(&bell.call("PATCH", &at, Some(json!({"name": "Again"}))).await), refused);
    }
}
