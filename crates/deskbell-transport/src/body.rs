//! Body: what is kept of an answer's body. It is read for the log only and never changes an outcome (catalogue 4.0).

use crate::connection::Driver;
use bytes::{Bytes, BytesMut};
use deskbell_core::policy::limit;
use hyper::body::{Body as _, Incoming};
use std::pin::Pin;
use std::task::Poll;
use tokio::time::Instant;

/// A body as far as it was read.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) bytes: Bytes,
    /// There was more than is kept, or it did not end in time (B-070 to B-072).
    pub(crate) truncated: bool,
    /// The connection ended before the body did (B-075, B-076).
    pub(crate) incomplete: bool,
    /// It was read to its end: the connection can serve again.
    pub(crate) ended: bool,
}

/// Reads until the body's end, the cap or `until`. Never decodes (B-073).
pub(crate) async fn read(driver: &mut Driver, mut body: Incoming, until: Instant) -> Kept {
    let (mut kept, mut bytes, mut read) = (Kept::default(), BytesMut::new(), 0usize);
    loop {
        if body.is_end_stream() {
            kept.ended = true;
            break;
        }
        if read >= limit::RESPONSE_READ_BYTES {
            kept.truncated = true;
            break;
        }
        let frame = driver.drive(|context, _| match Pin::new(&mut body).poll_frame(context) {
            Poll::Ready(frame) => Ok(frame),
            Poll::Pending => Err(until),
        });
        match frame.await {
            // Trailers are read past.
            Some(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else { continue };
                read = read.saturating_add(data.len());
                let room = limit::RESPONSE_STORED_BYTES - bytes.len();
                bytes.extend_from_slice(&data[..data.len().min(room)]);
                kept.truncated |= data.len() > room;
            }
            Some(Some(Err(_))) => {
                kept.incomplete = true;
                break;
            }
            Some(None) => {
                kept.ended = true;
                break;
            }
            None => {
                kept.truncated = true;
                break;
            }
        }
    }
    kept.bytes = bytes.freeze();
    kept
}
