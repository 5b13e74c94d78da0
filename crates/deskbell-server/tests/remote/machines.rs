//! Two servers over one PostgreSQL database, as an operator starts them.

use crate::cluster::Cluster;
use crate::copies::{OPEN, publish};
use crate::handler::{Got, Handler, answer};
use crate::server::{Server, deskbell, said};
use serde_json::Value;
use std::collections::BTreeSet;

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
