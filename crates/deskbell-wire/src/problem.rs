//! Problem: every refusal, in the vendor's shape (wire contract, 9.1) with our stable `code` beside it.

mod codes;
pub(crate) mod reading;

pub use codes::CODES;

use crate::schema::{self, value};
use axum_core::response::{IntoResponse, Response};
use deskbell_core::explain::words::number;
use deskbell_core::policy::ssrf_guard::Refusal;
use deskbell_core::quota::Full;
use deskbell_core::store;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::time::Duration;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Bytes of one caller's value that an answer repeats at most (catalogue, 4.0).
pub const ECHO_BYTES: usize = 200;

/// The vendor's four types of error (wire contract, 9.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Kind)]
pub enum ProblemType {
    /// 401 and 403.
    #[serde(rename = "authentication_error")]
    Authentication,
    /// The caller's mistake.
    #[serde(rename = "invalid_request_error")]
    InvalidRequest,
    /// 429.
    #[serde(rename = "rate_limit_error")]
    RateLimit,
    /// Our fault: 5xx.
    #[serde(rename = "api_error")]
    Api,
}

/// A refusal on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The answer's status.
    pub status: StatusCode,
    /// The vendor's `type`.
    pub kind: ProblemType,
    /// A sentence that names the field, the rule and the limit.
    pub message: String,
    /// The parameter at fault; nested ones are dotted.
    pub param: Option<String>,
    /// Our stable machine name, one of [`CODES`].
    pub code: &'static str,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// `Allow`, for a 405.
    pub allow: Option<String>,
    /// The connection ends with this answer.
    pub close: bool,
}

impl Problem {
    /// A refusal of any status; the named constructors below are the usual ones.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        debug_assert!(codes::listed(code).is_some(), "{code} is not in CODES");
        let kind = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ProblemType::Authentication,
            StatusCode::TOO_MANY_REQUESTS => ProblemType::RateLimit,
            status if status.is_server_error() => ProblemType::Api,
            _ => ProblemType::InvalidRequest,
        };
        let message = message.into();
        Self { status, kind, message, param: None, code, retry_after: None, allow: None, close: false }
    }

    /// 400: `param` breaks a rule.
    pub fn invalid(param: impl AsRef<str>, code: &'static str, message: impl Into<String>) -> Self {
        Self::bad_request(code, message).param(param)
    }

    /// 400 that no single parameter is to blame for.
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 400 with the vendor's words for an absent field; the code is `<field>_required` where [`CODES`] lists it.
    pub fn required(param: impl AsRef<str>) -> Self {
        let param = param.as_ref();
        let last = param.rsplit('.').next().unwrap_or(param);
        let code = codes::listed(&format!("{last}_required")).unwrap_or("field_required");
        Self::invalid(param, code, "Required fields are missing.")
    }

    /// 401, one answer for a missing, wrong, deleted or malformed key.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_api_key", "Invalid API key.")
    }

    /// 403.
    pub fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// 404 in the vendor's words; `noun` as in "webhook" or "booking calendar".
    pub fn not_found(noun: &str, id: &str) -> Self {
        let message = format!("No such {noun}: '{}'", cut(id));
        Self::new(StatusCode::NOT_FOUND, "not_found", message).param("id")
    }

    /// 404 of a path that leads nowhere.
    pub fn unknown_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "route_unknown", "There is nothing at this path.")
    }

    /// 405; `allow` lists what the path takes, or is left to the router.
    pub fn method_not_allowed(allow: Option<&str>) -> Self {
        let message = "This path does not take that method; the Allow header lists those it takes.";
        let refusal = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message);
        Self { allow: allow.map(str::to_owned), ..refusal }
    }

    /// 409, blamed on `param`.
    pub fn conflict(param: impl AsRef<str>, code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message).param(param)
    }

    /// 413, blamed on `param`; the message names the limit.
    pub fn too_large(param: impl AsRef<str>, code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, code, message).param(param)
    }

    /// 422: understood, but the object's state does not allow it; only where the wire contract lists it.
    pub fn unprocessable(param: impl AsRef<str>, code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message).param(param)
    }

    /// 400: the guard refused the target in `param`.
    pub fn refused(param: impl AsRef<str>, refusal: &Refusal) -> Self {
        Self::invalid(param, refusal.code, &refusal.message)
    }

    /// 429 in the vendor's words, with seconds to wait (wire contract, decision 22).
    pub fn rate_limited(retry_after: u64) -> Self {
        let refusal =
            Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", "Request rate limit exceeded");
        Self { retry_after: Some(retry_after), ..refusal }
    }

    /// 500 in the vendor's words. What happened goes to the log, never to the caller.
    pub fn internal() -> Self {
        let message = "An unexpected error occurred. Please try again later.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
    }

    /// Whether it is [`Problem::internal`]: the same call would meet it again.
    pub fn is_internal(&self) -> bool {
        self.status == StatusCode::INTERNAL_SERVER_ERROR
    }

    /// 503: the same call may work after `retry_after` seconds.
    pub fn unavailable(code: &'static str, message: impl Into<String>, retry_after: u64) -> Self {
        let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message);
        Self { retry_after: Some(retry_after), ..refusal }
    }

    /// 507: little room is left, and what is not owed is not taken.
    pub fn storage_low() -> Self {
        let message =
            "Little room is left on the disk: requests to inboxes are not taken until there is more.";
        let refusal = Self::new(StatusCode::INSUFFICIENT_STORAGE, "storage_low", message);
        Self { retry_after: Some(60), ..refusal }
    }

    /// 507: with the event the account would keep more than it may. Retention looks every five minutes for what can go.
    pub fn over_quota(full: &Full) -> Self {
        let [kept, quota] = [full.kept, full.quota].map(number);
        let message = format!(
            "The account keeps {kept} bytes of events, and its quota is {quota}: this event does not fit. There is room again when older \
             ones become older than they are kept; the operator of this instance can have them kept for a shorter time, or give the account a larger quota."
        );
        let refusal = Self::new(StatusCode::INSUFFICIENT_STORAGE, "quota_exceeded", message);
        Self { retry_after: Some(300), ..refusal }
    }

    /// 503: the instance can take no work.
    pub fn not_ready(why: store::Unready) -> Self {
        Self::unavailable("not_ready", format!("Not ready: {why}."), 5)
    }

    /// The same refusal, blaming `param`.
    #[must_use]
    pub fn param(mut self, param: impl AsRef<str>) -> Self {
        self.param = Some(cut(param.as_ref()));
        self
    }

    /// The same refusal; where it says that an object is not there, `param` is to blame for having named it.
    #[must_use]
    pub fn named_by(self, param: impl AsRef<str>) -> Self {
        if self.code == "not_found" { self.param(param) } else { self }
    }

    /// The same refusal, and the connection ends with it.
    #[must_use]
    pub fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    /// The object of [`IntoResponse`], as an example for the document.
    pub fn in_document(&self) -> serde_json::Value {
        // Strings and names always serialise.
        serde_json::to_value(self).unwrap_or_default()
    }

    fn body(&self) -> Body<'_> {
        Body {
            r#type: self.kind,
            message: &self.message,
            param: self.param.as_deref(),
            code: Code(self.code),
        }
    }
}

