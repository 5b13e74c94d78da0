//! Size and pace of bodies, on paused time.

use super::*;
use axum::http::{HeaderValue, Request};
use futures::stream::{self, StreamExt as _};
use std::convert::Infallible;
use tokio::time::sleep;

/// A body of `pieces` pieces of `bytes` bytes, one every `pause`.
fn paced(pieces: usize, bytes: usize, pause: Duration) -> Body {
    let piece = move |_| async move {
        sleep(pause).await;
        Ok::<_, Infallible>(Bytes::from(vec![b'x'; bytes]))
    };
    Body::from_stream(stream::iter(0..pieces).then(piece))
}

/// The head of a request that nobody counts.
fn parts() -> Parts {
    Request::new(()).into_parts().0
}

async fn slow(body: Body) -> Duration {
    let start = Instant::now();
    let problem = read(&parts(), body, 1 << 20).await.unwrap_err();
    assert_eq!((problem.status.as_u16(), problem.code, problem.close), (408, "body_too_slow", true), "A-051");
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_body_keeps_its_pace_or_is_cut_off() {
    let second = Duration::from_secs(1);
    // 10 bytes a second: after the grace of 5 s it has earned almost nothing more.
    assert_eq!(slow(paced(10_000, 10, second)).await.as_secs(), 5, "A-051: 10 bytes a second");
    assert_eq!(
        slow(Body::from_stream(stream::pending::<Result<Bytes, Infallible>>())).await.as_secs(),
        5,
        "A-051"
    );
    // 1,000 bytes a second falls behind slowly: 5 s of grace are used up after 5 / (1 - 1000/1024) s, past the whole.
    assert_eq!(slow(paced(10_000, 1_000, second)).await, WHOLE, "A-051: 30 s in all");
    assert_eq!(slow(paced(10_000, 100_000, 10 * second)).await.as_secs(), 5, "A-051: a late start");
    let good = read(&parts(), paced(25, 1_024, second), 1 << 20).await.unwrap();
    assert_eq!(good.len(), 25 * 1_024, "A-051's control: 1 KiB/s for 25 s");
}

#[tokio::test]
async fn the_cap_is_exact_and_an_honest_length_is_refused_unread() {
    let body = |bytes: usize| Body::from(vec![b'x'; bytes]);
    assert_eq!(read(&parts(), body(10), 10).await.unwrap().len(), 10, "A-064's control");
    let problem = read(&parts(), body(11), 10).await.unwrap_err();
    assert_eq!((problem.status.as_u16(), problem.code), (413, "body_too_large"), "A-064: absent length");
    assert!(problem.close && problem.message.contains("10 bytes"), "A-064");
    let mut declared = parts();
    declared.headers.insert(CONTENT_LENGTH, HeaderValue::from_static("11"));
    let unread = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let problem = read(&declared, unread, 10).await.unwrap_err();
    assert_eq!(problem.code, "body_too_large", "A-064: honest length, before a byte is read");
}

#[tokio::test]
async fn a_body_in_one_piece_is_not_copied_and_one_in_many_is_whole() {
    let of = |pieces: &[&'static str]| {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece.as_bytes()))).collect();
        Body::from_stream(stream::iter(pieces))
    };
    const ONE: &str = "in one piece";
    let read = async |pieces: &[&'static str]| read(&parts(), of(pieces), 100).await.unwrap();
    assert_eq!(read(&[ONE]).await.as_ptr(), ONE.as_ptr());
    for pieces in [&["a", "bc", "", "d"][..], &["", "a", "bc", "d"]] {
        assert_eq!(read(pieces).await, "abcd");
    }
    assert!(read(&[]).await.is_empty());
}
