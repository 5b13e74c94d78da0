//! Shares: one delivery, frozen, for whoever holds the link.

use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use serde_json::{Value, json};

const BROWSER: (&str, &str) = ("Accept", "text/html,application/xhtml+xml;q=0.9");

/// A delivery to an inbox that answered 500 and then 200: its id, and the inbox's token.
async fn delivered(bell: &Bell) -> (String, String) {
    let answers =
        json!([{"status": 200, "headers": {"X-Test-Token": "canary"}, "body": "<script>alert(1)</script>"}]);
    let inbox = bell.post("/v2/inboxes", json!({"answers": answers})).await;
    let url = inbox.at("/url");
    let (webhook, _) = bell.webhook("shared <b>hook</b>", &url, &["booking"]).await;
    bell.post(&format!("/v2/webhooks/{webhook}/test"), json!({})).await;
    let list = format!("/v2/deliveries?webhook={webhook}&status=delivered");
    let found =
        bell.until(&list, |found| found.json()["data"].as_array().is_some_and(|data| !data.is_empty())).await;
    (found.at("/data/0/id"), url[url.find("/in/").unwrap() + 4..].to_owned())
}

async fn share(bell: &Bell, body: Value) -> (String, String) {
    let made = bell.post("/v2/shares", body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let url = made.at("/url");
    (made.at("/id"), url[url.find("/s/").unwrap()..].to_owned())
}

async fn open(bell: &Bell, path: &str, headers: &[(&str, &str)]) -> Answer {
    bell.send("GET", path, headers, None).await
}

#[tokio::test]
async fn a_link_shows_both_sides_frozen_and_masked_without_a_sign_in() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (delivery, token) = delivered(&bell).await;
    let (_, path) = share(&bell, json!({"delivery": delivery})).await;
    assert_eq!(path.len(), "/s/".len() + 43, "256 bits");
    let page = open(&bell, &path, &[BROWSER]).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let html = page.text();
    for said in
        ["Delivered on the first try", "byte for byte what we signed", "The signature verifies", &delivery]
    {
        assert!(html.contains(said), "{said}: {html}");
    }
    assert!(
        !html.contains("<script") && !html.contains("<b>") && html.contains("&#60;script"),
        "H-01: {html}"
    );
    assert!(!html.contains("canary") && !html.contains(&token), "secrets and the inbox's token are masked");
    let signature = html.split(",s=").nth(1).unwrap();
    assert_eq!(signature.find('…'), Some(8), "a signature keeps its head only");
    let header = |name: &str| page.header(name).unwrap_or_default().to_owned();
    assert_eq!(
        (header("x-robots-tag").as_str(), header("referrer-policy").as_str()),
        ("noindex, nofollow", "no-referrer")
    );
    assert_eq!(header("cache-control"), "no-store");
    assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "H-03");
    assert_eq!(html.matches("href=\"http").count(), 0, "H-07: no address of a stranger can be followed");

    let text = open(&bell, &path, &[("Accept", "*/*")]).await;
    assert_eq!((text.status, text.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert!(
        text.text().starts_with("Delivered on the first try\n") && text.text().contains("<script>"),
        "{}",
        text.text()
    );

    let har = open(&bell, &format!("{path}?format=har"), &[BROWSER]).await;
    assert_eq!(
        har.header("content-disposition"),
        Some(format!("attachment; filename=\"{delivery}.har\"").as_str()),
        "H-02"
    );
    let entries = &har.json()["log"]["entries"];
    assert_eq!((entries.as_array().unwrap().len(), &entries[0]["response"]["status"]), (1, &json!(200)));
    assert!(!har.text().contains("canary") && !har.text().contains(&token));

    bell.post(&format!("/v2/deliveries/{delivery}/retry"), json!({})).await;
    bell.until(&format!("/v2/attempts?delivery={delivery}"), |found| {
        found.json()["data"].as_array().unwrap().len() == 2
    })
    .await;
    assert_eq!(open(&bell, &path, &[BROWSER]).await.text(), html, "what was frozen stays");
}

#[tokio::test]
async fn unknown_revoked_and_expired_links_are_one_answer() {
    let bell = Bell::start(CLOSED).await;
    let (delivery, _) = delivered(&bell).await;
    let (id, path) = share(&bell, json!({"delivery": delivery, "expires_in_hours": 1})).await;
    let listed = bell.get("/v2/shares").await;
    assert_eq!(
        (listed.at("/data/0/id"), listed.at("/data/0/url")),
        (id.clone(), "null".into()),
        "the link is shown once"
    );
    let (_, stranger) = bell.account("other@bell.example").await;
    let one = format!("/v2/shares/{id}");
    assert_eq!(bell.call_as(&stranger, "DELETE", &one, None).await.status, 404);
    assert_eq!(bell.call_as(&stranger, "GET", "/v2/shares", None).await.json()["data"], json!([]));
    assert_eq!(bell.call("DELETE", &one, None).await.json(), json!({"id": id, "deleted": true}));
    assert_eq!(bell.call("DELETE", &one, None).await.status, 404);
    let unknown = format!("/s/{}", "A".repeat(43));
    for accept in ["text/html", "*/*"] {
        let headers = [("Accept", accept)];
        let (revoked, never) = (open(&bell, &path, &headers).await, open(&bell, &unknown, &headers).await);
        let malformed = open(&bell, "/s/x", &headers).await;
        let no_text = open(&bell, "/s/%ff", &headers).await;
        for other in [&never, &malformed, &no_text] {
            assert_eq!((revoked.status, revoked.text()), (404, other.text()), "T-17: {accept}");
            assert_eq!(other.status, 404);
            let names = |answer: &Answer| {
                answer
                    .headers
                    .iter()
                    .filter(|(name, _)| !["Request-Id", "Date"].contains(&name.as_str()))
                    .cloned()
                    .collect::<Vec<_>>()
            };
            assert_eq!(names(&revoked), names(other), "T-17: {accept}");
        }
    }
}

#[tokio::test]
async fn a_share_takes_a_delivery_and_a_life() {
    let bell = Bell::start(CLOSED).await;
    let (delivery, _) = delivered(&bell).await;
    for (body, param, code) in [
        (json!({}), "delivery", "field_required"),
        (json!({"delivery": delivery, "expires_in_hours": 0}), "expires_in_hours", "integer_out_of_range"),
        (json!({"delivery": delivery, "expires_in_hours": 721}), "expires_in_hours", "integer_out_of_range"),
        (json!({"delivery": delivery, "password": "x"}), "password", "unknown_field"),
        (json!({"delivery": delivery, "url": "x"}), "url", "field_read_only"),
    ] {
        assert_eq!(bell.post("/v2/shares", body).await.refusal(), (400, param.into(), code.into()));
    }
    for (body, hours) in
        [(json!({"delivery": delivery}), 168), (json!({"delivery": delivery, "expires_in_hours": 2}), 2)]
    {
        let made = bell.post("/v2/shares", body).await;
        let [created, expires] = ["/creation_time", "/expiry_time"].map(|at| made.at(at).parse().unwrap());
        let life: std::time::Duration = deskbell_core::time::until(created, expires);
        assert_eq!(life.as_secs(), hours * 3_600, "a week unless told otherwise");
    }
    let (_, stranger) = bell.account("other@bell.example").await;
    let theirs = bell.call_as(&stranger, "POST", "/v2/shares", Some(json!({"delivery": delivery}))).await;
    assert_eq!(theirs.refusal(), (404, "delivery".into(), "not_found".into()), "H-15");
}

#[tokio::test]
async fn a_preview_is_what_the_link_shows_and_makes_none() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (delivery, token) = delivered(&bell).await;
    let preview =
        bell.post("/v2/shares/preview", json!({"delivery": delivery, "expires_in_hours": 24})).await;
    assert_eq!(
        (preview.status, preview.at("/object").as_str()),
        (200, "share_preview"),
        "{}",
        preview.text()
    );
    assert_eq!(bell.get("/v2/shares").await.json()["data"], json!([]), "no share was made");
    assert!(!preview.text().contains("canary") && !preview.text().contains(&token), "{}", preview.text());
    let (_, path) = share(&bell, json!({"delivery": delivery})).await;
    let text = open(&bell, &path, &[("Accept", "text/plain")]).await.text();
    let har = open(&bell, &format!("{path}?format=har"), &[]).await.json();
    let preview = preview.json();
    let (attempt, received) = (&preview["attempts"][0], &preview["received"][0]);
    for (name, value) in [&attempt["headers"], &attempt["response"]["headers"], &received["headers"]]
        .iter()
        .flat_map(|headers| headers.as_array().unwrap())
        .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
    {
        assert!(text.contains(&format!("{name}: {value}\n")), "{name}: {value} is not in {text}");
    }
    for shown in [&preview["body"], &attempt["url"], &attempt["response"]["body"], &preview["webhook"]] {
        assert!(text.contains(shown.as_str().unwrap()), "{shown} is not in {text}");
    }
    let lines = |headers: &Value| headers.as_array().unwrap().len();
    let shown = text
        .lines()
        .filter(|line| line.split_once(": ").is_some_and(|(name, _)| !name.contains(' ')))
        .count();
    let listed = [&attempt["headers"], &attempt["response"]["headers"], &received["headers"]];
    assert_eq!(shown, listed.map(lines).iter().sum::<usize>(), "and the link shows no more: {text}");
    assert_eq!(har["log"]["entries"][0]["request"]["url"], attempt["url"]);
    let (_, stranger) = bell.account("other@bell.example").await;
    let theirs =
        bell.call_as(&stranger, "POST", "/v2/shares/preview", Some(json!({"delivery": delivery}))).await;
    assert_eq!(theirs.refusal(), (404, "delivery".into(), "not_found".into()), "H-15");
}

