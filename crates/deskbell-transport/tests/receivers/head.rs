//! Writing the request and reading the head of the answer.

use crate::receiver::{Action, OK, Receiver, answer, say};
use crate::stage::{Stage, hasty, request};
use bytes::Bytes;
use deskbell_core::attempt::Outcome;
use deskbell_core::door::{Deadlines, Request, Sent};
use std::time::Duration;

const LARGE: usize = 8 << 20;

async fn visit(script: Vec<Action>) -> Sent {
    let receiver = Receiver::new(script).await;
    let sent = Stage::new().send(hasty(&receiver.url())).await;
    receiver.left(1).await;
    sent
}

#[tokio::test]
async fn a_head_that_does_not_end_in_time_is_a_head_timeout() {
    let slow = Action::Trickle(OK.into(), Duration::from_millis(100));
    let cases = [
        ("B-051", vec![Action::Take, slow]),
        ("B-052", vec![Action::Take, say("HTTP/1.1 200 OK\r\n"), Action::Hang]),
        ("B-053", vec![Action::Take, say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), Action::Hang]),
        ("no answer", vec![Action::Take, Action::Hang]),
    ];
    for (row, script) in cases {
        let sent = visit(script).await;
        assert_eq!(sent.outcome, Outcome::HeadTimeout, "{row}: {}", sent.detail);
        assert!(sent.timings.total_us >= 300_000, "{row}: not before the deadline");
        assert!(sent.timings.total_us < 1_800_000, "{row}: not long after it: {:?}", sent.timings);
        assert!(sent.possibly_received && sent.response.is_none(), "{row}: it may have arrived");
    }
}

