//! `deskbell why`: the server's own words, and an exit code that a script can use.

use crate::server::Server;
use serde_json::Value;

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

#[test]
fn it_prints_the_servers_words_and_ends_well_only_when_delivered() {
    let server = Server::start(&[]);
    let inbox = server.json(&["inboxes", "create", "--name", "tester"]);
    let url = inbox["url"].as_str().unwrap();
    let webhook = |name: &str, events: &str| {
        server.json(&["webhooks", "create", "--name", name, "--url", url, "--events", events])
    };
    let (chat, crm) = (webhook("Team chat", "booking"), webhook("CRM sync", "booking.scheduled"));
    let event = server.json(&["events", "post", "--type", "booking.rescheduled", "--data", "{}"]);
    let delivered = ["deliveries", "--event", id(&event), "--status", "delivered"];
    let came = (0..200).any(|_| server.json(&delivered)[0].is_object());
    assert!(came, "it was never delivered");

    let run = |webhook: &Value, more: &[&str]| {
        let output = server.command(&[&["why", id(&event), id(webhook)], more].concat()).output().unwrap();
        assert!(output.stderr.is_empty(), "{}", crate::server::said(&output));
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = run(&chat, &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("Delivered on the first try in "), "{text}");

    let (code, text) = run(&crm, &[]);
    assert_eq!(code, Some(1), "{text}");
    let path = format!("/v2/why?event={}&webhook={}", id(&event), id(&crm));
    let answer = server.call("GET", &path, "");
    let mut words = vec![answer["sentence"].as_str().unwrap(), answer["reason"].as_str().unwrap()];
    words.extend(answer["steps"].as_array().unwrap().iter().map(|step| step["sentence"].as_str().unwrap()));
    words.extend(answer["ruled_out"].as_array().unwrap().iter().map(|reason| reason.as_str().unwrap()));
    words.extend(["STEP", "not_reached", "Nearest: it asks for booking.scheduled; Team chat got it."]);
    for word in words {
        assert!(text.contains(word), "{word} is not in {text}");
    }
    let (code, text) = run(&crm, &["--json"]);
    assert_eq!((code, serde_json::from_str::<Value>(&text).unwrap()), (Some(1), answer));
    let said = server.refusal(&["why", "EVNT-0000000000", id(&crm)], 1);
    assert_eq!(said, "deskbell: No such event: 'EVNT-0000000000' (param event, code not_found)\n");
    assert_eq!(server.command(&["why", id(&event)]).output().unwrap().status.code(), Some(2));
}
