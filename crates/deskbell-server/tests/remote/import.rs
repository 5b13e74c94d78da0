//! `deskbell import`, `deskbell listen --inbox` and `deskbell replay`: a real account's events as a beginning, its deliveries on
//! this machine, and one of them once more.

use crate::handler::{Handler, answer};
use crate::server::{Server, said};
use deskbell_core::Clock as _;
use deskbell_core::policy::sign;
use deskbell_core::vault::Secret;
use deskbell_server::door::SystemClock;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

const EVENT: &str = include_str!("../api/import/scheduled.json");
const SECRET: &str = "d7686b8c83f04913929079aeae40189e";
/// Blanks and order that a rebuilt body would not have.
const BODY: &str = "{ \"id\":\"EVNT-3HZ7KQ51VD\",  \"object\":\"event\", \"name\": \"Zoë\" }\n";

#[test]
fn an_event_is_imported_from_a_file_and_from_standard_input() {
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("event.json");
    std::fs::write(&file, EVENT).unwrap();
    let table = server.answer(&["import", file.to_str().unwrap()]);
    let row = table.lines().nth(1).unwrap();
    assert!(row.starts_with("booking.scheduled  created  BKNG-Q8T2ZC4M6RVA"), "{table}");
    let mut piped = server.command(&["import", "-", "--json"]);
    let mut piped = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    piped.stdin.take().unwrap().write_all(format!("[{EVENT}]").as_bytes()).unwrap();
    let output = piped.wait_with_output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told[0]["outcome"], &told[0]["user"]), (&"updated".into(), &"USR-4KD92MXQ7".into()));
    std::fs::write(&file, EVENT.replace("\"scheduled\"", "\"planned\"")).unwrap();
    assert!(server.refusal(&["import", file.to_str().unwrap()], 1).contains("param data.status"));
    assert!(server.refusal(&["import", "/nowhere.json"], 2).contains("/nowhere.json"));
}

/// Sends [`BODY`] to an inbox as the vendor does, and gives the status of the answer.
fn send(server: &Server, url: &str) -> String {
    let time = deskbell_core::time::millis(SystemClock.now()) / 1_000;
    let digest = sign::vendor(&Secret::new(SECRET.into()), time, BODY.as_bytes());
    let host = server.url.strip_prefix("http://").unwrap();
    let path = &url[url.find("/in/").unwrap()..];
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nX-Twice: 1\r\nX-Twice: 2\r\n{}: t={time},s={digest}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
        sign::HEADER,
        BODY.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn the_vendors_deliveries_reach_a_handler_and_its_answer_the_vendor() {
    let server = Server::start(&[]);
    let inbox = server.json(&["inboxes", "create", "--relay", "--secret", SECRET]);
    assert!(inbox["has_secret"] == true && !inbox.to_string().contains(SECRET), "{inbox}");
    let (id, url) = (inbox["id"].as_str().unwrap(), inbox["url"].as_str().unwrap());
    let handler = Handler::start(|_, _| answer("202 Accepted", "", "thanks"), 100);
    let mut command = server.command(&["listen", "--inbox", id, "--forward-to", &handler.url]);
    let mut listener = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(listener.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("TIME "));
    assert_eq!(send(&server, url), "202", "what the handler answered");
    let row = lines.next().unwrap().unwrap();
    assert!(row.contains("202") && row.contains("signature valid"), "{row}");
    handler.until(|got| got.len() == 1 && got[0].body == BODY.as_bytes());
    let pid = listener.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(listener.wait().unwrap().success());
    assert_eq!(server.json(&["inboxes", "get", id])["id"], id, "the inbox stays");
    let plain = server.json(&["inboxes", "create"])["id"].as_str().unwrap().to_owned();
    let refused = server.refusal(&["listen", "--inbox", &plain, "--forward-to", &handler.url], 1);
    assert!(refused.contains("--relay"), "{refused}");
}

#[test]
fn a_captured_request_is_sent_again_as_it_came() {
    let server = Server::start(&[]);
    let inbox = server.json(&["inboxes", "create", "--secret", SECRET]);
    server.json(&["inboxes", "create"]);
    assert_eq!(send(&server, inbox["url"].as_str().unwrap()), "200");
    let captured = server.json(&["inboxes", "requests", inbox["id"].as_str().unwrap()]);
    let (id, signature) = (captured[0]["id"].as_str().unwrap(), &captured[0]["signature"]);
    assert_eq!(signature, "valid");
    let handler = Handler::start(|_, _| answer("200 OK", "", "again"), 100);
    let told = server.answer(&["replay", id, "--to", &handler.url]);
    assert!(told.contains("answered 200") && told.ends_with("again\n"), "{told}");
    let json = server.json(&["replay", id, "--to", &handler.url, "--inbox", inbox["id"].as_str().unwrap()]);
    assert_eq!(
        (&json["status"], &json["body"], &json["request"]),
        (&200.into(), &"again".into(), &id.into())
    );
    handler.until(|got| {
        got.len() == 2
            && got.iter().all(|got| {
                let twice = got.head.lines().filter(|line| line.starts_with("X-Twice: ")).count();
                let verified = got.header(sign::HEADER).is_some_and(|header| {
                    sign::verify(&Secret::new(SECRET.into()), header, &got.body).is_ok()
                });
                got.body == BODY.as_bytes() && verified && twice == 2
            })
    });
    let refusing = Handler::start(|_, _| answer("503 Service Unavailable", "", ""), 100);
    let output = server.command(&["replay", id, "--to", &refusing.url]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("answered 503"));
    assert!(
        server.refusal(&["replay", "CAP-000000000000", "--to", &handler.url], 1).contains("CAP-000000000000")
    );
    assert!(server.refusal(&["replay", id, "--to", "ftp://a.example"], 2).contains("--to"));
    assert!(server.refusal(&["replay", id, "--to", "http://127.0.0.1:1/"], 1).contains("cannot be reached"));
}
