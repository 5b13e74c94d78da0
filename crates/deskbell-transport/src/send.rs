//! Send: one attempt from the URL to the verdict.

use crate::body;
use crate::connection::{Connection, Stream, total_timeout};
use crate::deadline;
use crate::destination::{Destination, blocked};
use crate::dial;
use crate::failure::Failure;
use crate::name::{Names, Resolver};
use crate::pool::{Connections, Pool, Way};
use crate::tls::Tls;
use crate::wire;
use async_trait::async_trait;
use deskbell_core::attempt::{Outcome, Response, Timings};
use deskbell_core::door::{Deadlines, Request, Sent};
use deskbell_core::policy::limit;
use deskbell_core::policy::ssrf_guard::{Route, SsrfGuard};
use deskbell_core::{Alarm, Transport};
use deskbell_tls::OwnCertificate;
use hyper::body::Incoming;
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A receiver that closed a kept connection before the request came says so within a round trip. One that closes it later has
/// had the request, and may have acted on it.
const STALE: Duration = Duration::from_millis(250);

/// What an operator chooses.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who is asked for addresses.
    pub resolver: Resolver,
    /// Roots that are trusted besides the bundled ones: a private authority. See [`roots_of_pem`](crate::roots_of_pem).
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// What our own listener shows, where it speaks TLS: deliveries to our own inboxes take it and nothing else.
    pub own_certificate: Option<OwnCertificate>,
    /// Connections that may wait for their next attempt, of all webhooks together: as many as there are attempts in flight
    /// (setting `delivery.in_flight`).
    pub idle_connections: usize,
    /// Rung by a panic of what looks after these connections.
    pub alarm: Alarm,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            resolver: Resolver::default(),
            extra_roots: Vec::new(),
            own_certificate: None,
            idle_connections: limit::IN_FLIGHT as usize,
            alarm: Alarm::default(),
        }
    }
}

/// The [`Transport`] that reaches real receivers. Sends nothing that the SSRF guard has not judged.
pub struct HttpTransport {
    guard: Arc<SsrfGuard>,
    names: Names,
    tls: Result<Tls, rustls::Error>,
    pool: Arc<Pool>,
}

/// What is known so far.
#[derive(Default)]
struct Seen {
    timings: Timings,
    address: Option<SocketAddr>,
    /// It may open a connection.
    turn: bool,
    /// The request was written whole.
    written: bool,
    sent_again: bool,
}

/// A receiver that could be sent to.
#[derive(Debug)]
pub struct Reached {
    /// Where it is.
    pub address: SocketAddr,
    /// How long the name, the connection and the handshake took.
    pub timings: Timings,
}

