//! The body of a request, read whole: within a size, a time and a pace.

use crate::bytes_in_flight::BytesInFlight;
use crate::middleware::Notes;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use deskbell_core::id::AccountId;
use deskbell_wire::problem::Problem;
use http_body_util::BodyExt as _;
use std::io;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A body has this long in all (catalogue, 6.3).
pub const WHOLE: Duration = Duration::from_secs(30);
/// It may start slowly for this long, and must then have kept up with [`PACE`] (catalogue, 6.3).
pub const GRACE: Duration = Duration::from_secs(5);
/// The least pace at which a body must come, in bytes a second (catalogue, 6.3).
pub const PACE: u32 = 1_024;

/// All bytes of the body of an API call. Refuses a coded body before reading it, and what [`read_raw`] refuses.
pub async fn read(parts: &Parts, body: Body, cap: usize) -> Result<Bytes, Problem> {
    if let Some(coding) = parts.headers.get(CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        let message = "Send the body as it is, without a Content-Encoding.";
        return Err(Problem::bad_request("content_encoding_unsupported", message).closing());
    }
    read_raw(parts, body, cap, Notes::account(parts)).await
}

/// All bytes of `body` as they come, at most `cap`. Refuses more, whatever the head claimed, and a body slower
/// than [`PACE`], and one for which its `account` has no room left in [`BytesInFlight`]. Each of these ends the connection:
/// what is left of the body is not read.
pub async fn read_raw(
    parts: &Parts,
    mut body: Body,
    cap: usize,
    account: Option<AccountId>,
) -> Result<Bytes, Problem> {
    let declared =
        parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > cap as u64) {
        return Err(too_large(cap));
    }
    let start = Instant::now();
    let mut pieces = Pieces::default();
    let mut counted = BytesInFlight::of(parts).begin(account);
    loop {
        let earned = Duration::from_secs(pieces.len() as u64) / PACE;
        let Ok(frame) = timeout_at(start + WHOLE.min(GRACE + earned), body.frame()).await else {
            let message = "The body did not arrive in time: 30 s in all, and 1 KiB/s after the first 5 s.";
            return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", message).closing());
        };
        match frame {
            None => return Ok(counted.keep(pieces.whole())),
            Some(Err(error)) => return Err(broken(&error)),
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { continue };
                if pieces.len() + data.len() > cap {
                    return Err(too_large(cap));
                }
                counted.grow_to(pieces.len() + data.len())?;
                pieces.push(data);
            }
        }
    }
}

/// What came so far. Most bodies come in one piece, which stays as it is: only a second one has both copied together.
#[derive(Default)]
struct Pieces {
    first: Bytes,
    joined: BytesMut,
}

impl Pieces {
    fn len(&self) -> usize {
        self.first.len() + self.joined.len()
    }

    fn push(&mut self, piece: Bytes) {
        if self.len() == 0 {
            self.first = piece;
            return;
        }
        self.joined.extend_from_slice(&std::mem::take(&mut self.first));
        self.joined.extend_from_slice(&piece);
    }

    fn whole(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.freeze() }
    }
}

fn too_large(cap: usize) -> Problem {
    let message = format!("The body is larger than {cap} bytes.");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message).closing()
}

/// The connection ended within the body, or its chunks cannot be read.
fn broken(error: &axum::Error) -> Problem {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let mut ends = causes.filter_map(|cause| cause.downcast_ref::<io::Error>());
    if ends.any(|end| end.kind() == io::ErrorKind::UnexpectedEof) {
        return Problem::bad_request("body_incomplete", "The body ended before its declared length.")
            .closing();
    }
    Problem::bad_request("body_malformed", "The body's chunks cannot be read.").closing()
}

#[cfg(test)]
mod tests;
