//! The ways in which a handler or the server goes away: exit codes and last lines, as the table in docs/guide.md has them.

use crate::handler::{Handler, answer};
use crate::server::Server;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1/hook";

/// What a command left behind.
struct Left {
    code: Option<i32>,
    last: String,
}

/// `deskbell listen`, which said that it is there.
struct Listener(Child, BufReader<std::process::ChildStdout>);

impl Listener {
    fn start(server: &Server, handler: &str) -> Self {
        let mut command = server.command(&["listen", "--forward-to", handler, "--events", "booking"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut listener = Self(child, out);
        assert!(listener.line().starts_with("TIME "));
        listener
    }

    /// The next line of its table.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        line
    }

    fn terminate(self) -> Left {
        let sent = std::process::Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(sent.unwrap().success());
        self.end()
    }

    fn end(mut self) -> Left {
        // Whoever has no room for lines would stop.
        let out = std::thread::spawn(move || std::io::copy(&mut self.1, &mut std::io::sink()).unwrap());
        let mut said = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let code = self.0.wait().unwrap().code();
        out.join().unwrap();
        Left { code, last: said.lines().last().unwrap_or_default().to_owned() }
    }
}

fn run(server: &Server, arguments: &[&str]) -> Left {
    let output = server.command(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    Left { code: output.status.code(), last: said.lines().last().unwrap_or_default().to_owned() }
}

fn post(server: &Server) {
    server.json(&["events", "post", "--type", "booking.scheduled", "--data", "{}"]);
}

fn webhook(server: &Server) -> String {
    server.json(&["webhooks"])[0]["id"].as_str().unwrap().to_owned()
}

/// Each way by the words of the table.
fn ways() -> BTreeMap<(&'static str, &'static str), fn() -> Left> {
    let mut ways: BTreeMap<(&str, &str), fn() -> Left> = BTreeMap::new();
    ways.insert(("listen", "the handler is not there"), || {
        let server = Server::start(&[]);
        let mut listener = Listener::start(&server, NOWHERE);
        post(&server);
        let row = listener.line();
        assert!(row.contains(" 502 ") && row.contains("cannot be reached"), "{row}");
        listener.terminate()
    });
    ways.insert(("listen", "the handler answers 410"), || {
        let server = Server::start(&[]);
        let handler = Handler::start(|_, _| answer("410 Gone", "", ""), usize::MAX);
        let listener = Listener::start(&server, &handler.url);
        post(&server);
        listener.end()
    });
    ways.insert(("listen", "its webhook is deleted"), || {
        let server = Server::start(&[]);
        let listener = Listener::start(&server, NOWHERE);
        server.call("DELETE", &format!("/v2/webhooks/{}", webhook(&server)), "");
        listener.end()
    });
    ways.insert(("listen", "its webhook is paused"), || {
        let server = Server::start(&[]);
        let listener = Listener::start(&server, NOWHERE);
        server.call("PATCH", &format!("/v2/webhooks/{}", webhook(&server)), r#"{"status": false}"#);
        listener.end()
    });
    ways.insert(("listen", "its inbox is deleted"), || {
        let server = Server::start(&[]);
        let listener = Listener::start(&server, NOWHERE);
        let inbox = server.json(&["inboxes"])[0]["id"].as_str().unwrap().to_owned();
        server.call("DELETE", &format!("/v2/inboxes/{inbox}"), "");
        listener.end()
    });
    ways.insert(("listen", "the server is killed and comes back"), || {
        let mut server = Server::start(&[]);
        let handler = Handler::start(|_, _| answer("200 OK", "", "ok"), usize::MAX);
        let mut listener = Listener::start(&server, &handler.url);
        server.restart(&[]);
        post(&server);
        let row = listener.line();
        assert!(row.contains(" 200 "), "{row}");
        listener.terminate()
    });
    ways.insert(("trigger", "the server is not there"), || {
        let mut server = Server::start(&[]);
        server.kill();
        run(&server, &["trigger", "booking.scheduled"])
    });
    ways.insert(("trigger", "the handler fails, with `--expect delivered`"), || {
        let server = Server::start(&[]);
        let inbox = server.json(&["inboxes", "create", "--answers", "500"]);
        let url = inbox["url"].as_str().unwrap();
        server.answer(&["webhooks", "create", "--name", "fails", "--url", url, "--events", "booking"]);
        run(&server, &["trigger", "booking.scheduled", "--expect", "delivered"])
    });
    ways.insert(("test", "the handler is not there"), || {
        let server = Server::start(&[]);
        run(&server, &["test", "--forward-to", NOWHERE, "--only", "booking.scheduled"])
    });
    ways.insert(("test", "the server is not there"), || {
        let mut server = Server::start(&[]);
        server.kill();
        run(&server, &["test", "--forward-to", NOWHERE])
    });
    ways
}

/// Whether `text` is as `pattern` says, in which `…` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (at, part) in parts.iter().enumerate() {
        let found = if at + 1 == parts.len() {
            rest.ends_with(part).then(|| rest.len() - part.len())
        } else {
            rest.find(part)
        };
        let Some(found) = found else { return false };
        rest = &rest[found + part.len()..];
    }
    rest.is_empty()
}

#[test]
fn whoever_goes_away_the_exit_code_and_the_last_line_are_those_of_the_guide() {
    let guide = include_str!("../../../../docs/guide.md");
    let rows: Vec<[&str; 4]> = guide
        .lines()
        .filter(|line| {
            line.starts_with("| `listen` |")
                || line.starts_with("| `trigger` |")
                || line.starts_with("| `test` |")
        })
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            cells.try_into().unwrap_or_else(|_| panic!("{line}"))
        })
        .collect();
    let ways = ways();
    assert_eq!(rows.len(), ways.len(), "each way has a row, and each row a way");
    let all: Vec<_> = rows
        .iter()
        .map(|[command, what, code, last]| {
            let key = (command.trim_matches('`'), *what);
            let way = *ways.get(&key).unwrap_or_else(|| panic!("no way is called {key:?}"));
            (key, (*code, last.trim_matches('`')), std::thread::spawn(way))
        })
        .collect();
    let mut wrong = Vec::new();
    for (key, (code, last), left) in all {
        let left = left.join().unwrap();
        if left.code.map(|code| code.to_string()).as_deref() != Some(code) || !fits(last, &left.last) {
            wrong.push(json!({"way": format!("{key:?}"), "code": left.code, "last": left.last}));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
