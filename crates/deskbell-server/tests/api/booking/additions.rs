//! What a booking can be told beyond the vendor's body, and what the vendor refuses of it then: a payment, who made it, the
//! campaign that brought the guest (wire contract, 5 and 10.1).

use super::guest::{calendars, form, read, reschedule, slot, step};
use crate::bell::{Bell, CLOSED, OPEN};
use crate::client::Answer;
use serde_json::{Value, json};

async fn ask(bell: &Bell, field: &str, value: &Value) -> Answer {
    let (calendar, _) = calendars(bell).await;
    let mut body = form(&slot(bell, &calendar).await);
    body[field] = value.clone();
    bell.post(&format!("/v2/booking-calendars/{calendar}/schedule"), body).await
}

async fn book_with(bell: &Bell, field: &str, value: Value) -> String {
    let booked = ask(bell, field, &value).await;
    assert_eq!(booked.status, 200, "{}", booked.text());
    booked.at("/id")
}

fn payment() -> Value {
    json!({"amount_charged": 4_500, "currency": "EUR", "transaction_id": "ch_3PkW9QJm2eZvKYlo1a8ZrT7u"})
}

/// E21 and E22.
#[tokio::test]
async fn no_call_of_the_vendor_calls_a_paid_booking_off() {
    let bell = Bell::start_on_file(CLOSED).await;
    let id = book_with(&bell, "payment_information", payment()).await;
    let before = read(&bell, &id).await;
    assert_eq!(before["payment_information"], payment());
    for (call, message) in [
        (
            "cancel",
            "Paid bookings cannot be canceled through this endpoint. Please login to OnceHub and use the Activity Stream to cancel paid bookings.",
        ),
        (
            "request-reschedule",
            "Paid bookings can only be requested for reschedule in your OnceHub account. Log in and use the activity stream to submit a reschedule request for this booking.",
        ),
    ] {
        let answer = bell.post(&format!("/v2/bookings/{id}/{call}"), json!({})).await;
        let refusal = json!({"type": "invalid_request_error", "message": message, "code": "booking_paid"});
        assert_eq!((answer.status, answer.json()), (422, refusal));
        let shown = bell.get(&format!("/v2/bookings/{id}?expand=actions")).await.json();
        let action =
            shown["actions"].as_array().unwrap().iter().find(|action| action["name"] == call).unwrap();
        assert_eq!(action["allowed"], false, "{action}");
    }
    assert_eq!(read(&bell, &id).await, before, "nothing happened");
    let (_, elsewhere) = calendars(&bell).await;
    let moved = reschedule(&bell, &id, &elsewhere).await;
    let (old, new) = (read(&bell, &id).await, read(&bell, &moved).await);
    assert_eq!(
        (&old["status"], &old["payment_information"]),
        (&json!("canceled"), &payment()),
        "a guest may"
    );
    assert_eq!(new["payment_information"], payment());
    let again = bell.post(&format!("/v2/bookings/{id}/cancel"), json!({})).await;
    assert_eq!(again.at("/code"), "booking_state", "its state is told first");
}

