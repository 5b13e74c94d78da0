//! Silence, slowness, connection limits and the stop.

use crate::world::{got, within, world, world_with};
use deskbell_http::Limits;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::time::Instant;

const SHORT: Duration = Duration::from_millis(150);

#[test]
fn the_defaults_are_those_of_the_catalogue() {
    let limits = Limits::default();
    let seconds = [limits.first_byte, limits.head, limits.idle, limits.stalled].map(|limit| limit.as_secs());
    assert_eq!(seconds, [5, 10, 30, 30], "A-050, A-049, a connection at rest, and one that takes nothing");
    assert_eq!(
        (limits.connections, limits.connections_per_network, limits.loopback_exempt),
        (10_000, 100, true),
        "A-052"
    );
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let world = world_with(Limits { first_byte: SHORT, ..Limits::default() }).await;
    let start = Instant::now();
    let mut silent = world.client().await;
    silent.expect_end("A-050").await;
    assert!(start.elapsed() >= SHORT, "A-050: not before its time");
    let mut blank = world.client().await;
    blank.send("\r\n\r\n").await;
    blank.expect_end("A-050: empty lines say nothing").await;
}

#[tokio::test]
async fn who_does_not_take_the_answer_loses_the_connection() {
    let world = world_with(Limits { stalled: SHORT, connections: 1, ..Limits::default() }).await;
    let mut client = world.client().await;
    client.send(got("/v2/large", "")).await;
    // There is room for another when it is gone; until then connections are dropped unread.
    within(async {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        loop {
            tick.tick().await;
            let mut other = world.client().await;
            other.try_send(got("/v2/ping", "Connection: close\r\n")).await;
            if other.0.read_u8().await.is_ok() {
                break;
            }
        }
    })
    .await;
    // What the systems of both ends had kept, and no more.
    let mut taken = Vec::new();
    let _ = within(client.0.read_to_end(&mut taken)).await;
    assert!(taken.len() < 1 << 26, "{}", taken.len());
}

#[tokio::test]
async fn a_head_that_drips_is_cut_off() {
    let world = world_with(Limits { head: SHORT, ..Limits::default() }).await;
    let start = Instant::now();
    let mut client = world.client().await;
    client.send("GET /v2/ping HT").await;
    let answer = client.answer().await;
    answer.expect(408, "head_too_slow", "A-049");
    assert!(answer.closes() && start.elapsed() >= SHORT, "A-049");
    client.expect_end("A-049").await;

    // Bytes that keep coming do not move the deadline.
    let mut client = world.client().await;
    let (mut reader, mut writer) = client.0.split();
    let drip = async {
        use tokio::io::AsyncWriteExt;
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        loop {
            tick.tick().await;
            if writer.write_all(b"x").await.is_err() {
                break std::future::pending::<()>().await;
            }
        }
    };
    let answered = async {
        use tokio::io::AsyncReadExt;
        let mut line = [0; 12];
        reader.read_exact(&mut line).await.unwrap();
        line
    };
    let line = within(async {
        tokio::select! { line = answered => line, () = drip => unreachable!() }
    })
    .await;
    assert_eq!(&line, b"HTTP/1.1 408", "A-049: one byte at a time");
}

#[tokio::test]
async fn a_connection_at_rest_is_closed_and_a_busy_one_is_not() {
    let world = world_with(Limits { idle: SHORT, first_byte: SHORT, ..Limits::default() }).await;
    let mut client = world.client().await;
    client.send(got("/v2/slow", "")).await;
    within(world.arrived.notified()).await;
    // Longer than any limit: the time itself is what is tested. The answer is still owed.
    tokio::time::sleep(SHORT * 3).await;
    world.release.notify_one();
    assert_eq!(client.answer().await.body, "done", "a handler may take its time");
    let rested = Instant::now();
    client.send(got("/v2/ping", "")).await;
    assert_eq!(client.answer().await.body, "pong");
    client.expect_end("a connection at rest is closed").await;
    assert!(rested.elapsed() >= SHORT, "not before its time");
}

