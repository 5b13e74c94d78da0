//! What is judged by the head alone.

use crate::world::{Client, got, posted, within, world, world_with};
use deskbell_http::{Limits, Served};
use tokio::io::AsyncWriteExt;

/// A head of exactly `bytes` bytes.
fn head_of(bytes: usize) -> String {
    let bare = got("/v2/ping", "X-Pad: \r\n").len();
    let head = got("/v2/ping", &format!("X-Pad: {}\r\n", "p".repeat(bytes - bare)));
    assert_eq!(head.len(), bytes);
    head
}

#[tokio::test]
async fn a_head_has_16_kib_however_it_is_split() {
    let world = world().await;
    assert_eq!(world.ask(head_of(16 << 10)).await.status, 200, "A-053's control");
    let large = head_of((16 << 10) + 1);
    // The head filter's own tests see to every split; here the bytes pass through a real socket and hyper.
    for split in [1, 20, 4_096, 8_191, 8_192, 8_193, 16_383, 16_384] {
        let mut client = world.client().await;
        client.0.set_nodelay(true).unwrap();
        let (first, second) = large.split_at(split);
        client.send(first).await;
        within(client.0.flush()).await.unwrap();
        client.send(second).await;
        let answer = client.answer().await;
        answer.expect(431, "head_too_large", &format!("A-053: split at {split}"));
        assert!(answer.closes(), "A-053");
    }
    let endless = "x".repeat(64 << 10);
    world.ask(format!("GET /{endless}")).await.expect(431, "head_too_large", "A-053: a line without an end");
}

#[tokio::test]
async fn a_head_has_100_lines() {
    let world = world().await;
    let lines = |count: usize| (0..count).map(|line| format!("X-{line}: 1\r\n")).collect::<String>();
    assert_eq!(world.ask(got("/v2/ping", &lines(99))).await.status, 200, "A-053's control");
    world.ask(got("/v2/ping", &lines(100))).await.expect(431, "head_too_large", "A-053: 101 lines");
}

#[tokio::test]
async fn the_preface_of_http_2_is_not_answered() {
    let world = world().await;
    let mut client = world.client().await;
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    client.expect_end("A-054").await;
    world.ask("GET / HTTP/3.0\r\nHost: localhost\r\n\r\n").await.expect(400, "version_unsupported", "A-054");
    world.ask("\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03").await.expect(
        400,
        "head_malformed",
        "TLS to a plain port",
    );
}

#[tokio::test]
async fn a_body_has_one_length() {
    let world = world().await;
    let post = |lines: &str| {
        format!("POST /v2/length HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n\r\n{}", "x".repeat(8))
    };
    for lines in [
        "Content-Length: 8\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 8",
        "Content-Length: 8\r\nContent-Length: 8",
        "Content-Length: 8\r\nContent-Length: 9",
        "Content-Length: 8, 8",
        "Content-Length: -8",
        "Content-Length: +8",
        "Content-Length: 0x8",
        "Content-Length: ",
        "Content-Length: 99999999999999999999",
        "Content-Length: 18446744073709551615",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: xchunked",
    ] {
        let mut client = world.client().await;
        client.send(post(lines)).await;
        let answer = client.answer().await;
        answer.expect(400, "length_invalid", &format!("A-068: {lines}"));
        assert!(answer.closes(), "A-068: {lines}");
        client.expect_end("A-068: what follows is not read as a request").await;
    }
    for lines in [
        "X: 1\r\n folded",
        "X : 1",
        ": 1",
        "X\r\nY: 1",
        "Transfer-Encoding : chunked",
        "X: 1\nContent-Length: 9",
        "X: a\0b",
    ] {
        let answer = world.ask(post(lines)).await;
        answer.expect(400, "head_malformed", &format!("A-068: {lines:?}"));
        assert!(answer.closes(), "A-068");
    }
    assert_eq!(world.ask(post("Content-Length: 8")).await.body, "8", "A-068's control");
    let old = "POST /v2/length HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    world.ask(old).await.expect(400, "length_invalid", "A-068: chunks in HTTP/1.0");
}

