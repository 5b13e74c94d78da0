//! Conversations: each transition rings once, what is forbidden changes nothing, silence ends them (wire contract, 6).

use crate::bell::{Bell, CLOSED, OPEN, Settings};
use crate::client::Answer;
use deskbell_core::conversation::{Conversation, Parties};
use deskbell_core::id::{AccountId, ContactId, ConversationId};
use deskbell_core::store::{ConversationChange, ConversationsSaved};
use deskbell_server::door::SystemRandom;
use serde_json::{Value, json};

/// The types of all events, oldest first.
async fn rung(bell: &Bell) -> Vec<String> {
    let events = bell.get("/v2/events?limit=100").await.json();
    let kinds = events["data"].as_array().unwrap().iter();
    kinds.rev().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

async fn start(bell: &Bell, body: Value) -> Answer {
    let started = bell.post("/v2/conversations", body).await;
    assert_eq!(started.status, 201, "{}", started.text());
    started
}

async fn step(bell: &Bell, id: &str, step: &str, body: Value) -> Answer {
    bell.post(&format!("/v2/conversations/{id}/{step}"), body).await
}

fn an_answer() -> Value {
    json!({"question": "What is your name?", "value": "Tomás Healy", "internal_label": "full_name"})
}

/// The bots' ids.
async fn bots(bell: &Bell) -> Vec<String> {
    let listed = bell.get("/v2/bots").await.json();
    let ids = listed["data"].as_array().unwrap().iter();
    ids.map(|bot| bot["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn bots_and_websites_are_listed_as_a_conversation_has_them() {
    let bell = Bell::start(CLOSED).await;
    let id = start(&bell, json!({})).await.at("/id");
    let conversation = bell.get(&format!("/v2/conversations/{id}?expand=bot,website")).await.json();
    let (_, other) = bell.account("other@bell.example").await;
    for (noun, list, unknown) in
        [("bot", "/v2/bots", "BOT-0000000000"), ("website", "/v2/websites", "WEB-0000000000")]
    {
        let named = &conversation[noun];
        let listed = bell.get(list).await.json();
        assert!(listed["data"].as_array().unwrap().contains(named), "{named} is not in {listed}");
        let own = named["id"].as_str().unwrap();
        assert_eq!(&bell.get(&format!("{list}/{own}")).await.json(), named);
        let foreign = bell.call_as(&other, "GET", &format!("{list}/{own}"), None).await;
        let missing = bell.get(&format!("{list}/{unknown}")).await;
        assert_eq!((foreign.status, missing.status), (404, 404), "A-098, A-099");
        assert_eq!(foreign.text().replace(own, "ID"), missing.text().replace(unknown, "ID"), "A-099");
        assert_eq!(missing.at("/message"), format!("No such {noun}: '{unknown}'"));
    }
}

#[tokio::test]
async fn each_transition_rings_once_for_its_trigger_and_for_the_composite() {
    let bell = Bell::start_on_file(OPEN).await;
    let triggers = ["conversation.started", "conversation.closed", "conversation.abandoned"];
    let mut inboxes = Vec::new();
    for trigger in triggers.into_iter().chain(["conversation"]) {
        let (inbox, url) = bell.inbox(&[]).await;
        bell.webhook(trigger, &url, &[trigger]).await;
        inboxes.push(inbox);
    }
    let first = start(&bell, json!({"audience": "Returning visitors"})).await;
    let id = first.at("/id");
    let answered = step(&bell, &id, "answer", an_answer()).await;
    assert_eq!((answered.status, answered.at("/answers/0/value")), (200, "Tomás Healy".into()));
    assert_eq!(step(&bell, &id, "close", json!({})).await.at("/status"), "closed");
    let second = start(&bell, json!({})).await.at("/id");
    assert_eq!(step(&bell, &second, "abandon", json!({})).await.at("/status"), "abandoned");

    for (inbox, count) in inboxes.iter().zip([2, 1, 1, 4]) {
        let requests = bell.captured(inbox, count).await;
        assert_eq!(requests.len(), count, "each subscriber hears of each transition once");
    }
    let everything = bell.captured(&inboxes[3], 4).await;
    let told: Vec<Value> = everything
        .iter()
        .map(|request| serde_json::from_str(request["body"].as_str().unwrap()).unwrap())
        .collect();
    let closed = &told.iter().find(|event| event["type"] == "conversation.closed").unwrap()["data"];
    let keys: Vec<&str> = closed.as_object().unwrap().keys().map(String::as_str).collect();
    let mut documented = vec![
        "object",
        "id",
        "creation_time",
        "initiated_by",
        "last_updated_time",
        "last_interacted_time",
        "contact",
        "owner",
        "status",
        "bot",
        "website",
        "audience",
        "answers",
        "bookings",
    ];
    documented.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, documented);
    for (name, object) in [
        ("contact", "contact"),
        ("owner", "user"),
        ("bot", "bot"),
        ("website", "website"),
        ("audience", "audience"),
    ] {
        assert_eq!(closed[name]["object"], object, "objects in events");
        assert_eq!(first.json()[name], closed[name]["id"], "ids in answers");
    }
    assert_eq!(closed["contact"]["bot"], closed["bot"]["id"]);
    assert_eq!((&closed["status"], &closed["id"]), (&json!("closed"), &json!(id)));
    assert_eq!(closed["answers"][0]["internal_label"], "full_name");
}

#[tokio::test]
async fn an_audience_goes_by_its_name_and_can_be_expanded() {
    let bell = Bell::start_on_file(CLOSED).await;
    let [one, same, other] = ["Returning visitors", " Returning visitors ", "New visitors"]
        .map(|name| start(&bell, json!({ "audience": name })));
    let (one, same, other) = (one.await, same.await, other.await);
    assert_eq!(one.at("/audience"), same.at("/audience"), "the same name has the same id");
    assert_ne!(one.at("/audience"), other.at("/audience"));
    let expanded = bell.get(&format!("/v2/conversations/{}?expand=audience", one.at("/id"))).await.json();
    let audience = json!({"id": one.at("/audience"), "object": "audience", "name": "Returning visitors"});
    assert_eq!(expanded["audience"], audience);
    let nobody = start(&bell, json!({})).await;
    assert_eq!(nobody.json()["audience"], Value::Null);
    for name in ["", "\u{202e}", &"x".repeat(256)] {
        let refused = bell.post("/v2/conversations", json!({ "audience": name })).await;
        assert_eq!((refused.status, refused.at("/param")), (400, "audience".into()), "{name}");
    }
}

#[tokio::test]
async fn what_is_forbidden_is_refused_and_rings_nothing() {
    let bell = Bell::start(CLOSED).await;
    for end in ["close", "abandon"] {
        let id = start(&bell, json!({})).await.at("/id");
        assert_eq!(step(&bell, &id, end, json!({})).await.status, 200);
        let before = (rung(&bell).await, bell.get(&format!("/v2/conversations/{id}")).await.text());
        for (name, body) in [("answer", an_answer()), ("close", json!({})), ("abandon", json!({}))] {
            let refused = step(&bell, &id, name, body).await;
            assert_eq!(
                refused.refusal(),
                (409, "id".into(), "conversation_state".into()),
                "A-180: {name} after {end}"
            );
        }
        let after = (rung(&bell).await, bell.get(&format!("/v2/conversations/{id}")).await.text());
        assert_eq!(after, before, "nothing changed, nothing rang");
    }
}

#[tokio::test]
async fn in_every_state_a_call_does_what_the_actions_say() {
    let bell = Bell::start(CLOSED).await;
    for state in [None, Some("close"), Some("abandon")] {
        for (at, name) in ["answer", "close", "abandon"].into_iter().enumerate() {
            let id = start(&bell, json!({})).await.at("/id");
            if let Some(end) = state {
                step(&bell, &id, end, json!({})).await;
            }
            let plain = bell.get(&format!("/v2/conversations/{id}")).await.json();
            let shown = bell.get(&format!("/v2/conversations/{id}?expand=bot,actions")).await.json();
            assert!(plain.get("actions").is_none() && shown["bot"]["object"] == "bot");
            let listed = bell.get("/v2/conversations?expand=data.actions&limit=1").await.json();
            assert_eq!(listed["data"][0]["actions"], shown["actions"]);
            let action = &shown["actions"][at];
            assert_eq!(action["name"], name);
            let before = rung(&bell).await.len();
            let body = if name == "answer" { an_answer() } else { json!({}) };
            let answer = step(&bell, &id, name, body).await;
            let told = format!("{name} after {state:?}: {action}");
            assert!(answer.json().get("actions").is_none(), "{told}");
            assert_eq!(json!(rung(&bell).await[before..]), action["rings"], "{told}");
            assert_eq!(json!(answer.status == 200), action["allowed"], "{told}");
            assert_eq!(action["reason"].is_null(), answer.status == 200, "{told}");
        }
    }
}

#[tokio::test]
async fn of_two_ends_at_once_one_wins() {
    let bell = Bell::start_on_file(CLOSED).await;
    for _ in 0..20 {
        let id = start(&bell, json!({})).await.at("/id");
        let (close, abandon) =
            tokio::join!(step(&bell, &id, "close", json!({})), step(&bell, &id, "abandon", json!({})));
        let mut statuses = [close.status, abandon.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "A-180");
    }
    assert_eq!(rung(&bell).await.len(), 40, "two events for each conversation");
}

#[tokio::test]
async fn another_bot_closes_the_open_one_in_the_same_step() {
    let bell = Bell::start_on_file(CLOSED).await;
    let bots = bots(&bell).await;
    assert_eq!(bots.len(), 2);
    let refused = bell.post("/v2/conversations", json!({"bot": "BOT-0000000000"})).await;
    assert_eq!(refused.refusal(), (400, "bot".into(), "value_invalid".into()));
    assert!(bots.iter().all(|bot| refused.at("/message").contains(bot)), "{}", refused.text());
    let first = start(&bell, json!({"bot": bots[0]})).await.at("/id");
    let same = start(&bell, json!({"bot": bots[0]})).await.at("/id");
    assert_eq!(
        bell.get(&format!("/v2/conversations/{first}")).await.at("/status"),
        "started",
        "the same bot"
    );
    start(&bell, json!({"bot": bots[1]})).await;
    for id in [&first, &same] {
        assert_eq!(bell.get(&format!("/v2/conversations/{id}")).await.at("/status"), "closed");
    }
    let mut kinds = rung(&bell).await;
    kinds.sort_unstable();
    let (closed, started) = ("conversation.closed", "conversation.started");
    assert_eq!(kinds, [closed, closed, started, started, started]);
    // Ten at once, one after another bot: whoever comes later ends what is there.
    let starts = (0..10).map(|n| start(&bell, json!({"bot": bots[n % 2]})));
    futures::future::join_all(starts).await;
    let open = bell.get("/v2/conversations?status=started&limit=100").await.json();
    let mut with: Vec<&str> =
        open["data"].as_array().unwrap().iter().map(|talk| talk["bot"].as_str().unwrap()).collect();
    with.dedup();
    assert_eq!(with.len(), 1, "a visitor talks to one bot: {open}");
}

const SHORT: Settings<'static> =
    &[("DESKBELL_API__RATE_LIMIT", "off"), ("DESKBELL_SANDBOX__ABANDON_AFTER", "1s")];

#[tokio::test]
async fn silence_abandons_once_however_many_instances_look() {
    // Nobody abandons while they begin, however slow the machine is.
    let patient = Bell::start_on_file(&[("DESKBELL_API__RATE_LIMIT", "off")]).await;
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(start(&patient, json!({})).await.at("/id"));
    }
    step(&patient, &ids[0], "close", json!({})).await;
    let [bell, _second, _third] =
        [patient.beside(SHORT).await, patient.beside(SHORT).await, patient.beside(SHORT).await];
    let abandoned = "/v2/conversations?status=abandoned&limit=100";
    bell.until(abandoned, |answer| answer.json()["data"].as_array().unwrap().len() == 9).await;
    let talk = bell.get(&format!("/v2/conversations/{}", ids[1])).await;
    let time = |name: &str| talk.at(name).parse::<deskbell_core::Timestamp>().unwrap();
    let silence = time("/last_updated_time").duration_since(time("/last_interacted_time"));
    assert!(silence.as_millis() > 1_000, "not before its time: {silence:?}");
    let events = bell.get("/v2/events?type=conversation.abandoned&limit=100").await.json();
    assert_eq!(events["data"].as_array().unwrap().len(), 9, "each once");
    assert_eq!(bell.get(&format!("/v2/conversations/{}", ids[0])).await.at("/status"), "closed");
}

#[tokio::test]
async fn what_cannot_be_abandoned_keeps_no_other_from_it() {
    let mut bell = Bell::start_on_file(SHORT).await;
    bell.stop().await;
    let sandbox = bell.store.sandbox(&bell.account).await.unwrap().unwrap();
    let begun = crate::bell::now().checked_sub(jiff::SignedDuration::from_hours(1)).unwrap();
    // More than one look finds, and all before ours.
    let all = std::iter::repeat_n(AccountId::from_text("ACC-NOBODY"), 150).chain([bell.account.clone()]);
    for (n, account) in all.enumerate() {
        let mut parties = Parties {
            contact: sandbox.contacts[0].clone(),
            owner: sandbox.users[0].clone(),
            bot: sandbox.bots[0].clone(),
            website: sandbox.websites[0].clone(),
        };
        parties.contact.id = ContactId::new(&SystemRandom);
        let at = begun.checked_add(jiff::SignedDuration::from_millis(i64::try_from(n).unwrap())).unwrap();
        let conversation = Conversation::begin(ConversationId::new(&SystemRandom), account, parties, at);
        let change = ConversationChange { conversation, event: None };
        let saved = bell.store.save_conversations(vec![change], at).await.unwrap();
        assert_eq!(saved, ConversationsSaved::Saved);
    }
    let bell = bell.beside(SHORT).await;
    let abandoned = "/v2/conversations?status=abandoned";
    bell.until(abandoned, |answer| answer.json()["data"].as_array().unwrap().len() == 1).await;
}

#[tokio::test]
async fn conversations_are_listed_filtered_and_expanded() {
    let bell = Bell::start_on_file(CLOSED).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.insert(0, start(&bell, json!({})).await.at("/id"));
    }
    step(&bell, &ids[2], "close", json!({})).await;
    let listed = async |query: &str| {
        let found = bell.get(&format!("/v2/conversations{query}")).await.json();
        let ids =
            found["data"].as_array().unwrap().iter().map(|talk| talk["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, ids);
    assert_eq!(listed("?status=started").await, ids[..2]);
    assert_eq!(listed("?status=closed").await, ids[2..]);
    assert_eq!(listed(&format!("?limit=1&after={}", ids[0])).await, ids[1..2]);
    assert_eq!(listed("?creation_time.lt=2020-01-01").await, [""; 0]);
    let contact = bell.get(&format!("/v2/conversations/{}", ids[0])).await.at("/contact");
    assert_eq!(listed(&format!("?contact={contact}")).await, ids);
    assert_eq!(listed("?contact=CTC-0000000000").await, [""; 0]);
    let one = bell.get(&format!("/v2/conversations/{}?expand=contact,website", ids[0])).await;
    assert_eq!((one.at("/contact/id"), one.at("/website/object")), (contact, "website".into()));
    assert!(one.json()["bot"].is_string() && one.json()["owner"].is_string());
    let many = bell.get("/v2/conversations?expand=data.bot,owner").await;
    assert_eq!(
        (many.at("/data/0/bot/object"), many.at("/data/1/owner/object")),
        ("bot".into(), "user".into())
    );
    for (query, param) in [
        ("?status=open", "status"),
        ("?expand=bookings", "expand"),
        ("?limit=0", "limit"),
        ("?colour=red", "colour"),
        ("?creation_time.gt=yesterday", "creation_time.gt"),
        ("?after=CVR-0000000000", "after"),
    ] {
        let refused = bell.get(&format!("/v2/conversations{query}")).await.refusal();
        assert_eq!((refused.0, refused.1.as_str()), (400, param), "A-102 to A-106, A-171 to A-176: {query}");
    }
}

#[tokio::test]
async fn bad_input_and_other_accounts_are_refused() {
    let bell = Bell::start(CLOSED).await;
    let id = start(&bell, json!({})).await.at("/id");
    for (path, body, param) in [
        ("", json!({"contact": "CTC-0000000000"}), "contact"),
        ("", json!({"bot": 7}), "bot"),
        ("", json!({"website": "nowhere"}), "website"),
        ("", json!({"visitor": "x"}), "visitor"),
        ("/answer", json!({"value": "x"}), "question"),
        ("/answer", json!({"question": "x"}), "value"),
        ("/answer", json!({"question": "", "value": "x"}), "question"),
        ("/answer", json!({"question": "x", "value": "y".repeat(2_001)}), "value"),
        (
            "/answer",
            json!({"question": "x", "value": "y", "internal_label": "z".repeat(256)}),
            "internal_label",
        ),
        ("/answer", json!({"question": "x", "value": "y", "label": "z"}), "label"),
        ("/close", json!({"reason": "x"}), "reason"),
        ("/abandon", json!({"reason": "x"}), "reason"),
    ] {
        let at = if path.is_empty() { String::new() } else { format!("/{id}{path}") };
        let refused = bell.post(&format!("/v2/conversations{at}"), body).await.refusal();
        assert_eq!((refused.0, refused.1.as_str()), (400, param), "{path}: {}", refused.2);
    }
    let (_, other) = bell.account("other@bell.example").await;
    for (method, path, body) in [
        ("GET", "", None),
        ("POST", "/answer", Some(an_answer())),
        ("POST", "/close", Some(json!({}))),
        ("POST", "/abandon", Some(json!({}))),
    ] {
        let foreign =
            bell.call_as(&other, method, &format!("/v2/conversations/{id}{path}"), body.clone()).await;
        let unknown = bell.call(method, &format!("/v2/conversations/CVR-0000000000{path}"), body).await;
        assert_eq!((foreign.status, unknown.status), (404, 404), "A-098, A-099: {method} {path}");
        assert_eq!(
            foreign.text().replace(&id, "ID"),
            unknown.text().replace("CVR-0000000000", "ID"),
            "A-099"
        );
    }
    assert_eq!(rung(&bell).await, ["conversation.started"], "nothing of it rang");
}

#[tokio::test]
async fn answers_end_where_the_event_would_be_too_large() {
    let bell = Bell::start(CLOSED).await;
    let id = start(&bell, json!({})).await.at("/id");
    let long = json!({"question": "q".repeat(2_000), "value": "\u{1}".repeat(2_000)});
    let mut answers = 0;
    let refused = loop {
        let answer = step(&bell, &id, "answer", long.clone()).await;
        if answer.status != 200 {
            break answer;
        }
        answers += 1;
    };
    assert_eq!(refused.refusal(), (413, "data".into(), "event_too_large".into()));
    assert!((10..25).contains(&answers), "262,144 bytes hold {answers} of 14,000");
    assert_eq!(step(&bell, &id, "close", json!({})).await.status, 200, "it can still end");
}
