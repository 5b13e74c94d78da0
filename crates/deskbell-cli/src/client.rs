//! Client: how the command line calls a server's public API. It is the person's own process that calls out here, to a
//! server and a handler of their own choice; the server's egress is the transport's.

use crate::Failure;
use crate::http::{self, Http, cause};
use crate::print::safe;
use ::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;
use url::form_urlencoded;

/// Which server, and as whom.
#[derive(clap::Args)]
pub struct Flags {
    /// The server to call
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "DESKBELL_SERVER",
        default_value = "http://127.0.0.1:8480",
        help_heading = "Calling a server"
    )]
    pub(super) server: String,
    /// The API key to call it with
    #[arg(
        long,
        global = true,
        value_name = "KEY",
        env = "DESKBELL_API_KEY",
        hide_env_values = true,
        help_heading = "Calling a server"
    )]
    api_key: Option<String>,
    /// Trust the certificates of this PEM file too: of an authority, or a server's own
    #[arg(long, global = true, value_name = "FILE", env = "DESKBELL_CA", help_heading = "Calling a server")]
    ca: Option<PathBuf>,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Nobody answers.
    #[error("{0} cannot be reached: {1}")]
    Unreachable(String, String),
    /// The server refused.
    #[error("{message}{}", blame(.param.as_deref(), .code))]
    Refused {
        /// The status.
        status: u16,
        /// What it said.
        message: String,
        /// The parameter at fault.
        param: Option<String>,
        /// The machine name.
        code: String,
    },
    /// Whoever answers is no Deskbell.
    #[error("{0} answers with {1}, and not in JSON: is it a Deskbell server?")]
    Foreign(String, u16),
}

fn blame(param: Option<&str>, code: &str) -> String {
    match (param, code) {
        (_, "") => String::new(),
        (Some(param), code) => format!(" (param {param}, code {code})"),
        (None, code) => format!(" (code {code})"),
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Refused(safe(&fault.to_string()))
    }
}

/// A call takes at most this long, and as much longer as it was asked to wait.
const CALL: Duration = Duration::from_secs(30);
/// Most bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 << 20;
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How often a call is made again that a rate limit refused.
const RETRIES_MAX: u32 = 5;

/// Calls a server.
#[derive(Clone)]
pub(crate) struct Client {
    base: String,
    key: HeaderValue,
    http: Http,
}

/// How many objects of a list are asked for where all are wanted: more than any account has of what is listed so.
pub(crate) const ALL: u32 = 10_000;

