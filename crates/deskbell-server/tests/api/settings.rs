//! Settings of the sandbox, and what the vendor says in the states that they make (vendor's texts: wire contract, 9.1).

use crate::bell::{Bell, CLOSED, now};
use crate::client::Answer;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::id::AccountId;
use deskbell_core::sandbox::Sandbox;
use deskbell_server::door::SystemRandom;
use serde_json::{Value, json};

const PATH: &str = "/v2/sandbox/settings";

async fn set(bell: &Bell, change: Value) {
    let changed = bell.call("PATCH", PATH, Some(change)).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
}

/// Status, type, message, parameter and code of a refusal.
fn told(answer: &Answer) -> (u16, String, String, Option<String>, String) {
    let param = answer.json()["param"].as_str().map(str::to_owned);
    (answer.status, answer.at("/type"), answer.at("/message"), param, answer.at("/code"))
}

fn refusal(
    status: u16,
    kind: &str,
    message: &str,
    code: &str,
) -> (u16, String, String, Option<String>, String) {
    (status, kind.into(), message.into(), None, code.into())
}

#[tokio::test]
async fn settings_begin_with_defaults_and_change_in_what_is_given() {
    let defaults = json!({"object": "sandbox_settings", "plan": "full", "user_limit": 500,
        "custom_field_library": ["crm_id", "tier"], "fault": null});
    for bell in [Bell::start(CLOSED).await, Bell::start_on_file(CLOSED).await] {
        assert_eq!(bell.get(PATH).await.json(), defaults);
        set(&bell, json!({"plan": "below_route", "fault": "create_user"})).await;
        let library = json!({"custom_field_library": [" region ", "crm_id", "region"], "user_limit": 1});
        set(&bell, library).await;
        let mut expected = json!({"object": "sandbox_settings", "plan": "below_route", "user_limit": 1,
            "custom_field_library": ["region", "crm_id"], "fault": "create_user"});
        assert_eq!(bell.get(PATH).await.json(), expected);
        set(&bell, json!({"fault": null})).await;
        expected["fault"] = Value::Null;
        assert_eq!(bell.get(PATH).await.json(), expected);
        let (_, other) = bell.account("other@bell.example").await;
        assert_eq!(bell.call_as(&other, "GET", PATH, None).await.json(), defaults, "A-099");
    }
}

#[tokio::test]
async fn settings_that_are_none_are_refused() {
    let bell = Bell::start(CLOSED).await;
    let before = bell.get(PATH).await.json();
    for (param, body, code) in [
        ("body", json!({}), "body_required"),
        ("plan", json!({"plan": "free"}), "value_invalid"),
        ("plan", json!({"plan": null}), "field_required"),
        ("user_limit", json!({"user_limit": 0}), "integer_out_of_range"),
        ("user_limit", json!({"user_limit": 501}), "integer_out_of_range"),
        ("custom_field_library", json!({"custom_field_library": vec!["x"; 101]}), "fields_too_many"),
        ("custom_field_library", json!({"custom_field_library": "crm_id"}), "type_mismatch"),
        ("custom_field_library", json!({"custom_field_library": ["x".repeat(256)]}), "text_too_long"),
        ("fault", json!({"fault": "everything"}), "value_invalid"),
        ("object", json!({"object": "sandbox_settings"}), "field_read_only"),
        ("colour", json!({"colour": "red"}), "unknown_field"),
    ] {
        let answer = bell.call("PATCH", PATH, Some(body.clone())).await;
        assert_eq!(answer.refusal(), (400, param.into(), code.into()), "{body}");
    }
    assert_eq!(bell.get(PATH).await.json(), before);
}

/// Before there were settings, a sandbox began without them.
#[tokio::test]
async fn an_account_of_before_has_the_defaults_and_can_change_them() {
    let bell = Bell::start_on_file(CLOSED).await;
    let id = AccountId::new(&SystemRandom);
    let account = Account {
        id: id.clone(),
        email: "old@bell.example".into(),
        created: now(),
        payload_style: PayloadStyle::default(),
        operator: false,
    };
    let sandbox = Sandbox { settings: Vec::new(), ..Sandbox::new(&id, &SystemRandom, now()) };
    bell.store.create_account(account, sandbox).await.unwrap();
    let key = bell.new_key(&id).await.text().expose().to_owned();
    let fresh = bell.get(PATH).await.json();
    assert_eq!(bell.call_as(&key, "GET", PATH, None).await.json(), fresh);
    let changed = bell.call_as(&key, "PATCH", PATH, Some(json!({"user_limit": 30}))).await;
    assert_eq!((changed.status, changed.at("/user_limit")), (200, "30".into()), "{}", changed.text());
    assert_eq!(bell.call_as(&key, "GET", PATH, None).await.json(), changed.json());
}

#[tokio::test]
async fn no_change_of_settings_is_lost_in_a_race() {
    let bell = Bell::start_on_file(CLOSED).await;
    let changes = [json!({"plan": "no_api"}), json!({"user_limit": 7}), json!({"fault": "create_user"})];
    futures::future::join_all(changes.map(|change| set(&bell, change))).await;
    let all = bell.get(PATH).await;
    assert_eq!(
        (all.at("/plan"), all.at("/user_limit"), all.at("/fault")),
        ("no_api".into(), "7".into(), "create_user".into())
    );
}

/// E3.
#[tokio::test]
async fn a_plan_without_an_api_says_so_when_the_key_is_checked() {
    let bell = Bell::start(CLOSED).await;
    let message = "Your account plan does not support API access. To use the OnceHub API, you must upgrade to the Enterprise plan.";
    for (plan, refused) in [("below_route", false), ("no_api", true), ("full", false)] {
        set(&bell, json!({"plan": plan})).await;
        let answer = bell.get("/v2/test").await;
        match refused {
            true => {
                assert_eq!(told(&answer), refusal(403, "authentication_error", message, "plan_insufficient"))
            }
            false => assert_eq!(answer.status, 200, "{plan}"),
        }
    }
}

/// E47 and E74.
#[tokio::test]
async fn a_call_that_is_made_to_fail_fails_until_the_setting_ends() {
    let bell = Bell::start(CLOSED).await;
    let user = async || {
        let body = json!({"first_name": "Bo", "last_name": "Li", "email": "bo@northwind.example"});
        bell.post("/v2/users", body).await
    };
    let contact = format!("/v2/contacts/{}", bell.get("/v2/contacts").await.at("/data/0/id"));
    let change = async || bell.call("PATCH", &contact, Some(json!({"city": "Galway"}))).await;
    let unexpected = "An unexpected error occurred. Please try again later.";
    let internal = "An internal error occurred while processing your request";
    set(&bell, json!({"fault": "create_user"})).await;
    assert_eq!(told(&user().await), refusal(500, "api_error", unexpected, "fault_forced"));
    assert_eq!(change().await.status, 200, "the other call works");
    set(&bell, json!({"fault": "change_contact"})).await;
    assert_eq!(told(&change().await), refusal(500, "api_error", internal, "fault_forced"));
    assert_eq!(bell.get("/v2/users").await.json()["data"].as_array().unwrap().len(), 2, "nobody was made");
    set(&bell, json!({"fault": null})).await;
    assert!(user().await.status < 300 && change().await.status == 200);
}
