//! Progress: how far one exchange got, told by a stream that counts, so that "not written in time" and "not answered in time" can be told apart, and that
//! goes on reading when writing has failed: the answer may say why (B-043).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Interim answers (1xx) that are read past before the head (catalogue 6.1).
const INTERIM_ANSWERS: u32 = 8;

/// How far one exchange got. The stream notes it and whoever waits reads it, both in one task: so nothing has to be ordered,
/// and nobody woken.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    expected: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    interim: AtomicU32,
    written: AtomicBool,
    broken: AtomicBool,
}

impl Progress {
    /// A request of `length` bytes is about to be written.
    pub(crate) fn begin(&self, length: u64) {
        self.sent.store(0, Relaxed);
        self.received.store(0, Relaxed);
        self.interim.store(0, Relaxed);
        self.written.store(false, Relaxed);
        self.expected.store(length, Relaxed);
    }

    /// The whole request has left for the network.
    pub(crate) fn is_written(&self) -> bool {
        self.written.load(Relaxed)
    }

    /// Writing failed, or the connection ended.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Relaxed)
    }

    /// Something came back.
    pub(crate) fn has_received(&self) -> bool {
        self.received.load(Relaxed) > 0
    }

    /// There were more interim answers than are read past (B-067).
    pub(crate) fn is_flooded(&self) -> bool {
        self.interim.load(Relaxed) > INTERIM_ANSWERS
    }

    pub(crate) fn interim_answer(&self) {
        self.interim.fetch_add(1, Relaxed);
    }

    pub(crate) fn end(&self) {
        self.broken.store(true, Relaxed);
    }

    fn flushed(&self) {
        let expected = self.expected.load(Relaxed);
        if expected > 0 && self.sent.load(Relaxed) >= expected {
            self.written.store(true, Relaxed);
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

    /// What writing `length` bytes came to. Once it failed, everything passes for written.
    fn note(&mut self, written: io::Result<usize>, length: usize) -> usize {
        match written {
            Ok(count) => {
                self.progress.sent.fetch_add(count as u64, Relaxed);
                count
            }
            Err(error) => {
                self.fail(error);
                length
            }
        }
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
        self.progress.received.fetch_add(count as u64, Relaxed);
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
        let written = ready!(Pin::new(&mut self.inner).poll_write(context, bytes));
        Poll::Ready(Ok(self.note(written, bytes.len())))
    }

    /// Head and body leave in one write, without a copy of the body.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = slices.iter().map(|slice| slice.len()).sum();
        if self.progress.is_broken() {
            return Poll::Ready(Ok(length));
        }
        let written = ready!(Pin::new(&mut self.inner).poll_write_vectored(context, slices));
        Poll::Ready(Ok(self.note(written, length)))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
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
