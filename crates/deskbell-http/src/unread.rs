//! Unread: what is left of a request's body when its answer is ready, because the call was refused before anybody read it. A little
//! is read and forgotten, so that the connection goes on; where that is not enough the connection ends, and the answer says so.
//! Clients that send head and body apart would else lose their next request on it.

use axum::body::{Body, HttpBody};
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, Request, Response};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// So many bytes are read and forgotten: most bodies are whole with them.
const FORGOTTEN_BYTES: usize = 64 << 10;
/// The answer waits for them no longer than this.
const PATIENCE: Duration = Duration::from_secs(2);

/// The body of a request that was lent to whoever answers it.
pub(crate) struct Unread {
    left: Slot,
    /// The client sends its body only when it is asked for.
    expects: bool,
}

type Slot = Arc<Mutex<Option<Body>>>;

impl Unread {
    /// Lends the body of `request`; `None` when it has none.
    pub(crate) fn of(request: &mut Request<Body>) -> Option<Self> {
        if request.body().is_end_stream() {
            return None;
        }
        let (left, expects) = (Slot::default(), request.headers().contains_key(EXPECT));
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(Lent { body: Some(body), left: Arc::clone(&left) });
        Some(Self { left, expects })
    }

    /// Brings the connection behind the body, or has `response` say that it ends.
    pub(crate) async fn forget<B>(self, response: &mut Response<B>) {
        let left = lock(&self.left).take();
        let Some(left) = left.filter(|_| !response.headers().contains_key(CONNECTION)) else { return };
        if self.expects || !is_soon_over(left).await {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

async fn is_soon_over(mut body: Body) -> bool {
    let (until, mut read) = (Instant::now() + PATIENCE, 0);
    while read <= FORGOTTEN_BYTES {
        match timeout_at(until, body.frame()).await {
            Ok(Some(Ok(frame))) => read += frame.data_ref().map_or(0, Bytes::len),
            Ok(None) => return true,
            Ok(Some(Err(_))) | Err(_) => return false,
        }
    }
    false
}

/// Gives back what is left of the body when it is dropped.
struct Lent {
    body: Option<Body>,
    left: Slot,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        *lock(&self.left) = self.body.take().filter(|body| !body.is_end_stream());
    }
}

fn lock(slot: &Slot) -> MutexGuard<'_, Option<Body>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream::{self, StreamExt as _};
    use std::io;

    fn request(pieces: usize, more: bool) -> Request<Body> {
        let pieces =
            stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from(vec![b'x'; 1 << 10]))).take(pieces);
        let rest = stream::pending().take(usize::from(more));
        Request::new(Body::from_stream(pieces.chain(rest)))
    }

    /// Whether the connection ends after a call that reads so many pieces of the body.
    async fn ends(mut request: Request<Body>, reads: usize) -> bool {
        let unread = Unread::of(&mut request).expect("there is a body");
        let mut body = request.into_body();
        for _ in 0..reads {
            body.frame().await.expect("a piece").expect("whole");
        }
        drop(body);
        let mut response = Response::new(());
        unread.forget(&mut response).await;
        response.headers().get(CONNECTION).is_some_and(|value| value == "close")
    }

    #[tokio::test(start_paused = true)]
    async fn a_little_is_forgotten_and_more_ends_the_connection() {
        assert!(!ends(request(64, false), 0).await);
        assert!(!ends(request(100, false), 40).await);
        assert!(ends(request(66, false), 0).await);
        assert!(ends(request(1, true), 0).await, "it does not come in time");
        assert!(Unread::of(&mut Request::new(Body::empty())).is_none());
        let mut expecting = request(1, false);
        expecting.headers_mut().insert(EXPECT, HeaderValue::from_static("100-continue"));
        assert!(ends(expecting, 0).await, "it is not asked for");
    }
}