#[tokio::test]
async fn a_booking_that_an_administrator_made_shows_no_form() {
    let bell = Bell::start_on_file(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    bell.webhook("all", &url, &["booking"]).await;
    let mut made = Vec::new();
    for style in ["current", "expanded"] {
        let changed = bell.call("PATCH", "/v2/account", Some(json!({"payload_style": style}))).await;
        assert_eq!(changed.status, 200);
        made.push(book_with(&bell, "made_by", json!("administrator")).await);
    }
    for request in bell.captured(&inbox, 2).await {
        let event: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
        assert_eq!(event["data"]["form_submission"], Value::Null, "{event}");
    }
    for id in made {
        let shown = read(&bell, &id).await;
        assert_eq!(shown["form_submission"], Value::Null);
        assert_eq!(shown["attendees"][1], "tomas@corrib.example", "the guest is known all the same");
    }
    let by_guest = book_with(&bell, "made_by", json!("guest")).await;
    assert_eq!(read(&bell, &by_guest).await["form_submission"]["name"], "Tomás Healy");
}

#[tokio::test]
async fn a_booking_stands_in_the_calendar_that_its_host_has_connected() {
    let bell = Bell::start(CLOSED).await;
    let first = book_with(&bell, "made_by", json!("guest")).await;
    let booked = read(&bell, &first).await;
    let email = &booked["attendees"][0];
    let event = first.trim_start_matches("BKNG-").to_lowercase();
    let google = json!({"type": "google", "name": email, "id": email, "event_id": event});
    assert_eq!(booked["external_calendar"], google);
    let host = format!("/v2/sandbox/users/{}", booked["owner"].as_str().unwrap());
    for kind in ["exchange", "office_365", "icloud", "none"] {
        let set = bell.call("PATCH", &host, Some(json!({"external_calendar": kind}))).await;
        assert_eq!((set.status, set.at("/external_calendar")), (200, kind.into()), "{}", set.text());
        let id = book_with(&bell, "made_by", json!("guest")).await;
        let calendar = read(&bell, &id).await["external_calendar"].clone();
        assert_eq!((calendar["type"].as_str(), calendar["id"].is_null()), (Some(kind), kind == "none"));
    }
    assert_eq!(
        read(&bell, &first).await["external_calendar"],
        google,
        "what was booked before stays where it is"
    );
}

#[tokio::test]
async fn the_audience_of_a_bookings_conversation_can_be_expanded() {
    let bell = Bell::start(CLOSED).await;
    let talk = bell.post("/v2/conversations", json!({"audience": "Returning visitors"})).await;
    let id = book_with(&bell, "conversation", json!(talk.at("/id"))).await;
    let plain = bell.get(&format!("/v2/bookings/{id}?expand=conversation")).await;
    assert_eq!(plain.at("/conversation/audience"), talk.at("/audience"));
    let expanded = bell.get(&format!("/v2/bookings/{id}?expand=conversation.audience")).await.json();
    let audience = json!({"id": talk.at("/audience"), "object": "audience", "name": "Returning visitors"});
    assert_eq!(expanded["conversation"]["audience"], audience);
}

#[tokio::test]
async fn utm_params_are_read_in_both_spellings_and_shown_in_one() {
    let bell = Bell::start(CLOSED).await;
    let none = json!({"source": null, "medium": null, "campaign": null, "term": null, "content": null});
    let with = |name: &str, value: &str| {
        let mut params = none.clone();
        params[name] = json!(value);
        params
    };
    for (given, shown) in [
        (json!({"source": " newsletter "}), with("source", "newsletter")),
        (json!({"utm_term": "bells"}), with("term", "bells")),
        (json!({"medium": "email", "utm_medium": "social"}), with("medium", "email")),
        (json!({"medium": null, "utm_medium": "social"}), with("medium", "social")),
        (json!({"source": "", "utm_colour": "red"}), Value::Null),
        (json!({}), Value::Null),
        (Value::Null, Value::Null),
    ] {
        let id = book_with(&bell, "utm_params", given.clone()).await;
        let shown_now = read(&bell, &id).await["utm_params"].clone();
        assert_eq!(shown_now, shown, "{given}");
        step(&bell, &id, "cancel", json!({})).await;
    }
}

#[tokio::test]
async fn additions_that_are_none_are_refused() {
    let bell = Bell::start(CLOSED).await;
    let paid = |field: &str, value: Value| {
        let mut payment = payment();
        payment[field] = value;
        payment
    };
    for (param, field, value, code) in [
        ("made_by", "made_by", json!("nobody"), "value_invalid"),
        ("payment_information", "payment_information", json!("EUR 45"), "type_mismatch"),
        (
            "payment_information.amount_charged",
            "payment_information",
            paid("amount_charged", json!(-1)),
            "integer_out_of_range",
        ),
        (
            "payment_information.amount_charged",
            "payment_information",
            paid("amount_charged", json!(100_000_000)),
            "integer_out_of_range",
        ),
        (
            "payment_information.currency",
            "payment_information",
            paid("currency", json!("euro")),
            "value_invalid",
        ),
        (
            "payment_information.currency",
            "payment_information",
            paid("currency", json!("eur")),
            "value_invalid",
        ),
        (
            "payment_information.transaction_id",
            "payment_information",
            paid("transaction_id", json!("x".repeat(256))),
            "text_too_long",
        ),
        ("payment_information.fee", "payment_information", paid("fee", json!(1)), "unknown_field"),
        ("utm_params.source", "utm_params", json!({"source": "x".repeat(256)}), "text_too_long"),
        ("utm_params.utm_term", "utm_params", json!({"utm_term": 5}), "type_mismatch"),
    ] {
        let answer = ask(&bell, field, &value).await;
        assert_eq!(answer.refusal(), (400, param.into(), code.into()), "{value}");
    }
    let most = paid("amount_charged", json!(99_999_999));
    let id = book_with(&bell, "payment_information", most.clone()).await;
    assert_eq!(read(&bell, &id).await["payment_information"], most);
}
