//! Kept connections: when one serves again, and when it must not.

use crate::receiver::{Action, OK, Receiver, answer, say};
use crate::stage::{Stage, request};
use deskbell_core::attempt::Outcome;
use deskbell_core::door::Request;
use deskbell_core::id::WebhookId;

/// Takes and answers `count` requests on one connection.
fn serve(count: usize) -> Vec<Action> {
    let mut steps: Vec<Action> = (0..count).flat_map(|_| [Action::Take, say(OK)]).collect();
    steps.push(Action::Hang);
    steps
}

#[tokio::test]
async fn a_connection_serves_its_webhook_again() {
    let receiver = Receiver::new(serve(3)).await;
    let stage = Stage::new();
    for number in 0..3 {
        let sent = stage.visit(receiver.address).await;
        assert_eq!((sent.outcome, sent.timings.reused), (Outcome::Delivered, number > 0), "{}", sent.detail);
        assert_eq!(sent.timings.connect_us.is_some(), number == 0, "a kept connection is not opened");
        assert_eq!(sent.address, Some(receiver.address));
    }
    assert_eq!(receiver.connections(), 1);
    drop(stage);
    receiver.left(1).await;
}

#[tokio::test]
async fn two_webhooks_never_share_a_connection() {
    let receiver = Receiver::new(serve(2)).await;
    let stage = Stage::new();
    for (count, webhook) in ["WHK-1", "WHK-2"].into_iter().enumerate() {
        let request = Request { webhook: WebhookId::from_text(webhook), ..request(&receiver.url()) };
        let sent = stage.send(request).await;
        assert_eq!((sent.outcome, sent.timings.reused), (Outcome::Delivered, false), "B-109");
        assert_eq!(receiver.connections(), count + 1, "B-109");
    }
}

#[tokio::test]
async fn connection_close_is_obeyed() {
    let receiver =
        Receiver::new(answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")).await;
    let stage = Stage::new();
    for count in 1..=2 {
        let sent = stage.visit(receiver.address).await;
        assert_eq!((sent.outcome, sent.timings.reused), (Outcome::Delivered, false), "B-107");
        assert_eq!(receiver.connections(), count, "B-107");
    }
    receiver.left(2).await;
}

#[tokio::test]
async fn a_connection_that_closes_as_it_is_reused_is_replaced_once() {
    let broken = || vec![Action::Take, say(OK), Action::Take, Action::Finish];
    let receiver = Receiver::each(move |number| if number == 0 { broken() } else { serve(1) }).await;
    let stage = Stage::new();
    stage.visit(receiver.address).await;
    let sent = stage.visit(receiver.address).await;
    assert_eq!((sent.outcome, sent.timings.reused), (Outcome::Delivered, false), "B-104: {}", sent.detail);
    assert!(sent.detail.contains("sent again"), "B-104: it is recorded: {}", sent.detail);
    assert_eq!((receiver.connections(), receiver.requests().len()), (2, 3), "B-104");

    let receiver =
        Receiver::each(move |number| if number == 0 { broken() } else { vec![Action::Take, Action::Finish] })
            .await;
    stage.visit(receiver.address).await;
    let sent = stage.visit(receiver.address).await;
    assert_eq!(
        (sent.outcome, sent.possibly_received),
        (Outcome::ConnectionClosed, true),
        "B-104: {}",
        sent.detail
    );
    assert_eq!(receiver.connections(), 2, "B-104: at most one reconnect");
}

#[tokio::test]
async fn once_a_byte_came_back_there_is_no_second_try() {
    let receiver =
        Receiver::new(vec![Action::Take, say(OK), Action::Take, say("HTTP/1.1 2"), Action::Finish]).await;
    let stage = Stage::new();
    stage.visit(receiver.address).await;
    let sent = stage.visit(receiver.address).await;
    assert_eq!(
        (sent.outcome, sent.timings.reused),
        (Outcome::ConnectionClosed, true),
        "B-104: {}",
        sent.detail
    );
    assert_eq!((receiver.connections(), receiver.requests().len()), (1, 2), "B-104");
}

#[tokio::test]
async fn an_answer_that_was_not_asked_for_costs_the_connection() {
    let twice = format!("{OK}HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n");
    let receiver = Receiver::new(answer(twice)).await;
    let stage = Stage::new();
    for count in 1..=2 {
        let sent = stage.visit(receiver.address).await;
        assert_eq!((sent.outcome, sent.timings.reused), (Outcome::Delivered, false), "B-105, B-106, B-108");
        assert_eq!(receiver.connections(), count, "B-105, B-106, B-108");
        // Until the sender has let go of it: then the stray answer was seen.
        receiver.left(count).await;
    }
}
