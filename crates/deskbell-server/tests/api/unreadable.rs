//! A bit that flips in a row of the file stops nothing but that row: a server starts over it, sends what is due to others, and
//! shows what it can.

use crate::bell::{Bell, OPEN};
use bytes::Bytes;
use deskbell_core::event::{Event, NewEvent, Origin};
use deskbell_core::id::EventId;
use deskbell_core::store::{Accepted, Queue as _};
use deskbell_core::trigger::Trigger;
use deskbell_server::door::SystemRandom;
use deskbell_store::SqliteStore;
use serde_json::json;
use std::path::Path;

/// Flips a bit of the first byte wherever these bytes stand in the file: what was text is none then.
fn flip(path: &Path, bytes: &[u8]) {
    let mut file = std::fs::read(path).unwrap();
    let places = file.windows(bytes.len()).enumerate().filter(|(_, there)| *there == bytes);
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    assert!(!places.is_empty(), "they are in the file");
    places.into_iter().for_each(|place| file[place] ^= 0x80);
    std::fs::write(path, file).unwrap();
}

#[tokio::test]
async fn a_flipped_bit_in_a_row_keeps_no_others_delivery_from_being_sent() {
    let receiver = Bell::start(OPEN).await;
    let (inbox, url) = receiver.inbox(&[200]).await;
    let bell = Bell::start_on_file(OPEN).await;
    let (webhook, _) = bell.webhook("whole", &url, &["booking"]).await;
    let account = bell.account.clone();
    let events: Vec<Event> = (0..4)
        .map(|n| Event {
            id: EventId::new(&SystemRandom),
            account: account.clone(),
            trigger: Trigger::BookingScheduled,
            subject: Some(format!("subject-number-{n}")),
            created: crate::bell::now(),
            body: Bytes::from(format!("{{\"n\":{n}}}")),
            origin: Origin::Platform,
            payload_deleted: false,
        })
        .collect();
    let new = events.iter().map(|event| NewEvent {
        event: event.clone(),
        idempotency: None,
        only: None,
        trace: None,
    });
    let new: Vec<_> = new.collect();
    let bell = bell
        .meanwhile(OPEN, async move |path| {
            // Nobody has joined, so all of it is due at the next start.
            let store = SqliteStore::open(path).unwrap();
            let verdicts = store.accept(new, crate::bell::now()).await.unwrap();
            assert_eq!(verdicts, vec![Accepted::New { deliveries: 1 }; 4]);
            drop(store);
            flip(path, b"subject-number-0");
        })
        .await;
    let sent = receiver.captured(&inbox, 3).await;
    let mut bodies: Vec<_> = sent.iter().map(|request| request["body"].as_str().unwrap()).collect();
    bodies.sort_unstable();
    assert_eq!(bodies, [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#]);
    let done = "/v2/deliveries?status=delivered";
    bell.until(done, |answer| answer.json()["data"].as_array().unwrap().len() == 3).await;
    for list in ["/v2/events", "/v2/deliveries", "/v2/deliveries?expand=event,attempts,policy"] {
        let listed = bell.get(list).await;
        assert_eq!((listed.status, listed.json()["data"].as_array().unwrap().len()), (200, 3), "{list}");
    }
    let asked = bell.get(&format!("/v2/events/{}", events[0].id)).await;
    assert_eq!((asked.status, asked.at("/code")), (500, "internal_error".into()));
    assert_eq!(bell.store.meter().read().set_aside, 1);

    // The bit flips back: what became of it is said, and a hand can send it.
    let bell = bell
        .meanwhile(OPEN, async |path| {
            flip(path, b"\xf3ubject-number-0");
        })
        .await;
    let why = format!("/v2/why?event={}&webhook={webhook}", events[0].id);
    let why = bell.get(&why).await;
    assert_eq!(why.at("/verdict"), "quarantined", "{}", why.text());
    assert!(
        why.at("/sentence").starts_with("Set aside: it or its event could not be read"),
        "{}",
        why.text()
    );
    let aside = bell.get("/v2/deliveries?status=quarantined").await.at("/data/0/id");
    assert!(bell.post(&format!("/v2/deliveries/{aside}/retry"), json!({})).await.status < 300);
    receiver.captured(&inbox, 4).await;
}