/// `wait` as `Retry-After` has it: whole seconds, at least one.
fn whole_seconds(wait: Duration) -> u64 {
    let more = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(more).max(1)
}

/// `text`, or its first [`ECHO_BYTES`] bytes and an ellipsis: how a caller's value enters a message.
pub fn cut(text: &str) -> String {
    if text.len() <= ECHO_BYTES {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(ECHO_BYTES)])
}

/// The body of every refusal (wire contract, 9.1).
#[derive(Serialize, ToSchema)]
#[schema(as = Error, examples(json!({"code": "not_found"})))]
struct Body<'a> {
    /// Whose fault it is.
    r#type: ProblemType,
    /// What happened, in a sentence.
    #[schema(example = "No such webhook: 'WHK-2V8QDX6RNC'")]
    message: &'a str,
    /// The parameter at fault; nested ones are dotted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "id")]
    param: Option<&'a str>,
    /// A stable machine name (an addition to the vendor's object).
    code: Code<'a>,
}

/// One of [`CODES`].
#[derive(Serialize)]
struct Code<'a>(&'a str);

value!(['a] Code<'a>, schema::words(CODES.iter().map(|(code, _)| *code)));

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.body().serialize(serializer)
    }
}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Body::schema()
    }
}

impl ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        Body::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Body::schemas(schemas);
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Strings and names always serialise; an empty object would still be JSON.
        let body = serde_json::to_string(&self).unwrap_or_else(|_| "{}".to_owned());
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow.as_deref().and_then(|allow| HeaderValue::try_from(allow).ok()) {
            headers.insert(ALLOW, allow);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = if self.code == "read_token_invalid" { "Bearer" } else { "API-Key" };
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        if self.close {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let mut response = (self.status, headers, body).into_response();
        // For whoever notes what was refused, and why.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::UnknownCursor => {
                Self::bad_request("cursor_invalid", "The cursor names nothing in this list.")
            }
            // Whoever looks at the disk tells the log, once a minute, and the store when it begins.
            store::Error::Full => Self::unavailable("storage_full", "The storage is full.", 60),
            store::Error::OverQuota(full) => Self::over_quota(&full),
            // The answer has a line in the log already, and there may be many.
            store::Error::Busy { retry_after } => {
                let message = "More waits to be stored or read than can be soon. Please try again.";
                Self::unavailable("storage_busy", message, whole_seconds(retry_after))
            }
            // The store tells the log, once.
            store::Error::Displaced(_) => {
                let message = "A file of the storage is not where this server opened it: nothing is taken until it is put back, or the server is started anew.";
                Self::unavailable("storage_displaced", message, 60)
            }
            store::Error::Unavailable(detail) => {
                tracing::warn!(detail, "the store is unavailable");
                Self::unavailable("storage_unavailable", "The storage is not available. Please try again.", 1)
            }
            store::Error::Damaged(detail) => {
                tracing::error!(detail, "the store holds something unreadable");
                Self::internal()
            }
        }
    }
}

/// The page `docs/reference/errors.md`.
pub fn reference() -> String {
    let mut page = "# Errors\n\nEvery refusal is `{\"type\", \"message\", \"param\"?, \"code\"}`. `type` and `message` are the vendor's; `code` is a stable machine name, one of these.\n\n| code | meaning |\n| --- | --- |\n".to_owned();
    for (code, meaning) in CODES {
        page += &format!("| `{code}` | {meaning} |\n");
    }
    page
}

#[cfg(test)]
mod tests;
