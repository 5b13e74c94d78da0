//! The filter between socket and hyper. It holds a request's head back until it is whole and judged: what is sound goes on
//! byte for byte, with its [`RawHead`] queued for the service; what is refused goes on as a bare `GET /` that closes the
//! connection, with its problem queued. So every refusal is answered in the same shape and in turn, also those that
//! hyper would answer without a body, and the deadlines of a silent or slow client are kept here.

use crate::checks::{Framing, check_head};
use crate::head::{HEAD_BYTES, LINES, Parsed, RawHead, UNREAD, parse};
use crate::listen::Limits;
use crate::pipeline::{Entry, Pipeline};
use axum::http::StatusCode;
use bytes::{Buf as _, Bytes, BytesMut};
use deskbell_wire::problem::Problem;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// What stands in for a refused head.
const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";
/// The same for HEAD, whose answer has no body.
const STAND_IN_HEAD: &[u8] = b"HEAD / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";
/// After an answer that ends the connection, what the client still sends is read and dropped for so long, or its system
/// would throw our answer away (RFC 9112, 9.6).
const LINGER: Duration = Duration::from_secs(2);
/// And so many bytes.
const LINGER_BYTES: usize = 16 << 20;

/// Where in the stream the next byte stands.
enum Stage {
    /// Before or in a head.
    Head,
    /// In a body, with so many bytes to come.
    Body(u64),
    /// In chunks: nobody looks for a head any more, and the connection ends with this request.
    Open,
    /// Behind a refusal: nothing more is read.
    Over,
}

/// How the client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoken {
    /// In the clear, as the listener does.
    Http,
    /// Over TLS, as the listener does.
    Https,
    /// In the clear, where the listener speaks TLS: its requests are refused, in words that it can read.
    HttpForHttps,
}

