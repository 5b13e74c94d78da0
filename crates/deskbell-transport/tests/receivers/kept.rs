//! Kept connections: when one serves again, and when it must not.

use crate::receiver::{Action, OK, Receiver, answer, say};
use crate::stage::{Stage, request};
use deskbell_core::attempt::Outcome;
use deskbell_core::door::{Deadlines, Request, Sent};
use deskbell_core::id::WebhookId;
use deskbell_core::policy::limit;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

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

/// As one does whose worker dies over the request.
#[tokio::test]
async fn a_request_that_was_taken_a_while_ago_is_not_sent_again() {
    let died =
        || vec![Action::Take, say(OK), Action::Take, Action::Wait(Duration::from_secs(1)), Action::Finish];
    let receiver = Receiver::each(move |number| if number == 0 { died() } else { serve(1) }).await;
    let stage = Stage::new();
    stage.visit(receiver.address).await;
    let sent = stage.visit(receiver.address).await;
    assert_eq!((sent.outcome, sent.possibly_received), (Outcome::ConnectionClosed, true), "{}", sent.detail);
    assert_eq!((receiver.connections(), receiver.requests().len()), (1, 2), "an attempt posts once");
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

async fn at_once(stage: &Stage, count: usize, url: &str, deadlines: Deadlines) -> Vec<Sent> {
    let attempts = (0..count).map(|_| stage.send(Request { deadlines, ..request(url) }));
    futures::future::join_all(attempts).await
}

#[tokio::test]
async fn many_connections_are_opened_a_few_at_a_time_and_all_of_them_kept() {
    const MANY: usize = 64;
    let stage = Stage::new();
    // Nobody is answered before all are there, so each attempt needs a connection of its own.
    let all = Arc::new(Barrier::new(MANY));
    let serve = [Action::Take, Action::Meet(all), say(OK)];
    let script = [&serve[..], &serve[..], &[Action::Hang]].concat();
    let receiver = Receiver::secure(stage.authority.good("127.0.0.1"), script).await;
    let url = format!("https://{}/", receiver.address);
    for round in 0..2 {
        let sent = at_once(&stage, MANY, &url, Deadlines::default()).await;
        for sent in sent {
            assert_eq!(sent.outcome, Outcome::Delivered, "{}", sent.detail);
            assert_eq!(sent.timings.reused, round == 1, "as many are kept as were in flight");
        }
        assert_eq!(receiver.connections(), MANY);
    }
    let most = receiver.most_opening();
    assert!((2..=limit::OPENING_PER_WEBHOOK).contains(&most), "{most} were being opened at once");
}

#[tokio::test]
async fn an_attempt_waits_for_its_turn_no_longer_than_its_deadline() {
    let receiver = Receiver::new(vec![Action::Hang]).await;
    let url = format!("https://{}/", receiver.address);
    let stage = Stage::new();
    let deadlines = Deadlines { total: Duration::from_millis(200), ..Deadlines::default() };
    let sent = tokio::select! {
        biased;
        _ = at_once(&stage, limit::OPENING_PER_WEBHOOK, &url, Deadlines::default()) => {
            unreachable!("they wait for a handshake for seconds")
        }
        sent = stage.send(Request { deadlines, ..request(&url) }) => sent,
    };
    assert_eq!(sent.outcome, Outcome::TotalTimeout);
    assert!(sent.detail.contains("others to the same webhook were opening connections"), "{}", sent.detail);
    assert_eq!((sent.address, sent.possibly_received), (None, false), "it opened none");
}

#[tokio::test]
async fn a_changed_url_holds_from_the_next_attempt_on() {
    let (old, new) = (Receiver::new(serve(2)).await, Receiver::new(serve(2)).await);
    let stage = Stage::new();
    stage.visit(old.address).await;
    let sent = stage.visit(new.address).await;
    assert_eq!((sent.outcome, sent.address), (Outcome::Delivered, Some(new.address)));
    assert_eq!((old.requests().len(), new.requests().len()), (1, 1));
    old.left(1).await;
}
