//! HAR 1.2: requests and answers in the form that browsers' network panels read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deskbell_core::Timestamp;
use deskbell_core::door::Timings;
use deskbell_core::time::wire;
use serde_json::{Value, json};
use url::Url;
use utoipa::ToSchema;

/// What stands before the first entry.
pub const HEAD: &str = concat!(
    r#"{"log":{"version":"1.2","creator":{"name":"Deskbell","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""},"entries":["#
);
/// What stands behind the last entry.
pub const TAIL: &str = "]}}\n";

/// A file of recorded requests, HAR 1.2. Its document only: files are written entry by entry.
#[derive(ToSchema)]
#[schema(as = Har, example = json!({"log": {"version": "1.2", "creator": {"name": "Deskbell", "version": "0.1.0"}, "entries": []}}))]
pub struct HarFile {
    /// All of it.
    pub log: HarLog,
}

/// What a HAR holds.
#[derive(ToSchema)]
pub struct HarLog {
    /// Always `1.2`.
    pub version: String,
    /// Who wrote it: a name and a version.
    #[schema(value_type = Object)]
    pub creator: Value,
    /// The requests with their answers, newest first.
    #[schema(value_type = Vec<Object>)]
    pub entries: Vec<Value>,
}

/// One request with its answer.
pub struct Entry<'a> {
    /// When the request began.
    pub started: Timestamp,
    /// Its method.
    pub method: &'a str,
    /// Where it went.
    pub url: &'a str,
    /// Its headers, in order.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: &'a [u8],
    /// What came back.
    pub answer: Option<Answer<'a>>,
    /// Where the time went, when it is known.
    pub timings: Option<Timings>,
}

/// An answer.
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Its headers, in order.
    pub headers: Vec<(String, String)>,
    /// Its body, as far as it is kept.
    pub body: &'a [u8],
}

impl Entry<'_> {
    /// The entry as it stands in `entries`. What is not known is left empty or -1, as the format asks.
    pub fn render(&self) -> Value {
        let timings = self.timings.unwrap_or_default();
        json!({
            "startedDateTime": wire(self.started),
            "time": millis(timings.total_us),
            "request": self.request(),
            "response": self.response(),
            "cache": {},
            "timings": {
                "blocked": -1,
                "dns": timings.name_us.map_or(json!(-1), millis),
                "connect": timings.connect_us.map_or(json!(-1), |connect| millis(connect + timings.tls_us.unwrap_or_default())),
                "ssl": timings.tls_us.map_or(json!(-1), millis),
                "send": 0,
                "wait": millis(timings.head_us.unwrap_or_default()),
                "receive": millis(timings.body_us.unwrap_or_default()),
            },
        })
    }

    fn request(&self) -> Value {
        let url = Url::parse(self.url).ok();
        let pairs = url.iter().flat_map(|url| url.query_pairs().collect::<Vec<_>>());
        let query: Vec<_> = pairs.map(|(name, value)| json!({"name": name, "value": value})).collect();
        let mut request = json!({
            "method": self.method,
            "url": self.url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": pairs_of(&self.headers),
            "queryString": query,
            "headersSize": -1,
            "bodySize": self.body.len(),
        });
        if !self.body.is_empty() {
            request["postData"] = content(&self.headers, self.body, "_encoding");
        }
        request
    }

    fn response(&self) -> Value {
        let none = Answer { status: 0, headers: Vec::new(), body: &[] };
        let answer = self.answer.as_ref().unwrap_or(&none);
        let mut body = content(&answer.headers, answer.body, "encoding");
        body["size"] = json!(answer.body.len());
        let status = http::StatusCode::from_u16(answer.status).ok();
        json!({
            "status": answer.status,
            "statusText": status.and_then(|status| status.canonical_reason()).unwrap_or_default(),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": pairs_of(&answer.headers),
            "content": body,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": answer.body.len(),
        })
    }
}

/// Text when it is text, else base 64 under the name that says so.
fn content(headers: &[(String, String)], body: &[u8], encoding: &str) -> Value {
    let media = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let media = media.map_or("application/octet-stream", |(_, value)| value.as_str());
    match std::str::from_utf8(body) {
        Ok(text) => json!({"mimeType": media, "text": text}),
        Err(_) => {
            let mut content = json!({"mimeType": media, "text": STANDARD.encode(body)});
            content[encoding] = json!("base64");
            content
        }
    }
}

fn pairs_of(headers: &[(String, String)]) -> Vec<Value> {
    headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

/// Milliseconds, with the microseconds behind the point.
fn millis(micros: u64) -> Value {
    // A span of an attempt: far below the whole numbers that a double holds.
    json!(micros as f64 / 1_000.0)
}