pub(super) struct HeadFilter<S> {
    stream: S,
    spoken: Spoken,
    pipeline: Arc<Pipeline>,
    limits: Arc<Limits>,
    stage: Stage,
    /// Read, and not yet told to be head or body.
    held: BytesMut,
    /// So many of them hold no empty line.
    seen: usize,
    /// A head on its way to hyper.
    released: Bytes,
    /// When the first byte of the head in `held` came.
    begun: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    /// Bytes dropped since our side was shut; none before.
    lingered: Option<usize>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> HeadFilter<S> {
    pub(super) fn new(stream: S, pipeline: Arc<Pipeline>, limits: Arc<Limits>, spoken: Spoken) -> Self {
        let timer = Box::pin(sleep_until(Instant::now() + limits.first_byte));
        let (held, released) = (BytesMut::new(), Bytes::new());
        Self {
            stream,
            spoken,
            pipeline,
            limits,
            stage: Stage::Head,
            held,
            seen: 0,
            released,
            begun: None,
            timer,
            lingered: None,
        }
    }

    /// Looks for a whole head in what is held. `Ok(false)`: more bytes are needed. An error ends the connection unanswered.
    fn advance(&mut self) -> io::Result<bool> {
        // Empty lines before a request are passed over (RFC 9112, 2.2), so that what is held begins with a head.
        while self.held.starts_with(b"\r\n") {
            self.held.advance(2);
        }
        if self.held.is_empty() || self.held[..] == b"\r"[..] {
            return Ok(false);
        }
        self.begun.get_or_insert_with(Instant::now);
        if !self.held[0].is_ascii_alphabetic() {
            return Ok(self.refuse("", Problem::bad_request("head_malformed", "This is not HTTP.")));
        }
        let Some(length) = head_end(&self.held, self.seen) else {
            self.seen = self.held.len();
            if self.held.len() > HEAD_BYTES {
                return Ok(self.refuse("", too_large()));
            }
            return Ok(false);
        };
        if length > HEAD_BYTES {
            return Ok(self.refuse("", too_large()));
        }
        self.seen = 0;
        // The head leaves what is held as a slice of the same memory: headers that are kept of it cost no copy.
        let bytes = self.held.split_to(length).freeze();
        let mut lines = [UNREAD; LINES];
        let head = match parse(&bytes, &mut lines) {
            Parsed::Whole(end, head) if end == length => head,
            Parsed::TooManyLines => return Ok(self.refuse("", too_large())),
            // The preface of HTTP/2: its client would not understand an answer (A-054).
            Parsed::OtherVersion if bytes.starts_with(b"PRI ") => {
                return Err(io::ErrorKind::InvalidData.into());
            }
            Parsed::OtherVersion => {
                let message = "This server speaks HTTP/1.1 and 1.0.";
                return Ok(self.refuse("", Problem::bad_request("version_unsupported", message)));
            }
            // Where the parser and the filter see another end, hyper would too.
            Parsed::Whole(..) | Parsed::Partial | Parsed::Malformed => {
                let message = "The request's head is not HTTP/1.1.";
                return Ok(self.refuse("", Problem::bad_request("head_malformed", message)));
            }
        };
        let judged = match self.spoken {
            Spoken::Http => check_head(&head, "http", &self.limits.served),
            Spoken::Https => check_head(&head, "https", &self.limits.served),
            Spoken::HttpForHttps => Err(tls_required()),
        };
        match judged {
            Err(problem) => Ok(self.refuse(head.method, problem)),
            Ok(framing) => {
                let asked = self.limits.served.is_open(head.path());
                let head = asked.then(|| Box::new(RawHead::new(&head, &bytes)));
                self.pass(head, framing, bytes);
                Ok(true)
            }
        }
    }

    fn pass(&mut self, head: Option<Box<RawHead>>, framing: Framing, bytes: Bytes) {
        let chunked = framing == Framing::Chunked;
        self.stage = match framing {
            Framing::Length(length) => Stage::Body(length),
            Framing::Chunked => Stage::Open,
        };
        self.begun = None;
        // First the entry, then the bytes: when hyper calls the service with this head, its entry has to be there.
        self.released = bytes;
        self.pipeline.push(Entry::Sound { head, last: chunked });
    }

    fn refuse(&mut self, method: &str, problem: Problem) -> bool {
        // What came behind a refused head may be its body, or another request smuggled in: nobody reads it as either.
        self.stage = Stage::Over;
        self.held.clear();
        self.released = Bytes::from_static(if method == "HEAD" { STAND_IN_HEAD } else { STAND_IN });
        self.pipeline.push(Entry::Refused(Box::new(problem.closing())));
        true
    }

    /// Reads what comes next; `Ready(0)` is the end.
    fn fetch(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [const { MaybeUninit::uninit() }; 4096];
        let mut into = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut into))?;
        self.held.extend_from_slice(into.filled());
        Poll::Ready(Ok(into.filled().len()))
    }

    /// Waits in a head until a deadline has passed: the first byte's, the head's, or that of a connection at rest.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let deadline = match self.begun {
                Some(begun) => Some(begun + self.limits.head),
                None => self.pipeline.rests_until(self.limits.first_byte, self.limits.idle),
            };
            if let Some(deadline) = deadline {
                if self.timer.deadline() != deadline {
                    self.timer.as_mut().reset(deadline);
                }
                return self.timer.as_mut().poll(cx);
            }
            // An answer is owed, and nobody says when it is sent: the timer looks again, not later than rest could end.
            ready!(self.timer.as_mut().poll(cx));
            self.timer.as_mut().reset(Instant::now() + self.limits.idle);
        }
    }

    /// Whether the client may still be sending something we did not read.
    fn is_owed(&self) -> bool {
        match self.stage {
            Stage::Head => !self.held.is_empty(),
            Stage::Body(left) => left > 0,
            Stage::Open | Stage::Over => true,
        }
    }
}

fn tls_required() -> Problem {
    let message = "This port speaks TLS: call it with https://. What was sent here could be read on the way.";
    Problem::bad_request("tls_required", message)
}

fn too_large() -> Problem {
    let message =
        format!("The request's head is over {HEAD_BYTES} bytes or has more than {LINES} header lines.");
    Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large", message)
}

