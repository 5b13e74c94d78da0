//! Send: one attempt from the URL to the verdict.

use crate::body;
use crate::connection::{Connection, Stream};
use crate::dial;
use crate::failure::Failure;
use crate::name::{Names, Resolver};
use crate::pool::{Key, Pool};
use crate::progress::Progress;
use crate::tls::Tls;
use crate::wire::{self, Message};
use async_trait::async_trait;
use deskbell_core::Transport;
use deskbell_core::attempt::{Outcome, Response, Timings};
use deskbell_core::door::{Deadlines, Request, Sent};
use deskbell_core::policy::ssrf_guard::{Refusal, Route, SsrfGuard, Target};
use hyper::body::Incoming;
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// What an operator chooses.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Who is asked for addresses.
    pub resolver: Resolver,
    /// Roots that are trusted besides the bundled ones: a private authority. See [`roots_of_pem`](crate::roots_of_pem).
    pub extra_roots: Vec<CertificateDer<'static>>,
}

/// The [`Transport`] that reaches real receivers. Sends nothing that the SSRF guard has not judged.
pub struct HttpTransport {
    guard: Arc<SsrfGuard>,
    names: Names,
    tls: Result<Tls, rustls::Error>,
    pool: Arc<Pool>,
}

/// What is known so far; it outlives an attempt that is cut short.
#[derive(Default)]
struct Trace {
    timings: Timings,
    address: Option<SocketAddr>,
    progress: Option<Arc<Progress>>,
    sent_again: bool,
}

/// An answer whose head is complete, and the connection it came on.
struct Received {
    connection: Connection,
    key: Key,
    response: http::Response<Incoming>,
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Sent {
        let started = Instant::now();
        let end = started + request.deadlines.total;
        let mut trace = Trace::default();
        let result = match timeout_at(end, self.head(&request, &mut trace)).await {
            Ok(result) => result,
            Err(_) => Err(Failure::new(Outcome::TotalTimeout, trace.what_was_awaited())),
        };
        let mut sent = match result {
            Ok(answer) => {
                let until = end.min(Instant::now() + request.deadlines.body);
                self.finish(answer, until, &request, &mut trace).await
            }
            Err(failure) => trace.failed(failure),
        };
        sent.timings.total_us = micros(started);
        sent
    }
}

impl HttpTransport {
    /// A transport that asks `guard` before anything is looked up or dialled.
    pub fn new(guard: Arc<SsrfGuard>, settings: Settings) -> Self {
        Self {
            guard,
            names: Names::new(&settings.resolver),
            tls: Tls::new(&settings.extra_roots),
            pool: Arc::default(),
        }
    }

    /// Everything up to the head of the answer.
    async fn head(&self, request: &Request, trace: &mut Trace) -> Result<Received, Failure> {
        let target = self.guard.judge(&request.url).map_err(blocked)?;
        let message = wire::message(request, &target)?;
        let key = key(request, &target);
        if let Some(connection) = self.pool.take(&key).await {
            trace.timings.reused = true;
            let progress = Arc::clone(connection.progress());
            match exchange(connection, &message, &request.deadlines, trace).await {
                // The receiver closed it as we reused it. Nothing came back, so once more on a fresh one (B-104).
                Err(failure) if failure.is_gone() && !progress.has_received() => trace.sent_again = true,
                result => return result.map(|(connection, response)| Received { connection, key, response }),
            }
            trace.timings.reused = false;
        }
        let connection = self.open(&target, &key, &request.deadlines, trace).await?;
        let (connection, response) = exchange(connection, &message, &request.deadlines, trace).await?;
        Ok(Received { connection, key, response })
    }

    /// A fresh connection to one of the target's judged addresses.
    async fn open(
        &self,
        target: &Target,
        key: &Key,
        deadlines: &Deadlines,
        trace: &mut Trace,
    ) -> Result<Connection, Failure> {
        let addresses = match &target.route {
            Route::OwnInbox(socket) => vec![*socket],
            Route::Address(address) => vec![SocketAddr::new(*address, key.port)],
            Route::Name(name) => {
                let started = Instant::now();
                let found = self.names.look_up(name, deadlines.name).await;
                trace.timings.name_us = Some(micros(started));
                let found = found?;
                // All of them, not only those that would be dialled (T-02).
                self.guard.judge_addresses(&found, key.port).map_err(blocked)?;
                found.into_iter().map(|address| SocketAddr::new(address, key.port)).collect()
            }
        };
        let started = Instant::now();
        let stream = dial::connect(&addresses, deadlines.connect, &mut trace.address).await;
        trace.timings.connect_us = Some(micros(started));
        let stream = stream?;
        let address = trace.address.unwrap_or(addresses[0]);
        let stream: Box<dyn Stream> = if key.secure {
            let tls = self.tls.as_ref().map_err(|error| {
                Failure::new(Outcome::SenderFailed, format!("TLS cannot be used here: {error}."))
            })?;
            let started = Instant::now();
            let stream = tls.handshake(stream, server_name(target)?, deadlines.tls).await;
            trace.timings.tls_us = Some(micros(started));
            Box::new(stream?)
        } else {
            Box::new(stream)
        };
        Connection::new(stream, address).await
    }

