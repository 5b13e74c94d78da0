//! The body of an answer: read for the log only, capped, never decoded, never decisive.

use crate::receiver::{Action, Receiver, answer, say};
use crate::stage::{Stage, hasty};
use deskbell_core::attempt::{Outcome, Response};
use deskbell_core::door::Sent;
use std::time::Duration;

async fn delivered(row: &str, script: Vec<Action>) -> (Response, Sent, Receiver) {
    let receiver = Receiver::new(script).await;
    let mut sent = Stage::new().send(hasty(&receiver.url())).await;
    assert_eq!(sent.outcome, Outcome::Delivered, "{row}: {}", sent.detail);
    assert!(sent.timings.total_us < 1_800_000, "{row}: the slot is free soon: {:?}", sent.timings);
    let response = sent.response.take().unwrap();
    receiver.left(1).await;
    (response, sent, receiver)
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_at_its_deadline() {
    let chunks = b"2\r\nhi\r\n".repeat(10_000);
    let head = say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    let slow = Action::Trickle(chunks, Duration::from_millis(10));
    let (response, sent, _) = delivered("B-070", vec![Action::Take, head, slow]).await;
    assert!(response.truncated && !response.incomplete, "B-070");
    assert!(response.body.starts_with(b"hihi"), "B-070: what came is kept");
    assert!(sent.timings.body_us >= Some(300_000), "B-070: {:?}", sent.timings);

    let head = say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    let slow = Action::Trickle(vec![b'x'; 100], Duration::from_millis(200));
    let (response, ..) = delivered("B-072", vec![Action::Take, head, slow]).await;
    assert!(response.truncated && !response.body.is_empty() && response.body.len() < 100, "B-072");
}

#[tokio::test]
async fn a_huge_body_is_not_read() {
    for length in ["Content-Length: 104857600\r\n", ""] {
        let head = say(format!("HTTP/1.1 200 OK\r\n{length}\r\n"));
        let flood = Action::Flood(vec![b'x'; 16 << 10]);
        let (response, _, receiver) = delivered("B-071", vec![Action::Take, head, flood]).await;
        assert!(response.truncated && response.body.len() == 16 << 10, "B-071: 16 KiB are kept");
        // 64 KiB are read; the rest is what the two kernels hold between them.
        assert!(receiver.sent() < 1 << 20, "B-071: {} bytes left the receiver", receiver.sent());
    }
}

#[tokio::test]
async fn an_encoded_body_is_kept_as_it_came() {
    // A gzip header that promises 4 GiB, and no text in any encoding.
    let bytes = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xff; 500]].concat();
    for (row, encoding) in [("B-073", "gzip"), ("B-074", "br"), ("B-074", "zstd"), ("B-077", "x-unknown")] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: 510\r\n\r\n");
        let (response, ..) = delivered(row, vec![Action::Take, say(head), say(&bytes), Action::Finish]).await;
        assert_eq!(response.body, bytes, "{row}: never unpacked, every byte kept");
        assert!(!response.truncated && !response.incomplete, "{row}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_marked() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    let short = vec![Action::Take, say(head), say("0123456789"), Action::Finish];
    let (response, ..) = delivered("B-076", short).await;
    assert!(response.incomplete && &response.body[..] == b"0123456789", "B-076");
    let reset =
        vec![Action::Take, say(head), say("0123"), Action::Wait(Duration::from_millis(100)), Action::Reset];
    let (response, ..) = delivered("B-075", reset).await;
    assert!(response.incomplete && !response.truncated, "B-075");
    let bad = answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n");
    let (response, ..) = delivered("B-065", bad).await;
    assert!(response.incomplete, "B-065: a chunk that cannot be read");
}
