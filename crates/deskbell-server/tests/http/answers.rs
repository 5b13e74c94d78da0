//! What every answer has.

use crate::world::{got, logged, posted, world};
use std::collections::HashSet;

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let world = world().await;
    let mut seen = HashSet::new();
    for request in [
        got("/v2/ping", ""),
        got("/v2/nothing", ""),
        posted("/v2/ping", ""),
        posted("/v2/name", "{"),
        got("/v2/boom", ""),
        "GET /v2/ping HTTP/1.1\r\n\r\n".to_owned(),
        "TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        got("/v2/ping", &format!("X: {}\r\n", "x".repeat(20_000))),
    ] {
        let answer = world.ask(&request).await;
        answer.expect_request_id(&request[..20]);
        assert!(seen.insert(answer.header("request-id").unwrap().to_owned()), "each is fresh");
    }
}

#[tokio::test]
async fn a_panic_is_a_500_that_tells_nothing() {
    let world = world().await;
    let mut client = world.client().await;
    client.send(got("/v2/boom", "")).await;
    let answer = client.answer().await;
    answer.expect(500, "internal_error", "a panic");
    assert!(answer.body.contains("An unexpected error occurred. Please try again later."), "{}", answer.body);
    assert!(!answer.body.contains("secret"), "{}", answer.body);
    client.send(got("/v2/ping", "")).await;
    assert_eq!(client.answer().await.body, "pong", "the connection goes on");
}

#[tokio::test]
async fn the_log_has_one_line_a_request_and_no_secret() {
    let world = world().await;
    world.ask(got("/v2/ping?key=hidden1", "API-Key: hidden2\r\n")).await;
    world.ask(posted("/in/hidden3/hidden4", "hidden5")).await;
    world.ask(got("/hidden6?x", "")).await;
    world.ask("GET /hidden7 HTTP/1.1\r\nHost: attacker.example\r\n\r\n").await;
    let log = logged();
    assert_eq!(log.lines().count(), 4, "{log}");
    assert!(!log.contains("hidden"), "{log}");
    for (line, wanted) in log.lines().zip([
        ["path=\"/v2/ping\"", "status=200"],
        ["path=\"/in/…\"", "status=200"],
        ["path=\"-\"", "status=404"],
        ["path=\"-\"", "status=421"],
    ]) {
        assert!(wanted.iter().all(|part| line.contains(part)) && line.contains("request=\"req_"), "{line}");
    }
}
