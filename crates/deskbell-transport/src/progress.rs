//! Progress: how far one exchange got, told by a stream that counts, so that "not written in time" and "not answered in time" can be told apart, and that
//! goes on reading when writing has failed: the answer may say why (B-043).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

/// Interim answers (1xx) that are read past before the head (catalogue 6.1).
const INTERIM_ANSWERS: u32 = 8;

/// How far one exchange got. Shared by the stream and whoever waits.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    expected: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    interim: AtomicU32,
    written: AtomicBool,
    broken: AtomicBool,
    changed: Notify,
}

impl Progress {
    /// A request of `length` bytes is about to be written.
    pub(crate) fn begin(&self, length: u64) {
        self.sent.store(0, Ordering::SeqCst);
        self.received.store(0, Ordering::SeqCst);
        self.interim.store(0, Ordering::SeqCst);
        self.written.store(false, Ordering::SeqCst);
        self.expected.store(length, Ordering::SeqCst);
    }

    /// The whole request has left for the network.
    pub(crate) fn is_written(&self) -> bool {
        self.written.load(Ordering::SeqCst)
    }

    /// Writing failed, or the connection ended.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }

    /// Something came back.
    pub(crate) fn has_received(&self) -> bool {
        self.received.load(Ordering::SeqCst) > 0
    }

    pub(crate) fn interim_answer(&self) {
        self.interim.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_one();
    }

    pub(crate) fn end(&self) {
        self.broken.store(true, Ordering::SeqCst);
        self.changed.notify_one();
    }

    fn flushed(&self) {
        let expected = self.expected.load(Ordering::SeqCst);
        if expected > 0 && self.sent.load(Ordering::SeqCst) >= expected {
            self.written.store(true, Ordering::SeqCst);
            self.changed.notify_one();
        }
    }

    /// Waits until the request is written or never will be.
    pub(crate) async fn settled(&self) {
        self.wait(|this| this.is_written() || this.is_broken()).await;
    }

    /// Waits until there were more interim answers than are read past.
    pub(crate) async fn flooded(&self) {
        self.wait(Self::is_flooded).await;
    }

    /// Waits until the request is written, or there were too many interim answers. One task waits at a time.
    pub(crate) async fn written_or_flooded(&self) {
        self.wait(|this| this.is_written() || this.is_flooded()).await;
    }

    /// There were more interim answers than are read past (B-067).
    pub(crate) fn is_flooded(&self) -> bool {
        self.interim.load(Ordering::SeqCst) > INTERIM_ANSWERS
    }

    async fn wait(&self, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            self.changed.notified().await;
        }
    }
}

/// A stream that notes its progress.
pub(crate) struct Metered<S> {
    inner: S,
    progress: Arc<Progress>,
    write_error: Option<io::Error>,
}

impl<S> Metered<S> {
    pub(crate) fn new(inner: S, progress: Arc<Progress>) -> Self {
        Self { inner, progress, write_error: None }
    }

    fn fail(&mut self, error: io::Error) {
        self.write_error = Some(error);
        self.progress.end();
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (before, room) = (buffer.filled().len(), buffer.remaining());
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let count = buffer.filled().len() - before;
        if count == 0 && room > 0 {
            // The end. If writing had failed before, that is the reason to give.
            return Poll::Ready(self.write_error.take().map_or(Ok(()), Err));
        }
        self.progress.received.fetch_add(count as u64, Ordering::SeqCst);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.progress.is_broken() {
            return Poll::Ready(Ok(bytes.len()));
        }
        match ready!(Pin::new(&mut self.inner).poll_write(context, bytes)) {
            Ok(count) => {
                self.progress.sent.fetch_add(count as u64, Ordering::SeqCst);
                Poll::Ready(Ok(count))
            }
            Err(error) => {
                self.fail(error);
                Poll::Ready(Ok(bytes.len()))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.progress.is_broken() {
            return Poll::Ready(Ok(()));
        }
        match ready!(Pin::new(&mut self.inner).poll_flush(context)) {
            Ok(()) => self.progress.flushed(),
            Err(error) => self.fail(error),
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
