//! Connection: one open connection to a receiver, and one exchange on it. Whoever makes the exchange drives the connection,
//! in the same task; one that is kept is driven by nobody, and is looked at when it is taken or swept.

use crate::body::{self, Kept};
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
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until};

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

/// What makes a connection go on.
pub(crate) struct Driver {
    /// `None` once the connection ended.
    http: Option<Box<http1::Connection<TokioIo<Metered<Box<dyn Stream>>>, Full<Bytes>>>>,
    progress: Arc<Progress>,
    /// The one timer of a connection, moved on from phase to phase and from exchange to exchange: moving a timer to a later
    /// time is cheaper than making one.
    timer: Pin<Box<Sleep>>,
}

impl Driver {
    fn poll(&mut self, context: &mut Context<'_>) {
        if let Some(http) = &mut self.http
            && Pin::new(http).poll(context).is_ready()
        {
            // Its error, if any, reaches whoever waits for the answer.
            self.http = None;
            self.progress.end();
        }
    }

    /// Drives the connection until `ready` gives something; `None` when `until` comes first.
    pub(crate) async fn drive<T>(
        &mut self,
        until: Instant,
        mut ready: impl FnMut(&mut Context<'_>, &Progress) -> Poll<T>,
    ) -> Option<T> {
        poll_fn(|context| {
            self.poll(context);
            if let Poll::Ready(ready) = ready(context, &self.progress) {
                return Poll::Ready(Some(ready));
            }
            if self.timer.deadline() != until {
                self.timer.as_mut().reset(until);
            }
            self.timer.as_mut().poll(context).map(|()| None)
        })
        .await
    }
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
        let driver = Driver { http: Some(Box::new(http)), progress, timer: Box::pin(sleep_until(opened)) };
        Ok(Self { sender, driver, address, opened })
    }

    /// Whether a kept connection is still good: a receiver that closed it or spoke unasked has lost it (B-104, B-105).
    pub(crate) fn is_good(&mut self) -> bool {
        // Nobody has to be woken: whoever uses it next, drives it.
        self.driver.poll(&mut Context::from_waker(Waker::noop()));
        self.is_open() && self.sender.is_ready()
    }

    /// The request was written whole, and neither side ended the connection: it can serve again.
    pub(crate) fn is_done(&self) -> bool {
        self.driver.progress.is_written() && self.is_open()
    }

    fn is_open(&self) -> bool {
        self.driver.http.is_some() && !self.driver.progress.is_broken()
    }

    pub(crate) fn progress(&self) -> &Progress {
        &self.driver.progress
    }

    /// Writes `request`, `length` bytes long, and reads the head of the answer, before `end` whatever the deadlines say.
    pub(crate) async fn exchange(
        &mut self,
        mut request: http::Request<Full<Bytes>>,
        length: u64,
        deadlines: &Deadlines,
        end: Instant,
    ) -> Result<http::Response<Incoming>, Failure> {
        let Self { sender, driver, .. } = self;
        driver.progress.begin(length);
        let counting = Arc::clone(&driver.progress);
        hyper::ext::on_informational(&mut request, move |_| counting.interim_answer());
        let write_by = end.min(Instant::now() + deadlines.write);
        let mut answer = pin!(sender.send_request(request));
        let early = driver
            .drive(write_by, |context, progress| match answer.as_mut().poll(context) {
                Poll::Ready(answer) => Poll::Ready(Some(answer)),
                Poll::Pending if progress.is_written() || progress.is_flooded() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            })
            .await;
        let answer = match early {
            Some(Some(answer)) => answer,
            Some(None) => {
                let head_by = end.min(Instant::now() + deadlines.head);
                let answer = driver
                    .drive(head_by, |context, progress| match answer.as_mut().poll(context) {
                        Poll::Ready(answer) => Poll::Ready(Some(answer)),
                        Poll::Pending if progress.is_flooded() => Poll::Ready(None),
                        Poll::Pending => Poll::Pending,
                    })
                    .await;
                answer.ok_or_else(|| driver.no_head_in_time(end))?.ok_or_else(|| {
                    Failure::new(
                        Outcome::ResponseMalformed,
                        "The receiver sent one interim answer (1xx) after the other.",
                    )
                })?
            }
            None => return Err(driver.not_written_in_time(end)),
        };
        let answer = answer.map_err(|error| failure(&error))?;
        if answer.status().is_success() {
            driver.whole_request_taken(write_by, end).await?;
        }
        Ok(answer)
    }

