//! Descriptors: a server asks for as many as it may have.

use crate::server::deskbell;
use std::fs::{File, read_to_string};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// Starts a server behind `limit`, and gives how many files it may open, now and at most, and what it warned of.
fn started(limit: &str) -> (String, String, String) {
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("log");
    let program = deskbell().get_program().to_owned();
    let mut child = Command::new("sh")
        .env_clear()
        .args(["-c", &format!("{limit} && exec \"$0\" --listen 127.0.0.2:0")])
        .arg(program)
        .current_dir(data.path())
        .stdout(Stdio::piped())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut greeting = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(
        greeting.any(|line| line.contains("http://")),
        "it did not start: {}",
        read_to_string(&log).unwrap()
    );
    let limits = read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let open = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let mut open = open.split_whitespace().map(str::to_owned);
    (open.next().unwrap(), open.next().unwrap(), read_to_string(&log).unwrap())
}

#[test]
fn the_limit_of_open_files_is_raised_to_what_may_be_had() {
    let (now, most, _) = started("ulimit -Sn 300");
    assert_eq!(now, most);
    assert_ne!(now, "300");
}

#[test]
fn fewer_than_the_settings_allow_are_warned_of() {
    let (now, _, log) = started("ulimit -n 1000");
    assert_eq!(now, "1000");
    assert!(log.contains("LimitNOFILE") && log.contains("18392"), "{log}");
}