#[tokio::test]
async fn a_host_is_given_once_and_is_ours() {
    let hosts = vec!["Deskbell.Example".to_owned()];
    let world =
        world_with(Limits { served: Served { hosts, ..Served::default() }, ..Limits::default() }).await;
    let ping = |lines: &str| format!("GET /v2/ping HTTP/1.1\r\n{lines}\r\n");
    for lines in [
        "",
        "Host: localhost\r\nHost: localhost\r\n",
        "Host: a b\r\n",
        "Host: \r\n",
        "Host: u@localhost\r\n",
        "Host: localhost:x\r\n",
    ] {
        let answer = world.ask(ping(lines)).await;
        answer.expect(400, "host_invalid", &format!("A-069: {lines:?}"));
    }
    for foreign in
        ["attacker.example", "localhost.attacker.example", "xlocalhost", "deskbell.example.attacker.example"]
    {
        let answer = world.ask(ping(&format!("Host: {foreign}\r\n"))).await;
        answer.expect(421, "host_unknown", &format!("A-069: {foreign}"));
    }
    for ours in [
        "127.0.0.1",
        "127.0.0.1:8080",
        "192.0.2.7",
        "[::1]:8080",
        "[2001:db8::1]",
        "localhost",
        "LOCALHOST:1",
        "app.localhost",
        "localhost.",
        "deskbell.example",
        "DESKBELL.example:443",
    ] {
        assert_eq!(
            world.ask(ping(&format!("Host: {ours}\r\n"))).await.status,
            200,
            "A-069's control: {ours}"
        );
    }
    assert_eq!(world.ask("GET /v2/ping HTTP/1.0\r\n\r\n").await.status, 200, "HTTP/1.0 knows no Host");
    let inbox =
        world.ask("POST /in/token HTTP/1.1\r\nHost: attacker.example\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(inbox.status, 200, "an inbox is reached under any name");
    for trick in ["/v2/../in/x", "/v2/ping?/in/", "/inn/x", "//in/x"] {
        let answer = world.ask(format!("GET {trick} HTTP/1.1\r\nHost: attacker.example\r\n\r\n")).await;
        assert_eq!(answer.status, 421, "A-069: {trick}");
    }
}

#[tokio::test]
async fn a_star_serves_every_host() {
    let world = world_with(Limits {
        served: Served { hosts: vec!["*".to_owned()], ..Served::default() },
        ..Limits::default()
    })
    .await;
    assert_eq!(world.ask("GET /v2/ping HTTP/1.1\r\nHost: any.example\r\n\r\n").await.status, 200);
}

#[tokio::test]
async fn paths_and_methods_are_known_and_targets_are_short() {
    let world = world().await;
    world.ask(got("/v2/nothing", "")).await.expect(404, "route_unknown", "A-070");
    let answer = world.ask(posted("/v2/ping", "{}")).await;
    answer.expect(405, "method_not_allowed", "A-070");
    assert_eq!(answer.header("allow"), Some("GET,HEAD"), "A-070");
    let target = |bytes: usize| format!("/v2/ping?{}", "q".repeat(bytes - 9));
    world.ask(got(&target(8_193), "")).await.expect(414, "target_too_long", "A-070");
    assert_eq!(world.ask(got(&target(8_192), "")).await.status, 200, "A-070's control");
}

#[tokio::test]
async fn there_are_no_tunnels_and_no_mirrors() {
    let world = world().await;
    for line in ["CONNECT localhost:443", "TRACE /v2/ping", "TRACE /in/token"] {
        let answer = world.ask(format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
        answer.expect(405, "method_not_allowed", &format!("A-141: {line}"));
        assert!(answer.header("allow").is_some_and(|allow| !allow.contains("TRACE")), "A-141");
    }
}

#[tokio::test]
async fn a_target_is_a_path_of_this_server() {
    let world = world().await;
    for target in [
        "http://attacker.example/v2/ping",
        "localhost:8080",
        "*",
        "ftp://localhost/x",
        "https://localhost/",
        "v2/ping",
        "http://localhost\\@evil/",
    ] {
        let answer = world.ask(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
        answer.expect(400, "target_unsupported", &format!("A-142: {target}"));
    }
    world.ask("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect(
        400,
        "target_unsupported",
        "A-142",
    );
    let absolute = world.ask("GET http://LOCALHOST/v2/ping HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert_eq!(absolute.body, "pong", "A-142's control");
}

#[tokio::test]
async fn the_answer_is_json_or_none() {
    let world = world().await;
    let accepting = |accept: &str| got("/v2/ping", &format!("Accept: {accept}\r\n"));
    for bad in ["application/xml", "text/html, image/png;q=0.5"] {
        world.ask(accepting(bad)).await.expect(406, "accept_unsupported", &format!("A-108: {bad}"));
    }
    for good in [
        "application/json",
        "text/html, */*;q=0.1",
        "application/*",
        "APPLICATION/JSON;q=1",
        "",
        "text/event-stream",
    ] {
        assert_eq!(world.ask(accepting(good)).await.status, 200, "A-108's control: {good}");
    }
    let inbox = world.ask(got("/in/token", "Accept: application/xml\r\n")).await;
    assert_eq!(inbox.status, 200, "an inbox takes whatever comes");
}

#[tokio::test]
async fn a_long_key_is_a_header_like_any_other() {
    let world = world().await;
    let key = "k".repeat(10_000);
    assert_eq!(
        world.ask(got("/v2/ping", &format!("API-Key: {key}\r\n"))).await.status,
        200,
        "A-152: no crash"
    );
    let garbage = world
        .ask([&b"GET /v2/ping HTTP/1.1\r\nHost: localhost\r\nAPI-Key: \xFF\xFE\r\n\r\n"[..]].concat())
        .await;
    assert_eq!(garbage.status, 200, "A-152: bytes that are not text");
}

#[tokio::test]
async fn a_head_is_kept_as_it_came() {
    let world = world().await;
    let head = "PoSt /in/token/a%2Fb?q=1 HTTP/1.1\r\nhOsT: any.example\r\nX-B: 2\r\nx-a:  1 \r\nX-B: 3\r\nX-É: ü\r\nContent-Length: 4\r\n\r\nbody";
    let ascii = head.replace("X-É: ü\r\n", "X-Odd: ü\r\n");
    let answer = world.ask(ascii.replace("PoSt", "POST")).await;
    let seen =
        "POST /in/token/a%2Fb?q=1\nhOsT=any.example\nX-B=2\nx-a=1\nX-B=3\nX-Odd=ü\nContent-Length=4\n\nbody";
    assert_eq!(answer.body, seen, "order, case and repeats");
    world.ask(head).await.expect(400, "head_malformed", "a name is ASCII");
}

#[tokio::test]
async fn requests_on_one_connection_keep_their_own_heads() {
    let world = world().await;
    let mut client = world.client().await;
    let one = "POST /in/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none";
    let two = "\r\nPUT /in/2 HTTP/1.1\r\nHost: b\r\n\r\n";
    client.send([one, two, one].concat()).await;
    for seen in [
        "POST /in/1\nHost=a\nContent-Length=3\n\none",
        "PUT /in/2\nHost=b\n\n",
        "POST /in/1\nHost=a\nContent-Length=3\n\none",
    ] {
        assert_eq!(client.answer().await.body, seen);
    }
    // Byte by byte, and a refusal in its turn.
    let bad = "GET /v2/ping HTTP/1.1\r\n\r\n";
    for byte in [two, one, bad].concat().bytes() {
        client.send([byte]).await;
    }
    assert_eq!(client.answer().await.body, "PUT /in/2\nHost=b\n\n");
    assert_eq!(client.answer().await.body, "POST /in/1\nHost=a\nContent-Length=3\n\none");
    client.answer().await.expect(400, "host_invalid", "A-069: in its turn");
    client.expect_end("a refusal ends the connection").await;
}

#[tokio::test]
async fn a_refused_head_request_has_no_body() {
    let world = world().await;
    let mut client = world.client().await;
    client.send("HEAD /v2/ping HTTP/1.1\r\nHost: attacker.example\r\n\r\n").await;
    assert_eq!(client.answer_to_head().await.status, 421);
    client.expect_end("no body follows the answer to a HEAD").await;
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_a_head_is_forgotten() {
    let world = world().await;
    let Client(mut stream) = world.client().await;
    within(stream.write_all(b"GET /v2/pi")).await.unwrap();
    drop(stream);
    assert_eq!(world.ask(got("/v2/ping", "")).await.status, 200);
}
