//! Memory: what was needed for a moment is given back, or used again.

use crate::server::Server;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// What may be more after many of the same: a fraction of what one leaves that is not given back.
const SLACK_KIB: u64 = 8 << 10;

fn send(host: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn sign_in(host: &str, nth: usize) {
    let form = format!("email=nobody{nth}%40mail.example&password=correct+horse+battery");
    let length = form.len();
    let answer = send(
        host,
        &format!(
            "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[test]
fn sign_ins_leave_no_memory_behind() {
    let server = Server::start(&[]);
    let host = server.url.strip_prefix("http://").unwrap();
    (0..5).for_each(|nth| sign_in(host, nth));
    let before = server.resident_kib();
    (5..65).for_each(|nth| sign_in(host, nth));
    let after = server.resident_kib();
    assert!(after < before + SLACK_KIB, "{before} KiB after 5 sign-ins, {after} KiB after 65");
}

#[test]
fn large_answers_leave_no_memory_behind() {
    let server = Server::start(&[("DESKBELL_API__RATE_LIMIT", "off")]);
    let host = server.url.strip_prefix("http://").unwrap();
    let inbox = server.call("POST", "/v2/inboxes", r#"{"name":"large"}"#);
    let (id, url) = (inbox["id"].as_str().unwrap(), inbox["url"].as_str().unwrap());
    let (path, body) = (&url[url.find("/in/").unwrap()..], "x".repeat(1_000_000));
    let length = body.len();
    for _ in 0..10 {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        assert!(send(host, &(head + &body)).starts_with("HTTP/1.1 200 "));
    }
    let read = || {
        let page = server.call("GET", &format!("/v2/inboxes/{id}/requests?limit=100"), "");
        assert_eq!(page["data"].as_array().unwrap().len(), 1, "as much as a page may weigh");
    };
    (0..10).for_each(|_| read());
    let before = server.resident_kib();
    (0..60).for_each(|_| read());
    let after = server.resident_kib();
    assert!(after < before + SLACK_KIB, "{before} KiB after 10 large answers, {after} KiB after 70");
}
