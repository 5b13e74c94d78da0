//! `/v2/why`: each verdict, driven out of the real server.

use crate::bell::{Bell, CLOSED, now};
use crate::client::Answer;
use serde_json::{Value, json};

const QUICK: &[(&str, &str)] =
    &[("DESKBELL_API__RATE_LIMIT", "off"), ("DESKBELL_DELIVERY__RETRY_SCHEDULE", "20ms,20ms")];
const PATIENT: &[(&str, &str)] =
    &[("DESKBELL_API__RATE_LIMIT", "off"), ("DESKBELL_DELIVERY__RETRY_SCHEDULE", "1h,1h")];

async fn post(bell: &Bell, kind: &str) -> String {
    bell.post("/v2/events", json!({"type": kind, "data": {"object": "booking"}})).await.at("/id")
}

async fn why(bell: &Bell, event: &str, webhook: &str) -> Value {
    let answer = bell.get(&format!("/v2/why?event={event}&webhook={webhook}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    assert_eq!(
        (&answer["object"], &answer["event"], &answer["webhook"]),
        (&json!("why"), &json!(event), &json!(webhook))
    );
    assert_eq!(answer["steps"].as_array().unwrap().len(), 5, "always all steps");
    answer
}

/// Waits until the event's one delivery is as `wanted`.
async fn until(bell: &Bell, event: &str, wanted: impl Fn(&Answer) -> bool) {
    bell.until(&format!("/v2/deliveries?event={event}"), wanted).await;
}

fn states(why: &Value) -> Vec<&str> {
    why["steps"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect()
}

fn rules_out(why: &Value, reason: &str) -> bool {
    why["ruled_out"].as_array().unwrap().contains(&json!(reason))
}

#[track_caller]
fn says(why: &Value, verdict: &str, words: &[&str]) {
    assert_eq!(why["verdict"], verdict, "{why:#}");
    let said = format!("{} {}", why["sentence"].as_str().unwrap(), why["reason"].as_str().unwrap());
    for word in words {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
}

#[tokio::test]
async fn delivered_on_which_try() {
    let bell = Bell::start_on_file(QUICK).await;
    let (_, url) = bell.inbox(&[200, 500, 204]).await;
    let (webhook, _) = bell.webhook("CRM sync", &url, &["booking"]).await;
    let first = post(&bell, "booking.scheduled").await;
    until(&bell, &first, |answer| answer.at("/data/0/status") == "delivered").await;
    let answer = why(&bell, &first, &webhook).await;
    says(&answer, "delivered", &["Delivered on the first try in ", "They answered 200."]);
    assert_eq!(states(&answer), ["done"; 5]);
    assert_eq!(answer["delivery"]["status"], "delivered");
    assert_eq!(answer["nearest"], json!(null));
    for reason in ["gave up", "still retrying", "blocked address", "not subscribed", "never produced"] {
        assert!(rules_out(&answer, reason), "{reason}: {answer:#}");
    }
    let second = post(&bell, "booking.canceled").await;
    until(&bell, &second, |answer| answer.at("/data/0/status") == "delivered").await;
    says(
        &why(&bell, &second, &webhook).await,
        "delivered",
        &["Delivered on the second try, ", " after the event.", "They answered 204."],
    );
}

#[tokio::test]
async fn on_its_way_and_when_the_next_try_is() {
    let bell = Bell::start_on_file(PATIENT).await;
    let (_, url) = bell.inbox(&[500]).await;
    let (webhook, _) = bell.webhook("CRM sync", &url, &["booking"]).await;
    let event = post(&bell, "booking.scheduled").await;
    until(&bell, &event, |answer| answer.at("/data/0/attempts") == "1").await;
    let answer = why(&bell, &event, &webhook).await;
    says(
        &answer,
        "on_its_way",
        &["It is still on its way: 1 try has failed, the next is at ", " UTC.", "They answered 500."],
    );
    assert_eq!(states(&answer), ["done", "done", "done", "done", "not_reached"]);
    assert!(!rules_out(&answer, "still retrying") && rules_out(&answer, "slowed down"), "{answer:#}");
    // The whole webhook rests: the event behind is held up by that, and the first one's own time comes long after it.
    let (_, busy) = bell.inbox(&[429]).await;
    let (slow, _) = bell.webhook("Slow", &busy, &["conversation"]).await;
    let event = bell.post("/v2/events", json!({"type": "conversation.closed", "data": {}})).await.at("/id");
    until(&bell, &event, |answer| answer.at("/data/0/attempts") == "1").await;
    let answer = why(&bell, &event, &slow).await;
    says(&answer, "on_its_way", &["1 try has failed, the next is at ", " UTC. ", "They answered 429."]);
    assert!(!answer.to_string().contains("because Slow"), "{answer:#}");
    let behind = bell.post("/v2/events", json!({"type": "conversation.closed", "data": {}})).await.at("/id");
    let answer = why(&bell, &behind, &slow).await;
    says(&answer, "on_its_way", &["the first try is at ", " UTC, because Slow is slowed down."]);
    assert!(!rules_out(&answer, "slowed down"), "{answer:#}");
}

#[tokio::test]
async fn gave_up_and_what_turned_it_off() {
    let bell = Bell::start_on_file(QUICK).await;
    let (_, url) = bell.inbox(&[500]).await;
    let (webhook, _) = bell.webhook("CRM sync", &url, &["booking"]).await;
    let event = post(&bell, "booking.scheduled").await;
    until(&bell, &event, |answer| answer.at("/data/0/status") == "failed").await;
    let answer = why(&bell, &event, &webhook).await;
    says(&answer, "gave_up", &["Gave up after 3 tries in ", "They answered 500.", "A retry by hand"]);
    assert_eq!(states(&answer), ["done", "done", "done", "done", "stopped"]);
    // Nothing had ever succeeded, so the webhook is off: what comes later is not owed at all.
    let later = post(&bell, "booking.scheduled").await;
    let answer = why(&bell, &later, &webhook).await;
    says(
        &answer,
        "disabled",
        &["It was never owed: CRM sync is turned off, because every try of an event had failed since "],
    );
    assert_eq!(states(&answer), ["done", "stopped", "not_reached", "not_reached", "not_reached"]);

    let (_, url) = bell.inbox(&[410]).await;
    let (gone, _) = bell.webhook("Gone", &url, &["conversation"]).await;
    let event = bell.post("/v2/events", json!({"type": "conversation.closed", "data": {}})).await.at("/id");
    until(&bell, &event, |answer| answer.at("/data/0/status") == "cancelled").await;
    says(&why(&bell, &event, &gone).await, "disabled", &["Turned off at ", "because they answered 410."]);
}

#[tokio::test]
async fn not_subscribed_and_the_nearest_match() {
    let bell = Bell::start_on_file(QUICK).await;
    let (_, url) = bell.inbox(&[200]).await;
    let triggers = ["booking.canceled", "booking.scheduled", "conversation.closed"];
    let (webhook, _) = bell.webhook("CRM sync", &url, &triggers).await;
    let (chat, _) = bell.webhook("Team chat", &url, &["booking"]).await;
    let event = post(&bell, "booking.rescheduled").await;
    until(&bell, &event, |answer| answer.at("/data/0/status") == "delivered").await;
    let answer = why(&bell, &event, &webhook).await;
    says(
        &answer,
        "not_subscribed",
        &[
            "It was never owed: CRM sync does not ask for booking.rescheduled.",
            "one other webhook was owed it",
            "To CRM sync nothing was sent",
        ],
    );
    let nearest = &answer["nearest"];
    assert_eq!(nearest["trigger"], "booking.scheduled");
    assert_eq!(nearest["webhook"], json!({"id": chat, "name": "Team chat"}));
    let compared = nearest["compared"].as_array().unwrap();
    assert_eq!(
        compared[0],
        json!({"what": "trigger", "event": "booking.rescheduled", "webhook": triggers.join(", "), "fits": false})
    );
    assert!(compared[1..].iter().all(|row| row["fits"] == true), "one thing differs: {nearest:#}");
    assert_eq!(answer["steps"][1]["sentence"], "It was owed to 1 webhook, and not to CRM sync.");
    assert!(!rules_out(&answer, "not subscribed") && rules_out(&answer, "paused"), "{answer:#}");
    // Asking for it afterwards does not make it owed, and the answer does not pretend that it was.
    let path = format!("/v2/webhooks/{webhook}");
    bell.call("PATCH", &path, Some(json!({"events": ["booking"]}))).await;
    let told = ["It was never owed: CRM sync did not ask for booking.rescheduled at that time."];
    says(&why(&bell, &event, &webhook).await, "not_subscribed", &told);
}

#[tokio::test]
async fn paused_before_the_event_and_while_it_waited() {
    let bell = Bell::start_on_file(PATIENT).await;
    let (_, url) = bell.inbox(&[500]).await;
    let (webhook, _) = bell.webhook("CRM sync", &url, &["booking"]).await;
    let waiting = post(&bell, "booking.scheduled").await;
    until(&bell, &waiting, |answer| answer.at("/data/0/attempts") == "1").await;
    let path = format!("/v2/webhooks/{webhook}");
    assert_eq!(bell.call("PATCH", &path, Some(json!({"status": false}))).await.status, 200);
    let answer = why(&bell, &waiting, &webhook).await;
    says(&answer, "paused", &["Called off at ", "CRM sync was paused after 1 try."]);
    let later = post(&bell, "booking.canceled").await;
    let answer = why(&bell, &later, &webhook).await;
    says(&answer, "paused", &["It was never owed: CRM sync is paused since "]);
    let step = answer["steps"][1]["sentence"].as_str();
    assert_eq!(step, Some("It was owed to no webhook, and not to CRM sync."), "it wanted it, and was off");
    assert_eq!(answer["nearest"]["compared"][1]["fits"], false, "{answer:#}");
    let other = bell.post("/v2/events", json!({"type": "conversation.closed", "data": {}})).await.at("/id");
    says(&why(&bell, &other, &webhook).await, "paused", &["It does not ask for conversation.closed either."]);
    // What it is later does not change what it was.
    bell.call("PATCH", &path, Some(json!({"status": true, "events": ["conversation"]}))).await;
    let answer = why(&bell, &later, &webhook).await;
    says(
        &answer,
        "paused",
        &["It was never owed: CRM sync was off at that time: paused at ", ", and turned on later."],
    );
    assert_eq!(answer["nearest"]["compared"][0]["fits"], true, "it asked for it: {answer:#}");
    let told = ["CRM sync was off at that time", "It did not ask for conversation.closed either."];
    says(&why(&bell, &other, &webhook).await, "paused", &told);
    says(&why(&bell, &waiting, &webhook).await, "paused", &["CRM sync is on again since"]);
    // Where as much was changed as is kept, what stood before is not told as known, but since when it was off.
    for number in 0..49 {
        bell.call("PATCH", &path, Some(json!({"name": format!("CRM {number}")}))).await;
    }
    says(&why(&bell, &later, &webhook).await, "paused", &["CRM 48 was off at that time: paused at "]);
    let answer = why(&bell, &other, &webhook).await;
    says(&answer, "paused", &["CRM 48 was off at that time: paused at "]);
    assert!(!answer["sentence"].as_str().unwrap().contains("either"), "what it asked for may be forgotten");
    bell.call("PATCH", &path, Some(json!({"name": "CRM sync"}))).await;
    says(&why(&bell, &later, &webhook).await, "changed_since", &["It has changed since."]);
    assert!(!rules_out(&why(&bell, &later, &webhook).await, "paused"), "it may be the reason");
}

#[tokio::test]
async fn a_blocked_address_is_named_with_the_rule() {
    let bell = Bell::start_on_file(CLOSED).await;
    // Registered where private addresses are open, tried where they are not.
    let open = bell
        .beside(&[
            ("DESKBELL_API__RATE_LIMIT", "off"),
            ("DESKBELL_DELIVERY__ALLOW_HTTP", "true"),
            ("DESKBELL_DELIVERY__ALLOW_ADDRESSES", "127.0.0.0/8"),
        ])
        .await;
    let (webhook, _) = open.webhook("CRM sync", "https://127.0.0.1:9443/hook", &["booking"]).await;
    drop(open);
    let event = post(&bell, "booking.scheduled").await;
    until(&bell, &event, |answer| answer.at("/data/0/last_outcome") == "address_blocked").await;
    let answer = why(&bell, &event, &webhook).await;
    says(
        &answer,
        "blocked",
        &["Not sent: 127.0.0.1 may not be called.", "public address", "The next try is at "],
    );
    assert!(!rules_out(&answer, "blocked address"), "{answer:#}");
}

#[tokio::test]
async fn a_webhook_made_after_the_event() {
    let bell = Bell::start(CLOSED).await;
    let event = post(&bell, "booking.scheduled").await;
    // Times are whole milliseconds: the webhook has to be of a later one.
    let made = bell.get(&format!("/v2/events/{event}")).await.at("/creation_time");
    while deskbell_core::time::wire(now()) <= made {
        tokio::task::yield_now().await;
    }
    let (_, url) = bell.inbox(&[200]).await;
    let (webhook, _) = bell.webhook("CRM sync", &url, &["booking"]).await;
    let answer = why(&bell, &event, &webhook).await;
    says(
        &answer,
        "created_later",
        &["CRM sync was made at ", ", after the event.", "no webhook was owed it"],
    );
    assert_eq!(answer["nearest"]["compared"][2]["fits"], false, "{answer:#}");
}

#[tokio::test]
async fn a_sample_for_another_and_a_webhook_that_is_gone() {
    let bell = Bell::start_on_file(QUICK).await;
    let (inbox, url) = bell.inbox(&[200, 500]).await;
    let (one, _) = bell.webhook("CRM sync", &url, &["booking"]).await;
    let (other, _) = bell.webhook("Team chat", &url, &["booking"]).await;
    let sample = bell.post(&format!("/v2/webhooks/{one}/test"), json!({"type": "booking.scheduled"})).await;
    assert_eq!(sample.status, 202, "{}", sample.text());
    bell.captured(&inbox, 1).await;
    let event = bell.get("/v2/events").await.at("/data/0/id");
    let sampled = why(&bell, &event, &one).await;
    assert_eq!(sampled["steps"][1]["sentence"], "A sample, for CRM sync alone.");
    says(
        &why(&bell, &event, &other).await,
        "sample_elsewhere",
        &["it was a sample, for another webhook alone."],
    );

    let patient = Bell::start_on_file(PATIENT).await;
    let (_, url) = patient.inbox(&[500]).await;
    let (webhook, _) = patient.webhook("Leaving", &url, &["booking"]).await;
    let event = post(&patient, "booking.scheduled").await;
    until(&patient, &event, |answer| answer.at("/data/0/attempts") == "1").await;
    patient.call("DELETE", &format!("/v2/webhooks/{webhook}"), None).await;
    says(
        &why(&patient, &event, &webhook).await,
        "deleted",
        &["Called off at ", &format!("{webhook} was deleted after 1 try.")],
    );
}

#[tokio::test]
async fn never_produced_and_what_comes_nearest() {
    let bell = Bell::start_on_file(QUICK).await;
    let (_, url) = bell.inbox(&[200]).await;
    let (webhook, _) = bell.webhook("CRM sync", &url, &["booking"]).await;
    let ask =
        async |rest: &str| bell.get(&format!("/v2/why?webhook={webhook}&type=booking.canceled{rest}")).await;
    let span = "&after=2026-05-06T12:45:00Z&before=2026-05-06T13:15:00Z";
    let nothing = ask(span).await.json();
    let day = "2026-05-06";
    says(
        &nothing,
        "never_produced",
        &[
            &format!("No such event was made between {day} 12:45:00 UTC and {day} 13:15:00 UTC."),
            "Nothing like it",
        ],
    );
    assert_eq!(states(&nothing), ["stopped", "not_reached", "not_reached", "not_reached", "not_reached"]);
    assert_eq!((&nothing["event"], &nothing["nearest"]), (&json!(null), &json!(null)));

    let event = post(&bell, "booking.canceled").await;
    let near = ask(span).await.json();
    says(&near, "never_produced", &[&format!("The nearest is {event}, booking.canceled, of ")]);
    assert_eq!(near["nearest"]["event"]["id"], json!(event));
    until(&bell, &event, |answer| answer.at("/data/0/status") == "delivered").await;
    let found = ask("").await;
    assert_eq!(
        (found.at("/verdict"), found.at("/event")),
        ("delivered".into(), event),
        "the newest is judged"
    );
    assert_eq!(ask("&after=2026-05-07&before=2026-05-06").await.refusal().2, "range_invalid");
}

#[tokio::test]
async fn unknown_and_foreign_ids_answer_alike_and_questions_have_a_form() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (_, url) = bell.inbox(&[200]).await;
    let (webhook, _) = bell.webhook("CRM sync", &url, &["booking"]).await;
    let event = post(&bell, "booking.scheduled").await;
    let (_, stranger) = bell.account("other@bell.example").await;
    for (key, event, webhook, param, id) in [
        (&bell.key, "EVNT-0000000000", webhook.as_str(), "event", "EVNT-0000000000"),
        (&bell.key, &event, "WHK-0000000000", "webhook", "WHK-0000000000"),
        (&stranger, &event, &webhook, "event", &event),
    ] {
        let path = format!("/v2/why?event={event}&webhook={webhook}");
        let answer = bell.call_as(key, "GET", &path, None).await;
        assert_eq!(answer.refusal(), (404, param.into(), "not_found".into()), "A-099: {}", answer.text());
        assert_eq!(answer.at("/message"), format!("No such {param}: '{id}'"));
    }
    let foreign = format!("/v2/why?type=booking.scheduled&webhook={webhook}");
    let foreign = bell.call_as(&stranger, "GET", &foreign, None).await;
    assert_eq!(foreign.refusal(), (404, "webhook".into(), "not_found".into()), "A-099");
    for (query, param) in [
        (format!("event={event}"), "webhook"),
        (format!("webhook={webhook}"), "event"),
        (format!("webhook={webhook}&event={event}&type=booking.scheduled"), "type"),
        (format!("webhook={webhook}&type=booking.schedulled"), "type"),
        (format!("webhook={webhook}&type=booking.scheduled&after=soon"), "after"),
        (format!("webhook={webhook}&event={event}&colour=red"), "colour"),
    ] {
        let answer = bell.get(&format!("/v2/why?{query}")).await;
        assert_eq!((answer.status, answer.at("/param")), (400, param.into()), "{query}: {}", answer.text());
    }
}
