//! A connection to streams that do what no socket would.

use super::*;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::Context;
use std::time::Duration;
use tokio::io::{AsyncWriteExt as _, ReadBuf};

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
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writes.lock().unwrap().push(bytes.to_vec());
        // There is something to read now.
        context.waker().wake_by_ref();
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
        let request = http::Request::post("/").header("host", "x").body(Full::from(body.clone())).unwrap();
        let deadlines = Deadlines::default();
        let now = Instant::now();
        connection.exchange(request, size as u64, &deadlines, now, now + deadlines.total).await.unwrap();
        let writes = writes.lock().unwrap();
        assert_eq!(writes.len(), 1, "{size} bytes of body");
        assert!(writes[0].starts_with(b"POST / HTTP/1.1\r\n") && writes[0].ends_with(&body));
    }
}

#[tokio::test]
async fn nothing_is_written_when_the_time_of_the_attempt_is_over() {
    let stream = Remembering::default();
    let writes = Arc::clone(&stream.writes);
    let mut connection = Connection::new(Box::new(stream), "192.0.2.1:443".parse().unwrap()).await.unwrap();
    let request = http::Request::post("/").header("host", "x").body(Full::from("hello")).unwrap();
    let now = Instant::now();
    let late = connection.exchange(request, 5, &Deadlines::default(), now, now).await;
    assert_eq!(late.unwrap_err().outcome, Outcome::TotalTimeout, "E-07");
    assert!(writes.lock().unwrap().is_empty());
    assert!(!connection.progress().is_written());
}

async fn exchange(answer: &'static [u8]) -> Result<http::Response<Incoming>, Failure> {
    let address = "192.0.2.1:443".parse().unwrap();
    let mut connection = Connection::new(Box::new(Deaf { refused: false, answer }), address).await?;
    let request = http::Request::post("/").header("host", "x").body(Full::from("hello")).unwrap();
    let (now, deadlines) = (Instant::now(), Deadlines::default());
    connection.exchange(request, 100, &deadlines, now, now + deadlines.total).await
}

#[tokio::test]
async fn an_answer_is_read_although_writing_failed() {
    let early = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(exchange(early).await.unwrap().status(), 413, "B-043");
    assert_eq!(exchange(b"").await.unwrap_err().outcome, Outcome::ConnectionReset, "B-045");
    let yes = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(exchange(yes).await.unwrap_err().outcome, Outcome::ConnectionClosed, "B-044");
}

/// An exchange during which this process is stopped until long after every deadline; a moment after it goes on, the receiver's
/// bytes are seen, each so long after the one before. Gives also how long it took from then on.
async fn stopped(
    bytes: &[&'static [u8]],
    apart: Duration,
) -> (Result<http::Response<Incoming>, Failure>, Duration) {
    let (stream, mut peer) = tokio::io::duplex(4_096);
    let mut connection = Connection::new(Box::new(stream), "192.0.2.1:443".parse().unwrap()).await.unwrap();
    let exchange = tokio::spawn(async move {
        let request = http::Request::post("/").header("host", "x").body(Full::from("hello")).unwrap();
        let (now, deadlines) = (Instant::now(), Deadlines::default());
        let answer = connection.exchange(request, 5, &deadlines, now, now + deadlines.total).await;
        (answer, Instant::now())
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    let awake = Instant::now();
    for bytes in bytes {
        tokio::time::sleep(apart).await;
        if !exchange.is_finished() {
            peer.write_all(bytes).await.unwrap();
        }
    }
    let (answer, ended) = exchange.await.unwrap();
    (answer, ended - awake)
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_came_while_this_process_was_stopped_is_read_before_a_timer_is_believed() {
    const MOMENT: Duration = Duration::from_millis(5);
    let (answer, _) = stopped(&[b"HTTP/1.1 200 OK\r\n", b"Content-Length: 0\r\n\r\n"], MOMENT).await;
    assert_eq!(answer.unwrap().status(), 200);
    let (silent, took) = stopped(&[], MOMENT).await;
    assert_eq!(silent.unwrap_err().outcome, Outcome::TotalTimeout, "nothing had come");
    assert!(took < Duration::from_secs(1), "{took:?}");
    let (drops, took) = stopped(&[b"H", b"T", b"T", b"P", b"/", b"1"], Duration::from_millis(150)).await;
    assert_eq!(drops.unwrap_err().outcome, Outcome::TotalTimeout, "it is looked for once");
    assert!(took < Duration::from_secs(1), "{took:?}");
}
