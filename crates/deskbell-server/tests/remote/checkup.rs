//! `deskbell checkup`: what it finds of an instance, before its first start, beside its server, and when something is wrong.

use crate::server::{Server, deskbell};
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Output;

fn checkup(dir: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = deskbell();
    command.arg("checkup").args(arguments).current_dir(dir).envs(settings.iter().copied());
    command.output().unwrap()
}

/// The findings of a part: its verdicts, and all that is said and advised.
fn found(output: &Output, part: &str) -> (Vec<String>, String) {
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{error}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    });
    let of: Vec<&Value> = findings.iter().filter(|found| found["part"] == part).collect();
    let verdicts = of.iter().map(|found| found["verdict"].as_str().unwrap().to_owned()).collect();
    (verdicts, of.iter().map(|found| found.to_string()).collect::<Vec<_>>().join("\n"))
}

#[test]
fn before_the_first_start_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let output = checkup(dir.path(), &[], &[]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    for part in ["settings", "clock", "data", "descriptors", "database", "names"] {
        assert!(
            said.lines().any(|line| line.split_whitespace().nth(1) == Some(part)),
            "{part} is not in\n{said}"
        );
    }
    assert!(said.contains("the first start makes it"), "{said}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn beside_a_server_it_names_it_and_looks_through_its_files() {
    let server = Server::start(&[]);
    let output =
        checkup(server.data(), &[("DESKBELL_DELIVERY__ALLOW_HTTP", "true")], &["--json", "--thorough"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let (verdicts, said) = found(&output, "database");
    assert_eq!(verdicts, ["ok"; 3], "{said}");
    assert!(
        said.contains("listening on 127.0.0.2:") && said.contains("deskbell-tester.db is sound"),
        "{said}"
    );
    let (_, open) = found(&output, "descriptors");
    assert!(open.contains(" are open"), "{open}");
    let (verdicts, said) = found(&output, "settings");
    assert_eq!(verdicts, ["ok", "warn"], "{said}");
    assert!(said.contains("delivery.allow_http is on"), "{said}");
    // The server goes on as if nobody had looked.
    assert!(server.answer(&["webhooks", "list"]).starts_with("ID"));
}

#[test]
fn what_is_bad_is_told_with_a_remedy_and_the_exit_code_says_so() {
    let server = Server::start(&[]);
    let data = server.end();
    let path = data.path().join("data/deskbell.db");
    let file: File = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&[0xa5; 8_192], 2 * 8_192).unwrap();
    let output = checkup(data.path(), &[], &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let (verdicts, said) = found(&output, "database");
    assert!(verdicts.contains(&"bad".to_owned()) && said.contains("is damaged"), "{said}");
    assert!(said.contains("no server uses it") && said.contains("restore a backup"), "{said}");
    // As many findings without --json, and the same exit code.
    let text = checkup(data.path(), &[], &[]);
    assert_eq!(text.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&text.stdout).contains("bad   database"));
}

#[test]
fn the_way_out_is_gone_only_where_it_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let settings = [("DESKBELL_DELIVERY__NAMESERVERS", "127.0.0.1:9")];
    let quiet = checkup(dir.path(), &settings, &["--json"]);
    assert!(quiet.status.success() && found(&quiet, "reach").0.is_empty());
    let (_, names) = found(&quiet, "names");
    assert!(names.contains("asked of 127.0.0.1"), "{names}");
    let asked = checkup(dir.path(), &settings, &["--json", "--reach", "https://receiver.example/hook"]);
    assert_eq!(asked.status.code(), Some(1));
    let (verdicts, said) = found(&asked, "reach");
    assert_eq!(verdicts, ["bad"], "{said}");
    assert!(said.contains("https://receiver.example/hook: dns_"), "{said}");
    let own = checkup(dir.path(), &settings, &["--json", "--reach", "https://10.0.0.1/"]);
    assert!(found(&own, "reach").1.contains("address_blocked"), "it is judged as a delivery's");
}
