//! The command line, run as a person runs it: the real binary, a directory of its own, nothing from the environment.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};

/// Runs `deskbell` with its data in `directory`.
fn deskbell(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
    command.env_clear().current_dir(directory).args(arguments).output().unwrap()
}

/// Runs it, expects success, and gives what it printed on standard output.
#[track_caller]
fn answer(directory: &Path, arguments: &[&str]) -> String {
    let output = deskbell(directory, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs it, expects this exit code, nothing on standard output and one sentence on standard error, and gives that.
#[track_caller]
fn refusal(directory: &Path, arguments: &[&str], code: i32) -> String {
    let output = deskbell(directory, arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?} prints on standard output");
    assert!(
        said.starts_with("deskbell: ") && said.trim_end().lines().count() == 1,
        "{arguments:?}: {said:?}"
    );
    said
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn rows(table: &str) -> Vec<&str> {
    table.lines().skip(1).collect()
}

#[test]
fn help_and_version_need_no_instance() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(answer(directory.path(), &["--version"]), format!("deskbell {}\n", env!("CARGO_PKG_VERSION")));
    let help = answer(directory.path(), &["--help"]);
    for word in ["serve", "config", "accounts", "keys", "--listen", "--data", "--store", "DESKBELL_CONFIG"] {
        assert!(help.contains(word), "{word} is not in {help}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "something was made");
    let unknown = deskbell(directory.path(), &["ring"]);
    assert_eq!(unknown.status.code(), Some(2), "{}", said(&unknown));
}

#[test]
fn a_reader_that_has_read_enough_is_not_complained_to() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_deskbell"))
        .arg("openapi")
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), said(&output).as_str()), (Some(1), ""));
}

#[test]
fn the_settings_are_printed_with_where_each_came_from() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("mine.toml"), "[inbox]\nkeep = 9\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
    command.env_clear().current_dir(directory.path()).args([
        "config",
        "--config",
        "mine.toml",
        "--data",
        "/tmp/x",
    ]);
    let output = command.env("DESKBELL_API__RATE_LIMIT", "off").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for (setting, origin) in [
        ("keep = 9", "# file mine.toml"),
        ("data = \"/tmp/x\"", "# flag --data"),
        ("rate_limit = \"off\"", "# environment DESKBELL_API__RATE_LIMIT"),
        ("listen = \"127.0.0.1:8480\"", "# default"),
        ("store = \"sqlite:/tmp/x/deskbell.db\"", "# default, from server.data"),
    ] {
        let line = text.lines().find(|line| line.starts_with(setting));
        assert!(line.is_some_and(|line| line.ends_with(origin)), "{setting} {origin}: {line:?} in\n{text}");
    }
    assert!(text.starts_with("[api]\n"));
    // What it prints is a settings file.
    std::fs::write(directory.path().join("again.toml"), &text).unwrap();
    answer(directory.path(), &["config", "--config", "again.toml"]);
}

#[test]
fn bad_settings_end_every_command_before_anything_is_made() {
    let directory = tempfile::tempdir().unwrap();
    for command in [&["serve"][..], &["config"], &["accounts", "list"], &["keys", "list"], &[]] {
        let arguments = [command, &["--listen", "here"]].concat();
        let said = refusal(directory.path(), &arguments, 2);
        assert!(said.contains("server.listen = \"here\" (flag --listen)"), "C-46: {said}");
    }
    let output = deskbell(directory.path(), &["config", "--listen", "here", "--store", "mysql:there"]);
    assert_eq!(output.status.code(), Some(2), "C-46");
    let said = said(&output);
    assert!(said.contains("2 settings are wrong") && said.contains("mysql:there"), "C-46: {said}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "something was made");
}

#[test]
fn an_address_has_one_account() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let id = answer(at, &["accounts", "create", "ana@mail.example"]);
    assert!(id.starts_with("ACC-") && id.lines().count() == 1, "{id:?}");
    for again in ["ana@mail.example", "Ana@Mail.Example"] {
        let said = refusal(at, &["accounts", "create", again], 1);
        assert!(said.contains("already"), "{said}");
    }
    for wrong in ["ana", "a b@c", "@c", "", "a\n@c"] {
        refusal(at, &["accounts", "create", wrong], 2);
    }
    answer(at, &["accounts", "create", "ben@mail.example"]);
    let list = answer(at, &["accounts", "list"]);
    assert_eq!(rows(&list).len(), 2, "{list}");
    assert!(list.contains(id.trim()) && list.contains("ben@mail.example"), "{list}");
}

