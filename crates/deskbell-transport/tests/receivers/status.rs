//! Statuses: which is a success, which a redirect, which a failure.

use crate::receiver::{Action, OK, Receiver, answer, say};
use crate::stage::Stage;
use deskbell_core::attempt::Outcome;
use std::ops::RangeInclusive;

/// The outcome of each status of a range.
async fn outcomes(statuses: RangeInclusive<u16>) -> Vec<(u16, Outcome)> {
    let first = *statuses.start();
    let receiver = Receiver::each(move |number| {
        let status = usize::from(first) + number;
        answer(format!("HTTP/1.1 {status} Word\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
    })
    .await;
    let stage = Stage::new();
    let mut seen = Vec::new();
    for status in statuses {
        let sent = stage.visit(receiver.address).await;
        assert_eq!(sent.response.map(|response| response.status), Some(status));
        assert!(!sent.possibly_received, "{status}: an answer leaves no doubt");
        seen.push((status, sent.outcome));
    }
    assert_eq!(receiver.connections(), seen.len());
    seen
}

#[tokio::test]
async fn every_2xx_is_a_success() {
    for (status, outcome) in outcomes(200..=299).await {
        assert_eq!(outcome, Outcome::Delivered, "B-081: {status}");
    }
}

#[tokio::test]
async fn every_4xx_and_5xx_is_a_failure() {
    // B-088 to B-098 are statuses of this range; what the engine makes of each is tested there.
    for (status, outcome) in outcomes(400..=599).await {
        assert_eq!(outcome, Outcome::HttpStatus, "B-088, B-089, B-096, B-099: {status}");
    }
}

#[tokio::test]
async fn no_3xx_is_followed() {
    for (status, outcome) in outcomes(300..=399).await {
        assert_eq!(outcome, Outcome::RedirectRefused, "B-087: {status}");
    }
    let elsewhere = Receiver::new(answer(OK)).await;
    let targets = [
        elsewhere.url(),
        "http://169.254.169.254/latest/".into(),
        "file:///etc/passwd".into(),
        "/hook".into(),
        "http://[::1]/".into(),
    ];
    for target in targets {
        for status in [301, 302, 303, 307, 308] {
            let redirect =
                format!("HTTP/1.1 {status} Moved\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n");
            let receiver = Receiver::new(answer(redirect)).await;
            let sent = Stage::new().visit(receiver.address).await;
            assert_eq!(sent.outcome, Outcome::RedirectRefused, "B-083, B-084, B-085: {status} to {target}");
            let headers = sent.response.unwrap().headers;
            assert!(headers.contains(&("location".into(), target.clone())), "the target is kept as text");
            assert_eq!(receiver.requests().len(), 1, "B-086: one request, to {target}");
        }
    }
    assert_eq!(elsewhere.connections(), 0, "B-083, B-084: no second request");
}

#[tokio::test]
async fn a_body_where_none_may_be_costs_the_connection() {
    for status in [204, 205] {
        let text = format!("HTTP/1.1 {status} No\r\nContent-Length: 5\r\n\r\nhello");
        let receiver = Receiver::new(vec![Action::Take, say(text), Action::Hang]).await;
        let stage = Stage::new();
        for count in 1..=2 {
            let sent = stage.visit(receiver.address).await;
            assert_eq!(sent.outcome, Outcome::Delivered, "B-082: {}", sent.detail);
            assert_eq!(receiver.connections(), count, "B-082: {status}: not used again");
        }
    }
}
