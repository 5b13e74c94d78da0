//! An instance that moves to PostgreSQL, as a person moves it.

use crate::cluster::Cluster;
use crate::copies::{OPEN, publish};
use crate::handler::{Got, Handler, answer};
use crate::server::{Server, deskbell, said};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Output;

#[test]
fn an_instance_is_copied_once_nobody_serves_it_and_is_paused() {
    let mut server = Server::start(OPEN);
    let ids: Vec<String> = (0..5).map(|n| publish(&server, n)).collect();
    let (database, at) = (Cluster::shared().database("template1"), server.data().to_owned());
    let url = database.url.clone();
    let ask = |statement: &str| Cluster::shared().ask(&database.name, statement);
    let copy = |from: &str, to: &str, more: &[&str]| -> Output {
        deskbell().current_dir(&at).args(["copy", "--from", from, "--to", to]).args(more).output().unwrap()
    };
    let from = "sqlite:data/deskbell.db";
    let refused = copy(from, &url, &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("in use by process") && said(&refused).contains("stop it first"),
        "{}",
        said(&refused)
    );
    assert_eq!(ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0", "nothing was made");

    // Killed: what it had answered is in the redo log, and is copied too.
    server.kill();
    let done = copy(from, &url, &["--json"]);
    assert!(done.status.success(), "{}", said(&done));
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    let tables = told["tables"].as_array().unwrap();
    assert!(tables.iter().all(|table| table["equal"] == true && table["left_out"] == 0), "{told}");
    let events = tables.iter().find(|table| table["table"] == "events").unwrap();
    assert_eq!((&events["rows"], &events["copied"]), (&Value::from(5), &Value::from(5)));
    assert_eq!(events["sum"], events["sum_of_the_copy"]);
    for part in ["It is paused", "`deskbell resume`", "data/master.key", "Start nothing on data/deskbell.db"]
    {
        assert!(said(&done).contains(part), "{part}: {}", said(&done));
    }
    let mut there: Vec<String> = ask("SELECT id FROM events").lines().map(str::to_owned).collect();
    let mut ids = ids;
    ids.sort();
    there.sort();
    assert_eq!(there, ids);
    assert_eq!(ask("SELECT count(*) FROM pause"), "1");

    let again = copy(from, &url, &[]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        said(&again).contains("copied before") && said(&again).trim_end().lines().count() == 1,
        "{}",
        said(&again)
    );
    for (from, to) in
        [("data/deskbell.db", url.as_str()), ("sqlite:", &url), (from, "mysql://x"), (from, "sqlite:x")]
    {
        assert_eq!(copy(from, to, &[]).status.code(), Some(2), "{from} {to}");
    }
    let nowhere = copy("sqlite:nowhere/deskbell.db", &url, &[]);
    assert!(
        nowhere.status.code() == Some(1) && said(&nowhere).contains("no such file"),
        "{}",
        said(&nowhere)
    );
    assert!(!at.join("nowhere").exists());
    database.drop();
}

#[test]
fn a_copy_that_is_not_of_everything_says_so() {
    let mut server = Server::start(OPEN);
    publish(&server, 1);
    server.kill();
    let at = server.data();
    // The redo log goes into the tables first.
    assert!(deskbell().current_dir(at).args(["backup", "kept.db"]).status().unwrap().success());
    let python = "import sqlite3; c = sqlite3.connect('kept.db'); c.execute(\"UPDATE events SET subject = CAST(x'ff' AS TEXT)\"); c.commit()";
    let damaged =
        std::process::Command::new("python3").current_dir(at).args(["-c", python]).status().unwrap();
    assert!(damaged.success());
    let restore = "mkdir r && cp -p data/master.key r && \"$0\" restore kept.db --data r";
    let restored = std::process::Command::new("sh")
        .current_dir(at)
        .args(["-c", restore, env!("CARGO_BIN_EXE_deskbell")])
        .status();
    assert!(restored.unwrap().success());
    let database = Cluster::shared().database("template1");
    let mut copy = deskbell();
    copy.current_dir(at).env("DESKBELL_STORE", &database.url).args([
        "copy",
        "--from",
        "sqlite:r/deskbell.db",
    ]);
    let done = copy.output().unwrap();
    assert_eq!(done.status.code(), Some(3), "{}", said(&done));
    assert!(
        said(&done).contains("left out of events: ") && said(&done).contains("one row cannot be kept"),
        "{}",
        said(&done)
    );
    assert!(
        String::from_utf8_lossy(&done.stdout).lines().any(|line| line.starts_with("events ")),
        "the table is printed"
    );
    database.drop();
}

/// From SQLite's files to a server on the database: with the same key, paused, and then sending exactly what was owed.
#[test]
fn what_was_copied_is_served_and_sends_when_it_is_resumed() {
    let handler = Handler::start(|_, _| answer("200 OK", "", ""), 0);
    let mut server = Server::start(OPEN);
    let body = format!(r#"{{"name":"crm","url":"{}","events":["booking"]}}"#, handler.url);
    assert!(server.call("POST", "/v2/webhooks", &body)["id"].is_string());
    let ids: BTreeSet<String> = (0..3).map(|n| publish(&server, n)).collect();
    handler.until(|got| got.len() >= 3);
    server.kill();
    let database = Cluster::shared().database("template1");
    let run = |arguments: &[&str]| {
        let mut command = deskbell();
        command.current_dir(server.data()).env("DESKBELL_STORE", &database.url);
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["copy", "--from", "sqlite:data/deskbell.db"]);
    let settings = [OPEN, &[("DESKBELL_STORE", database.url.as_str())]].concat();
    let sent = handler.got().len();
    handler.open();
    server.restart(&settings);
    assert_eq!(server.all("/v2/events").len(), 3, "the callers' keys are the same");
    assert!(server.call("GET", "/v2/operator", "")["paused"].is_string());
    assert_eq!(handler.got().len(), sent, "it sends nothing");
    let mut resume = deskbell();
    resume.current_dir(server.data()).env("DESKBELL_STORE", &database.url);
    let resumed = resume.arg("resume").output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&resumed.stdout),
        "Resumed: 3 deliveries in the queue.\n",
        "{}",
        said(&resumed)
    );
    while server.all("/v2/deliveries?status=delivered").len() < 3 {}
    let got: BTreeSet<String> = handler.got()[sent..].iter().map(Got::event).collect();
    assert_eq!(got, ids);
    drop(server);
    database.drop();
}
