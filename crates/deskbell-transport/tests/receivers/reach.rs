//! Reach: the way of a delivery up to the connection, with nothing sent on it.

use crate::receiver::{OK, Receiver, answer};
use crate::stage::Stage;
use deskbell_core::attempt::Outcome;
use deskbell_core::door::Deadlines;

#[tokio::test]
async fn a_receiver_is_reached_and_nothing_is_sent() {
    let stage = Stage::new();
    let receiver = Receiver::secure(stage.authority.good("127.0.0.1"), answer(OK)).await;
    let url = format!("https://{}/hook", receiver.address);
    let reached = stage.transport.reach(&url, &Deadlines::default()).await.unwrap();
    assert_eq!(reached.address, receiver.address);
    assert!(reached.timings.connect_us.is_some() && reached.timings.tls_us.is_some());
    receiver.left(1).await;
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn what_an_attempt_would_come_to_is_told() {
    let stage = Stage::new();
    let foreign = Receiver::secure(stage.authority.good("other.example"), answer(OK)).await;
    let url = format!("https://{}/", foreign.address);
    let (outcome, detail) = stage.transport.reach(&url, &Deadlines::default()).await.unwrap_err();
    assert_eq!(outcome, Outcome::TlsNameMismatch, "{detail}");
    let (outcome, _) = stage.transport.reach("https://10.0.0.1/", &Deadlines::default()).await.unwrap_err();
    assert_eq!(outcome, Outcome::AddressBlocked, "it is judged as a delivery's");
}
