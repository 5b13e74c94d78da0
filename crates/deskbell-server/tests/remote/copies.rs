//! Backups beside a running server, and instances restored from them, as a person makes them.

use crate::handler::{Got, Handler, answer};
use crate::server::{Server, deskbell, said};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) const OPEN: &[(&str, &str)] = &[
    ("DESKBELL_DELIVERY__ALLOW_HTTP", "true"),
    ("DESKBELL_DELIVERY__ALLOW_ADDRESSES", "127.0.0.0/8"),
    ("DESKBELL_API__RATE_LIMIT", "off"),
    ("DESKBELL_METRICS__LISTEN", ""),
];

fn run(directory: &Path, arguments: &[&str]) -> Output {
    deskbell().current_dir(directory).args(arguments).output().unwrap()
}

/// Runs it, expects success, and gives what it printed.
#[track_caller]
fn done(directory: &Path, arguments: &[&str]) -> String {
    let output = run(directory, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs it, expects a failure, and gives the one sentence that it said.
#[track_caller]
fn refused(directory: &Path, arguments: &[&str]) -> String {
    let output = run(directory, arguments);
    let said = said(&output);
    assert_eq!(
        (output.status.code(), said.trim_end().lines().count()),
        (Some(1), 1),
        "{arguments:?}: {said}"
    );
    assert!(output.stdout.is_empty());
    said
}

/// A data directory with nothing but the server's master key.
fn with_key(server: &Server, name: &str) {
    let data = server.data().join(name);
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(server.data().join("data/master.key"), data.join("master.key")).unwrap();
}

pub(crate) fn publish(server: &Server, n: usize) -> String {
    let body = format!(r#"{{"type":"booking.scheduled","data":{{"n":{n}}}}}"#);
    server.call("POST", "/v2/events", &body)["id"].as_str().unwrap().to_owned()
}

fn register(server: &Server, handler: &Handler) {
    let body = format!(r#"{{"name":"crm","url":"{}","events":["booking"]}}"#, handler.url);
    assert!(server.call("POST", "/v2/webhooks", &body)["id"].is_string());
}

fn events(got: &[Got]) -> BTreeSet<String> {
    got.iter().map(Got::event).collect()
}

/// C-48, C-49, and what the restored instance then sends.
#[test]
fn a_backup_under_load_is_restored_paused_and_sends_what_was_pending_when_it_is_resumed() {
    let handler = Handler::start(|_, _| answer("200 OK", "", ""), 5);
    let mut server = Server::start(OPEN);
    register(&server, &handler);
    // Five are answered; everything else waits for an answer until the server is killed.
    (0..5).for_each(|n| drop(publish(&server, n)));
    while server.all("/v2/deliveries?status=delivered").len() < 5 {}

    let (answered, over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let before = std::thread::scope(|scope| {
        for caller in 1..=2 {
            let (server, answered, over) = (&server, &answered, &over);
            scope.spawn(move || {
                for n in (0..).take_while(|_| !over.load(Ordering::Relaxed)) {
                    let id = publish(server, caller * 100_000 + n);
                    answered.lock().unwrap().push(id);
                }
            });
        }
        while answered.lock().unwrap().len() < 50 {
            std::thread::yield_now();
        }
        let before = answered.lock().unwrap().clone();
        let printed = done(server.data(), &["backup", "kept.db"]);
        assert!(printed.starts_with("kept.db: ") && printed.trim_end().ends_with(", checked"), "{printed}");
        over.store(true, Ordering::Relaxed);
        before
    });
    let mode = std::fs::metadata(server.data().join("kept.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let kept = std::fs::read(server.data().join("kept.db")).unwrap();
    let key = std::fs::read_to_string(server.data().join("data/master.key")).unwrap();
    assert!(!kept.windows(64).any(|bytes| bytes == key.trim().as_bytes()), "the master key is not in it");

    with_key(&server, "restored");
    let printed = done(server.data(), &["restore", "kept.db", "--data", "restored"]);
    assert!(printed.starts_with("restored/deskbell.db: "), "{printed}");
    // The one that was copied from is gone, and so is what its handler had in hand.
    server.restart_on("restored", OPEN);
    let sent = handler.got().len();
    handler.open();
    let pending: BTreeSet<String> = server
        .all("/v2/deliveries?status=pending")
        .iter()
        .map(|one| one["event"].as_str().unwrap().into())
        .collect();
    assert!(before.iter().all(|id| pending.contains(id)), "C-48: what was answered before it began is in it");
    assert!(pending.iter().all(|id| answered.lock().unwrap().contains(id)), "and nothing else");

    // It takes calls, says that it is paused, and sends nothing; nor does its next start, nor a copy of it.
    let later = publish(&server, 7);
    let told = server.call("GET", "/v2/operator", "");
    assert!(told["headline"].as_str().unwrap().starts_with("Paused: restored as of "), "C-49: {told}");
    assert_eq!(told["queued"].as_u64().unwrap() as usize, pending.len() + 1, "C-49");
    assert!(told["paused"].is_string());
    assert_eq!(server.call("GET", "/readyz", "")["status"], "ready");
    server.restart_on("restored", OPEN);
    done(server.data(), &["backup", "again.db", "--data", "restored"]);
    with_key(&server, "third");
    done(server.data(), &["restore", "again.db", "--data", "third"]);
    assert!(server.call("GET", "/v2/operator", "")["paused"].is_string(), "over a restart");
    assert_eq!(handler.got().len(), sent, "C-49: nothing was sent");

    let printed = done(server.data(), &["resume", "--data", "restored"]);
    assert_eq!(printed, format!("Resumed: {} deliveries in the queue.\n", pending.len() + 1));
    let expected: BTreeSet<String> = pending.iter().cloned().chain([later]).collect();
    let got = handler.until(|got| events(&got[sent..]).len() >= expected.len());
    assert_eq!(events(&got[sent..]), expected, "exactly what was pending");
    while !server.all("/v2/deliveries?status=pending").is_empty() {}
    assert!(server.call("GET", "/v2/operator", "")["paused"].is_null());
    assert_eq!(done(server.data(), &["resume", "--data", "restored"]), "It was not paused.\n");
}

#[test]
fn a_restored_instance_may_be_resumed_before_it_starts() {
    let handler = Handler::start(|_, _| answer("200 OK", "", ""), 0);
    let mut server = Server::start(OPEN);
    register(&server, &handler);
    let id = publish(&server, 1);
    handler.until(|got| !got.is_empty());
    done(server.data(), &["backup", "kept.db"]);
    with_key(&server, "restored");
    done(server.data(), &["restore", "kept.db", "--data", "restored"]);
    let printed = done(server.data(), &["resume", "--data", "restored"]);
    assert_eq!(printed, "Resumed: one delivery in the queue.\n");
    server.restart_on("restored", OPEN);
    handler.open();
    assert_eq!(events(&handler.until(|got| got.len() > 1)[1..]), BTreeSet::from([id]));
}

#[test]
fn a_backup_is_made_of_an_instance_that_does_not_run_and_over_no_file() {
    let mut server = Server::start(OPEN);
    publish(&server, 1);
    server.kill();
    let at = server.data();
    let printed = done(at, &["backup", "kept.db", "--with-tester"]);
    assert!(printed.contains(" one event, 0 deliveries in the queue"), "{printed}");
    assert!(at.join("kept-tester.db").exists());
    let said = refused(at, &["backup", "kept.db"]);
    assert!(said.contains("kept.db") && said.contains("exists already"), "{said}");
    done(at, &["backup", "kept.db", "--force"]);
    assert!(!at.join("kept-tester.db").exists());
    let said = refused(at, &["backup", "other.db", "--data", "nowhere"]);
    assert!(said.contains("nowhere/deskbell.db") && !at.join("nowhere").exists(), "{said}");
}

#[test]
fn nothing_is_restored_where_anything_lies_or_without_the_key() {
    let server = Server::start(OPEN);
    let at = server.data();
    done(at, &["backup", "kept.db"]);
    let restore = |data: &str| refused(at, &["restore", "kept.db", "--data", data]);
    let said = restore("data");
    assert!(said.contains("deskbell.db") && said.contains("must be empty"), "{said}");
    let said = restore("no-key");
    assert!(said.contains("no-key/master.key"), "C-47: {said}");
    std::fs::create_dir(at.join("other-key")).unwrap();
    let other = at.join("other-key/master.key");
    std::fs::write(&other, format!("{:064x}\n", 9)).unwrap();
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o600)).unwrap();
    let said = restore("other-key");
    assert!(said.contains("another master key"), "C-47: {said}");
    assert!(!at.join("other-key/deskbell.db").exists());
    with_key(&server, "notes");
    std::fs::write(at.join("notes/letter.txt"), "mine").unwrap();
    let said = restore("notes");
    assert!(said.contains("and has letter.txt:"), "{said}");
    assert_eq!(std::fs::read(at.join("notes/letter.txt")).unwrap(), b"mine");
    // What a restore leaves that was killed is no instance.
    with_key(&server, "killed");
    std::fs::write(at.join("killed/deskbell.db.part"), "half").unwrap();
    done(at, &["restore", "kept.db", "--data", "killed"]);
}
