//! Forward: one request to the handler as it came, and the answer as an inbox may give it.

use crate::handler::Handler;
use crate::print::safe;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use deskbell_core::inbox::ScriptedAnswer;
use deskbell_core::policy::limit;
use http::HeaderMap;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// What to answer to the sender.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answered {
    pub(super) status: u16,
    headers: Map<String, Value>,
    body: Bytes,
    /// What the person should know.
    pub(super) note: Option<String>,
    /// It is none of the handler's: its body says so, after [`FAILED`].
    pub(super) failed: bool,
}

/// How a body begins that says why there is no answer of the handler.
pub(crate) const FAILED: &str = "deskbell listen: ";

/// The handler has this long: the server holds a request for a second more.
const HANDLER: Duration = limit::HELD.saturating_sub(Duration::from_secs(1));
/// Brings a captured request to the handler.
pub(super) async fn call(handler: &Handler, captured: &Value) -> Answered {
    match tokio::time::timeout(HANDLER, handler.bring(captured)).await {
        Ok(Ok(answer)) => Answered::new(answer.status, &answer.headers, answer.body),
        Ok(Err(why)) => Answered::failed(502, format!("the handler cannot be reached: {why}")),
        Err(_) => Answered::failed(504, format!("the handler did not answer within {} s", HANDLER.as_secs())),
    }
}

impl Answered {
    fn new(status: u16, headers: &HeaderMap, mut body: Bytes) -> Self {
        if !matches!(status, 200..=299 | 400..=599) {
            let note = format!("the handler answered {status}, and a delivery is never redirected");
            return Self::failed(502, note);
        }
        let mut note = None;
        if body.len() > limit::ANSWER_BODY_BYTES {
            body.truncate(limit::ANSWER_BODY_BYTES);
            note = Some(format!("the answer's body was cut at {} KiB", limit::ANSWER_BODY_BYTES >> 10));
        }
        let mut passed = Map::new();
        for name in headers.keys() {
            let values: Vec<&str> =
                headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
            let value = values.join(", ");
            if passed.len() < limit::ANSWER_HEADERS && ScriptedAnswer::may_carry(name.as_str(), &value) {
                passed.insert(name.to_string(), value.into());
            }
        }
        Self { status, headers: passed, body, note, failed: false }
    }

    fn failed(status: u16, note: String) -> Self {
        let body = Bytes::from(format!("{FAILED}{note}\n"));
        Self { status, headers: Map::new(), body, note: Some(note), failed: true }
    }

    /// The call that gives it to the sender.
    pub(super) fn body(&self) -> String {
        let mut answer = json!({"status": self.status, "headers": self.headers});
        match std::str::from_utf8(&self.body) {
            // A NUL is no text for the API.
            Ok(text) if !text.contains('\0') => answer["body"] = text.into(),
            _ => answer["body_base64"] = STANDARD.encode(&self.body).into(),
        }
        answer.to_string()
    }
}

/// Whether a request is a sender's, and not somebody else's at the same address.
pub(super) fn is_delivery(captured: &Value) -> bool {
    header(captured, "Oncehub-Signature").is_some()
}

/// The id of the event that a delivery brings.
pub(super) fn event(captured: &Value) -> String {
    safe(header(captured, "Webhook-Id").unwrap_or_default())
}

fn header<'c>(captured: &'c Value, name: &str) -> Option<&'c str> {
    let mut headers = captured["headers"].as_array().into_iter().flatten();
    headers.find_map(|header| {
        header["name"].as_str()?.eq_ignore_ascii_case(name).then(|| header["value"].as_str())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    #[test]
    fn an_answer_is_passed_on_as_an_inbox_may_give_it() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("retry-after", "2"),
            ("set-cookie", "a=b"),
            ("content-type", "text/html"),
            ("x-handler", "1"),
            ("x-test-a", "1"),
            ("x-test-a", "2"),
        ] {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let answered = Answered::new(503, &headers, Bytes::from_static(b"later"));
        let body: Value = serde_json::from_str(&answered.body()).unwrap();
        assert_eq!(
            body,
            json!({"status": 503, "headers": {"retry-after": "2", "x-test-a": "1, 2"}, "body": "later"})
        );
        let binary = Answered::new(200, &HeaderMap::new(), Bytes::from_static(b"\xff\0"));
        let body: Value = serde_json::from_str(&binary.body()).unwrap();
        assert_eq!(body["body_base64"], "/wA=");
        for redirect in [301, 302, 304, 308] {
            let answered = Answered::new(redirect, &HeaderMap::new(), Bytes::new());
            assert!(answered.status == 502 && answered.note.unwrap().contains(&redirect.to_string()));
        }
        let long =
            Answered::new(200, &HeaderMap::new(), Bytes::from(vec![b'x'; limit::ANSWER_BODY_BYTES + 1]));
        assert!(long.body.len() == limit::ANSWER_BODY_BYTES && long.note.is_some());
    }
}