#[test]
fn an_account_keeps_its_events_for_a_time_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    answer(at, &["accounts", "create", "ana@mail.example"]);
    let told = |options: &[&str]| {
        let text = answer(at, &[&["accounts", "retention", "Ana@mail.example"], options].concat());
        let words = |row: &str| row.split_whitespace().collect::<Vec<_>>().join(" ");
        rows(&text).into_iter().map(words).collect::<Vec<_>>()
    };
    assert_eq!(told(&[]), ["events 90d the instance's", "payloads 90d the instance's"]);
    let own = told(&["--events", "forever", "--payloads", "30d"]);
    assert_eq!(own, ["events forever its own", "payloads 30d its own"]);
    assert_eq!(told(&["--events", "7d"]), ["events 7d its own", "payloads 7d its own"], "never longer");
    let back = ["events 90d the instance's", "payloads 30d its own"];
    assert_eq!(told(&["--events", "instance"]), back);
    assert_eq!(told(&[]), back);
    for (option, value) in [("--events", "6d"), ("--payloads", "1m"), ("--events", "")] {
        let said = refusal(at, &["accounts", "retention", "ana@mail.example", option, value], 2);
        assert!(said.contains(option) && said.contains("or instance"), "{said}");
    }
    refusal(at, &["accounts", "retention", "nobody@mail.example"], 1);
}

#[test]
fn an_account_is_given_a_quota_and_told_what_it_keeps() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path();
    for email in ["operator@mail.example", "ana@mail.example"] {
        answer(at, &["accounts", "create", email]);
    }
    let quota = |email: &str, options: &[&str]| {
        let text = answer(at, &[&["accounts", "quota", email], options].concat());
        rows(&text)[0].split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(quota("operator@mail.example", &[]), "events 0 MiB none its own");
    let instance = quota("ana@mail.example", &[]);
    assert!(instance.starts_with("events 0 MiB ") && instance.ends_with(" 0 % the instance's"), "{instance}");
    let twenty = "events 0 MiB 20 MiB 0 % its own";
    assert_eq!(quota("ana@mail.example", &["--events-mib", "20"]), twenty);
    assert_eq!(quota("ana@mail.example", &[]), twenty, "it is remembered");
    assert_eq!(quota("ana@mail.example", &["--events-mib", "none"]), "events 0 MiB none its own");
    assert_eq!(quota("ana@mail.example", &["--events-mib", "instance"]), instance);
    for value in ["0", "much", "1000001"] {
        let said = refusal(at, &["accounts", "quota", "ana@mail.example", "--events-mib", value], 2);
        assert!(said.contains("--events-mib"), "{said}");
    }
    refusal(at, &["accounts", "quota", "nobody@mail.example"], 1);
}

#[test]
fn a_key_is_printed_alone_and_once_and_other_processes_see_it() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    answer(at, &["accounts", "create", "ana@mail.example"]);
    let key = answer(at, &["keys", "create", "--account", "ANA@mail.example", "--name", "  build server "]);
    assert!(key.starts_with("dbk_") && key.ends_with('\n') && key.lines().count() == 1, "it is not alone");
    let public = format!("KEY-{}", &key[4..14]);

    let list = answer(at, &["keys", "list"]);
    let row = rows(&list)[0];
    assert!(row.starts_with(&public) && row.contains("  build server  ana@mail.example  "), "{list}");
    assert!(row.ends_with("  -") && !list.contains(key.trim()), "{list}");

    answer(at, &["keys", "revoke", &public]);
    let json = answer(at, &["keys", "list", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json[0]["id"].is_string() && json[0]["revocation_time"].is_string(), "{json}");
    let json = answer(at, &["accounts", "list", "--json"]);
    assert!(json.contains("creation_time"), "{json}");
    let list = answer(at, &["keys", "list", "--account", "ana@mail.example"]);
    assert!(rows(&list)[0].ends_with('Z'), "{list}");
    for gone in [public.as_str(), "KEY-0000000000", "x"] {
        let said = refusal(at, &["keys", "revoke", gone], 1);
        assert!(said.contains(gone), "{said}");
    }
}

