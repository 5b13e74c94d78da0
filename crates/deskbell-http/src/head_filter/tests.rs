//! The filter against a socket that gives scripted pieces.

use super::*;
use crate::served::Served;
use std::collections::VecDeque;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Join, Sink};

/// A socket that gives one piece a read, and is then silent.
struct Pieces(VecDeque<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(mut piece) = self.0.pop_front() else { return Poll::Pending };
        let rest = piece.split_off(piece.len().min(out.remaining()));
        out.put_slice(&piece);
        if !rest.is_empty() {
            self.0.push_front(rest);
        }
        Poll::Ready(Ok(()))
    }
}

/// The socket: what is written to it is nobody's concern here.
type Socket = Join<Pieces, Sink>;

fn filter<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> (HeadFilter<Socket>, Arc<Pipeline>) {
    filter_with(pieces, Limits::default())
}

fn filter_with<'p>(
    pieces: impl IntoIterator<Item = &'p [u8]>,
    limits: Limits,
) -> (HeadFilter<Socket>, Arc<Pipeline>) {
    let pipeline = Pipeline::new();
    let pieces = Pieces(pieces.into_iter().map(<[u8]>::to_vec).collect());
    (
        HeadFilter::new(
            tokio::io::join(pieces, tokio::io::sink()),
            pipeline.clone(),
            Arc::new(limits),
            Spoken::Http,
        ),
        pipeline,
    )
}

/// The first bytes that hyper would see.
async fn first(filter: &mut HeadFilter<Socket>) -> Vec<u8> {
    let mut bytes = vec![0; 32 << 10];
    let length = filter.read(&mut bytes).await.unwrap();
    bytes.truncate(length);
    bytes
}

fn refusal(pipeline: &Arc<Pipeline>) -> Problem {
    match pipeline.next().0 {
        Some(Entry::Refused(problem)) => *problem,
        _ => panic!("no refusal is queued"),
    }
}

fn head_of(bytes: usize) -> Vec<u8> {
    let mut head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Pad: ".to_vec();
    head.resize(bytes - 4, b'p');
    head.extend(b"\r\n\r\n");
    head
}

#[tokio::test]
async fn a_head_of_one_byte_too_many_is_refused_in_all_splits() {
    let (good, bad) = (head_of(HEAD_BYTES), head_of(HEAD_BYTES + 1));
    let boundaries = (1..200).chain((200..HEAD_BYTES).step_by(331)).chain(HEAD_BYTES - 8..=HEAD_BYTES);
    for split in boundaries {
        let (mut sound, pipeline) =
            filter([&good[..split.min(good.len() - 1)], &good[split.min(good.len() - 1)..]]);
        assert_eq!(first(&mut sound).await, good, "A-053's control: split at {split}");
        assert!(matches!(pipeline.next().0, Some(Entry::Sound { .. })));
        let (mut refused, pipeline) = filter([&bad[..split], &bad[split..]]);
        assert_eq!(first(&mut refused).await, STAND_IN, "A-053: split at {split}");
        assert_eq!(refusal(&pipeline).status.as_u16(), 431, "A-053: split at {split}");
    }
    let (mut dripping, pipeline) = filter(bad.chunks(1));
    assert_eq!(first(&mut dripping).await, STAND_IN, "A-053: byte by byte");
    assert_eq!(refusal(&pipeline).code, "head_too_large");
    let (mut endless, pipeline) = filter([&[b'G'; 64 << 10][..]]);
    assert_eq!(first(&mut endless).await, STAND_IN);
    assert_eq!(refusal(&pipeline).code, "head_too_large");
}