/// Where the first empty line ends. What is before `seen` was looked at already.
fn head_end(bytes: &[u8], seen: usize) -> Option<usize> {
    let start = seen.saturating_sub(2);
    memchr::memchr_iter(b'\n', &bytes[start..]).map(|at| start + at + 1).find_map(|at| match &bytes[at..] {
        [b'\n', ..] => Some(at + 1),
        [b'\r', b'\n', ..] => Some(at + 2),
        _ => None,
    })
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for HeadFilter<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let filter = self.get_mut();
        loop {
            if !filter.released.is_empty() {
                let length = filter.released.len().min(out.remaining());
                out.put_slice(&filter.released.split_to(length));
                // What is here of its body goes along: one read of hyper's is enough for most requests.
                if let Stage::Body(left) = filter.stage
                    && filter.released.is_empty()
                {
                    filter.stage = Stage::Body(left - filter.give_held(out, left) as u64);
                }
                return Poll::Ready(Ok(()));
            }
            match filter.stage {
                Stage::Body(0) => filter.stage = Stage::Head,
                Stage::Body(left) => {
                    let given = ready!(filter.give(cx, out, left))?;
                    filter.stage = Stage::Body(left - given as u64);
                    return Poll::Ready(Ok(()));
                }
                Stage::Open => {
                    ready!(filter.give(cx, out, u64::MAX))?;
                    return Poll::Ready(Ok(()));
                }
                // The answer to the refusal wakes this task; nothing that the client does should.
                Stage::Over => return Poll::Pending,
                Stage::Head => {
                    if filter.advance()? {
                        continue;
                    }
                    match filter.fetch(cx) {
                        Poll::Ready(Ok(0)) => return Poll::Ready(Ok(())),
                        Poll::Ready(read) => {
                            read?;
                        }
                        Poll::Pending => {
                            ready!(filter.wait(cx));
                            if filter.begun.is_none() {
                                return Poll::Ready(Ok(()));
                            }
                            let message = "The request's head took too long to arrive.";
                            filter.refuse(
                                "",
                                Problem::new(StatusCode::REQUEST_TIMEOUT, "head_too_slow", message),
                            );
                        }
                    }
                }
            }
        }
    }
}

impl<S: AsyncRead + Unpin> HeadFilter<S> {
    /// Gives at most `most` bytes of a body: those held first, then straight from the socket.
    fn give(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>, most: u64) -> Poll<io::Result<usize>> {
        if !self.held.is_empty() {
            return Poll::Ready(Ok(self.give_held(out, most)));
        }
        let most = most_of(out, most);
        let before = out.filled().len();
        if most == out.remaining() {
            ready!(Pin::new(&mut self.stream).poll_read(cx, out))?;
            return Poll::Ready(Ok(out.filled().len() - before));
        }
        let mut part = ReadBuf::new(out.initialize_unfilled_to(most));
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
        let length = part.filled().len();
        out.advance(length);
        Poll::Ready(Ok(length))
    }

    /// Gives at most `most` of the bytes that are held.
    fn give_held(&mut self, out: &mut ReadBuf<'_>, most: u64) -> usize {
        let length = most_of(out, most).min(self.held.len());
        out.put_slice(&self.held[..length]);
        self.held.advance(length);
        length
    }
}

/// So many of `most` bytes have room.
fn most_of(out: &ReadBuf<'_>, most: u64) -> usize {
    usize::try_from(most).map_or(out.remaining(), |most| most.min(out.remaining()))
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for HeadFilter<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let filter = self.get_mut();
        let mut lingered = match filter.lingered {
            Some(lingered) => lingered,
            None => {
                ready!(Pin::new(&mut filter.stream).poll_shutdown(cx))?;
                if !filter.is_owed() {
                    return Poll::Ready(Ok(()));
                }
                filter.timer.as_mut().reset(Instant::now() + LINGER);
                0
            }
        };
        loop {
            filter.lingered = Some(lingered);
            filter.held.clear();
            match filter.fetch(cx) {
                Poll::Ready(Ok(read)) if read > 0 && lingered < LINGER_BYTES => lingered += read,
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => return filter.timer.as_mut().poll(cx).map(Ok),
            }
        }
    }
}

#[cfg(test)]
mod tests;
