//! What an inbox keeps, as a file.

use crate::bell::{Bell, CLOSED};
use crate::client::{Answer, send_raw};
use serde_json::{Value, json};

fn saved(answer: &Answer, name: &str, media: &str) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("content-disposition"), format!("attachment; filename=\"{name}\""), "H-02");
    assert_eq!(header("content-type"), media);
    assert_eq!(header("x-content-type-options"), "nosniff", "H-02");
    assert_eq!(header("content-security-policy"), "sandbox; default-src 'none'", "H-02");
}

/// The body of a chunked answer.
fn dechunked(answer: &Answer) -> Vec<u8> {
    let (mut rest, mut body) = (answer.body.as_slice(), Vec::new());
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    body
}

#[tokio::test]
async fn an_inbox_is_saved_as_json_har_and_csv() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, url) = bell.inbox(&[201]).await;
    let path = url[url.find("/in/").unwrap()..].to_owned();
    for number in 0..23 {
        let body = format!("<script>alert({number})</script>");
        bell.send("POST", &format!("{path}/a?n={number}"), &[("X-Note", "=cmd()")], Some(body)).await;
    }
    let binary =
        format!("PUT {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n\0");
    let mut binary = binary.into_bytes();
    binary.push(0xff);
    assert_eq!(send_raw(bell.address, &binary).await.status, 201);
    let formulas = [("Content-Type", "-1+1"), ("Oncehub-Signature", "@sum")];
    bell.send("POST", &path, &formulas, Some("=1+1".into())).await;
    let export = format!("/v2/inboxes/{inbox}/export");

    let file = bell.get(&export).await;
    saved(&file, &format!("{inbox}.json"), "application/json");
    let requests: Vec<Value> = serde_json::from_slice(&dechunked(&file)).unwrap();
    let numbers: Vec<_> = requests.iter().map(|request| request["number"].as_u64().unwrap()).collect();
    let kept = u64::try_from(numbers.len()).unwrap();
    assert_eq!(numbers, (1..=kept).rev().collect::<Vec<_>>(), "H-24: all of them, once, newest first");
    let listed = bell.get(&format!("/v2/inboxes/{inbox}/requests?limit=100")).await.json();
    assert_eq!(json!(requests), listed["data"], "the objects are those of the list");

    let file = bell.get(&format!("{export}?format=har")).await;
    saved(&file, &format!("{inbox}.har"), "application/har+json");
    let har: Value = serde_json::from_slice(&dechunked(&file)).unwrap();
    assert_eq!((&har["log"]["version"], &har["log"]["creator"]["name"]), (&json!("1.2"), &json!("Deskbell")));
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), requests.len());
    for entry in entries {
        is_har_entry(entry);
    }
    let oldest = entries.last().unwrap();
    assert_eq!(oldest["request"]["queryString"], json!([{"name": "n", "value": "0"}]));
    assert_eq!(oldest["request"]["postData"]["text"], "<script>alert(0)</script>");
    assert_eq!(oldest["response"]["status"], 201);
    let binary = entries.iter().find(|entry| entry["request"]["method"] == "PUT").unwrap();
    assert_eq!(binary["request"]["postData"]["_encoding"], "base64");

    let file = bell.get(&format!("{export}?format=csv")).await;
    saved(&file, &format!("{inbox}.csv"), "text/csv; charset=utf-8");
    let text = dechunked(&file);
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), requests.len());
    let oldest = rows.last().unwrap();
    assert_eq!((&oldest[0], &oldest[3], &oldest[11]), ("1", "POST", "<script>alert(0)</script>"));
    let newest = &rows[0];
    assert_eq!((&newest[8], &newest[9], &newest[11]), ("'@sum", "'-1+1", "'=1+1"), "formulas are text");
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "no cell is a formula: {cell}");
    }
}

/// The parts that HAR 1.2 demands, with their types.
fn is_har_entry(entry: &Value) {
    let started = entry["startedDateTime"].as_str().unwrap();
    assert!(started.parse::<deskbell_core::Timestamp>().is_ok(), "{started}");
    assert!(entry["time"].is_number() && entry["cache"].is_object());
    for timing in ["send", "wait", "receive"] {
        assert!(entry["timings"][timing].as_f64().unwrap() >= 0.0, "{timing}");
    }
    let (request, response) = (&entry["request"], &entry["response"]);
    for side in [request, response] {
        assert!(side["httpVersion"].is_string() && side["cookies"].is_array());
        assert!(side["headersSize"].is_i64() && side["bodySize"].is_u64());
        for header in side["headers"].as_array().unwrap() {
            assert!(header["name"].is_string() && header["value"].is_string());
        }
    }
    assert!(request["method"].is_string() && request["url"].is_string() && request["queryString"].is_array());
    if let Some(data) = request.get("postData") {
        assert!(data["mimeType"].is_string() && data["text"].is_string());
    }
    assert!(
        response["status"].is_u64()
            && response["statusText"].is_string()
            && response["redirectURL"].is_string()
    );
    assert!(response["content"]["size"].is_u64() && response["content"]["mimeType"].is_string());
}

#[tokio::test]
async fn an_export_is_the_owners_and_one_of_three() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, _) = bell.inbox(&[]).await;
    let export = format!("/v2/inboxes/{inbox}/export");
    assert_eq!(
        bell.get(&format!("{export}?format=xml")).await.refusal(),
        (400, "format".into(), "value_invalid".into())
    );
    assert_eq!(bell.get(&format!("{export}?shape=csv")).await.refusal().2, "parameter_unknown");
    assert_eq!(dechunked(&bell.get(&export).await), b"[]\n", "an empty inbox is an empty array");
    let (_, stranger) = bell.account("other@bell.example").await;
    for format in ["json", "har", "csv"] {
        let path = format!("{export}?format={format}");
        assert_eq!(bell.call_as(&stranger, "GET", &path, None).await.status, 404, "A-146, H-24: {format}");
        assert_eq!(bell.send("GET", &path, &[], None).await.status, 401, "A-146: {format}");
    }
}
