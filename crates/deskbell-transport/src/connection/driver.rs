//! Driver: what makes a connection go on, in the task of whoever makes an exchange on it.

use super::Stream;
use crate::deadline::second_look;
use crate::progress::{Metered, Progress};
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use tokio::time::{Instant, Sleep, sleep_until};

/// The HTTP library's end of a connection.
pub(super) type Http = http1::Connection<TokioIo<Metered<Box<dyn Stream>>>, Full<Bytes>>;

/// What makes a connection go on.
pub(crate) struct Driver {
    /// `None` once the connection ended.
    http: Option<Box<Http>>,
    pub(super) progress: Arc<Progress>,
    /// The one timer of a connection, moved on from phase to phase and from exchange to exchange: moving a timer to a later
    /// time is cheaper than making one.
    timer: Pin<Box<Sleep>>,
    /// Until when what came while this process was stopped is looked for: once in an exchange.
    look: Option<Instant>,
}

impl Driver {
    pub(super) fn new(http: Http, progress: Arc<Progress>, now: Instant) -> Self {
        Self { http: Some(Box::new(http)), progress, timer: Box::pin(sleep_until(now)), look: None }
    }

    /// Neither side ended the connection.
    pub(super) fn is_open(&self) -> bool {
        self.http.is_some() && !self.progress.is_broken()
    }

    /// An exchange begins, with a request of `length` bytes.
    pub(super) fn begin(&mut self, length: u64) {
        self.progress.begin(length);
        self.look = None;
    }

    /// Lets the connection see what came, and nobody waits: whoever uses it next, drives it.
    pub(super) fn look(&mut self) {
        self.poll(&mut Context::from_waker(Waker::noop()));
    }

    /// Whether it is `until`.
    fn wait(&mut self, until: Instant, context: &mut Context<'_>) -> Poll<()> {
        if self.timer.deadline() != until {
            self.timer.as_mut().reset(until);
        }
        self.timer.as_mut().poll(context)
    }

    fn poll(&mut self, context: &mut Context<'_>) {
        if let Some(http) = &mut self.http
            && Pin::new(http).poll(context).is_ready()
        {
            // Its error, if any, reaches whoever waits for the answer.
            self.http = None;
            self.progress.end();
        }
    }

    /// Drives the connection until `seen` gives something, and waits each time until the time that it says, and no longer:
    /// then the answer is `None`.
    pub(crate) async fn drive<T>(
        &mut self,
        mut seen: impl FnMut(&mut Context<'_>, &Progress) -> Result<T, Instant>,
    ) -> Option<T> {
        poll_fn(|context| {
            self.poll(context);
            let until = match seen(context, &self.progress) {
                Ok(seen) => return Poll::Ready(Some(seen)),
                Err(until) => self.look.map_or(until, |look| until.max(look)),
            };
            ready!(self.wait(until, context));
            if self.look.is_none() {
                self.look = second_look(until, Instant::now());
                if let Some(look) = self.look {
                    ready!(self.wait(look, context));
                }
            }
            Poll::Ready(None)
        })
        .await
    }
}
