//! Lists: order, pages, `Link`, and what is refused.

use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use serde_json::json;

fn names(answer: &Answer) -> Vec<String> {
    answer.json()["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

/// The links of an answer: relation and path.
fn links(answer: &Answer) -> Vec<(String, String)> {
    let Some(header) = answer.header("link") else { return Vec::new() };
    let link = |part: &str| {
        let (url, relation) = part.trim().split_once(">; rel=\"").unwrap();
        (relation.trim_end_matches('"').to_owned(), url[url.find("/v2").unwrap()..].to_owned())
    };
    header.split(", ").map(link).collect()
}

async fn with_webhooks(count: usize) -> Bell {
    let bell = Bell::start_on_file(CLOSED).await;
    for at in 0..count {
        bell.webhook(&format!("w{at:02}"), "https://example.com/", &["booking"]).await;
    }
    bell
}

#[tokio::test]
async fn pages_follow_their_links_both_ways() {
    let bell = with_webhooks(12).await;
    let first = bell.get("/v2/webhooks").await;
    assert_eq!(
        names(&first),
        (2..12).rev().map(|at| format!("w{at:02}")).collect::<Vec<_>>(),
        "ten, newest first"
    );
    assert_eq!(first.at("/has_more"), "true");
    let mut page = bell.get("/v2/webhooks?limit=5").await;
    let mut seen = names(&page);
    assert_eq!(links(&page).len(), 1, "the first page has no previous one");
    while let Some((_, next)) = links(&page).into_iter().find(|(relation, _)| relation == "next") {
        assert!(next.contains("limit=5"), "the caller's parameters are kept");
        page = bell.get(&next).await;
        seen.extend(names(&page));
    }
    assert_eq!(
        seen,
        (0..12).rev().map(|at| format!("w{at:02}")).collect::<Vec<_>>(),
        "every object once, in order"
    );
    assert_eq!(page.at("/has_more"), "false");
    let (_, previous) = links(&page).into_iter().find(|(relation, _)| relation == "previous").unwrap();
    assert_eq!(
        names(&bell.get(&previous).await),
        ["w06", "w05", "w04", "w03", "w02"],
        "the page before the last"
    );
    let all = bell.get("/v2/webhooks?limit=100").await;
    assert_eq!((all.header("link"), all.at("/has_more")), (None, "false".into()), "one page has no links");
}

#[tokio::test]
async fn the_word_next_means_a_next_page_and_nothing_else() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (webhook, _) = bell.webhook("next", "https://example.com/", &["booking"]).await;
    for _ in 0..2 {
        assert_eq!(bell.post(&format!("/v2/webhooks/{webhook}/test"), json!({})).await.status, 202);
    }
    let first = bell.get("/v2/deliveries?limit=1&q=webhook:next").await;
    assert_eq!(first.header("link").unwrap().matches("next").count(), 1, "{:?}", first.header("link"));
    let (_, next) = links(&first).remove(0);
    let last = bell.get(&next).await;
    assert_eq!(
        (last.status, last.json()["data"].as_array().unwrap().len()),
        (200, 1),
        "it is read as it was meant"
    );
    let link = last.header("link").unwrap();
    assert!(link.contains("rel=\"previous\"") && !link.contains("next"), "{link}");
}

#[tokio::test]
async fn bad_pages_are_refused_in_the_vendors_words() {
    let bell = with_webhooks(2).await;
    for path in ["/v2/webhooks", "/v2/events", "/v2/deliveries", "/v2/attempts", "/v2/inboxes"] {
        for limit in ["0", "101", "500", "-1", "abc", "1.5", "99999999999999999999"] {
            let answer = bell.get(&format!("{path}?limit={limit}")).await;
            assert_eq!(
                (answer.status, answer.at("/param")),
                (400, "limit".into()),
                "A-102, A-173: {path} {limit}"
            );
            assert_eq!(
                answer.at("/message"),
                format!("Out of range value: {limit}. Please provide a number between 1 and 100."),
                "A-173"
            );
        }
        let both = bell.get(&format!("{path}?after=x&before=y")).await;
        assert_eq!(
            (both.status, both.at("/message")),
            (400, "Received both before and after parameters. Please provide only one.".into()),
            "A-104, A-174: {path}"
        );
        let unknown = bell.get(&format!("{path}?colour=red")).await;
        assert_eq!(
            (unknown.status, unknown.at("/message"), unknown.at("/param")),
            (400, "Received unknown parameter: colour".into(), "colour".into()),
            "A-106, A-176: {path}"
        );
    }
    let dates = ["2026-02-30", "2026-01-01T10:00:00", "1700000000", "2026-01-01T24:00:01Z"];
    for date in dates {
        let answer = bell.get(&format!("/v2/events?creation_time.gt={date}")).await;
        assert_eq!((answer.status, answer.at("/param")), (400, "creation_time.gt".into()), "A-105: {date}");
        assert!(
            answer.at("/message").starts_with(&format!("Invalid date: {date}")),
            "A-105: {}",
            answer.text()
        );
    }
    let reversed = bell.get("/v2/events?creation_time.gt=2026-02-01&creation_time.lt=2026-01-01").await;
    assert_eq!(
        (reversed.status, reversed.at("/message")),
        (400, "creation_time.gt cannot be later than creation_time.lt".into()),
        "A-104"
    );
}

#[tokio::test]
async fn a_cursor_that_names_nothing_here_is_refused_with_one_body() {
    let bell = with_webhooks(1).await;
    let mine = bell.get("/v2/webhooks").await.at("/data/0/id");
    let (_, other) = bell.account("other@bell.example").await;
    let deleted = bell.webhook("short", "https://example.com/", &["booking"]).await.0;
    bell.call("DELETE", &format!("/v2/webhooks/{deleted}"), None).await;
    let body = |cursor: &str, answer: &Answer| (answer.status, answer.text().replace(cursor, "ID"));
    let unknown = bell.get("/v2/webhooks?after=WHK-0000000000").await;
    let wanted = body("WHK-0000000000", &unknown);
    assert_eq!((wanted.0, unknown.at("/param")), (400, "after".into()), "A-103, A-175");
    let foreign = bell.call_as(&other, "GET", &format!("/v2/webhooks?after={mine}"), None).await;
    assert_eq!(body(&mine, &foreign), wanted, "A-103, A-175: another account's");
    assert_eq!(
        body(&deleted, &bell.get(&format!("/v2/webhooks?after={deleted}")).await),
        wanted,
        "A-175: deleted"
    );
    assert_eq!(
        body("EVNT-0000000000", &bell.get("/v2/webhooks?after=EVNT-0000000000").await),
        wanted,
        "A-103: of another list"
    );
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist() {
    let bell = Bell::start(CLOSED).await;
    let unknown = bell.get("/v2/nothing").await;
    assert_eq!((unknown.status, unknown.at("/type")), (404, "invalid_request_error".into()), "A-070");
    let wrong = bell.call("DELETE", "/v2/events", None).await;
    assert_eq!(wrong.status, 405, "A-070");
    assert!(wrong.header("allow").is_some_and(|allow| allow.contains("POST")), "A-070: {:?}", wrong.headers);
    for answer in [&unknown, &wrong] {
        assert!(answer.header("request-id").is_some(), "every answer has a Request-Id");
    }
    let xml =
        bell.send("GET", "/v2/events", &[("API-Key", &bell.key), ("Accept", "application/xml")], None).await;
    assert_eq!(xml.status, 406, "A-108");
    assert_eq!(bell.send("GET", "/healthz", &[], None).await.json(), json!({"status": "ok"}));
    assert_eq!(bell.send("GET", "/readyz", &[], None).await.status, 200);
}