/// A path's query.
pub(crate) type Query = Vec<(&'static str, String)>;

impl Client {
    pub(super) fn new(flags: &Flags) -> Result<Self, Failure> {
        let usage = |rule: &str| Failure::Usage(format!("--server {}: {rule}", flags.server));
        let url = http::url(&flags.server).map_err(|rule| usage(&rule))?;
        if !url.has_host() || url.query().is_some() {
            return Err(usage("must be a URL such as https://deskbell.example"));
        }
        let key = flags.api_key.as_deref().map(str::trim).filter(|key| !key.is_empty());
        let key = key
            .ok_or_else(|| Failure::Usage("which API key? Give --api-key, or set DESKBELL_API_KEY".into()))?;
        let mut key = HeaderValue::from_str(key)
            .map_err(|_| Failure::Usage("the API key holds characters that no key has".into()))?;
        key.set_sensitive(true);
        Ok(Self {
            base: url.as_str().trim_end_matches('/').to_owned(),
            key,
            http: http::trusting(flags.ca.as_deref())?,
        })
    }

    pub(super) async fn get(&self, path: &str, query: &Query) -> Result<Value, Fault> {
        self.call(Method::GET, &with_query(path, query), None, Duration::ZERO).await
    }

    /// The answer as it came: no number of it went through a float.
    pub(super) async fn get_text(&self, path: &str) -> Result<String, Fault> {
        let answer = self.answered(Method::GET, path, None, Duration::ZERO).await?;
        Ok(String::from_utf8_lossy(&answer.bytes).into_owned())
    }

    /// As [`get`](Self::get), for a call that the server may hold for `wait`.
    pub(super) async fn wait(&self, path: &str, query: &Query, wait: Duration) -> Result<Value, Fault> {
        self.call(Method::GET, &with_query(path, query), None, wait).await
    }

    pub(super) async fn post(&self, path: &str, body: String) -> Result<Value, Fault> {
        self.call(Method::POST, path, Some(body), Duration::ZERO).await
    }

    pub(super) async fn patch(&self, path: &str, body: String) -> Result<Value, Fault> {
        self.call(Method::PATCH, path, Some(body), Duration::ZERO).await
    }

    pub(super) async fn delete(&self, path: &str) -> Result<Value, Fault> {
        self.call(Method::DELETE, path, None, Duration::ZERO).await
    }

    /// The HTTP client underneath, for what else this command calls.
    pub(crate) fn http(&self) -> Http {
        self.http.clone()
    }

    /// A list's objects, newest first, page after page: `limit` of them, or without it what the server gives; and
    /// whether there are more. A page of a filter that finds little among many may be empty, and is then followed by the next one.
    pub(super) async fn list(
        &self,
        path: &str,
        query: &Query,
        limit: Option<u32>,
    ) -> Result<(Vec<Value>, bool), Fault> {
        let (mut found, mut after): (Vec<Value>, Option<String>) = (Vec::new(), None);
        loop {
            let mut query = query.clone();
            let missing =
                limit.map(|limit| limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX)));
            query.extend(missing.map(|missing| ("limit", missing.min(100).to_string())));
            query.extend(after.clone().map(|after| ("after", after)));
            let answer = self.answered(Method::GET, &with_query(path, &query), None, Duration::ZERO).await?;
            let mut page: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
            let items = page["data"].as_array_mut().map(std::mem::take).unwrap_or_default();
            let more = page["has_more"].as_bool().unwrap_or_default();
            found.extend(items);
            let full = limit.map_or(!found.is_empty(), |limit| found.len() >= limit as usize);
            let is_further = answer.next.is_some() && answer.next != after;
            if full || !more || !is_further {
                return Ok((found, more));
            }
            after = answer.next;
        }
    }

    /// An answer that goes on until the connection breaks: `path` as server-sent events, behind the one called `last`.
    pub(super) async fn open(
        &self,
        path: &str,
        query: &Query,
        last: Option<&str>,
    ) -> Result<Incoming, Fault> {
        let mut request = self.request(Method::GET, &with_query(path, query), None)?;
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
        headers.extend(last.and_then(|last| Some((LAST_EVENT_ID, HeaderValue::from_str(last).ok()?))));
        let answer = tokio::time::timeout(CALL, self.http.request(request)).await;
        let answer = answer
            .map_err(|_| self.silent())?
            .map_err(|error| self.unreachable(cause(&error, "the server")))?;
        let status = answer.status().as_u16();
        if status == 200 {
            return Ok(answer.into_body());
        }
        let body = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
        let problem = body.ok().and_then(|body| serde_json::from_slice(&body.to_bytes()).ok());
        Err(match problem {
            Some(problem) => refused(status, &problem),
            None => Fault::Foreign(self.base.clone(), status),
        })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
        wait: Duration,
    ) -> Result<Value, Fault> {
        let answer = self.answered(method, path, body, wait).await?;
        // It was found to be JSON.
        Ok(serde_json::from_slice(&answer.bytes).unwrap_or_default())
    }

    /// A 2xx answer, which is JSON.
    async fn answered(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
        wait: Duration,
    ) -> Result<Answer, Fault> {
        for again in 0.. {
            let answer = tokio::time::timeout(CALL + wait, self.send(method.clone(), path, body.clone()))
                .await
                .unwrap_or_else(|_| Err(self.silent()))?;
            let status = answer.status;
            if status == 429 && again < RETRIES_MAX {
                tokio::time::sleep(answer.retry_after.min(Duration::from_secs(60))).await;
                continue;
            }
            if (200..300).contains(&status) {
                let is_json = serde_json::from_slice::<IgnoredAny>(&answer.bytes).is_ok();
                return if is_json { Ok(answer) } else { Err(Fault::Foreign(self.base.clone(), status)) };
            }
            let problem: Option<Value> = serde_json::from_slice(&answer.bytes).ok();
            return Err(match problem {
                Some(problem) if problem["message"].is_string() => refused(status, &problem),
                _ => Fault::Foreign(self.base.clone(), status),
            });
        }
        unreachable!("the loop ends with an answer")
    }

    async fn send(&self, method: Method, path: &str, body: Option<String>) -> Result<Answer, Fault> {
        let request = self.request(method, path, body)?;
        let answer = self
            .http
            .request(request)
            .await
            .map_err(|error| self.unreachable(cause(&error, "the server")))?;
        let retry_after = answer.headers().get(header::RETRY_AFTER);
        let seconds = retry_after.and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(1);
        let (status, next) = (answer.status().as_u16(), next(answer.headers()));
        let body = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| self.unreachable(error.to_string()))?;
        Ok(Answer { status, retry_after: Duration::from_secs(seconds), next, bytes: body.to_bytes() })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<Request<Full<Bytes>>, Fault> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("API-Key", self.key.clone())
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("deskbell/", env!("CARGO_PKG_VERSION")));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request
            .body(Full::from(body.unwrap_or_default()))
            .map_err(|error| self.unreachable(error.to_string()))
    }

    fn silent(&self) -> Fault {
        self.unreachable(format!("no answer within {} s", CALL.as_secs()))
    }

    fn unreachable(&self, why: String) -> Fault {
        Fault::Unreachable(self.base.clone(), why)
    }
}

