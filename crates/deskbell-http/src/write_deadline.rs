//! The deadline of the way out: who does not take their answer, or takes it a few bytes at a time, loses the connection, and with
//! it what it holds: a permit, a buffer, a page of captures.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// After the grace a client has to take so many bytes a second on average.
const PACE: u32 = 1_024;

/// A stream whose writes must get on.
pub(super) struct WriteDeadline<S> {
    stream: S,
    /// How long a client may take nothing, and the grace of one that takes little.
    stalled: Duration,
    /// Since when a write has waited.
    since: Option<Instant>,
    /// How long earlier ones have waited, since one last went through at once.
    waited: Duration,
    /// Bytes that the client took meanwhile.
    taken: u32,
    /// Made for the first write that waits: most never do.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> WriteDeadline<S> {
    pub(super) fn new(stream: S, stalled: Duration) -> Self {
        Self { stream, stalled, since: None, waited: Duration::ZERO, taken: 0, timer: None }
    }

    /// Takes note of a write, and ends one that waits for too long.
    fn judge(&mut self, cx: &mut Context<'_>, write: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = &write {
            let bytes = written.as_ref().map_or(0, |bytes| u32::try_from(*bytes).unwrap_or(u32::MAX));
            match self.since.take() {
                Some(since) => {
                    self.waited += since.elapsed();
                    self.taken = self.taken.saturating_add(bytes);
                }
                None => (self.waited, self.taken) = (Duration::ZERO, 0),
            }
            return write;
        }
        let now = Instant::now();
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(now)));
        if self.since.is_none() {
            self.since = Some(now);
            let earned = Duration::from_secs(u64::from(self.taken)) / PACE;
            let left = (self.stalled + earned).saturating_sub(self.waited).min(self.stalled);
            timer.as_mut().reset(now + left);
        }
        let too_slow = || io::Error::new(io::ErrorKind::TimedOut, "the client does not take its answer");
        timer.as_mut().poll(cx).map(|()| Err(too_slow()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteDeadline<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteDeadline<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judge(cx, write)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.judge(cx, write)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    const STALLED: Duration = Duration::from_secs(30);

    /// A client behind a buffer of 4 KiB, and how long it takes to be given up when it takes `bytes` every `pause`.
    async fn given_up(bytes: usize, pause: Duration, all: usize) -> Result<(), Duration> {
        let (client, server): (DuplexStream, DuplexStream) = duplex(4_096);
        let mut stream = WriteDeadline::new(server, STALLED);
        let reading = tokio::spawn(async move {
            let (mut client, mut buffer) = (client, vec![0; bytes.max(1)]);
            loop {
                tokio::time::sleep(pause).await;
                if bytes > 0 && client.read(&mut buffer).await.unwrap_or(0) == 0 {
                    return;
                }
            }
        });
        let began = Instant::now();
        let written = stream.write_all(&vec![0; all]).await;
        reading.abort();
        written.map_err(|error| {
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            began.elapsed()
        })
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up() {
        assert_eq!(given_up(0, STALLED, 10_000).await, Err(STALLED));
        assert_eq!(given_up(0, STALLED, 4_096).await, Ok(()), "it is in the buffer");
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_a_few_bytes_at_a_time_is_given_up_after_the_grace() {
        let after = given_up(10, Duration::from_secs(1), 100_000).await.unwrap_err();
        assert!(after >= STALLED && after < STALLED + Duration::from_secs(2), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_slow_but_gets_on_gets_all_of_it() {
        assert_eq!(given_up(4_096, Duration::from_secs(3), 1_000_000).await, Ok(()));
        assert_eq!(
            given_up(4_096, Duration::from_secs(12), 12_000).await,
            Ok(()),
            "short, and within the grace"
        );
    }
}
