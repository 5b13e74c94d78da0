//! A server with a few paths of its own, and a client that writes bytes.

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Request};
use axum::routing::{any, get, post};
use bytes::Bytes;
use deskbell_api::body::Body as JsonBody;
use deskbell_core::door::SeededRandom;
use deskbell_http::middleware::unknown_route;
use deskbell_http::{Front, Limits, Peer, RawHead, Served, Tls, body, serve};
use deskbell_wire::body::RequestBody;
use deskbell_wire::json::{RawObject, minify};
use deskbell_wire::problem::Problem;
use deskbell_wire::text::Name;
use serde::Deserialize;
use std::cell::RefCell;
use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use utoipa::ToSchema;

/// No single step of a test takes this long; a test that hangs fails here.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);

/// The largest body of `/v2/length`.
pub(crate) const CAP: usize = 100_000;

pub(crate) struct World {
    pub(crate) address: SocketAddr,
    /// Lets one call of `/v2/slow` go on.
    pub(crate) release: Arc<Notify>,
    /// Told when a call of `/v2/slow` is there.
    pub(crate) arrived: Arc<Notify>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

pub(crate) async fn world() -> World {
    world_with(Limits::default()).await
}

pub(crate) async fn world_with(limits: Limits) -> World {
    world_over(None, limits).await
}

pub(crate) async fn world_over(tls: Option<Tls>, limits: Limits) -> World {
    static LOG: Once = Once::new();
    LOG.call_once(|| {
        // What went well has its line too.
        let lines = tracing_subscriber::fmt().with_env_filter("info,calls=debug");
        lines.with_writer(|| ThreadsLog).with_ansi(false).init();
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let (release, arrived) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (api, open) = (Some("/v2/"), Some("/in/"));
    let limits = Limits { served: Served { api, open, ..limits.served }, ..limits };
    let random = Arc::new(SeededRandom::new(1));
    let router = router(release.clone(), arrived.clone()).fallback(unknown_route);
    let front = Front::with_fallback(router, random, &limits.served);
    let stopped = async {
        let _ = stopped.await;
    };
    let server = tokio::spawn(serve(listener, tls, front, limits, stopped));
    World { address, release, arrived, stop: Some(stop), server: Some(server) }
}

/// The body of `/v2/name`, which ignores what it does not know.
#[derive(Deserialize, ToSchema)]
struct Named {
    name: Name,
}

impl RequestBody for Named {}

/// The body of `/v2/data`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Holder {
    data: RawObject,
}

impl RequestBody for Holder {}

/// More than the systems of both ends keep for a client that does not take it.
async fn large() -> Body {
    let part = Bytes::from_static(&[b'x'; 1 << 16]);
    Body::from_stream(futures::stream::iter((0..1_024).map(move |_| Ok::<_, Infallible>(part.clone()))))
}

fn router(release: Arc<Notify>, arrived: Arc<Notify>) -> Router {
    let slow = move || async move {
        arrived.notify_one();
        release.notified().await;
        "done"
    };
    Router::new()
        .route("/v2/ping", get(|| async { "pong" }))
        .route("/v2/peer", get(|Extension(Peer(peer)): Extension<Peer>| async move { peer.to_string() }))
        .route("/v2/name", post(|JsonBody(named): JsonBody<Named>| async { named.name.0 }))
        .route(
            "/v2/data",
            post(|JsonBody(holder): JsonBody<Holder>| async move { minify(&holder.data.0).get().to_owned() }),
        )
        .route(
            "/v2/length",
            post(|request: Request| async move {
                let (parts, body) = request.into_parts();
                body::read(&parts, body, CAP).await.map(|bytes| bytes.len().to_string())
            }),
        )
        .route("/v2/boom", get(boom))
        .route("/v2/slow", get(slow))
        .route("/v2/large", get(large))
        .route("/in/{*rest}", any(seen))
}

async fn boom() -> Problem {
    panic!("secret detail")
}

/// The request as it came: method, target, each header line, an empty line, the length of the body.
async fn seen(request: Request) -> Result<String, Problem> {
    let (parts, body) = request.into_parts();
    let head = parts.extensions.get::<RawHead>().cloned().ok_or_else(Problem::internal)?;
    let body = body::read(&parts, body, CAP).await?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let lines: String =
        head.headers.iter().map(|(name, value)| format!("{}={}\n", text(name), text(value))).collect();
    Ok(format!("{} {}\n{lines}\n{}", head.method, head.target, text(&body)))
}

impl World {
    pub(crate) async fn client(&self) -> Client {
        Client(within(TcpStream::connect(self.address)).await.unwrap())
    }

    /// One request on a connection of its own.
    pub(crate) async fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut client = self.client().await;
        client.send(request).await;
        client.answer().await
    }

    /// Asks the server to stop, and gives what tells when it has.
    pub(crate) fn stop(&mut self) -> JoinHandle<()> {
        let _ = self.stop.take().unwrap().send(());
        self.server.take().unwrap()
    }
}

thread_local! {
    /// What was logged by this test: each runs on a thread of its own, with its server.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct ThreadsLog;

impl Write for ThreadsLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|log| log.extend(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was logged so far.
pub(crate) fn logged() -> String {
    LOGGED.with_borrow(|log| String::from_utf8(log.clone()).unwrap())
}

/// What comes in time.
pub(crate) async fn within<T>(step: impl Future<Output = T>) -> T {
    timeout(STEP_TIMEOUT, step).await.expect("the step takes too long")
}

/// A request with a JSON body.
pub(crate) fn posted(path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// A GET with further header lines.
pub(crate) fn got(path: &str, lines: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n")
}

pub(crate) struct Client<S = TcpStream>(pub(crate) S);

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.0.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Sends until the server does not take more; what it said so far stays to be read.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = within(self.0.write_all(bytes.as_ref())).await;
    }

    /// The next answer.
    pub(crate) async fn answer(&mut self) -> Answer {
        self.next_answer(false).await
    }

    /// The next answer, to a HEAD.
    pub(crate) async fn answer_to_head(&mut self) -> Answer {
        self.next_answer(true).await
    }

    async fn next_answer(&mut self, to_head: bool) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(within(self.0.read_u8()).await.expect("an answer"));
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; if to_head || status == 100 { 0 } else { length }];
        within(self.0.read_exact(&mut body)).await.unwrap();
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    /// Ends our side of the connection.
    pub(crate) async fn finish(&mut self) {
        within(self.0.shutdown()).await.unwrap();
    }

    /// Everything up to the end of the connection.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset is an end too.
        let _ = within(self.0.read_to_end(&mut rest)).await;
        rest
    }

    /// Asserts that the server ends the connection without another byte.
    pub(crate) async fn expect_end(&mut self, why: &str) {
        assert_eq!(String::from_utf8_lossy(&self.rest().await), "", "{why}");
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Asserts a refusal in our shape: status and code, JSON, a request id, and nothing long repeated.
    pub(crate) fn expect(&self, status: u16, code: &str, why: &str) {
        assert_eq!(self.status, status, "{why}: {self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"), "{why}: {self:?}");
        self.expect_request_id(why);
        let body: serde_json::Value =
            serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{why}: {self:?}"));
        assert_eq!(body["code"], code, "{why}: {body}");
        let kind = match status {
            429 => "rate_limit_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        };
        assert_eq!(body["type"], kind, "{why}: {body}");
        assert!(self.body.len() < 700, "{why}: nothing long is repeated: {body}");
    }

    pub(crate) fn expect_request_id(&self, why: &str) {
        let id = self.header("request-id").unwrap_or_default();
        let hex = id.strip_prefix("req_").unwrap_or_default();
        let lowercase = hex.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
        assert!(hex.len() == 16 && lowercase, "{why}: {self:?}");
    }

    pub(crate) fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }
}