/// An answer of the server's.
struct Answer {
    status: u16,
    /// When it may be asked again.
    retry_after: Duration,
    /// Of a page: behind what the next one begins.
    next: Option<String>,
    bytes: Bytes,
}

/// The cursor of the next page that the headers name.
fn next(headers: &HeaderMap) -> Option<String> {
    let links = headers.get(header::LINK)?.to_str().ok()?;
    // Commas of a URL stand there as %2C.
    let next = links.split(',').find(|link| link.contains("rel=\"next\""))?;
    let (_, query) = next.split_once('>')?.0.split_once('?')?;
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "after").map(|(_, id)| id.into_owned())
}

fn refused(status: u16, problem: &Value) -> Fault {
    let text = |field: &str| problem[field].as_str().map(str::to_owned);
    Fault::Refused {
        status,
        message: text("message").unwrap_or_default(),
        param: text("param"),
        code: text("code").unwrap_or_default(),
    }
}

fn with_query(path: &str, query: &Query) -> String {
    if query.is_empty() {
        return path.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{path}?{query}")
}

/// An id as it stands in a path.
pub(crate) fn in_path(id: &str) -> String {
    form_urlencoded::byte_serialize(id.trim().as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_read_from_the_links() {
        let cursor = |links: &str| {
            let headers = [(header::LINK, HeaderValue::from_str(links).unwrap())];
            next(&HeaderMap::from_iter(headers))
        };
        let previous = "<https://ops.example/v2/deliveries?before=DLV-1>; rel=\"previous\"";
        let both =
            format!("<https://ops.example/v2/deliveries?types=a%2Cb&after=DLV-9>; rel=\"next\", {previous}");
        assert_eq!(cursor(&both), Some("DLV-9".to_owned()));
        assert_eq!(
            [cursor(previous), cursor("<>; rel=\"next\""), cursor("rel=\"next\"")],
            [None, None, None]
        );
        assert_eq!(next(&HeaderMap::new()), None);
    }

    #[test]
    fn a_server_may_stand_below_a_path() {
        for server in ["https://ops.example/hooks", "https://ops.example/hooks/"] {
            let flags = Flags { server: server.to_owned(), api_key: Some("dbk_x".to_owned()), ca: None };
            let Ok(client) = Client::new(&flags) else { panic!("{server} is a server") };
            let request = client.request(Method::GET, "/v2/test", None).unwrap();
            assert_eq!(request.uri(), "https://ops.example/hooks/v2/test");
        }
    }
}
