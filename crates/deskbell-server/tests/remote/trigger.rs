//! `deskbell trigger`: every event fires through its real transition, and its delivery is shown.

use crate::server::{Server, said};
use deskbell_core::trigger::Trigger;
use serde_json::Value;
use std::collections::HashSet;

/// An inbox that answers with `status`, and a webhook of everything on it.
fn webhook(server: &Server, status: &str) {
    let inbox = server.json(&["inboxes", "create", "--answers", status]);
    let url = inbox["url"].as_str().unwrap();
    let name = format!("answers {status}");
    server.answer(&["webhooks", "create", "--name", &name, "--url", url, "--events", "booking,conversation"]);
}

#[test]
fn every_trigger_rings_and_every_delivery_is_shown() {
    let server = Server::start(&[]);
    webhook(&server, "202");
    let table = server.answer(&["trigger", "--all"]);
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    for trigger in Trigger::ALL {
        let shown = rows.iter().any(|row| row[..3] == ["delivered", "202", trigger.as_str()]);
        assert!(shown, "{trigger} is not in\n{table}");
    }
    let shown: HashSet<String> = rows.iter().map(|row| row[4].to_owned()).collect();
    let all: HashSet<String> =
        server.all("/v2/deliveries").iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!((rows.len(), shown), (all.len(), all), "each delivery once\n{table}");
}

#[test]
fn a_field_can_be_overridden_and_a_failure_is_shown() {
    let server = Server::start(&[]);
    webhook(&server, "500");
    let table = server.answer(&["trigger", "booking.canceled", "--set", "booking_form.name=Zoë Müller"]);
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.contains("  500 ")), "{table}");
    let event = server.json(&["events", "--type", "booking.canceled"])[0]["id"].as_str().unwrap().to_owned();
    let payload = server.json(&["events", "get", &event]);
    assert_eq!(payload["payload"]["data"]["form_submission"]["name"], "Zoë Müller");
    for (arguments, word) in [
        (vec!["trigger", "booking.schedulled"], "known are booking.scheduled"),
        (vec!["trigger", "booking.canceled", "--set", "bot=x"], "has no such field"),
        (vec!["trigger", "booking.canceled", "--set", "name"], "path=value"),
    ] {
        let said = server.refusal(&arguments, 2);
        assert!(said.contains(word), "{said}");
    }
    let said = server.refusal(&["trigger", "conversation.started", "--set", "bot=BOT-NONE"], 1);
    assert!(said.contains("BOT-NONE") && said.contains("param bot"), "{said}");
}

#[test]
fn what_is_expected_of_every_delivery_decides_the_exit_code() {
    let server = Server::start(&[]);
    let expecting = || {
        let output =
            server.command(&["trigger", "booking.scheduled", "--expect", "delivered"]).output().unwrap();
        (output.status.code(), said(&output))
    };
    let (code, told) = expecting();
    assert!(code == Some(1) && told.contains("nothing was delivered") && told.contains("0 of 0"), "{told}");
    webhook(&server, "202");
    let told = server.json(&["trigger", "booking.canceled", "--expect", "delivered"]);
    let kinds: Vec<_> = told.as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["booking.scheduled", "booking.canceled"]);
    webhook(&server, "500");
    let (code, told) = expecting();
    let words = "expected delivered: so it is for 1 of 2 deliveries";
    assert!(code == Some(1) && told.contains(words), "{told}");
    let said = server.refusal(&["trigger", "booking.scheduled", "--expect", "deliverd"], 2);
    assert!(said.contains("did you mean delivered? known are delivered"), "{said}");
}

#[test]
fn a_state_that_real_accounts_have_can_be_rung() {
    let server = Server::start(&[]);
    webhook(&server, "202");
    let payment = r#"{"amount_charged":4500,"currency":"EUR","transaction_id":"ch_1"}"#;
    let payment = format!("payment_information={payment}");
    let by = "made_by=administrator";
    server.answer(&["trigger", "booking.completed", "--set", &payment, "--set", by]);
    server.answer(&["trigger", "conversation.closed", "--set", "audience=Returning visitors"]);
    let data = |kind: &str| {
        let event = server.json(&["events", "--type", kind])[0]["id"].as_str().unwrap().to_owned();
        server.json(&["events", "get", &event])["payload"]["data"].clone()
    };
    let booking = data("booking.completed");
    assert_eq!(
        (&booking["form_submission"], &booking["payment_information"]["currency"]),
        (&Value::Null, &"EUR".into())
    );
    assert_eq!(data("conversation.closed")["audience"]["name"], "Returning visitors");
}

#[test]
fn without_a_webhook_it_fires_all_the_same() {
    let server = Server::start(&[]);
    let output = server.command(&["trigger", "conversation.closed"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let said = said(&output);
    assert!(said.contains("conversation.closed has fired as EVNT-") && said.contains("No webhook"), "{said}");
}
