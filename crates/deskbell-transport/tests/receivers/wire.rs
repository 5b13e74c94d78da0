//! The bytes of a request, exactly.

use crate::receiver::{Action, OK, Receiver, answer, say};
use crate::stage::{Stage, request};
use bytes::Bytes;
use deskbell_core::attempt::Outcome;
use deskbell_core::door::Request;

#[tokio::test]
async fn a_request_is_exactly_these_bytes() {
    let receiver = Receiver::new(answer(OK)).await;
    let url = format!("http://{}/a%20b/c?x=1&y=%2F", receiver.address);
    let sent = Stage::new().send(request(&url)).await;
    assert_eq!(sent.outcome, Outcome::Delivered, "{}", sent.detail);
    let expected = format!(
        "POST /a%20b/c?x=1&y=%2F HTTP/1.1\r\n\
         Host: {}\r\n\
         Content-Type: application/json\r\n\
         User-Agent: Deskbell-Webhooks/test\r\n\
         Oncehub-Signature: t=1,s=abc\r\n\
         Webhook-Id: EVT-1\r\n\
         Content-Length: 14\r\n\
         Accept-Encoding: identity\r\n\
         \r\n\
         {{\"id\":\"EVT-1\"}}",
        receiver.address
    );
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(String::from_utf8(requests[0].clone()).unwrap(), expected, "T-10: one length, no chunks");
    let response = sent.response.unwrap();
    assert_eq!(response.headers, [("content-length".to_owned(), "2".to_owned())]);
    assert_eq!(&response.body[..], b"ok");
}

#[tokio::test]
async fn each_request_has_its_own_headers_whatever_the_last_one_had() {
    let receiver = Receiver::new((0..10).flat_map(|_| [Action::Take, say(OK)]).collect()).await;
    let stage = Stage::new();
    let first = request(&receiver.url());
    let mut changed = first.clone();
    changed.headers[2].1 = "t=2,s=def".into();
    let mut swapped = first.clone();
    swapped.headers.swap(0, 3);
    let fewer = Request { headers: first.headers[..1].to_vec(), ..first.clone() };
    let mut more = first.clone();
    more.headers.push(("x-more".into(), "1".into()));
    for one in [&first, &changed, &swapped, &fewer, &more, &first] {
        stage.send(one.clone()).await;
        let seen = String::from_utf8(receiver.requests().pop().unwrap()).unwrap().to_ascii_lowercase();
        let lines: Vec<_> =
            seen.lines().skip(2).take_while(|line| !line.starts_with("content-length")).collect();
        let expected =
            one.headers.iter().map(|(name, value)| format!("{name}: {value}").to_ascii_lowercase());
        assert_eq!(lines, expected.collect::<Vec<_>>());
    }
    for bad in ["a\r\nX-Injected: 1", "a\0b"] {
        let mut bad = Request { headers: vec![("Content-Type".into(), bad.into())], ..first.clone() };
        assert_eq!(stage.send(bad.clone()).await.outcome, Outcome::SenderFailed, "a known name, a bad value");
        bad.headers = vec![("Host".into(), "other.example".into())];
        assert_eq!(stage.send(bad).await.outcome, Outcome::SenderFailed);
    }
}

#[tokio::test]
async fn every_byte_of_a_large_body_arrives() {
    let receiver = Receiver::new(answer(OK)).await;
    let body: Vec<u8> = (0..1_000_000u32).map(|index| (index % 251) as u8).collect();
    let sent =
        Stage::new().send(Request { body: Bytes::from(body.clone()), ..request(&receiver.url()) }).await;
    assert_eq!(sent.outcome, Outcome::Delivered, "{}", sent.detail);
    assert!(receiver.requests()[0].ends_with(&body));
}

#[tokio::test]
async fn a_header_that_cannot_be_written_is_our_own_fault() {
    let receiver = Receiver::new(answer(OK)).await;
    let cases = [
        ("X-Bad", "whsec_a\r\nX-Injected: 1"),
        ("X Bad", "v4lue"),
        ("", "v4lue"),
        ("Host", "other.example"),
        ("Transfer-Encoding", "chunked, v4lue"),
        ("content-length", "3"),
    ];
    for (name, value) in cases {
        let mut request = request(&receiver.url());
        request.headers.push((name.into(), value.into()));
        let sent = Stage::new().send(request).await;
        assert_eq!(sent.outcome, Outcome::SenderFailed, "{name}");
        assert!(
            !sent.detail.is_empty() && !sent.detail.contains(value),
            "told without the value: {}",
            sent.detail
        );
    }
    assert_eq!(receiver.connections(), 0);
}
