//! `deskbell test`: every trigger once against a handler, with an exit code for CI.

use crate::handler::{Got, Handler, answer};
use crate::server::{Server, said};
use deskbell_core::trigger::Trigger;
use serde_json::json;

/// Takes all but closed conversations.
fn script(got: &Got, _: usize) -> String {
    let closed = String::from_utf8_lossy(&got.body).contains("conversation.closed");
    answer(if closed { "500 Oh" } else { "200 OK" }, "", "")
}

#[test]
fn every_trigger_is_brought_to_the_handler_once_and_one_that_it_refuses_fails_the_run() {
    let server = Server::start(&[]);
    let handler = Handler::start(script, usize::MAX);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("junit.xml");
    let arguments = ["test", "--forward-to", &handler.url, "--junit", file.to_str().unwrap()];
    let output = server.command(&arguments).output().unwrap();
    let (table, told) = (String::from_utf8_lossy(&output.stdout).into_owned(), said(&output));
    assert_eq!(output.status.code(), Some(1), "{told}");
    let all = Trigger::ALL.len();
    assert!(told.contains(&format!("the handler took {} of {all}", all - 1)), "{told}");
    let rows: Vec<&str> = table.lines().skip(1).collect();
    for (trigger, row) in Trigger::ALL.iter().zip(&rows) {
        let failed = *trigger == Trigger::ConversationClosed;
        let begins = if failed { "failed    500" } else { "took it   200" };
        assert!(row.starts_with(begins) && row.contains(trigger.as_str()), "{table}");
    }
    assert_eq!(rows.len(), all, "{table}");
    let xml = std::fs::read_to_string(&file).unwrap();
    assert!(xml.contains(&format!(r#"tests="{all}" failures="1""#)), "{xml}");
    assert_eq!((xml.matches("<testcase ").count(), xml.matches("<failure ").count()), (all, 1), "{xml}");
    assert!(
        ["webhooks", "inboxes"].map(|noun| server.json(&[noun])) == [json!([]), json!([])],
        "nothing is left"
    );
}

#[test]
fn a_webhook_of_ones_own_is_rung_at_its_inbox() {
    let server = Server::start(&[]);
    let handler = Handler::start(script, usize::MAX);
    let inbox = server.json(&["inboxes", "create", "--relay"]);
    let (id, url) = (inbox["id"].as_str().unwrap(), inbox["url"].as_str().unwrap());
    let to = ["test", "--forward-to", &handler.url, "--inbox", id, "--only", "booking.canceled"];
    let told = server.refusal(&to, 1);
    assert!(told.contains("no webhook points at"), "{told}");
    server.answer(&["webhooks", "create", "--name", "mine", "--url", url, "--events", "booking"]);
    let told = server.json(&to);
    assert!(told[0]["took"] == true && told[0]["type"] == "booking.canceled", "{told}");
    assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!(server.all("/v2/webhooks").len(), 1, "it stays");
}

#[test]
fn who_is_not_there_fails_the_run_with_the_reason() {
    let server = Server::start(&[]);
    let nobody = "http://127.0.0.1:1/hook";
    let output =
        server.command(&["test", "--forward-to", nobody, "--only", "conversation.started"]).output().unwrap();
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.code() == Some(1) && table.contains("the handler cannot be reached"), "{table}");
    for (arguments, word) in [
        (["test", "--forward-to", "nowhere"].as_slice(), "--forward-to"),
        (&["test", "--forward-to", nobody, "--only", "booking.made"], "known are booking.scheduled"),
        (&["test", "--forward-to", nobody, "--wait", "soon"], "--wait soon"),
    ] {
        let told = server.refusal(arguments, 2);
        assert!(told.contains(word), "{told}");
    }
}
