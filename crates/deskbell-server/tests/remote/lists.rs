//! `deskbell webhooks`, `events`, `deliveries`, `attempts`, `inboxes`, `calendars`: tables for people, JSON for machines.

use crate::server::{Server, deskbell, said};
use serde_json::Value;

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

/// Asks for `arguments` until `wanted` holds of the answer, 5,000 times at most: each time costs a process.
fn until(server: &Server, arguments: &[&str], wanted: impl Fn(&Value) -> bool) -> Value {
    let found = (0..5_000).find_map(|_| Some(server.json(arguments)).filter(&wanted));
    found.unwrap_or_else(|| panic!("in vain: {arguments:?}"))
}

#[test]
fn an_event_is_followed_from_its_post_to_its_attempts() {
    let server = Server::start(&[]);
    let inbox = server.json(&["inboxes", "create", "--name", "tester", "--answers", "200,202"]);
    let url = inbox["url"].as_str().unwrap();
    let events = ["--events", "booking.scheduled,booking.canceled"];
    let webhook =
        server.json(&[&["webhooks", "create", "--name", "CRM sync", "--url", url], &events[..]].concat());
    assert_eq!(webhook["secret"].as_str().unwrap().len(), 32);

    // What was written is what is sent: a number keeps its digits.
    let data = r#"{"object":"booking","price":10.00,"huge":36893488147419103233}"#;
    let post = ["events", "post", "--type", "booking.scheduled", "--data", data, "--subject", "BKNG-1"];
    let event = server.json(&post);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "{}").unwrap();
    let at_file = format!("@{}", file.path().display());
    server.answer(&["events", "post", "--type", "booking.completed", "--data", &at_file]);
    let shown = server.answer(&["events", "get", id(&event)]);
    assert!(shown.contains("booking.scheduled") && shown.contains("price"), "{shown}");
    for shown in [shown, server.answer(&["events", "get", id(&event), "--json"])] {
        assert!(shown.contains("36893488147419103233") && shown.contains("10.00"), "{shown}");
        assert!(
            !shown.contains("e19") && !shown.contains("10.0,"),
            "no number went through a float: {shown}"
        );
    }

    let of_event = ["deliveries", "--event", id(&event)];
    let deliveries = until(&server, &of_event, |found| found[0]["status"] == "delivered");
    let delivery = id(&deliveries[0]).to_owned();
    let table = server.answer(&of_event);
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows.len() == 2 && rows[0].starts_with("ID ") && rows[0].contains("  STATUS "), "{table}");
    for cell in [&delivery, "booking.scheduled", "delivered", "200", id(&event), id(&webhook)] {
        assert!(rows[1].contains(cell), "{cell} is not in {table}");
    }
    let created = deliveries[0]["creation_time"].as_str().unwrap();
    assert!(rows[1].contains(&created[..19].replace('T', " ")), "{created} in UTC is not in {table}");

    let retried = server.json(&["deliveries", "retry", &delivery]);
    assert_eq!(id(&retried), delivery);
    let attempts = until(&server, &["attempts", "list", "--delivery", &delivery], |found| {
        found.as_array().unwrap().len() == 2
    });
    let table = server.answer(&["attempts", "--delivery", &delivery]);
    assert!(
        table.contains("202") && table.contains("delivered") && table.contains(id(&attempts[1])),
        "{table}"
    );
    let table = server.answer(&["inboxes", "requests", id(&inbox)]);
    assert!(table.lines().count() == 3 && table.contains("valid") && table.contains(id(&event)), "{table}");

    let requests = server.json(&["inboxes", "requests", id(&inbox)]);
    let note = ["inboxes", "note", id(&inbox), id(&requests[0])];
    let noted = server.json(&[&note[..], &["came twice"]].concat());
    assert_eq!((id(&noted), &noted["note"]), (id(&requests[0]), &"came twice".into()));
    let table = server.answer(&["inboxes", "requests", id(&inbox)]);
    assert!(table.contains("NOTE") && table.contains("came twice"), "{table}");
    assert!(server.json(&[&note[..], &["--remove"]].concat())["note"].is_null());
    assert!(requests[0]["body"].as_str().unwrap().contains(r#""price":10.00"#), "{requests}");

    let shown = server.answer(&["webhooks", "get", id(&webhook)]);
    assert!(shown.contains("CRM sync") && shown.contains(url) && !shown.contains("secret"), "{shown}");
    let rung = server.json(&["webhooks", "test", id(&webhook), "--type", "booking.canceled"]);
    assert_eq!(rung["type"], "booking.canceled");
    // Edited and sent again, from a file or a pipe.
    let edited = r#"{"object":"booking","price":12.50}"#;
    std::fs::write(file.path(), edited).unwrap();
    let test = ["webhooks", "test", id(&webhook), "--type", "booking.no_show", "--json", "--data"];
    let from_file = server.answer(&[&test[..], &[file.path().to_str().unwrap()]].concat());
    let mut piped = server.command(&[&test[..], &["-"]].concat());
    let piped = piped.stdin(std::fs::File::open(file.path()).unwrap()).output().unwrap();
    for sent in [from_file.as_bytes(), &piped.stdout] {
        let sent: serde_json::Value = serde_json::from_slice(sent).unwrap();
        let event = server.json(&["events", "get", sent["event"].as_str().unwrap()]);
        let text = event["payload_text"].as_str().unwrap();
        assert!(
            text.contains("booking.no_show") && text.ends_with(&format!(r#""data":{edited}}}"#)),
            "{text}"
        );
    }
    server.answer(&["webhooks", "delete", id(&webhook)]);
    server.answer(&["inboxes", "delete", id(&inbox)]);
    assert_eq!(server.json(&["webhooks"]), serde_json::json!([]));
    for (command, prefix) in
        [("calendars", "BKC-"), ("booking-pages", "BP-"), ("event-types", "ET-"), ("master-pages", "MP-")]
    {
        let all = server.json(&[command]);
        assert!(id(&all[0]).starts_with(prefix) && server.answer(&[command]).contains(id(&all[0])), "{all}");
        assert_eq!(server.json(&[command, "get", id(&all[0])]), all[0]);
    }
}

#[test]
fn a_limit_goes_over_pages() {
    let server = Server::start(&[]);
    let event = r#"{"type":"booking.scheduled","data":{}}"#;
    let body = format!(r#"{{"events":[{}]}}"#, vec![event; 130].join(","));
    server.call("POST", "/v2/events", &body);
    let count = |arguments: &[&str]| server.json(arguments).as_array().unwrap().len();
    assert_eq!(count(&["events"]), 10, "what the server gives");
    assert_eq!(count(&["events", "--limit", "3"]), 3);
    assert_eq!(count(&["events", "list", "--limit", "120"]), 120);
    assert_eq!(count(&["events", "list", "--limit", "1000"]), 130);
    let output = server.command(&["events", "--limit", "3"]).output().unwrap();
    assert!(said(&output).contains("There are more"), "{}", said(&output));
    let output = server.command(&["events", "--limit", "130"]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", said(&output));
    assert_eq!(server.command(&["events", "--limit", "0"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn a_refusal_is_the_servers_own_sentence() {
    let server = Server::start(&[]);
    let said = server.refusal(&["webhooks", "get", "WHK-NOTHING/x"], 1);
    assert_eq!(said, "deskbell: No such webhook: 'WHK-NOTHING/x' (param id, code not_found)\n");
    let said = server.refusal(&["events", "--type", "booking.schedulled"], 1);
    assert!(
        said.contains("Did you mean booking.scheduled?") && said.contains("code event_type_unknown"),
        "{said}"
    );
    let said = server.refusal(&["events", "--api-key", "dbk_wrong"], 1);
    assert!(said.contains("Invalid API key.") && said.contains("invalid_api_key"), "{said}");
    let said = server.refusal(&["events", "post", "--type", "booking.scheduled", "--data", "{"], 2);
    assert!(said.contains("--data is not JSON"), "{said}");
    let said = server.refusal(&["webhooks", "test", "WHK-1", "--data", "no-such-file"], 2);
    assert!(said.contains("no-such-file cannot be read"), "{said}");
    for (url, word) in [
        ("localhost", "must begin with http:// or https://"),
        ("127.0.0.1:8480", "must begin with http:// or https://"),
        ("ftp://localhost", "https://"),
    ] {
        let said = server.refusal(&["events", "--server", url], 2);
        assert!(said.contains("--server") && said.contains(word), "{said}");
    }
}

#[test]
fn a_webhook_is_changed_and_its_history_is_told() {
    let server = Server::start(&[]);
    let inbox = server.json(&["inboxes", "create", "--name", "tester"]);
    let url = inbox["url"].as_str().unwrap();
    let webhook = server.json(&["webhooks", "create", "--name", "CRM", "--url", url, "--events", "booking"]);
    let changed =
        server.json(&["webhooks", "update", id(&webhook), "--name", "CRM sync", "--status", "disabled"]);
    assert_eq!((&changed["name"], &changed["status"]), (&"CRM sync".into(), &false.into()));
    let events = "booking.canceled, conversation";
    server.answer(&["webhooks", "update", id(&webhook), "--events", events, "--status", "enabled"]);
    let table = server.answer(&["webhooks", "history", id(&webhook)]);
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().skip(2).collect()).collect();
    let expected = [
        vec!["owner", "events", "-", "booking", "->", "booking.canceled,conversation"],
        vec!["owner", "status", "-", "disabled", "->", "enabled"],
        vec!["owner", "name", "-", "CRM", "->", "CRM", "sync"],
        vec!["owner", "status", "by_owner", "enabled", "->", "disabled"],
    ];
    assert_eq!(rows[1..], expected, "{table}");
    let json = server.json(&["webhooks", "history", id(&webhook)]);
    assert_eq!(json[1]["changes"][0]["from"], "CRM");
    let nothing = server.command(&["webhooks", "update", id(&webhook)]).output().unwrap();
    let said = said(&nothing);
    assert!(
        nothing.status.code() == Some(2) && said.contains("--name") && said.contains("--status"),
        "{said}"
    );
}

/// More than one page looks at.
#[test]
fn a_filter_finds_one_that_stands_behind_thousands() {
    let server = Server::start(&[]);
    let webhook = |name: &str, answers: &str, events: &str| {
        let inbox = server.json(&["inboxes", "create", "--name", name, "--answers", answers]);
        let create = ["webhooks", "create", "--name", name, "--url", inbox["url"].as_str().unwrap()];
        server.json(&[&create[..], &["--events", events]].concat())
    };
    webhook("one", "200", "booking.scheduled");
    webhook("many", "200", "booking.canceled");
    server.json(&["events", "post", "--type", "booking.scheduled", "--data", "{}"]);
    let events = vec![r#"{"type":"booking.canceled","data":{}}"#; 1_000].join(",");
    for _ in 0..6 {
        let accepted = server.call("POST", "/v2/events", &format!(r#"{{"events":[{events}]}}"#));
        assert_eq!(accepted["data"].as_array().map(Vec::len), Some(1_000), "{accepted}");
    }
    for arguments in [
        &["deliveries", "--type", "booking.scheduled"][..],
        &["deliveries", "--type", "booking.scheduled", "--limit", "2"],
    ] {
        let found = server.json(arguments);
        assert_eq!(found.as_array().unwrap().len(), 1, "{arguments:?}: {found}");
    }
    let expect = ["deliveries", "--type", "booking.scheduled", "--expect", "delivered", "--wait", "60s"];
    assert!(!server.answer(&expect).contains("There are more"));
}

#[test]
fn a_server_that_is_not_there_is_one_sentence() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}");
    let output = deskbell().args(["webhooks", "--server", &url, "--api-key", "dbk_x"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let expected = format!("deskbell: {url} cannot be reached: Connection refused");
    assert!(said(&output).starts_with(&expected) && said(&output).lines().count() == 1, "{}", said(&output));
    let output = deskbell().args(["webhooks", "--server", &url]).output().unwrap();
    assert!(
        output.status.code() == Some(2) && said(&output).contains("DESKBELL_API_KEY"),
        "{}",
        said(&output)
    );
}

#[test]
fn the_callers_variables_are_no_settings_and_no_mistake() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = deskbell();
    command.env("DESKBELL_SERVER", "https://deskbell.example").env("DESKBELL_API_KEY", "dbk_secret");
    let output = command.arg("config").current_dir(directory.path()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("dbk_secret"));
    let help = deskbell().env("DESKBELL_API_KEY", "dbk_secret").arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("DESKBELL_API_KEY") && !help.contains("dbk_secret"), "{help}");
}
