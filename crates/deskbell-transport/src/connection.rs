//! Connection: one open connection to a receiver, and one exchange on it. Whoever makes the exchange drives the connection,
//! in the same task; one that is kept is driven by nobody, and is looked at when it is taken or swept.

mod driver;

pub(crate) use driver::Driver;

use crate::failure::Failure;
use crate::progress::{Metered, Progress};
use crate::tls;
use bytes::Bytes;
use deskbell_core::attempt::Outcome;
use deskbell_core::door::Deadlines;
use deskbell_core::policy::limit;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

/// A stream to a receiver, with or without TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// An open connection. Dropping it closes the socket, whatever was going on.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
    /// The address at the other end; the SSRF guard judged it.
    pub(crate) address: SocketAddr,
    /// When it was opened.
    pub(crate) opened: Instant,
}

impl Connection {
    pub(crate) async fn new(stream: Box<dyn Stream>, address: SocketAddr) -> Result<Self, Failure> {
        let progress = Arc::new(Progress::default());
        let io = TokioIo::new(Metered::new(stream, Arc::clone(&progress)));
        let (sender, http) = http1::Builder::new()
            .title_case_headers(true)
            .max_headers(limit::RESPONSE_HEADERS)
            .max_header_size(limit::RESPONSE_HEAD_BYTES)
            .max_buf_size(limit::RESPONSE_HEAD_BYTES)
            .handshake(io)
            .await
            .map_err(|error| failure(&error))?;
        let opened = Instant::now();
        let driver = Driver::new(http, progress, opened);
        Ok(Self { sender, driver, address, opened })
    }

    /// Whether a kept connection is still good: a receiver that closed it or spoke unasked has lost it (B-104, B-105).
    pub(crate) fn is_good(&mut self) -> bool {
        self.driver.look();
        self.driver.is_open() && self.sender.is_ready()
    }

    /// The request was written whole, and neither side ended the connection: it can serve again.
    pub(crate) fn is_done(&self) -> bool {
        self.driver.progress.is_written() && self.driver.is_open()
    }

    pub(crate) fn progress(&self) -> &Progress {
        &self.driver.progress
    }

    /// Writes `request`, `length` bytes long, from `now` on, and reads the head of the answer, before `end` whatever the
    /// deadlines say.
    pub(crate) async fn exchange(
        &mut self,
        mut request: http::Request<Full<Bytes>>,
        length: u64,
        deadlines: &Deadlines,
        now: Instant,
        end: Instant,
    ) -> Result<http::Response<Incoming>, Failure> {
        if now >= end {
            // A process that was stopped on the way to here: what it would send now may be another machine's.
            return Err(total_timeout("the request was about to be written"));
        }
        let Self { sender, driver, .. } = self;
        driver.begin(length);
        let counting = Arc::clone(&driver.progress);
        hyper::ext::on_informational(&mut request, move |_| counting.interim_answer());
        let write_by = end.min(now + deadlines.write);
        let mut head_by = None;
        let mut answer = pin!(sender.send_request(request));
        let seen = driver
            .drive(|context, progress| match answer.as_mut().poll(context) {
                Poll::Ready(answer) => Ok(Some(answer)),
                Poll::Pending if progress.is_flooded() => Ok(None),
                Poll::Pending if progress.is_written() => {
                    Err(*head_by.get_or_insert_with(|| end.min(Instant::now() + deadlines.head)))
                }
                Poll::Pending => Err(write_by),
            })
            .await;
        let answer = match seen {
            Some(Some(answer)) => answer.map_err(|error| failure(&error))?,
            Some(None) => {
                return Err(Failure::new(
                    Outcome::ResponseMalformed,
                    "The receiver sent one interim answer (1xx) after the other.",
                ));
            }
            None => return Err(driver.no_head_in_time(end)),
        };
        if answer.status().is_success() {
            driver.whole_request_taken(write_by, end).await?;
        }
        Ok(answer)
    }

    /// What reads the body of an answer that came on this connection.
    pub(crate) fn driver(&mut self) -> &mut Driver {
        &mut self.driver
    }
}

impl Driver {
    fn no_head_in_time(&self, end: Instant) -> Failure {
        let (written, over) = (self.progress.is_written(), Instant::now() >= end);
        let (outcome, seen) = match (written, over) {
            (true, true) => return total_timeout("the answer was awaited"),
            (false, true) => return total_timeout("the request was being written"),
            (false, false) => (Outcome::WriteTimeout, "The receiver did not read the whole request in time."),
            (true, false) if self.progress.has_received() => {
                (Outcome::HeadTimeout, "The receiver began an answer and did not complete its head in time.")
            }
            (true, false) => {
                (Outcome::HeadTimeout, "The receiver took the request and did not answer in time.")
            }
        };
        Failure::new(outcome, seen)
    }

    /// A receiver that says "success" before it has read the request is believed only once it has (B-044).
    async fn whole_request_taken(&mut self, write_by: Instant, end: Instant) -> Result<(), Failure> {
        let settled = self
            .drive(
                |_, progress| {
                    if progress.is_written() || progress.is_broken() { Ok(()) } else { Err(write_by) }
                },
            )
            .await;
        if self.progress.is_written() {
            return Ok(());
        }
        let (outcome, what) = match settled {
            Some(()) => (Outcome::ConnectionClosed, "closed the connection"),
            None if Instant::now() >= end => return Err(total_timeout("the request was being written")),
            None => (Outcome::WriteTimeout, "did not read on"),
        };
        Err(Failure::new(
            outcome,
            format!("The receiver answered before it had read the request, and {what}."),
        ))
    }
}

/// The time for the whole attempt was up while `doing`.
pub(crate) fn total_timeout(doing: &str) -> Failure {
    Failure::new(Outcome::TotalTimeout, format!("The time for the whole attempt was up while {doing}."))
}

/// What an error of the HTTP library means.
fn failure(error: &hyper::Error) -> Failure {
    const WAITING: &str = "its answer was awaited";
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return tls::failure(io).unwrap_or_else(|| Failure::of_open_socket(io, WAITING));
        }
        cause = inner.source();
    }
    if error.is_parse_too_large() {
        return Failure::new(
            Outcome::HeadTooLarge,
            format!(
                "The head of the answer is larger than {} bytes or {} lines.",
                limit::RESPONSE_HEAD_BYTES,
                limit::RESPONSE_HEADERS
            ),
        );
    }
    if error.is_parse() {
        return Failure::new(
            Outcome::ResponseMalformed,
            format!("What came back is not an HTTP/1.1 answer: {error}."),
        );
    }
    Failure::of_open_socket(&io::ErrorKind::UnexpectedEof.into(), WAITING)
}

#[cfg(test)]
mod tests;