#[test]
fn a_key_needs_an_account_and_a_name() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    answer(at, &["accounts", "create", "ana@mail.example"]);
    let create = |account: &str, name: &str, code| {
        refusal(at, &["keys", "create", "--account", account, "--name", name], code)
    };
    assert!(create("nobody@mail.example", "x", 1).contains("nobody@mail.example"));
    for name in ["", "   ", "a\tb", "a\u{7f}", &"n".repeat(256)] {
        assert!(create("ana@mail.example", name, 2).contains("255"), "{name:?}");
    }
    assert_eq!(answer(at, &["keys", "list"]).lines().count(), 1, "a key was made");
    answer(at, &["keys", "create", "--account", "ana@mail.example", "--name", &"ñ".repeat(255)]);
}

#[test]
fn a_key_may_have_an_end() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    answer(at, &["accounts", "create", "ana@mail.example"]);
    let create = ["keys", "create", "--account", "ana@mail.example", "--name", "for a job", "--expires-in"];
    for wrong in ["", "0s", "90", "forever", "3651d", "18446744073709551615d"] {
        let said = refusal(at, &[&create[..], &[wrong]].concat(), 2);
        assert!(said.contains("--expires-in") && said.contains("from 1s to 3650d"), "{said}");
    }
    answer(at, &[&create[..], &["90d"]].concat());
    let list = answer(at, &["keys", "list"]);
    assert_eq!(rows(&list).len(), 1);
    let cells: Vec<_> = rows(&list)[0].split_whitespace().collect();
    let [.., created, expires, "-"] = cells[..] else { panic!("no time of making and end: {list}") };
    let life = expires.parse::<jiff::Timestamp>().unwrap().duration_since(created.parse().unwrap());
    assert_eq!(life.as_hours(), 90 * 24);
}

#[test]
fn the_26th_active_key_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    answer(at, &["accounts", "create", "ana@mail.example"]);
    let create = ["keys", "create", "--account", "ana@mail.example", "--name", "one of many"];
    let keys: Vec<_> = (0..25).map(|_| answer(at, &create)).collect();
    let said = refusal(at, &create, 1);
    assert!(said.contains("25"), "A-156: {said}");
    // A revoked key does not count.
    answer(at, &["keys", "revoke", &format!("KEY-{}", &keys[7][4..14])]);
    answer(at, &create);
    refusal(at, &create, 1);
}

#[test]
fn the_flags_say_where_everything_is() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    answer(
        at,
        &["--data", "keys", "--store", "sqlite:elsewhere.db", "accounts", "create", "ana@mail.example"],
    );
    assert!(
        at.join("elsewhere.db").exists() && at.join("keys/master.key").exists() && !at.join("data").exists()
    );
    let list = answer(at, &["accounts", "list", "--data", "keys", "--store", "sqlite:elsewhere.db"]);
    assert_eq!(rows(&list).len(), 1);
    // The same store with the master key of another directory.
    answer(at, &["accounts", "list", "--data", "other"]);
    let said = refusal(at, &["accounts", "list", "--data", "other", "--store", "sqlite:elsewhere.db"], 1);
    assert!(said.contains("another master key"), "C-47: {said}");
}

/// A server in `directory` on a free port, and what it said when it was ready. It is killed when dropped.
struct Server {
    child: Child,
    greeting: Vec<String>,
    // Kept open: a server whose output nobody takes would fail to print.
    _out: BufReader<ChildStdout>,
}

impl Server {
    fn start(directory: &Path) -> Self {
        Self::start_with(directory, ("DESKBELL_DELIVERY__ALLOW_HTTP", "true"))
    }