    /// Reads the body of an answer that came on this connection.
    pub(crate) async fn body(&mut self, body: Incoming, until: Instant) -> Kept {
        body::read(&mut self.driver, body, until).await
    }
}

impl Driver {
    fn not_written_in_time(&self, end: Instant) -> Failure {
        if Instant::now() >= end {
            return total_timeout("the request was being written");
        }
        Failure::new(Outcome::WriteTimeout, "The receiver did not read the whole request in time.")
    }

    fn no_head_in_time(&self, end: Instant) -> Failure {
        if Instant::now() >= end {
            return total_timeout("the answer was awaited");
        }
        let seen = if self.progress.has_received() {
            "The receiver began an answer and did not complete its head in time."
        } else {
            "The receiver took the request and did not answer in time."
        };
        Failure::new(Outcome::HeadTimeout, seen)
    }

    /// A receiver that says "success" before it has read the request is believed only once it has (B-044).
    async fn whole_request_taken(&mut self, write_by: Instant, end: Instant) -> Result<(), Failure> {
        let settled = self
            .drive(write_by, |_, progress| {
                if progress.is_written() || progress.is_broken() { Poll::Ready(()) } else { Poll::Pending }
            })
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
mod tests {
    use super::*;
    use std::sync::Mutex;
    use tokio::io::ReadBuf;

    /// Refuses to be written to, and only then has this to say.
    struct Deaf {
        refused: bool,
        answer: &'static [u8],
    }

    impl AsyncRead for Deaf {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if !self.refused {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            buffer.put_slice(std::mem::take(&mut self.answer));
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Deaf {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            self.refused = true;
            Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// Remembers each write as it came, and answers the first.
    #[derive(Default)]
    struct Remembering {
        writes: Arc<Mutex<Vec<Vec<u8>>>>,
        answered: bool,
    }

    impl AsyncRead for Remembering {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if self.answered || self.writes.lock().unwrap().is_empty() {
                return Poll::Pending;
            }
            self.answered = true;
            buffer.put_slice(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Remembering {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            self.writes.lock().unwrap().push(bytes.to_vec());
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            slices: &[io::IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            self.poll_write(context, &slices.iter().flat_map(|slice| slice.to_vec()).collect::<Vec<_>>())
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn head_and_body_leave_in_one_write() {
        for size in [5, 1_500, 256 << 10] {
            let stream = Remembering::default();
            let writes = Arc::clone(&stream.writes);
            let address = "192.0.2.1:443".parse().unwrap();
            let mut connection = Connection::new(Box::new(stream), address).await.unwrap();
            let body = Bytes::from(vec![b'x'; size]);
            let request =
                http::Request::post("/").header("host", "x").body(Full::from(body.clone())).unwrap();
            let deadlines = Deadlines::default();
            let end = Instant::now() + deadlines.total;
            connection.exchange(request, size as u64, &deadlines, end).await.unwrap();
            let writes = writes.lock().unwrap();
            assert_eq!(writes.len(), 1, "{size} bytes of body");
            assert!(writes[0].starts_with(b"POST / HTTP/1.1\r\n") && writes[0].ends_with(&body));
        }
    }

    async fn exchange(answer: &'static [u8]) -> Result<http::Response<Incoming>, Failure> {
        let address = "192.0.2.1:443".parse().unwrap();
        let mut connection = Connection::new(Box::new(Deaf { refused: false, answer }), address).await?;
        let request = http::Request::post("/").header("host", "x").body(Full::from("hello")).unwrap();
        let end = Instant::now() + Deadlines::default().total;
        connection.exchange(request, 100, &Deadlines::default(), end).await
    }

    #[tokio::test]
    async fn an_answer_is_read_although_writing_failed() {
        let early = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(exchange(early).await.unwrap().status(), 413, "B-043");
        assert_eq!(exchange(b"").await.unwrap_err().outcome, Outcome::ConnectionReset, "B-045");
        let yes = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(exchange(yes).await.unwrap_err().outcome, Outcome::ConnectionClosed, "B-044");
    }
}
