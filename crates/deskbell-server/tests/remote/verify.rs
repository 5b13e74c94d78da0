//! `deskbell verify`: exit code and sentence. Each mistake by itself is proven beside the doctor.

use crate::server::{deskbell, said};
use deskbell_core::Clock as _;
use deskbell_core::attempt::Header;
use deskbell_core::id::EventId;
use deskbell_core::policy::sign;
use deskbell_core::vault::Secret;
use deskbell_server::door::SystemClock;
use std::io::Write as _;
use std::process::{Output, Stdio};

const SECRET: &str = "d7686b8c83f04913929079aeae40189e";
const BODY: &str = r#"{"id":"EVNT-1","type":"booking.scheduled"}"#;

fn headers() -> Vec<Header> {
    let secret = Secret::new(SECRET.into());
    sign::headers(&secret, &EventId::from_text("EVNT-1"), SystemClock.now(), BODY.as_bytes())
}

fn verify(arguments: &[&str], body: &str) -> Output {
    let mut child = deskbell()
        .arg("verify")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What was typed wrongly is refused before the body is read.
    let _ = child.stdin.take().unwrap().write_all(body.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn a_delivery_is_valid_however_its_headers_are_given() {
    let headers = headers();
    let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let lower: Vec<String> =
        headers.iter().map(|(name, value)| format!("{}:{value}", name.to_lowercase())).collect();
    let standard: Vec<&str> = lower[1..].iter().flat_map(|line| ["--header", line.as_str()]).collect();
    let all: Vec<&str> = lines.iter().flat_map(|line| ["--header", line.as_str()]).collect();
    for (given, count) in [
        (vec!["--header", headers[0].1.as_str()], 1),
        (vec!["--header", &lines[0]], 1),
        (vec!["--header", &lines[0], "--header", "Content-Type: application/json"], 1),
        (standard, 1),
        (all, 2),
    ] {
        let output = verify(&[&["--secret", SECRET], &given[..]].concat(), BODY);
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        assert!(output.status.success(), "{given:?}: {}", said(&output));
        assert!(
            text.lines().count() == count && text.lines().all(|line| line.starts_with("valid: ")),
            "{text}"
        );
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), BODY).unwrap();
    let path = file.path().to_str().unwrap();
    let output = verify(&["--secret", SECRET, "--header", &headers[0].1, "--file", path], "another body");
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_mistake_is_named_and_ends_with_1() {
    let header = headers()[0].1.clone();
    let old = "t=1700000000,s=f83b7ca459c1aa92ac51610079d8d02e4ee942e53ad3ab996b00bb2632a93979";
    for (secret, header, body, word) in [
        ("wrong", header.as_str(), BODY, "the secret is wrong"),
        (SECRET, &header, r#"{"id": "EVNT-1", "type": "booking.scheduled"}"#, "the JSON was rebuilt"),
        (SECRET, &header, &format!("{BODY}\n"), "a line end was added"),
        (SECRET, old, "{}", "All else is right: a longer --tolerance"),
        ("wrong", old, "{}", "stale"),
        (SECRET, "nothing", BODY, "not of the form"),
    ] {
        let output = verify(&["--secret", secret, "--header", header], body);
        assert_eq!(output.status.code(), Some(1), "{word}");
        assert!(said(&output).starts_with("deskbell: not valid: Oncehub-Signature: "), "{}", said(&output));
        assert!(said(&output).contains(word) && output.stdout.is_empty(), "{word}: {}", said(&output));
    }
    let lenient = verify(&["--secret", SECRET, "--header", old, "--tolerance", "3650d"], "{}");
    assert!(lenient.status.success(), "{}", said(&lenient));
}

#[test]
fn what_makes_no_sense_ends_with_2() {
    let header = headers()[0].1.clone();
    for (arguments, word) in [
        (vec!["--secret", SECRET], "--header"),
        (vec!["--header", &header], "--secret"),
        (vec!["--secret", SECRET, "--header", "Webhook-Id: EVNT-1"], "give all three"),
        (vec!["--secret", SECRET, "--header", "Content-Type: text/plain"], "none of the headers"),
        (vec!["--secret", SECRET, "--header", &header, "--tolerance", "soon"], "--tolerance"),
    ] {
        let output = verify(&arguments, BODY);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(word), "{word}: {}", said(&output));
    }
}