#[tokio::test]
async fn connections_of_one_network_are_capped() {
    // Nobody is closed for being silent here: who is closed was over the cap.
    let silent = Duration::from_secs(3_600);
    let limits = Limits {
        connections_per_network: 5,
        loopback_exempt: false,
        first_byte: silent,
        ..Limits::default()
    };
    let world = world_with(limits).await;
    let mut idle = Vec::new();
    for _ in 0..5 {
        let mut client = world.client().await;
        client.send(got("/v2/ping", "")).await;
        assert_eq!(client.answer().await.status, 200);
        idle.push(client);
    }
    for _ in 0..20 {
        world.client().await.expect_end("A-052: over the cap").await;
    }
    // 127.0.1.0/24 is another network.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.1.1:0".parse().unwrap()).unwrap();
    let mut other = crate::world::Client(within(socket.connect(world.address)).await.unwrap());
    other.send(got("/v2/peer", "")).await;
    assert!(other.answer().await.body.starts_with("127.0.1.1:"), "A-052: another network is served");
    // A place that is left is free again, as soon as the server has seen it.
    let mut left = idle.pop().unwrap();
    left.finish().await;
    left.expect_end("the server ends its side too").await;
    drop(left);
    let mut client = world.client().await;
    client.send(got("/v2/ping", "")).await;
    assert_eq!(client.answer().await.status, 200, "A-052");
}

#[tokio::test]
async fn clients_behind_a_proxy_are_capped_one_network_by_one() {
    let limits = Limits {
        connections_per_network: 2,
        loopback_exempt: false,
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
        ..Limits::default()
    };
    let world = world_with(limits).await;
    let from = |client: &str| format!("X-Forwarded-For: {client}\r\n");
    // The proxy's connections: more than one network may have.
    let (mut one, mut two, mut other) = (world.client().await, world.client().await, world.client().await);
    for client in [&mut one, &mut two] {
        client.send(got("/v2/slow", &from("198.51.100.7"))).await;
        within(world.arrived.notified()).await;
    }
    other.send(got("/v2/ping", &from("198.51.100.8"))).await;
    let refused = other.answer().await;
    refused.expect(429, "requests_too_many", "A-052: two of this /24 are being answered");
    assert!(refused.body.contains("2 requests from your network"), "{}", refused.body);
    assert_eq!(
        (refused.header("retry-after"), refused.closes()),
        (Some("1"), false),
        "others need the connection"
    );
    other.send(got("/v2/ping", &from("203.0.113.1"))).await;
    assert_eq!(other.answer().await.body, "pong", "A-052: another client of the same proxy");
    other.send(got("/v2/ping", "")).await;
    assert_eq!(other.answer().await.body, "pong", "the proxy's own question whether we are well");
    world.release.notify_one();
    let served = tokio::select! { served = one.answer() => served, served = two.answer() => served };
    assert_eq!(served.body, "done");
    other.send(got("/v2/ping", &from("198.51.100.8"))).await;
    assert_eq!(other.answer().await.body, "pong", "one of them has ended");
}

#[tokio::test]
async fn all_connections_together_are_capped() {
    let silent = Duration::from_secs(3_600);
    let world = world_with(Limits { connections: 3, first_byte: silent, ..Limits::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..3 {
        let mut client = world.client().await;
        client.send(got("/v2/ping", "")).await;
        assert_eq!(client.answer().await.status, 200);
        idle.push(client);
    }
    world.client().await.expect_end("A-052: ten thousand in all, three here").await;
}

#[tokio::test]
async fn the_stop_lets_requests_finish_and_closes_what_rests() {
    let mut world = world().await;
    let mut resting = world.client().await;
    resting.send(got("/v2/ping", "")).await;
    assert_eq!(resting.answer().await.status, 200);
    let mut busy = world.client().await;
    busy.send(got("/v2/slow", "")).await;
    within(world.arrived.notified()).await;
    let server = world.stop();
    resting.expect_end("what rests is closed at once").await;
    assert!(tokio::net::TcpStream::connect(world.address).await.is_err(), "nobody is let in any more");
    assert!(!server.is_finished());
    world.release.notify_one();
    let answer = busy.answer().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "done"));
    busy.expect_end("and then its connection ends").await;
    within(server).await.unwrap();
}

#[tokio::test]
async fn the_stop_does_not_wait_for_ever() {
    let mut world = world_with(Limits { drain: SHORT, ..Limits::default() }).await;
    let mut busy = world.client().await;
    busy.send(got("/v2/slow", "")).await;
    within(world.arrived.notified()).await;
    within(world.stop()).await.unwrap();
    busy.expect_end("cut").await;
}