#[tokio::test]
async fn keys_and_names_that_would_bend_a_page_are_text() {
    let bell = Bell::start(CLOSED).await;
    let keys = r#"{"__proto__":{"polluted":true},"constructor":{"prototype":1},"id":"sent"}"#;
    let clobbering = r#"<form id=sent name=body><img name=attributes><a id="constructor">"#;
    let answers = json!([{"status": 200, "headers": {"Content-Language": clobbering}, "body": keys}]);
    let inbox = bell.post("/v2/inboxes", json!({"answers": answers})).await;
    let (webhook, _) = bell.webhook("<img id=back name=cookie>", &inbox.at("/url"), &["booking"]).await;
    bell.post(&format!("/v2/webhooks/{webhook}/test"), json!({})).await;
    let list = format!("/v2/deliveries?webhook={webhook}&status=delivered");
    let found =
        bell.until(&list, |found| found.json()["data"].as_array().is_some_and(|data| !data.is_empty())).await;
    let (_, path) = share(&bell, json!({"delivery": found.at("/data/0/id")})).await;
    let html = open(&bell, &path, &[BROWSER]).await.text();
    let named = |attribute: &str| {
        let mut values: Vec<&str> =
            html.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        values.sort_unstable();
        values.join(" ")
    };
    assert_eq!(named(" id=\""), "back sent", "H-06: only our own ids: {html}");
    assert_eq!(named(" name=\""), "color-scheme robots viewport", "H-06: and our own names");
    assert!(["<form", "<img id", "<a id"].iter().all(|tag| !html.contains(tag)), "H-06: {html}");
    assert!(
        html.contains("&#34;__proto__&#34;") && html.contains("&#60;form id=sent"),
        "H-06: shown as text"
    );
    let har = open(&bell, &format!("{path}?format=har"), &[BROWSER]).await;
    assert_eq!(har.at("/log/entries/0/response/content/text"), keys, "H-06: a text in the file too");
}

#[tokio::test]
async fn the_pages_without_scripts_have_the_dashboards_fonts() {
    let bell = Bell::start(CLOSED).await;
    assert!(bell.send("GET", "/page.css", &[], None).await.text().contains("url(\"inter.woff2\")"));
    for font in ["/inter.woff2", "/mono.woff2"] {
        let found = bell.send("GET", font, &[], None).await;
        assert_eq!((found.status, found.header("content-type")), (200, Some("font/woff2")), "{font}");
        assert_eq!(found.header("cache-control"), Some("public, max-age=86400"), "{font}");
    }
}
