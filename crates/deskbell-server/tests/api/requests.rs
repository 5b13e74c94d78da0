//! Requests made from the document's own rules: of every operation valid ones, and for each parameter and property ones
//! that break one rule in one place. The document says which are which, and the server's verdict is held against it: a
//! bound that is written in one place and kept in another fails here.

mod caller;
mod operation;
mod proposal;
mod text;
mod unsaid;

use crate::bell::Bell;
use crate::client::Answer;
use crate::tester::TESTER;
use crate::walk::World;
use caller::Caller;
use futures::future::join_all;
use operation::{Request, operations};

/// Requests at the least; below it, the proposals have lost some of their rules.
const LEAST: usize = 2_000;
/// The seed of all texts' randomness.
const SEED: u64 = 8;
/// Connections, each with one request at a time.
const CONNECTIONS: usize = 4;

/// Codes with which a valid request can be refused: what it asks for does not fit what is there.
const OF_STATE: [&str; 41] = [
    "booking_paid",
    "booking_state",
    "calendar_unpublished",
    "contact_exists",
    "conversation_state",
    "cursor_invalid",
    "custom_field_unknown",
    "email_taken",
    "event_conflict",
    "fault_forced",
    "host_inactive",
    "host_unchanged",
    "host_without_seat",
    "inbox_expired",
    "inboxes_too_many",
    "keys_too_many",
    "link_elsewhere",
    "link_spent",
    "location_unavailable",
    "name_taken",
    "not_found",
    "objects_too_many",
    "page_deleted",
    "page_inactive",
    "plan_insufficient",
    "provider_unconnected",
    "range_invalid",
    "range_too_large",
    "rate_limit_exceeded",
    "relay_off",
    "relay_taken",
    "sandbox_empty",
    "shares_too_many",
    "slot_taken",
    "user_deleted",
    "user_exists",
    "user_is_owner",
    "users_too_many",
    "webhook_deleted",
    "webhook_disabled",
    "webhooks_too_many",
];

/// What is wrong with the server's verdict, if anything.
fn breach(request: &Request, answer: &Answer) -> Option<String> {
    let told = answer.status >= 400;
    let (status, param, code) =
        if told { answer.refusal() } else { (answer.status, String::new(), String::new()) };
    let of_state = OF_STATE.contains(&code.as_str());
    let right = match request.valid {
        true => !told || of_state,
        // 409 would tell of the state, whatever the request looks like.
        false => matches!(status, 400 | 422) && request.is_named_by(&param),
    };
    let expected = if request.valid { "valid" } else { "broken" };
    (!right).then(|| format!("{request}: {expected} by the document, answered {}", answer.text()))
}

#[tokio::test]
async fn the_server_judges_requests_as_the_document_does() {
    let world = World::new().await;
    let tester = Bell::start(TESTER).await;
    let token = tester.send("POST", "/v2/tester", &[], None).await.at("/read_token");
    let requests: Vec<Request> =
        operations().iter().flat_map(|operation| operation.requests(&world, SEED)).collect();
    assert!(requests.len() >= LEAST, "{} requests", requests.len());
    for valid in [true, false] {
        let count = requests.iter().filter(|request| request.valid == valid).count();
        assert!(count >= LEAST / 4, "{count} requests of which {valid} is said");
    }
    let share = async |first: usize| {
        let mut caller = Caller::new(&world, &tester, &token);
        let mut breaches = Vec::new();
        for request in requests.iter().skip(first).step_by(CONNECTIONS) {
            let answer = caller.send(request).await;
            match breach(request, &answer) {
                Some(breach) if !unsaid::is_refused(request) => breaches.push(breach),
                _ => crate::promise::check(&request.method, &request.path, &answer),
            }
        }
        breaches
    };
    let breaches = join_all((0..CONNECTIONS).map(share)).await.concat();
    assert!(breaches.is_empty(), "{} of {}:\n{}", breaches.len(), requests.len(), breaches.join("\n"));
}