#[tokio::test]
async fn what_is_not_http_1_1_is_malformed() {
    let cases = [
        ("B-054", "HTP/1.1 200 OK\r\n\r\n"),
        ("B-054", "HTTP/1.1 2OO OK\r\n\r\n"),
        ("B-054", "200 OK\r\n\r\n"),
        ("B-056", "<html>hello</html>\r\n\r\n"),
        ("B-057", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("B-060", "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"),
        ("B-062", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        ("B-064", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
        ("B-064", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n"),
        ("B-066", "HTTP/1.1 099 X\r\n\r\n"),
        ("B-066", "HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n"),
        ("B-066", "HTTP/1.1 abc X\r\n\r\n"),
        ("B-069", "SSH-2.0-OpenSSH_9.6\r\n\r\n"),
        ("B-050", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    ];
    for (row, text) in cases {
        let sent = visit(answer(text)).await;
        assert_eq!(sent.outcome, Outcome::ResponseMalformed, "{row}: {text:?}: {}", sent.detail);
    }
    let interim = "HTTP/1.1 102 Processing\r\n\r\n";
    let sent = visit(answer(interim.repeat(9))).await;
    assert_eq!(sent.outcome, Outcome::ResponseMalformed, "B-067: {}", sent.detail);
    let sent = visit(answer(interim.repeat(8) + OK)).await;
    assert_eq!(sent.outcome, Outcome::Delivered, "B-048, B-049, control: {}", sent.detail);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_named() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(10_000));
    let more = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(101));
    for (row, text) in [("B-058", long), ("B-059", many), ("B-059", more)] {
        let sent = visit(answer(text)).await;
        assert_eq!(sent.outcome, Outcome::HeadTooLarge, "{row}: {}", sent.detail);
    }
    let enough = format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{}\r\n", "X: y\r\n".repeat(99));
    let sent = visit(answer(enough)).await;
    assert_eq!(sent.outcome, Outcome::Delivered, "B-059, control: {}", sent.detail);
}

#[tokio::test]
async fn an_early_413_is_what_is_recorded() {
    let refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlong";
    // Closing with most of the request unread makes the kernel reset the connection.
    let receiver = Receiver::new(vec![Action::Sip, say(refusal)]).await;
    let stage = Stage::new();
    for _ in 0..20 {
        let large = Request { body: Bytes::from(vec![b'x'; LARGE]), ..request(&receiver.url()) };
        let sent = stage.send(large).await;
        assert_eq!(sent.outcome, Outcome::HttpStatus, "B-043: {}", sent.detail);
        let response = sent.response.expect("the answer is recorded");
        assert_eq!((response.status, &response.body[..]), (413, &b"long"[..]), "B-043");
        assert!(sent.detail.contains("8388608 bytes"), "B-091: the size is told: {}", sent.detail);
    }
}

#[tokio::test]
async fn a_receiver_that_does_not_read_is_a_write_timeout() {
    let large = |url: &str| Request { body: Bytes::from(vec![b'x'; LARGE]), ..hasty(url) };
    let still = Receiver::new(vec![Action::Sip, Action::Wait(Duration::from_secs(20))]).await;
    let sent = Stage::new().send(large(&still.url())).await;
    assert_eq!(sent.outcome, Outcome::WriteTimeout, "B-041: {}", sent.detail);
    assert!(!sent.possibly_received, "B-041: it cannot have arrived whole");
    let hasty_yes = Receiver::new(vec![Action::Sip, say(OK), Action::Wait(Duration::from_secs(20))]).await;
    let sent = Stage::new().send(large(&hasty_yes.url())).await;
    assert_eq!(sent.outcome, Outcome::WriteTimeout, "B-044: {}", sent.detail);
    let reads_on = Receiver::new(vec![Action::Sip, say(OK), Action::Hang]).await;
    let sent = Stage::new().send(large(&reads_on.url())).await;
    assert_eq!(sent.outcome, Outcome::Delivered, "B-044, control: {}", sent.detail);
}

#[tokio::test]
async fn a_close_after_the_request_may_have_been_a_delivery() {
    let sent = visit(vec![Action::Take, Action::Finish]).await;
    assert_eq!((sent.outcome, sent.possibly_received), (Outcome::ConnectionClosed, true), "B-046");
    let sent = visit(vec![Action::Take, say("HTTP/1.1 200"), Action::Finish]).await;
    assert_eq!((sent.outcome, sent.possibly_received), (Outcome::ConnectionClosed, true), "B-046");
}

#[tokio::test]
async fn http_1_0_with_a_body_that_the_close_ends_is_read() {
    let sent = visit(vec![Action::Take, say("HTTP/1.0 200 OK\r\n\r\nhello"), Action::Finish]).await;
    assert_eq!(sent.outcome, Outcome::Delivered, "B-055: {}", sent.detail);
    let response = sent.response.unwrap();
    assert_eq!(
        (&response.body[..], response.truncated, response.incomplete),
        (&b"hello"[..], false, false),
        "B-055"
    );
}

fn within(url: &str, head: u64, total: u64) -> Request {
    let (head, total) = (Duration::from_millis(head), Duration::from_millis(total));
    Request { deadlines: Deadlines { head, total, ..Deadlines::default() }, ..request(url) }
}

#[tokio::test]
async fn an_answer_counts_until_its_deadline_and_not_after() {
    let late = |wait| vec![Action::Take, Action::Wait(Duration::from_millis(wait)), say(OK), Action::Hang];
    let receiver = Receiver::new(late(500)).await;
    let sent = Stage::new().send(within(&receiver.url(), 2_500, 5_000)).await;
    assert_eq!(sent.outcome, Outcome::Delivered, "B-100: {}", sent.detail);
    assert!(sent.timings.head_us >= Some(450_000), "B-100: {:?}", sent.timings);
    let receiver = Receiver::new(late(500)).await;
    let sent = Stage::new().send(within(&receiver.url(), 5_000, 250)).await;
    assert_eq!(
        (sent.outcome, sent.possibly_received),
        (Outcome::TotalTimeout, true),
        "B-101: {}",
        sent.detail
    );
    assert!((250_000..500_000).contains(&sent.timings.total_us), "B-101: {:?}", sent.timings);
    assert_eq!(sent.address, Some(receiver.address), "B-101: what is known is told");
    receiver.left(1).await;
}
