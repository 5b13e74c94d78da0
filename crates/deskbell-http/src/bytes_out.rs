//! Bytes out: what the bodies of answers come to, by account.

use axum::body::{Body, Bytes, HttpBody};
use deskbell_core::id::AccountId;
use deskbell_core::usage::{Resource, Usage};
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Notes the bytes of an answer to the account: at once where they are known, which costs the answer nothing; and those of a stream or
/// an export as they go out.
pub(super) fn noted(body: Body, account: Option<&AccountId>, usage: &Arc<Usage>) -> Body {
    match body.size_hint().exact() {
        Some(0) => body,
        Some(bytes) => {
            usage.note(Resource::BytesOut, account, bytes);
            body
        }
        None => Body::new(Noted { body, account: account.cloned(), usage: Arc::clone(usage) }),
    }
}

/// A body whose end nobody knows.
struct Noted {
    body: Body,
    account: Option<AccountId>,
    usage: Arc<Usage>,
}

impl HttpBody for Noted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.usage.note(Resource::BytesOut, self.account.as_ref(), data.len() as u64);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::Timestamp;
    use futures::stream;
    use http_body_util::BodyExt as _;
    use std::convert::Infallible;

    #[tokio::test]
    async fn a_known_length_is_noted_at_once_and_a_stream_as_it_goes_out() {
        let (usage, account) = (Arc::new(Usage::default()), AccountId::from_text("ACC-A"));
        let of = || {
            let hour = usage.last_hour(Timestamp::UNIX_EPOCH);
            let first = hour.accounts().first().map_or(0, |(_, amounts)| amounts.sum(Resource::BytesOut));
            (first, hour.own().sum(Resource::BytesOut))
        };
        let _ = noted(Body::from("twelve bytes"), Some(&account), &usage);
        let _ = noted(Body::from("a page"), None, &usage);
        let _ = noted(Body::empty(), Some(&account), &usage);
        assert_eq!(of(), (12, 6));
        let pieces = ["one ", "two"].map(Ok::<_, Infallible>);
        let mut stream = noted(Body::from_stream(stream::iter(pieces)), Some(&account), &usage);
        assert_eq!(of(), (12, 6), "nothing of it has left yet");
        stream.frame().await.unwrap().unwrap();
        assert_eq!(of(), (16, 6));
        assert_eq!(stream.collect().await.unwrap().to_bytes(), "two");
        assert_eq!(of(), (19, 6));
    }
}
