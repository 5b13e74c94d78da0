//! What a pipeline relies on: exit codes, waiting, JSON, a ready file, and the help that says so.

use crate::server::{Server, deskbell, said};
use serde_json::Value;
use std::io::Write as _;
use std::process::{Child, Output, Stdio};

/// An inbox that answers with `status`, and a webhook of bookings on it: their ids.
fn webhook(server: &Server, status: &str) -> (String, String) {
    let inbox = server.json(&["inboxes", "create", "--answers", status]);
    let (id, url) = (inbox["id"].as_str().unwrap(), inbox["url"].as_str().unwrap());
    let name = format!("answers {status}");
    let made = ["webhooks", "create", "--name", &name, "--url", url, "--events", "booking"];
    let webhook = server.json(&made);
    (webhook["id"].as_str().unwrap().to_owned(), id.to_owned())
}

fn post(server: &Server) -> String {
    let event = server.json(&["events", "post", "--type", "booking.scheduled", "--data", "{}"]);
    event["id"].as_str().unwrap().to_owned()
}

fn expect_of(event: &str) -> [&str; 7] {
    ["deliveries", "--event", event, "--expect", "delivered", "--wait", "30s"]
}

#[test]
fn what_deliveries_must_be_is_waited_for_and_decides_the_exit_code() {
    let server = Server::start(&[]);
    let (well, _) = webhook(&server, "200");
    let event = post(&server);
    let expect = expect_of(&event);
    let table = server.answer(&expect);
    assert!(table.contains("delivered") && table.lines().count() == 2, "{table}");
    assert_eq!(server.json(&expect)[0]["webhook"], well.as_str());

    // The first that is over ends the wait, so the other is waited for alone.
    for status in ["500", "410", "503"] {
        webhook(&server, status);
    }
    let event = post(&server);
    let of_one = ["--webhook", &well, "--event", &event, "--expect", "delivered", "--wait", "30s"];
    server.answer(&[&["deliveries"], &of_one[..]].concat());
    let output = server.command(&expect_of(&event)).output().unwrap();
    let (code, told) = (output.status.code(), said(&output));
    assert_eq!(code, Some(1), "{told}");
    let words = "deskbell: expected delivered: so it is for 1 of 4 deliveries, 2 pending; DLV-";
    assert!(told.starts_with(words) && told.contains("is cancelled (http_status)"), "{told}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().lines().count(),
        5,
        "the list stands before the reason"
    );
    let none = ["deliveries", "--event", "EVNT-2222222222", "--expect", "delivered", "--wait", "1s"];
    let told = server.refusal(&none, 1);
    assert!(told.contains("there is no delivery of which that could be said"), "{told}");

    let none =
        server.command(&["deliveries", "--event", "EVNT-0000000000", "--expect", "delivered"]).output();
    let none = none.unwrap();
    assert_eq!(none.status.code(), Some(1), "nothing is not what was expected");
    let said = server.refusal(&["deliveries", "--expect", "deliverd"], 2);
    assert!(said.contains("did you mean delivered?"), "{said}");
}

