//! Two servers over one PostgreSQL database, as an operator starts them.

use crate::cluster::{Cluster, Database};
use crate::copies::{OPEN, publish};
use crate::handler::{Got, Handler, answer};
use crate::server::{Server, deskbell, said};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// The master key that both have.
pub(crate) const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn events(got: &[Got]) -> BTreeSet<String> {
    got.iter().map(Got::event).collect()
}

fn delivered(server: &Server) -> usize {
    server.all("/v2/deliveries?status=delivered").len()
}

#[test]
fn two_servers_share_a_database_and_one_takes_over_what_the_other_was_killed_with() {
    let database = Cluster::shared().database("template1");
    let settings = [OPEN, &[("DESKBELL_STORE", &database.url), ("DESKBELL_MASTER_KEY", KEY)]].concat();
    let handler = Handler::start(|_, _| answer("200 OK", "", ""), 2);
    let mut one = Server::start(&settings);
    let other = one.beside(&settings);
    let body = format!(r#"{{"name":"crm","url":"{}","events":["booking"]}}"#, handler.url);
    let webhook = one.call("POST", "/v2/webhooks", &body)["id"].clone();
    assert_eq!(other.all("/v2/webhooks")[0]["id"], webhook, "the other one knows it");

    // Each sends what it accepts.
    let mut all: BTreeSet<String> = [publish(&one, 0), publish(&other, 1)].into();
    while delivered(&one) < 2 {}
    assert_eq!(events(&handler.got()), all);

    // From now on nothing is answered: so the one is killed with attempts in its hands.
    all.extend((2..5).map(|n| publish(&one, n)));
    handler.until(|got| got.len() >= 3);
    one.kill();
    handler.open();
    all.extend((5..8).map(|n| publish(&other, n)));
    while delivered(&other) < all.len() {}
    assert_eq!(events(&handler.got()), all, "nothing is lost");
    let attempts = other.all("/v2/attempts");
    let lost = attempts.iter().filter(|attempt| attempt["outcome"] == "lost").count();
    assert!(lost >= 1, "what may have been sent is on record");
    let last = |delivery: &Value| delivery["status"] == "delivered";
    assert!(other.all("/v2/deliveries").iter().all(last));
    drop(other);
    database.drop();
}

/// Two servers on that database, which answer within a second or less to what the other one is told.
fn two(database: &Database) -> (Server, Server) {
    let settings =
        [OPEN, &[("DESKBELL_STORE", database.url.as_str()), ("DESKBELL_MASTER_KEY", KEY)]].concat();
    let one = Server::start(&settings);
    let other = one.beside(&settings);
    (one, other)
}

/// What is sent on one connection until it has that text.
fn read_until(server: &Server, path: &str, wanted: &str, when_open: impl FnOnce()) -> String {
    let host = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nAPI-Key: {}\r\n\r\n", server.key).unwrap();
    let (mut reader, mut read) = (BufReader::new(stream), String::new());
    while !read.contains("\r\n\r\n") {
        assert!(reader.read_line(&mut read).unwrap() > 0, "{read}");
    }
    when_open();
    while !read.contains(wanted) {
        assert!(reader.read_line(&mut read).unwrap() > 0, "{read}");
    }
    read
}

/// A request to an inbox, whatever it answers.
fn post(server: &Server, path: &str) {
    let host = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"
    )
    .unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_key_that_is_revoked_anywhere_is_refused_by_all() {
    let database = Cluster::shared().database("template1");
    let (mut one, mut other) = two(&database);
    let data = one.data().to_owned();
    let run = |arguments: &[&str]| {
        let mut command = deskbell();
        command
            .current_dir(&data)
            .envs([("DESKBELL_STORE", database.url.as_str()), ("DESKBELL_MASTER_KEY", KEY)]);
        let done = command.args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", said(&done));
        String::from_utf8(done.stdout).unwrap()
    };
    let key = run(&["keys", "create", "--account", "owner@deskbell.localhost", "--name", "short"]);
    let keys: Value = serde_json::from_str(&run(&["keys", "list", "--json"])).unwrap();
    let id = keys.as_array().unwrap().iter().find(|key| key["name"] == "short").unwrap()["id"].clone();
    let is_taken = |server: &Server| {
        let answer = server.call("GET", "/v2/test", "");
        answer["message"].as_str().is_some_and(|text| text.starts_with("The API key is valid"))
    };
    for server in [&mut one, &mut other] {
        server.key = key.trim().to_owned();
        assert!(is_taken(server), "a new one is taken at once");
    }
    run(&["keys", "revoke", id.as_str().unwrap()]);
    for server in [&one, &other] {
        while is_taken(server) {}
    }
    drop((one, other));
    database.drop();
}

#[test]
fn a_webhook_that_is_changed_on_one_is_changed_for_the_others_next_event() {
    let database = Cluster::shared().database("template1");
    let (one, other) = two(&database);
    let before = Handler::start(|_, _| answer("200 OK", "", ""), usize::MAX);
    let after = Handler::start(|_, _| answer("200 OK", "", ""), usize::MAX);
    let body = format!(r#"{{"name":"crm","url":"{}","events":["booking"]}}"#, before.url);
    let webhook = one.call("POST", "/v2/webhooks", &body)["id"].as_str().unwrap().to_owned();
    let (mut old, mut new) = (BTreeSet::new(), BTreeSet::new());
    // Each is changed on one and rung on the other, there and back.
    for (n, (changes, rings)) in [(&one, &other), (&other, &one)].into_iter().cycle().take(6).enumerate() {
        let (handler, events) = if n % 2 == 0 { (&after, &mut new) } else { (&before, &mut old) };
        let moved = changes.call(
            "PATCH",
            &format!("/v2/webhooks/{webhook}"),
            &format!(r#"{{"url":"{}"}}"#, handler.url),
        );
        assert_eq!(moved["url"], handler.url);
        events.insert(publish(rings, n));
        while delivered(rings) <= n {}
    }
    assert_eq!((events(&before.got()), events(&after.got())), (old, new));
    let off = one.call("PATCH", &format!("/v2/webhooks/{webhook}"), r#"{"status":false}"#);
    assert_eq!(off["id"], webhook);
    publish(&other, 6);
    assert_eq!(other.all("/v2/deliveries").len(), 6, "one that was turned off is rung no more");
    drop((one, other));
    database.drop();
}

#[test]
fn a_stream_and_an_inbox_tell_of_what_came_to_another_server() {
    let database = Cluster::shared().database("template1");
    let (one, other) = two(&database);
    for (n, (follows, takes)) in [(&one, &other), (&other, &one)].into_iter().enumerate() {
        let mut event = String::new();
        let sent = format!(r#""n":{n}"#);
        let read = read_until(follows, "/v2/stream?types=event", "\"object\":\"event\"", || {
            event = publish(takes, n)
        });
        assert!(read.contains(&event) || read.contains(&sent), "{event} is not in {read}");
        let inbox = takes.json(&["inboxes", "create", "--name", "tester"]);
        let requests = format!("/v2/inboxes/{}/requests?wait=30", inbox["id"].as_str().unwrap());
        let url = inbox["url"].as_str().unwrap();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| follows.call("GET", &requests, ""));
            let path = url.strip_prefix(takes.url.as_str()).unwrap();
            post(takes, path);
            let found = waits.join().unwrap();
            assert_eq!(found["data"].as_array().map(Vec::len), Some(1), "{found}");
        });
    }
    drop((one, other));
    database.drop();
}

#[test]
fn a_database_is_looked_at_made_ready_and_never_copied_by_deskbell() {
    let database = Cluster::shared().database("template1");
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = deskbell();
        command.current_dir(directory.path()).env("DESKBELL_STORE", &database.url);
        command.args(arguments).output().unwrap()
    };
    let check = run(&["migrate", "--check"]);
    let told = String::from_utf8(check.stdout.clone()).unwrap();
    assert_eq!((check.status.code(), told.contains("start")), (Some(1), true), "{told}");
    assert!(run(&["migrate", "--apply"]).status.success());
    let again = run(&["migrate", "--check"]);
    assert!(again.status.success(), "{}", said(&again));
    let checkup = String::from_utf8(run(&["checkup"]).stdout).unwrap();
    assert!(checkup.contains("is PostgreSQL") && checkup.contains("fsync=off"), "{checkup}");
    for arguments in [&["backup", "copy.db"][..], &["restore", "copy.db"]] {
        let refused = run(arguments);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains("PostgreSQL"), "{}", said(&refused));
    }
    database.drop();
}