/// An answer whose head is complete, and the connection it came on.
struct Received {
    connections: Arc<Connections>,
    connection: Connection,
    response: http::Response<Incoming>,
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: &Request) -> Sent {
        let started = Instant::now();
        let end = started + request.deadlines.total;
        let mut seen = Seen::default();
        let mut sent = match self.head(request, started, end, &mut seen).await {
            Ok(answer) => self.finish(answer, end, request, &mut seen).await,
            Err(failure) => seen.failed(failure),
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
            tls: Tls::new(&settings.extra_roots, settings.own_certificate),
            pool: Arc::new(Pool::new(settings.idle_connections, settings.alarm)),
        }
    }

    /// Goes the way to `url` up to a connection over which a request could be sent, and sends none: what came of it, as of an attempt.
    ///
    /// # Errors
    /// The outcome that an attempt would have had, and a sentence on it.
    pub async fn reach(&self, url: &str, deadlines: &Deadlines) -> Result<Reached, (Outcome, String)> {
        let mut seen = Seen::default();
        let way = async {
            let destination = Destination::new(&self.guard, url)?;
            self.open(&destination, deadlines, &mut seen).await
        };
        match deadline::by(Instant::now() + deadlines.total, way).await {
            Some(Ok(connection)) => Ok(Reached { address: connection.address, timings: seen.timings }),
            Some(Err(failure)) => Err((failure.outcome, failure.detail)),
            None => {
                let failure = total_timeout("the connection was being opened");
                Err((failure.outcome, failure.detail))
            }
        }
    }

    /// Everything up to the head of the answer, from `now` on and before `end`.
    async fn head(
        &self,
        request: &Request,
        now: Instant,
        end: Instant,
        seen: &mut Seen,
    ) -> Result<Received, Failure> {
        let connections = self.pool.of(request, &self.guard)?;
        let message = wire::message(request, &connections.destination)?;
        let kept = connections.take(now);
        let mut connection = match kept {
            Some(kept) => {
                seen.timings.reused = true;
                kept
            }
            None => self.obtain(&connections, request, end, seen).await?,
        };
        let mut result = exchange(&mut connection, message, &request.deadlines, end, seen).await;
        if let Err(failure) = &result
            && failure.is_gone()
            && seen.timings.reused
            && !connection.progress().has_received()
            && seen.is_stale()
        {
            // The receiver closed it as we reused it. Nothing came back, so once more on a fresh one (B-104).
            seen.timings.reused = false;
            seen.sent_again = true;
            let message = wire::message(request, &connections.destination)?;
            connection = self.obtain(&connections, request, end, seen).await?;
            result = exchange(&mut connection, message, &request.deadlines, end, seen).await;
        }
        Ok(Received { response: result?, connections, connection })
    }

    /// A connection when none is idle: one that another attempt has done with, or a fresh one. For a request that is sent
    /// again, a fresh one.
    async fn obtain(
        &self,
        connections: &Connections,
        request: &Request,
        end: Instant,
        seen: &mut Seen,
    ) -> Result<Connection, Failure> {
        let obtaining = async {
            let way =
                if seen.sent_again { Way::Turn(connections.turn().await) } else { connections.way().await };
            match way {
                Way::Kept(connection) => {
                    seen.timings.reused = true;
                    Ok(connection)
                }
                Way::Turn(_turn) => {
                    seen.turn = true;
                    self.open(&connections.destination, &request.deadlines, seen).await
                }
            }
        };
        // It is large, and seldom needed: an attempt on a kept connection does not carry its weight.
        match deadline::by(end, Box::pin(obtaining)).await {
            Some(result) => result,
            None => Err(total_timeout(seen.what_was_awaited())),
        }
    }

    /// A fresh connection to one of the destination's judged addresses.
    async fn open(
        &self,
        destination: &Destination,
        deadlines: &Deadlines,
        seen: &mut Seen,
    ) -> Result<Connection, Failure> {
        let port = destination.port;
        let addresses = match &destination.route {
            Route::OwnInbox { socket, .. } => vec![*socket],
            Route::Address(address) => {
                // Again: what is this machine's own may have changed since the URL was read.
                self.guard.judge_addresses(&[*address], port).map_err(blocked)?;
                vec![SocketAddr::new(*address, port)]
            }
            Route::Name(name) => {
                let started = Instant::now();
                let found = self.names.look_up(name, deadlines.name).await;
                seen.timings.name_us = Some(micros(started));
                let found = found?;
                // All of them, not only those that would be dialled (T-02).
                self.guard.judge_addresses(&found, port).map_err(blocked)?;
                found.into_iter().map(|address| SocketAddr::new(address, port)).collect()
            }
        };
        let started = Instant::now();
        let stream = dial::connect(&addresses, deadlines.connect, &mut seen.address).await;
        seen.timings.connect_us = Some(micros(started));
        let stream = stream?;
        let address = seen.address.unwrap_or(addresses[0]);
        let stream: Box<dyn Stream> = if destination.secure {
            let tls = self.tls.as_ref().map_err(|error| {
                Failure::new(Outcome::SenderFailed, format!("TLS cannot be used here: {error}."))
            })?;
            let started = Instant::now();
            let stream = tls.handshake(stream, destination, deadlines.tls).await;
            seen.timings.tls_us = Some(micros(started));
            Box::new(stream?)
        } else {
            Box::new(stream)
        };
        Connection::new(stream, address).await
    }

    /// Judges the head, reads the body for the log, and keeps the connection if it can serve again.
    async fn finish(&self, mut answer: Received, end: Instant, request: &Request, seen: &mut Seen) -> Sent {
        let (head, body) = answer.response.into_parts();
        let started = Instant::now();
        let until = end.min(started + request.deadlines.body);
        let kept = body::read(answer.connection.driver(), body, until).await;
        seen.timings.body_us = Some(micros(started));
        let status = head.status.as_u16();
        let (outcome, detail) = judge(status, request.body.len());
        if kept.ended && answer.connection.is_done() && !has_forbidden_body(&head) {
            self.pool.keep(&answer.connections, answer.connection);
        }
        let headers = head.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Sent {
            outcome,
            detail: seen.with_note(detail),
            timings: seen.timings,
            address: seen.address,
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

/// Sends `message` on `connection`.
async fn exchange(
    connection: &mut Connection,
    message: wire::Message,
    deadlines: &Deadlines,
    end: Instant,
    seen: &mut Seen,
) -> Result<http::Response<Incoming>, Failure> {
    seen.address = Some(connection.address);
    let started = Instant::now();
    let result = connection.exchange(message.request, message.length, deadlines, started, end).await;
    seen.written = connection.progress().is_written();
    seen.timings.head_us = Some(micros(started));
    result
}

impl Seen {
    fn failed(self, failure: Failure) -> Sent {
        Sent {
            outcome: failure.outcome,
            detail: self.with_note(failure.detail),
            timings: self.timings,
            address: self.address,
            response: None,
            possibly_received: self.written || self.sent_again,
        }
    }

    /// Whether what broke had not been taken, as far as can be told.
    fn is_stale(&self) -> bool {
        let at_once = |took| Duration::from_micros(took) <= STALE;
        !self.written || self.timings.head_us.is_some_and(at_once)
    }

    /// What an attempt without a connection was doing when its time was up.
    fn what_was_awaited(&self) -> &'static str {
        match self.address {
            _ if !self.turn => "others to the same webhook were opening connections",
            Some(_) => "the connection was being opened",
            None => "the name was being looked up",
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

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
