//! Who may call: keys and how they fail (A-113 to A-118, A-151 to A-157).

use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use deskbell_core::store::Accounts as _;

const REFUSED: (u16, &str) =
    (401, r#"{"type":"authentication_error","message":"Invalid API key.","code":"invalid_api_key"}"#);

async fn with(bell: &Bell, headers: &[(&str, &str)]) -> Answer {
    bell.send("GET", "/v2/test", headers, None).await
}

#[tokio::test]
async fn a_good_key_works_in_any_case_of_its_header() {
    let bell = Bell::start(CLOSED).await;
    for name in ["API-Key", "api-key", "API-KEY", "Api-Key", "aPI-kEY"] {
        let answer = with(&bell, &[(name, &bell.key)]).await;
        assert_eq!(answer.status, 200, "A-154: {name}");
        assert_eq!(answer.at("/message"), "The API key is valid for account: owner@bell.example");
    }
}

#[tokio::test]
async fn every_way_to_fail_gives_one_answer() {
    let bell = Bell::start(CLOSED).await;
    let huge = "k".repeat(10_000);
    let mut slip = bell.key.clone().into_bytes();
    slip[20] = if slip[20] == b'A' { b'B' } else { b'A' };
    let slip = String::from_utf8(slip).unwrap();
    let unknown = deskbell_core::account::KeyText::new(&deskbell_server::door::SystemRandom);
    let bearer = format!("Bearer {}", bell.key);
    let cut = &bell.key[..bell.key.len() - 1];
    let attempts: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("A-113 and A-151: none", vec![]),
        ("A-114: empty", vec![("API-Key", "")]),
        ("A-114: basic", vec![("Authorization", "Basic b3duZXI6a2V5")]),
        ("A-114 and A-152: 10 kB", vec![("API-Key", &huge)]),
        ("A-115: wrong checksum", vec![("API-Key", &slip)]),
        ("A-116: right shape, unknown", vec![("API-Key", unknown.text().expose())]),
        ("A-152: wrong", vec![("API-Key", "nonsense")]),
        ("A-152: one character short", vec![("API-Key", cut)]),
        ("A-153: bearer", vec![("Authorization", &bearer)]),
        ("A-121: two keys", vec![("API-Key", &bell.key), ("API-Key", &bell.key)]),
    ];
    for (row, headers) in attempts {
        let answer = with(&bell, &headers).await;
        assert_eq!((answer.status, answer.text().as_str()), REFUSED, "{row}");
        assert!(answer.header("www-authenticate").is_some(), "{row}: a 401 names what it wants");
        assert!(answer.header("request-id").is_some(), "{row}");
    }
    // White space around a header's value is not part of it (RFC 9110, 5.5), so a trailing space is no other key; what a
    // line feed begins is another header, or no request at all.
    let newline = with(&bell, &[("API-Key", &format!("{}\n", bell.key))]).await;
    assert_ne!(newline.status, 200, "A-152: a newline in the value");
    let inner = with(&bell, &[("API-Key", &format!("{} x", bell.key))]).await;
    assert_eq!((inner.status, inner.text().as_str()), REFUSED, "A-152: a space and more");
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_the_very_next_call() {
    let bell = Bell::start_on_file(CLOSED).await;
    let text = bell.new_key(&bell.account).await;
    let call = async || bell.call_as(text.text().expose(), "GET", "/v2/test", None).await;
    for _ in 0..3 {
        assert_eq!(call().await.status, 200, "A-117: control");
    }
    // As the command line does it: with the same file open in another place.
    let command = bell.store_of_another_process();
    assert!(command.revoke_key(text.id(), jiff::Timestamp::UNIX_EPOCH).await.unwrap());
    let answer = call().await;
    assert_eq!(
        (answer.status, answer.text().as_str()),
        REFUSED,
        "A-117, A-157: the same body as an unknown key"
    );
}

#[tokio::test]
async fn an_expired_key_is_refused_like_an_unknown_one() {
    let bell = Bell::start(CLOSED).await;
    let now = jiff::Timestamp::from_second(1_000_000_000).unwrap();
    let key = bell.new_key_until(&bell.account, Some(now)).await;
    let answer = bell.call_as(key.text().expose(), "GET", "/v2/test", None).await;
    assert_eq!((answer.status, answer.text().as_str()), REFUSED, "A-118");
}

#[tokio::test]
async fn limits_hold_for_an_account_and_an_address() {
    let bell = Bell::start(&[("DESKBELL_API__LOOPBACK_EXEMPT", "false")]).await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(bell.get("/v2/webhooks").await);
    }
    let refused =
        statuses.iter().find(|answer| answer.status == 429).expect("A-177: the sixth call in a second");
    assert_eq!(refused.at("/type"), "rate_limit_error", "A-177");
    assert_eq!(refused.at("/message"), "Request rate limit exceeded", "A-177");
    assert!(
        refused.header("retry-after").is_some_and(|wait| wait.parse::<u64>().is_ok_and(|wait| wait >= 1)),
        "A-177: Retry-After"
    );
    assert_eq!(bell.get("/v2/events").await.status, 200, "our own paths have a limit of their own");
    // Forged headers do not make another caller of us.
    let forged = [
        ("API-Key", bell.key.as_str()),
        ("X-Forwarded-For", "203.0.113.7"),
        ("Forwarded", "for=203.0.113.8"),
    ];
    let mut stopped = false;
    for _ in 0..220 {
        stopped |= bell.send("GET", "/v2/test", &forged, None).await.status == 429;
    }
    assert!(stopped, "A-177: forwarding headers are not believed");
    let nobody = bell.send("GET", "/v2/test", &[], None).await;
    assert_eq!(nobody.status, 429, "A-177: the 201st call from one address, with or without a key");
}

#[tokio::test]
async fn every_vendors_list_has_the_vendors_limits_for_a_key_and_ours_for_a_session() {
    let one = [("DESKBELL_API__LOOPBACK_EXEMPT", "false"), ("DESKBELL_API__VENDOR_PER_FIVE_MINUTES", "1")];
    let bell = Bell::start(&one).await;
    let session = bell.session(&bell.account).await;
    assert_eq!(bell.get("/v2/test").await.status, 200, "the one call of the address");
    for list in [
        "users",
        "teams",
        "contacts",
        "booking-calendars",
        "bookings",
        "webhooks",
        "booking-pages",
        "event-types",
        "master-pages",
    ] {
        let path = format!("/v2/{list}");
        assert_eq!(bell.get(&path).await.status, 429, "A-177: {path}");
        for _ in 0..6 {
            let answer = bell.call_as(&session, "GET", &path, None).await;
            assert_eq!(answer.status, 200, "whoever works in the page is not held up: {path}");
        }
    }
    for list in ["events", "deliveries", "attempts", "conversations", "inboxes"] {
        assert_eq!(bell.get(&format!("/v2/{list}")).await.status, 200, "ours: {list}");
    }
}

#[tokio::test]
async fn the_26th_active_key_is_refused() {
    let bell = Bell::start(CLOSED).await;
    for _ in 0..24 {
        bell.new_key(&bell.account).await;
    }
    let active = bell.store.keys(&bell.account).await.unwrap().len();
    assert_eq!(active, 25, "control");
    assert_eq!(bell.try_key(&bell.account).await, deskbell_core::store::KeyCreated::TooMany, "A-156");
}