#[test]
fn requests_are_waited_for_and_too_few_end_with_1() {
    let server = Server::start(&[]);
    let (_, inbox) = webhook(&server, "200");
    let waiting = server
        .command(&["inboxes", "requests", &inbox, "--wait", "60s", "--count", "2", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let events = [post(&server), post(&server)];
    let output = waiting.wait_with_output().unwrap();
    assert!(output.status.success());
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let came: Vec<&str> =
        found.as_array().unwrap().iter().filter_map(|one| one["delivery_of"]["event"].as_str()).collect();
    assert!(came.len() == 2 && events.iter().all(|event| came.contains(&event.as_str())), "{found}");
    let output =
        server.command(&["inboxes", "requests", &inbox, "--wait", "1s", "--count", "3"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said(&output), "deskbell: 3 requests were awaited, and 2 came\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 3);
}

#[test]
fn an_unknown_name_is_refused_with_the_one_that_was_meant() {
    let server = Server::start(&[]);
    for (arguments, meant) in [
        (vec!["trigger", "booking.cancelled"], "did you mean booking.canceled?"),
        (vec!["trigger", "booking.canceled", "--expect", "deliverd"], "did you mean delivered?"),
        (
            vec!["test", "--forward-to", "http://localhost:1/", "--only", "booking.canceld"],
            "did you mean booking.canceled?",
        ),
    ] {
        let said = server.refusal(&arguments, 2);
        assert!(said.contains(meant), "{said}");
    }
}

#[test]
fn a_ready_file_has_the_address_and_is_gone_at_the_end() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("ready");
    std::fs::write(&file, "http://127.0.0.1:1\n").unwrap();
    let mut child = deskbell()
        .current_dir(place.path())
        .args(["serve", "--listen", "127.0.0.1:0", "--data", "data", "--ready-file", "ready"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let url = loop {
        // What an earlier run left is removed before anything else.
        match std::fs::read_to_string(&file) {
            Ok(text) if text != "http://127.0.0.1:1\n" => break text,
            _ => assert!(child.try_wait().unwrap().is_none(), "the server ended"),
        }
        std::thread::yield_now();
    };
    let address = url.strip_prefix("http://").unwrap().strip_suffix('\n').unwrap();
    assert_ne!(address.rsplit(':').next().unwrap(), "0");
    std::net::TcpStream::connect(address).expect("who reads it can call");
    let sent = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(sent.unwrap().success() && child.wait().unwrap().success());
    assert!(!file.exists());
}

#[test]
fn the_help_of_a_command_has_its_own_options_and_an_example() {
    let help = |command: &str| {
        let output = deskbell().args([command, "--help"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for (command, has, has_not) in [
        ("deliveries", vec!["--api-key", "--expect", "Example:"], vec!["--listen", "--data", "--store"]),
        ("verify", vec!["--secret-file", "Example:"], vec!["--listen", "--api-key"]),
        ("serve", vec!["--listen", "--ready-file", "Example:"], vec!["--api-key", "--ca"]),
        ("backup", vec!["--data", "Example:"], vec!["--listen", "--server"]),
    ] {
        let text = help(command);
        assert!(has.iter().all(|option| text.contains(option)), "{command}: {text}");
        assert!(has_not.iter().all(|option| !text.contains(&format!("{option} "))), "{command}: {text}");
    }
    let all = String::from_utf8(deskbell().arg("--help").output().unwrap().stdout).unwrap();
    assert!(all.contains("--listen") && all.contains("--api-key"), "{all}");
    // Hidden is not refused: an option may stand before the command.
    let output =
        deskbell().args(["--server", "http://127.0.0.1:1", "--api-key", "dbk_x", "webhooks"]).output();
    assert_eq!(output.unwrap().status.code(), Some(1));
}

#[test]
fn the_manual_has_exit_codes_and_the_environment() {
    let page = String::from_utf8(deskbell().arg("man").output().unwrap().stdout).unwrap();
    for word in [".SH EXIT STATUS", ".SH ENVIRONMENT", "DESKBELL_API_KEY", "Example:"] {
        assert!(page.contains(word), "{word}: {page}");
    }
}

#[test]
fn a_secret_is_read_from_a_file_and_a_verdict_is_json() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "d7686b8c83f04913929079aeae40189e\n").unwrap();
    let header = "t=1700000000,s=f83b7ca459c1aa92ac51610079d8d02e4ee942e53ad3ab996b00bb2632a93979";
    let verify = |body: &str, more: &[&str]| -> Output {
        let path = secret.path().to_str().unwrap();
        let mut child = deskbell()
            .args(["verify", "--secret-file", path, "--header", header, "--tolerance", "3650d"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let valid = verify("{}", &[]);
    assert!(valid.status.success(), "{}", said(&valid));
    let json = |output: &Output| -> Value { serde_json::from_slice(&output.stdout).unwrap() };
    assert_eq!(json(&verify("{}", &["--json"]))[0]["valid"], true);
    let wrong = verify("{} ", &["--json"]);
    assert_eq!((wrong.status.code(), said(&wrong)), (Some(1), String::new()));
    let told = json(&wrong);
    assert!(told[0]["valid"] == false && told[0]["mistakes"][0].is_string(), "{told}");
}

#[test]
fn a_second_interrupt_ends_a_server_that_drains() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("ready");
    let mut child = deskbell()
        .current_dir(place.path())
        .args(["serve", "--listen", "127.0.0.1:0", "--data", "data", "--ready-file", "ready"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let url = loop {
        match std::fs::read_to_string(&file) {
            Ok(text) => break text,
            Err(_) => assert!(child.try_wait().unwrap().is_none(), "the server ended"),
        }
        std::thread::yield_now();
    };
    // A call that has begun and does not end: the server waits for it.
    let address = url.trim().strip_prefix("http://").unwrap();
    let mut call = std::net::TcpStream::connect(address).unwrap();
    call.write_all(b"POST /v2/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{").unwrap();
    let interrupt = |child: &Child| {
        let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    };
    interrupt(&child);
    let mut log = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("stopping") {
        assert!(std::io::BufRead::read_line(&mut log, &mut said).unwrap() > 0, "{said}");
    }
    interrupt(&child);
    std::io::Read::read_to_string(&mut log, &mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{said}");
    assert!(said.contains("cut off by a second interrupt"), "{said}");
}
