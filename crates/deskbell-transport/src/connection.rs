//! Connection: one open connection to a receiver, and one exchange on it.

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
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

/// A stream to a receiver, with or without TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// How long a kept connection may take to say that it is ready: it has nothing to do but to notice.
const NOTICE: Duration = Duration::from_millis(100);

/// An open connection. Dropping it closes the socket, whatever was going on.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: AbortHandle,
    progress: Arc<Progress>,
    /// The address at the other end; the SSRF guard judged it.
    pub(crate) address: SocketAddr,
    /// When it was opened.
    pub(crate) opened: Instant,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    pub(crate) async fn new(stream: Box<dyn Stream>, address: SocketAddr) -> Result<Self, Failure> {
        let progress = Arc::new(Progress::default());
        let io = TokioIo::new(Metered::new(stream, Arc::clone(&progress)));
        let (sender, connection) = http1::Builder::new()
            .title_case_headers(true)
            .max_headers(limit::RESPONSE_HEADERS)
            .max_header_size(limit::RESPONSE_HEAD_BYTES)
            .max_buf_size(limit::RESPONSE_HEAD_BYTES)
            .handshake(io)
            .await
            .map_err(|error| failure(&error))?;
        let ending = Arc::clone(&progress);
        let driver = tokio::spawn(async move {
            // Its error, if any, reaches whoever waits for the answer.
            let _ = connection.await;
            ending.end();
        });
        Ok(Self { sender, driver: driver.abort_handle(), progress, address, opened: Instant::now() })
    }

    /// Whether a kept connection is still good: a receiver that closed it or spoke unasked has lost it (B-104, B-105).
    pub(crate) async fn is_good(&mut self) -> bool {
        matches!(timeout(NOTICE, self.sender.ready()).await, Ok(Ok(()))) && !self.progress.is_broken()
    }

    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Writes `request`, `length` bytes long, and reads the head of the answer.
    pub(crate) async fn exchange(
        &mut self,
        mut request: http::Request<Full<Bytes>>,
        length: u64,
        deadlines: &Deadlines,
    ) -> Result<http::Response<Incoming>, Failure> {
        let progress = Arc::clone(&self.progress);
        progress.begin(length);
        let counting = Arc::clone(&progress);
        hyper::ext::on_informational(&mut request, move |_| counting.interim_answer());
        let write_by = Instant::now() + deadlines.write;
        let answer = self.sender.send_request(request);
        tokio::pin!(answer);
        let early = tokio::select! {
            biased;
            answer = &mut answer => Some(answer),
            () = progress.written_or_flooded() => None,
            () = tokio::time::sleep_until(write_by) => return Err(Failure::new(
                Outcome::WriteTimeout,
                "The receiver did not read the whole request in time.",
            )),
        };
        let answer = match early {
            Some(answer) => answer,
            None => tokio::select! {
                biased;
                answer = &mut answer => answer,
                () = progress.flooded() => return Err(Failure::new(
                    Outcome::ResponseMalformed,
                    "The receiver sent one interim answer (1xx) after the other.",
                )),
                () = tokio::time::sleep(deadlines.head) => return Err(self.no_head_in_time()),
            },
        };
        let answer = answer.map_err(|error| failure(&error))?;
        if answer.status().is_success() {
            self.whole_request_taken(write_by).await?;
        }
        Ok(answer)
    }

    fn no_head_in_time(&self) -> Failure {
        let seen = if self.progress.has_received() {
            "The receiver began an answer and did not complete its head in time."
        } else {
            "The receiver took the request and did not answer in time."
        };
        Failure::new(Outcome::HeadTimeout, seen)
    }

    /// A receiver that says "success" before it has read the request is believed only once it has (B-044).
    async fn whole_request_taken(&self, write_by: Instant) -> Result<(), Failure> {
        let settled = tokio::time::timeout_at(write_by, self.progress.settled()).await;
        if self.progress.is_written() {
            return Ok(());
        }
        let (outcome, what) = match settled {
            Ok(()) => (Outcome::ConnectionClosed, "closed the connection"),
            Err(_) => (Outcome::WriteTimeout, "did not read on"),
        };
        Err(Failure::new(
            outcome,
            format!("The receiver answered before it had read the request, and {what}."),
        ))
    }
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
    use std::pin::Pin;
    use std::task::{Context, Poll};
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

    async fn exchange(answer: &'static [u8]) -> Result<http::Response<Incoming>, Failure> {
        let address = "192.0.2.1:443".parse().unwrap();
        let mut connection = Connection::new(Box::new(Deaf { refused: false, answer }), address).await?;
        let request = http::Request::post("/").header("host", "x").body(Full::from("hello")).unwrap();
        connection.exchange(request, 100, &Deadlines::default()).await
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
