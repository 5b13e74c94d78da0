//! An entry of a HAR: one request with its answer. Members stand in the order of their names.

use crate::time::Time;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deskbell_core::Timestamp;
use deskbell_core::attempt::Timings;
use http::StatusCode;
use serde::{Serialize, Serializer};
use url::Url;

/// One request with its answer, as it is known to us.
#[derive(Debug)]
pub struct Exchange<'a> {
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
    /// What somebody wrote beside it.
    pub comment: Option<&'a str>,
}

/// An answer.
#[derive(Debug, Default)]
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Its headers, in order.
    pub headers: Vec<(String, String)>,
    /// Its body, as far as it is kept.
    pub body: &'a [u8],
}

/// The same, as it stands in `entries`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    cache: Empty,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    request: Request,
    response: Response,
    started_date_time: Time,
    time: Milliseconds,
    timings: Spans,
}

#[derive(Debug, Serialize)]
struct Empty {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    body_size: usize,
    cookies: [Pair; 0],
    headers: Vec<Pair>,
    headers_size: Unknown,
    http_version: &'static str,
    method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<Content>,
    query_string: Vec<Pair>,
    url: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    body_size: usize,
    content: Content,
    cookies: [Pair; 0],
    headers: Vec<Pair>,
    headers_size: Unknown,
    http_version: &'static str,
    #[serde(rename = "redirectURL")]
    redirect_url: &'static str,
    status: u16,
    status_text: &'static str,
}

/// A header or a parameter.
#[derive(Debug, Serialize)]
struct Pair {
    name: String,
    value: String,
}

/// A body: text when it is text, else base 64. A request's has no `encoding` in the format: ours begins with the `_` of
/// what a writer adds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(rename = "_encoding", skip_serializing_if = "Option::is_none")]
    sent_encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
    text: String,
}

/// Where the time went.
#[derive(Debug, Serialize)]
struct Spans {
    blocked: Unknown,
    connect: Milliseconds,
    dns: Milliseconds,
    receive: Milliseconds,
    /// Too little to be measured.
    send: u8,
    ssl: Milliseconds,
    wait: Milliseconds,
}

/// What we do not measure.
#[derive(Debug)]
struct Unknown;

/// A span, with the microseconds behind the point.
#[derive(Debug)]
struct Milliseconds(Option<u64>);

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i8(-1)
    }
}

impl Serialize for Milliseconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            // A span of an attempt: far below the whole numbers that a double holds.
            Some(micros) => serializer.serialize_f64(micros as f64 / 1_000.0),
            None => Unknown.serialize(serializer),
        }
    }
}

impl Entry {
    /// The entry of `exchange`.
    pub fn new(exchange: &Exchange<'_>) -> Self {
        let timings = exchange.timings.unwrap_or_default();
        let known = |micros: Option<u64>| Milliseconds(Some(micros.unwrap_or_default()));
        Self {
            cache: Empty {},
            comment: exchange.comment.map(str::to_owned),
            request: Request::new(exchange),
            response: Response::new(exchange.answer.as_ref().unwrap_or(&Answer::default())),
            started_date_time: exchange.started.into(),
            time: Milliseconds(Some(timings.total_us)),
            timings: Spans {
                blocked: Unknown,
                // In the format, the time of TLS is part of connecting.
                connect: Milliseconds(
                    timings.connect_us.map(|connect| connect + timings.tls_us.unwrap_or_default()),
                ),
                dns: Milliseconds(timings.name_us),
                receive: known(timings.body_us),
                send: 0,
                ssl: Milliseconds(timings.tls_us),
                wait: known(timings.head_us),
            },
        }
    }

    /// The entry as text.
    pub fn to_json(&self) -> String {
        // Texts and numbers always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Request {
    fn new(exchange: &Exchange<'_>) -> Self {
        let url = Url::parse(exchange.url).ok();
        let given = url.iter().flat_map(|url| url.query_pairs().into_owned());
        let (text, encoding) = text(exchange.body);
        let post_data = Content {
            sent_encoding: encoding,
            encoding: None,
            mime_type: media_type(&exchange.headers),
            size: None,
            text,
        };
        Self {
            body_size: exchange.body.len(),
            cookies: [],
            headers: pairs(&exchange.headers),
            headers_size: Unknown,
            http_version: "HTTP/1.1",
            method: exchange.method.to_owned(),
            post_data: Some(post_data).filter(|_| !exchange.body.is_empty()),
            query_string: given.map(|(name, value)| Pair { name, value }).collect(),
            url: exchange.url.to_owned(),
        }
    }
}

impl Response {
    fn new(answer: &Answer<'_>) -> Self {
        let (text, encoding) = text(answer.body);
        let status = StatusCode::from_u16(answer.status).ok();
        Self {
            body_size: answer.body.len(),
            content: Content {
                sent_encoding: None,
                encoding,
                mime_type: media_type(&answer.headers),
                size: Some(answer.body.len()),
                text,
            },
            cookies: [],
            headers: pairs(&answer.headers),
            headers_size: Unknown,
            http_version: "HTTP/1.1",
            redirect_url: "",
            status: answer.status,
            status_text: status.and_then(|status| status.canonical_reason()).unwrap_or_default(),
        }
    }
}

fn media_type(headers: &[(String, String)]) -> String {
    let given = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    given.map_or("application/octet-stream", |(_, value)| value.as_str()).to_owned()
}

/// The body as text, and how it is encoded when it is not.
fn text(body: &[u8]) -> (String, Option<&'static str>) {
    match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (STANDARD.encode(body), Some("base64")),
    }
}

fn pairs(headers: &[(String, String)]) -> Vec<Pair> {
    headers.iter().map(|(name, value)| Pair { name: name.clone(), value: value.clone() }).collect()
}