#[tokio::test]
async fn hyper_sees_the_bytes_that_came_and_no_head_before_it_is_whole() {
    let stream = b"\r\nPOST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for size in 1..stream.len() {
        let served = Served { open: Some("/"), ..Served::default() };
        let (mut filter, pipeline) = filter_with(stream.chunks(size), Limits { served, ..Limits::default() });
        let mut seen = Vec::new();
        while seen.len() < stream.len() - 2 {
            seen.extend(first(&mut filter).await);
        }
        assert_eq!(seen, stream[2..], "in pieces of {size}");
        let targets: Vec<String> = std::iter::from_fn(|| match pipeline.next().0 {
            Some(Entry::Sound { head, .. }) => head.map(|head| head.target),
            _ => None,
        })
        .collect();
        assert_eq!(targets, ["/a", "/b"], "in pieces of {size}");
    }
}

#[tokio::test]
async fn a_lone_line_feed_ends_no_line() {
    for head in [
        "GET / HTTP/1.1\nHost: localhost\n\n",
        "GET / HTTP/1.1\r\nHost: localhost\nX: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nAPI-Key: k\n\r\n\r\n",
    ] {
        let (mut refused, pipeline) = filter([head.as_bytes()]);
        assert_eq!(first(&mut refused).await, STAND_IN, "A-068: {head:?}");
        assert_eq!(refusal(&pipeline).code, "head_malformed", "A-068: {head:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_5_s_and_a_dripping_head_at_10_s() {
    let start = Instant::now();
    let (mut silent, _) = filter([]);
    assert_eq!(first(&mut silent).await, b"", "A-050: the end");
    assert_eq!(start.elapsed().as_secs(), 5, "A-050");
    let start = Instant::now();
    let (mut slow, pipeline) = filter([&b"GET / HT"[..]]);
    assert_eq!(first(&mut slow).await, STAND_IN);
    assert_eq!((start.elapsed().as_secs(), refusal(&pipeline).code), (10, "head_too_slow"), "A-049");
}

#[tokio::test(start_paused = true)]
async fn a_connection_rests_30_s_once_its_answers_are_sent() {
    let (mut filter, pipeline) = filter([&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..]]);
    first(&mut filter).await;
    let busy = pipeline.next().1;
    let an_hour = Duration::from_secs(3_600);
    assert!(tokio::time::timeout(an_hour, first(&mut filter)).await.is_err(), "an answer is owed");
    drop(busy);
    let start = Instant::now();
    assert_eq!(first(&mut filter).await, b"");
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_connection_rests_30_s_although_nobody_looks_at_it_after_its_answer() {
    let (mut filter, pipeline) = filter([&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..]]);
    first(&mut filter).await;
    let busy = pipeline.next().1;
    let end = tokio::spawn(async move { first(&mut filter).await });
    tokio::time::sleep(Duration::from_secs(100)).await;
    let start = Instant::now();
    drop(busy);
    let end = tokio::time::timeout(Duration::from_secs(3_600), end).await;
    assert_eq!(end.expect("it ends by itself").unwrap(), b"");
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn nothing_behind_a_refusal_is_read() {
    let (mut filter, pipeline) =
        filter([&b"GET / HTTP/1.1\r\n\r\nGET /in/x HTTP/1.1\r\nHost: localhost\r\n\r\n"[..]]);
    assert_eq!(first(&mut filter).await, STAND_IN);
    assert_eq!(refusal(&pipeline).code, "host_invalid");
    let more = tokio::time::timeout(Duration::from_millis(1), first(&mut filter)).await;
    assert!(more.is_err() && pipeline.next().0.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_is_still_sent_is_read_before_the_socket_is_dropped() {
    // A refusal, and a body that nobody read: an answer that meets unread bytes would be lost on its way.
    let heads =
        ["GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n"];
    for head in heads {
        let start = Instant::now();
        let (mut filter, _) = filter([head.as_bytes(), &[b'x'; 8_000][..]]);
        first(&mut filter).await;
        filter.shutdown().await.unwrap();
        assert!(filter.stream.reader().0.is_empty(), "all of it was read: {head}");
        assert_eq!(start.elapsed(), LINGER, "and more was waited for: {head}");
    }
    let start = Instant::now();
    let (mut clean, _) = filter([&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..]]);
    first(&mut clean).await;
    clean.shutdown().await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO, "nothing is owed");
}
