//! `deskbell listen`: deliveries reach a local handler as they are, and its answers reach the sender's log.

use crate::handler::{Got, Handler, answer};
use crate::server::Server;
use deskbell_core::policy::sign;
use deskbell_core::vault::Secret;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Retries a second apart, and rests that end soon.
const QUICK: [(&str, &str); 4] = [
    ("DESKBELL_DELIVERY__RETRY_SCHEDULE", "1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s"),
    ("DESKBELL_DELIVERY__JITTER", "0"),
    ("DESKBELL_DELIVERY__REST_FLOOR", "50ms"),
    ("DESKBELL_DELIVERY__REST_CEILING", "200ms"),
];

/// A listener that said it is there. It is killed when dropped.
struct Listener {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Listener {
    fn start(server: &Server, handler: &str, more: &[&str]) -> Self {
        let mut command = server.command(&[&["listen", "--forward-to", handler], more].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Read all the time: a full pipe would stop the listener at its next line.
        let (out, (send, lines)) = (BufReader::new(child.stdout.take().unwrap()), mpsc::channel());
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).for_each(|line| {
                // Nobody may want the lines any more.
                let _ = send.send(line);
            });
        });
        let heading = lines.recv().unwrap_or_default();
        if !heading.starts_with("TIME ") {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("it does not listen: {heading:?} {said}");
        }
        Self { child, lines }
    }

    /// The next line of its table.
    fn line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(60)).expect("it goes on")
    }

    /// SIGKILL; gives what it said.
    fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.said()
    }

    /// SIGTERM; it ends well, and gives what it said.
    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let said = self.said();
        assert!(self.child.wait().unwrap().success(), "{said}");
        said
    }

    fn said(&mut self) -> String {
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Posts `count` events and gives their ids.
fn post(server: &Server, count: usize) -> HashSet<String> {
    let event =
        |n| json!({"type": "booking.scheduled", "data": {"object": "booking", "n": n, "name": "Zoë Müller"}});
    let events: Vec<Value> = (0..count).map(event).collect();
    let accepted = server.call("POST", "/v2/events", &json!({"events": events}).to_string());
    let ids =
        accepted["data"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned());
    ids.collect()
}

/// The events that were delivered by now.
fn delivered(server: &Server) -> HashSet<String> {
    let found = server.all("/v2/deliveries?status=delivered");
    found.iter().map(|delivery| delivery["event"].as_str().unwrap().to_owned()).collect()
}

/// Waits until nothing is pending.
fn settle(server: &Server) {
    for _ in 0..600 {
        if server.call("GET", "/v2/deliveries?status=pending", "")["data"].as_array().unwrap().is_empty() {
            return;
        }
        // The attempt of a delivery that waits is the next thing to happen: a second at most.
        std::thread::park_timeout(Duration::from_millis(100));
    }
    panic!("deliveries are pending still");
}

/// Every seventh event is refused at first; the rest is taken.
fn now_and_then(got: &Got, nth: usize) -> String {
    let number: Value = serde_json::from_slice(&got.body).unwrap();
    if nth == 0 && number["data"]["n"].as_u64().unwrap().is_multiple_of(7) {
        answer("500 Internal Server Error", "X-Test-Handler: mine\r\n", "not now")
    } else {
        answer("200 OK", "X-Test-Handler: mine\r\n", &format!("thanks for {}", got.event()))
    }
}

#[test]
fn a_listener_or_a_server_that_is_killed_and_started_again_misses_nothing() {
    const EVENTS: usize = 1_000;
    let mut server = Server::start(&QUICK);
    // From the 400th on nothing is answered until we say so: the kill comes in the middle, with requests taken.
    let handler = Handler::start(now_and_then, 400);
    let listener = Listener::start(&server, &handler.url, &[]);
    let events = post(&server, EVENTS);
    handler.until(|got| got.len() > 402);
    let said = listener.kill();
    let secret = said.lines().find_map(|line| line.split_once("shown once: ")).unwrap().1.to_owned();
    handler.open();

    let listener = Listener::start(&server, &handler.url, &["--remove"]);
    let seen = |got: &[Got]| got.iter().map(Got::event).collect::<HashSet<_>>().len();
    handler.until(|got| seen(got) > 700);
    let before = delivered(&server);
    server.restart(&QUICK);
    let got = handler.until(|got| seen(got) == EVENTS);
    settle(&server);
    assert_eq!(
        got.iter().map(Got::event).collect::<HashSet<_>>(),
        events,
        "the handler has seen every event"
    );
    assert_eq!(server.all("/v2/webhooks").len(), 1, "the second one took the place of the first");

    for got in &got {
        assert!(got.head.starts_with("POST /hook?from=deskbell HTTP/1.1\r\n"), "{}", got.head);
        let header = got.header("Oncehub-Signature").unwrap();
        let signed = sign::verify(&Secret::new(secret.clone()), header, &got.body);
        assert!(signed.is_ok(), "headers and bytes are as they were: {signed:?} {}", got.head);
        assert_eq!(got.header("Content-Type"), Some("application/json"), "{}", got.head);
    }

    let mut statuses: HashMap<u64, usize> = HashMap::new();
    let mut delivered = HashSet::new();
    for attempt in server.all("/v2/attempts") {
        let (event, response) = (attempt["event"].as_str().unwrap(), &attempt["response"]);
        let status = response["status_code"].as_u64().unwrap_or_default();
        *statuses.entry(status).or_default() += 1;
        let handlers = response["headers"].as_array().into_iter().flatten();
        let handlers = handlers
            .filter(|header| header[0].as_str().unwrap().eq_ignore_ascii_case("x-test-handler"))
            .count();
        match status {
            200 => {
                assert_eq!(response["body"], format!("thanks for {event}"), "the handler's own body");
                assert_eq!(handlers, 1, "the handler's own header");
                assert!(delivered.insert(event.to_owned()), "{event} was delivered twice");
            }
            500 => assert_eq!((response["body"].as_str(), handlers), (Some("not now"), 1)),
            // Held when the listener died, and not taken again in time.
            504 | 0 => {}
            other => panic!("{other} is no answer of the handler: {attempt}"),
        }
    }
    assert_eq!(delivered, events, "{statuses:?}");
    assert!(statuses[&500] > EVENTS / 10, "{statuses:?}");

    let after: HashSet<String> = delivered.difference(&before).cloned().collect();
    assert!(after.len() > EVENTS / 10, "the restart came in the middle: {}", after.len());
    let mut shown = HashSet::new();
    while !shown.is_superset(&after) {
        let line = listener.line();
        let words: Vec<&str> = line.split_whitespace().collect();
        if words[1] == "200" {
            assert!(shown.insert(words[4].to_owned()), "a row twice: {line}");
        }
    }

    let said = listener.stop();
    assert!(said.contains("It was there already") && !said.contains(&secret), "{said}");
    assert!(said.contains("are removed"), "{said}");
    assert!(server.all("/v2/webhooks").is_empty() && server.all("/v2/inboxes").is_empty());
}

fn redirect(_: &Got, _: usize) -> String {
    answer("302 Found", "Location: http://127.0.0.1:1/\r\n", "")
}

#[test]
fn a_redirect_or_no_handler_at_all_is_a_bad_gateway() {
    let server = Server::start(&[]);
    let handler = Handler::start(redirect, usize::MAX);
    // A port that was free a moment ago, and that nobody listens on.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, note) in
        [(handler.url.clone(), "answered 302"), (format!("http://{nobody}/"), "cannot be reached")]
    {
        let listener =
            Listener::start(&server, &url, &["--events", "booking.canceled", "--name", "for one test"]);
        server.answer(&["events", "post", "--type", "booking.scheduled", "--data", "{}"]);
        let event = server.json(&["events", "post", "--type", "booking.canceled", "--data", "{}"]);
        assert_eq!(event["deliveries"], 1);
        let line = listener.line();
        for part in ["  502  ", "booking.canceled", event["id"].as_str().unwrap(), note] {
            assert!(line.contains(part), "{part} is not in {line:?}");
        }
        let path = format!("/v2/attempts?event={}", event["id"].as_str().unwrap());
        let attempt = (0..100)
            .find_map(|_| {
                let found = server.call("GET", &path, "")["data"][0].clone();
                std::thread::park_timeout(Duration::from_millis(20 * u64::from(found.is_null())));
                (!found.is_null()).then_some(found)
            })
            .unwrap();
        assert_eq!(attempt["response"]["status_code"], 502);
        assert!(attempt["response"]["body"].as_str().unwrap().contains(note), "{attempt}");
        listener.stop();
    }
}

#[test]
fn a_listener_takes_no_webhook_of_somebody_else() {
    let server = Server::start(&[]);
    let create = ["webhooks", "create", "--name", "mine", "--url", "https://hooks.northwind.example/in/x"];
    server.answer(&[&create[..], &["--events", "booking"]].concat());
    server.answer(&[
        "webhooks",
        "create",
        "--name",
        "plain",
        "--url",
        "https://a.example/hook",
        "--events",
        "booking",
    ]);
    let listen = ["listen", "--forward-to", "http://127.0.0.1:1/"];
    for name in ["mine", "plain"] {
        let said = server.refusal(&[&listen[..], &["--name", name]].concat(), 1);
        assert!(said.contains(name) && said.contains("choose another --name"), "{said}");
    }
    let said = server.refusal(&[&listen[..], &["--events", "booking.schedulled"]].concat(), 1);
    assert!(said.contains("booking.scheduled") && said.contains("event_type_unknown"), "{said}");
    assert!(server.all("/v2/inboxes").is_empty(), "nothing stays behind");
    for wrong in ["localhost:3000", "ftp://localhost/", ""] {
        let said = server.refusal(&["listen", "--forward-to", wrong], 2);
        assert!(said.contains("--forward-to"), "{said}");
    }
}

#[test]
fn a_listener_whose_webhook_went_silent_says_so_and_ends_with_1() {
    let server = Server::start(&QUICK);
    let handler = Handler::start(|_, _| answer("200 OK", "", "ok"), usize::MAX);
    for (call, word) in [("DELETE", "was deleted"), ("PATCH", "was paused")] {
        let mut listener = Listener::start(&server, &handler.url, &[]);
        let webhook = server.json(&["webhooks"])[0]["id"].as_str().unwrap().to_owned();
        server.call(call, &format!("/v2/webhooks/{webhook}"), r#"{"status": false}"#);
        let said = listener.said();
        assert_eq!(listener.child.wait().unwrap().code(), Some(1), "{said}");
        assert!(
            said.contains(&format!("deskbell: the webhook {webhook} {word}: nothing comes any more")),
            "{said}"
        );
    }
    assert!(server.all("/v2/inboxes").is_empty(), "and no inbox of it stays behind");
}

/// The secret that a listener was told.
fn secret_in(said: &str) -> Option<String> {
    said.lines().find_map(|line| line.split_once("shown once: ")).map(|(_, secret)| secret.to_owned())
}

#[test]
fn a_listener_keeps_its_secret_from_one_run_to_the_next() {
    let server = Server::start(&QUICK);
    let handler = Handler::start(|_, _| answer("200 OK", "", "ok"), usize::MAX);
    let said = Listener::start(&server, &handler.url, &[]).stop();
    let secret = secret_in(&said).unwrap();
    let webhooks = server.all("/v2/webhooks");
    let id = webhooks[0]["id"].as_str().unwrap();
    assert!(said.contains(&format!("The webhook {id} is paused and keeps its secret")), "{said}");
    assert_eq!((webhooks.len(), &webhooks[0]["status"]), (1, &json!(false)));
    assert!(server.all("/v2/inboxes").is_empty());

    let listener = Listener::start(&server, &handler.url, &[]);
    post(&server, 1);
    let got = handler.until(|got| !got.is_empty());
    let signed =
        sign::verify(&Secret::new(secret), got[0].header("Oncehub-Signature").unwrap(), &got[0].body);
    assert!(signed.is_ok(), "{signed:?}");
    let said = listener.stop();
    assert!(said.contains("It was there already") && secret_in(&said).is_none(), "{said}");
    assert_eq!(server.all("/v2/webhooks")[0]["id"], id, "it is the same");
    let said = Listener::start(&server, &handler.url, &["--remove"]).stop();
    assert!(
        said.contains("The webhook and its inbox are removed.") && server.all("/v2/webhooks").is_empty(),
        "{said}"
    );
}

#[test]
fn a_webhook_that_was_led_elsewhere_stays_as_it_was_led() {
    let server = Server::start(&QUICK);
    let mut listener = Listener::start(&server, "http://127.0.0.1:1/", &[]);
    let id = server.json(&["webhooks"])[0]["id"].as_str().unwrap().to_owned();
    server.call("PATCH", &format!("/v2/webhooks/{id}"), r#"{"url": "https://hooks.northwind.example/in/a"}"#);
    let said = listener.said();
    assert_eq!(listener.child.wait().unwrap().code(), Some(1), "{said}");
    assert!(said.contains("was led to https://hooks.northwind.example/in/a"), "{said}");
    let webhook = &server.all("/v2/webhooks")[0];
    assert_eq!((&webhook["status"], webhook["id"].as_str()), (&json!(true), Some(id.as_str())));
}

/// When the only inbox expires.
fn expiry(server: &Server) -> String {
    server.all("/v2/inboxes")[0]["expiry_time"].as_str().unwrap().to_owned()
}

/// Waits until the only inbox was renewed.
fn await_renewal(server: &Server) {
    let before = expiry(server);
    for _ in 0..600 {
        if expiry(server) != before {
            return;
        }
        // It is renewed when half of its life is over.
        std::thread::park_timeout(Duration::from_millis(100));
    }
    panic!("it is not renewed");
}

#[test]
fn an_inbox_is_renewed_as_long_as_somebody_listens_at_it() {
    let server = Server::start(&[QUICK[0], QUICK[1], QUICK[2], QUICK[3], ("DESKBELL_INBOX__LIFE", "20s")]);
    let handler = Handler::start(|_, _| answer("200 OK", "", "ok"), usize::MAX);
    let listener = Listener::start(&server, &handler.url, &[]);
    await_renewal(&server);
    await_renewal(&server);
    post(&server, 1);
    assert!(listener.line().contains(" 200 "));
    listener.stop();
    // And one that stays where it is.
    let inbox = server.json(&["inboxes", "create", "--relay"]);
    let listener = Listener::start(&server, &handler.url, &["--inbox", inbox["id"].as_str().unwrap()]);
    await_renewal(&server);
    listener.stop();
    assert_eq!(server.all("/v2/inboxes").len(), 1, "it stays");
}

#[test]
fn a_listener_at_an_inbox_that_has_expired_or_goes_says_so_and_ends_with_1() {
    let mut server = Server::start(&[("DESKBELL_INBOX__LIFE", "1s")]);
    let inbox = server.json(&["inboxes", "create", "--relay"])["id"].as_str().unwrap().to_owned();
    let path = format!("/v2/inboxes/{inbox}");
    let renewal = |server: &Server| server.call("PATCH", &path, r#"{"renew": true}"#)["code"].clone();
    for _ in 0..600 {
        if renewal(&server) == "inbox_expired" {
            break;
        }
        // A second from the last renewal on; none comes while this waits.
        std::thread::park_timeout(Duration::from_millis(1_100));
    }
    let said = server
        .command(&["listen", "--inbox", &inbox, "--forward-to", "http://127.0.0.1:1/"])
        .output()
        .unwrap();
    let (code, said) = (said.status.code(), String::from_utf8(said.stderr).unwrap());
    let told = format!("deskbell: the inbox {inbox} has expired: nothing comes any more; listen again");
    assert!(code == Some(1) && said.contains(&told), "{code:?} {said}");

    server.restart(&[]);
    let inbox = server.json(&["inboxes", "create", "--relay"])["id"].as_str().unwrap().to_owned();
    let mut listener = Listener::start(&server, "http://127.0.0.1:1/", &["--inbox", &inbox]);
    server.call("DELETE", &format!("/v2/inboxes/{inbox}"), "");
    let said = listener.said();
    assert_eq!(listener.child.wait().unwrap().code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("deskbell: the inbox {inbox} was deleted: nothing comes any more")),
        "{said}"
    );
}

#[test]
fn a_second_listener_of_one_name_is_refused_and_the_first_goes_on() {
    let server = Server::start(&QUICK);
    let handler = Handler::start(|_, _| answer("200 OK", "", "ok"), usize::MAX);
    let listener = Listener::start(&server, &handler.url, &[]);
    let said = server.refusal(&["listen", "--forward-to", &handler.url], 1);
    assert!(said.contains("somebody listens at this name already"), "{said}");
    let other = Listener::start(&server, &handler.url, &["--name", "another"]);
    post(&server, 1);
    assert!(listener.line().contains(" 200 ") && other.line().contains(" 200 "), "each has its own");
    let inbox = server.json(&["inboxes"])[0]["id"].as_str().unwrap().to_owned();
    let said = server.refusal(&["listen", "--inbox", &inbox, "--forward-to", &handler.url], 1);
    assert!(
        said.contains("Another listener") || said.contains("somebody listens at this inbox already"),
        "{said}"
    );
    other.stop();
    listener.stop();
}