    /// Judges the head, reads the body for the log, and keeps the connection if it can serve again.
    async fn finish(&self, answer: Received, until: Instant, request: &Request, trace: &mut Trace) -> Sent {
        let (head, body) = answer.response.into_parts();
        let started = Instant::now();
        let kept = body::read(body, until).await;
        trace.timings.body_us = Some(micros(started));
        let status = head.status.as_u16();
        let (outcome, detail) = judge(status, request.body.len());
        if kept.ended && answer.connection.progress().is_written() && !has_forbidden_body(&head) {
            self.pool.put(answer.key, answer.connection);
        }
        let headers = head.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Sent {
            outcome,
            detail: trace.with_note(detail),
            timings: trace.timings,
            address: trace.address,
            response: Some(Response {
                status,
                headers: headers.collect(),
                body: kept.bytes,
                truncated: kept.truncated,
                incomplete: kept.incomplete,
            }),
            possibly_received: false,
        }
    }
}

/// Sends on `connection`, and hands it back with the answer.
async fn exchange(
    mut connection: Connection,
    message: &Message,
    deadlines: &Deadlines,
    trace: &mut Trace,
) -> Result<(Connection, http::Response<Incoming>), Failure> {
    trace.address = Some(connection.address);
    trace.progress = Some(Arc::clone(connection.progress()));
    let started = Instant::now();
    let result = connection.exchange(message.again(), message.length, deadlines).await;
    trace.timings.head_us = Some(micros(started));
    Ok((connection, result?))
}

impl Trace {
    fn failed(self, failure: Failure) -> Sent {
        Sent {
            outcome: failure.outcome,
            detail: self.with_note(failure.detail),
            timings: self.timings,
            address: self.address,
            response: None,
            possibly_received: self.is_written(),
        }
    }

    fn is_written(&self) -> bool {
        self.sent_again || self.progress.as_ref().is_some_and(|progress| progress.is_written())
    }

    /// What the attempt was doing when its time was up.
    fn what_was_awaited(&self) -> &'static str {
        match (&self.progress, self.address) {
            (Some(progress), _) if progress.is_written() => {
                "The time for the whole attempt was up while the answer was awaited."
            }
            (Some(_), _) => "The time for the whole attempt was up while the request was being written.",
            (None, Some(_)) => "The time for the whole attempt was up while the connection was being opened.",
            (None, None) => "The time for the whole attempt was up while the name was being looked up.",
        }
    }

    fn with_note(&self, detail: String) -> String {
        const NOTE: &str = "A kept connection broke, so the request was sent again on a fresh one.";
        match (self.sent_again, detail.is_empty()) {
            (false, _) => detail,
            (true, true) => NOTE.to_owned(),
            (true, false) => format!("{detail} {NOTE}"),
        }
    }
}

/// The verdict on a status, and a sentence on it: a redirect is a failure like any other, but is named.
fn judge(status: u16, body: usize) -> (Outcome, String) {
    let outcome = Outcome::of_status(status);
    let detail = match outcome {
        Outcome::Delivered => String::new(),
        Outcome::RedirectRefused => {
            format!("The receiver answered {status}; redirects are never followed.")
        }
        Outcome::HttpStatus if status == 413 => {
            format!("The receiver answered 413: the event's {body} bytes are too many for it.")
        }
        Outcome::HttpStatus => format!("The receiver answered {status}."),
        _ => format!("The receiver answered with the status {status}, which is no final HTTP status."),
    };
    (outcome, detail)
}

/// 204 and 205 have no body; a receiver that announces one disagrees with us about where the answer ends (B-082).
fn has_forbidden_body(head: &http::response::Parts) -> bool {
    use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
    let length = head.headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0");
    matches!(head.status.as_u16(), 204 | 205) && (length || head.headers.contains_key(TRANSFER_ENCODING))
}

fn key(request: &Request, target: &Target) -> Key {
    let own = match target.route {
        Route::OwnInbox(socket) => Some(socket),
        Route::Address(_) | Route::Name(_) => None,
    };
    Key {
        webhook: request.webhook.clone(),
        secure: own.is_none() && target.url.scheme() == "https",
        host: target.url.host_str().unwrap_or_default().to_owned(),
        port: target.url.port_or_known_default().unwrap_or(443),
        own,
    }
}

/// The name that the certificate must be for.
fn server_name(target: &Target) -> Result<ServerName<'static>, Failure> {
    match &target.route {
        Route::Address(address) => Ok(ServerName::from(*address)),
        Route::Name(name) => ServerName::try_from(name.clone())
            .map_err(|_| Failure::new(Outcome::TlsNameMismatch, "No certificate can be for the URL's host.")),
        Route::OwnInbox(socket) => Ok(ServerName::from(socket.ip())),
    }
}

fn blocked(refusal: Refusal) -> Failure {
    Failure::new(Outcome::AddressBlocked, refusal.message)
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