    fn start_with(directory: &Path, (variable, value): (&str, &str)) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command.env_clear().env(variable, value).current_dir(directory);
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = Vec::new();
        // Its last line is a command to try.
        while !greeting
            .last()
            .is_some_and(|line: &String| line.starts_with("  curl ") || line.starts_with("  deskbell "))
        {
            let mut line = String::new();
            assert!(out.read_line(&mut line).unwrap() > 0, "the server ended: {greeting:?}");
            greeting.push(line.trim_end().to_owned());
        }
        Self { child, greeting, _out: out }
    }

    /// The address it says it listens on.
    fn address(&self) -> String {
        let url = self.greeting[0].split(' ').next_back().unwrap();
        url.strip_prefix("http://").unwrap().to_owned()
    }

    /// What `GET /v2/test` answers to `key`.
    fn test(&self, key: &str) -> String {
        let address = self.address();
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "GET /v2/test HTTP/1.1\r\nHost: {address}\r\nAPI-Key: {key}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Sends SIGTERM, waits for the end, and gives it with what was said on standard error.
    fn stop(mut self) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap(), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_first_run_greets_with_a_key_that_works_and_later_runs_do_not_show_one() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let server = Server::start(at);
    let keys: Vec<_> = server.greeting.iter().filter_map(|line| line.strip_prefix("  dbk_")).collect();
    assert_eq!(keys.len(), 1, "{:?}", server.greeting.len());
    let key = format!("dbk_{}", keys[0]);
    let curl = format!("  curl -H \"API-Key: {key}\" http://{}/v2/test", server.address());
    assert!(server.greeting.last() == Some(&curl), "the command to try is another");
    let answer_of_test = server.test(&key);
    assert!(
        answer_of_test.starts_with("HTTP/1.1 200 ") && answer_of_test.contains("owner@deskbell.localhost")
    );

    // A second server on the same data is told who has it; other commands work beside it.
    let said = refusal(at, &["serve", "--listen", "127.0.0.1:0"], 1);
    for part in [server.child.id().to_string(), server.address()] {
        assert!(said.contains(&part), "C-25: {part} is not in {said:?}");
    }
    let second = answer(at, &["keys", "create", "--account", "owner@deskbell.localhost", "--name", "second"]);
    assert!(server.test(second.trim()).starts_with("HTTP/1.1 200 "));
    answer(at, &["keys", "revoke", &format!("KEY-{}", &second[4..14])]);
    assert_eq!(rows(&answer(at, &["keys", "list"])).len(), 2);

    let (status, said) = server.stop();
    assert!(status.success(), "{status}: {said}");
    assert!(said.contains("WARNING: delivery.allow_http"), "T-45: {said}");
    assert!(!said.contains(&key), "the key is in the log");

    let server = Server::start(at);
    assert!(!server.greeting.iter().any(|line| line.contains("dbk_")), "a key is shown again");
    assert!(server.test(&key).starts_with("HTTP/1.1 200 "), "the key of the first run is lost");
    let elsewhere = tempfile::tempdir().unwrap();
    let printed = server.greeting.last().unwrap().trim().strip_prefix("deskbell ").unwrap();
    let third = answer(elsewhere.path(), &printed.split(' ').collect::<Vec<_>>());
    assert!(
        server.test(third.trim()).starts_with("HTTP/1.1 200 "),
        "the command makes no key from elsewhere"
    );
}

#[test]
fn a_first_run_that_cannot_listen_shows_its_key_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = deskbell(directory.path(), &["--listen", &address]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains(&format!("deskbell: {address} cannot be listened on")),
        "{}",
        said(&output)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("\n  dbk_"), "the key is lost");
}

#[test]
fn the_greeting_begins_with_the_public_url_and_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let server =
        Server::start_with(directory.path(), ("DESKBELL_SERVER__PUBLIC_URL", "https://ops.example/hooks"));
    let line = |part: &str| server.greeting.iter().any(|line| line.contains(part));
    assert!(line("is at https://ops.example/hooks"), "{:?}", server.greeting.len());
    assert!(line("  https://ops.example/hooks/enter?token="));
    assert!(line(" https://ops.example/hooks/v2/test"));
}

#[test]
fn a_start_with_hosts_and_no_public_url_says_where_links_lead() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_with(directory.path(), ("DESKBELL_SERVER__HOSTS", "bell.internal"));
    let (status, said) = server.stop();
    assert!(status.success() && said.contains("NOTE: server.hosts is set"), "{status}: {said}");
}
