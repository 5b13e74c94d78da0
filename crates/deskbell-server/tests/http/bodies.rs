//! What is judged while the body is read.

use crate::world::{CAP, posted, world};
use deskbell_core::policy::limit::BODIES_PER_ACCOUNT_BYTES;
use futures::future::select_all;

fn chunked(path: &str, chunks: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
    )
}

#[tokio::test]
async fn a_body_is_not_coded() {
    let world = world().await;
    for coding in ["gzip", "br", "deflate", "zstd", "GZIP", "gzip, identity"] {
        let mut client = world.client().await;
        // Ten gigabytes are promised and none is sent: the answer comes before the body.
        client
            .send(format!(
                "POST /v2/length HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: {coding}\r\nContent-Length: 10737418240\r\n\r\n"
            ))
            .await;
        let answer = client.answer().await;
        answer.expect(400, "content_encoding_unsupported", &format!("A-055: {coding}"));
        assert!(answer.closes(), "A-055");
    }
    let plain = "POST /v2/length HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}";
    assert_eq!(world.ask(plain).await.body, "2", "A-055's control");
}

#[tokio::test]
async fn json_is_refused_by_name() {
    let world = world().await;
    let codes = [
        ("", "body_required", "A-056"),
        ("{\"name\":\"x\",}", "json_syntax", "A-057"),
        ("{\"name\":", "json_syntax", "A-058"),
        ("[]", "type_mismatch", "A-059"),
        ("{\"name\":\"\\ud800\"}", "json_encoding", "A-060"),
        ("{\"name\":NaN}", "json_number", "A-061"),
        ("{\"name\":1,\"name\":2}", "json_duplicate_key", "A-063"),
        ("{\"name\":\"a\\u0000\"}", "nul_character", "A-095"),
        ("{\"name\":42}", "type_mismatch", "A-003"),
        ("{}", "name_required", "A-158"),
    ];
    for (body, code, row) in codes {
        world.ask(posted("/v2/name", body)).await.expect(400, code, row);
    }
    let deep = "[".repeat(1_000_000);
    world.ask(posted("/v2/name", &deep)).await.expect(400, "json_too_deep", "A-062");
    assert_eq!(
        world.ask(posted("/v2/name", "{\"name\":\" x \"}")).await.body,
        "x",
        "the control of them all"
    );
    world.ask(posted("/v2/data", "{\"dat\":{}}")).await.expect(400, "unknown_field", "A-065");
}

#[tokio::test]
async fn a_content_type_is_json() {
    let world = world().await;
    for line in [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/json; charset=utf-16\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n",
    ] {
        let answer = world
            .ask(format!("POST /v2/name HTTP/1.1\r\nHost: localhost\r\n{line}Content-Length: 12\r\n\r\n{{\"name\":\"x\"}}"))
            .await;
        answer.expect(400, "content_type_unsupported", &format!("A-067: {line:?}"));
    }
}

#[tokio::test]
async fn a_body_has_a_limit_whatever_its_head_says() {
    let world = world().await;
    let sized = |length: usize, body: usize| {
        format!(
            "POST /v2/length HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{}",
            "x".repeat(body)
        )
    };
    let chunks = |bytes: usize| format!("{bytes:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(bytes));
    assert_eq!(world.ask(sized(CAP, CAP)).await.body, CAP.to_string(), "A-064's control");
    assert_eq!(world.ask(chunked("/v2/length", &chunks(CAP))).await.body, CAP.to_string(), "A-064's control");

    let mut client = world.client().await;
    client.send(sized(CAP + 1, 0)).await;
    let early = client.answer().await;
    early.expect(413, "body_too_large", "A-064: honest, and refused before a byte of it came");
    assert!(early.body.contains(&CAP.to_string()), "A-064 names the limit: {}", early.body);

    let mut client = world.client().await;
    client.try_send(sized(CAP * 20, CAP * 20)).await;
    client.answer().await.expect(
        413,
        "body_too_large",
        "A-064: the answer arrives although all of it was sent",
    );

    world.ask(chunked("/v2/length", &chunks(CAP + 1))).await.expect(413, "body_too_large", "A-064: absent");

    // It claims less than it sends: the rest is read as a request, and is none.
    let mut client = world.client().await;
    client.send(sized(CAP, CAP) + "{\"x\":1}\r\n\r\n").await;
    assert_eq!(client.answer().await.body, CAP.to_string());
    client.answer().await.expect(400, "head_malformed", "A-064, A-068: lying");
    client.expect_end("A-064").await;
}

#[tokio::test]
async fn a_body_that_ends_early_or_has_broken_chunks_is_refused() {
    let world = world().await;
    let mut client = world.client().await;
    client.send("POST /v2/length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nshort").await;
    client.finish().await;
    client.answer().await.expect(400, "body_incomplete", "A-068: longer than the body");
    for broken in ["zz\r\nx\r\n0\r\n\r\n", "5\r\nhello!\r\n0\r\n\r\n", "-1\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\nx"]
    {
        let mut client = world.client().await;
        client.send(chunked("/v2/length", broken)).await;
        let answer = client.answer().await;
        answer.expect(400, "body_malformed", &format!("A-068: {broken:?}"));
        assert!(answer.closes(), "A-068");
        client.expect_end("A-068").await;
    }
}

#[tokio::test]
async fn a_connection_ends_with_a_chunked_request() {
    let world = world().await;
    let mut client = world.client().await;
    client
        .send(
            chunked("/v2/name", "c\r\n{\"name\":\"x\"}\r\n0\r\n\r\n")
                + "GET /v2/ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
        )
        .await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.body.as_str(), answer.closes()), (200, "x", true));
    client.expect_end("nothing behind the chunks is served").await;
}

#[tokio::test]
async fn numbers_and_order_of_keys_arrive_untouched() {
    let world = world().await;
    let body = "{ \"data\" : { \"z\": 9007199254740993, \"a\": [ 1.0, 1e-7 ], \"m\": \" s \" } }";
    let answer = world.ask(posted("/v2/data", body)).await;
    assert_eq!(answer.body, "{\"z\":9007199254740993,\"a\":[1.0,1e-7],\"m\":\" s \"}", "A-064's control");
}

#[tokio::test]
async fn a_client_is_told_to_go_on() {
    let world = world().await;
    let mut client = world.client().await;
    client
        .send("POST /v2/length HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        .await;
    assert_eq!(client.answer().await.status, 100);
    client.send("{}").await;
    assert_eq!(client.answer().await.body, "2");
}

/// Nobody is known here, and nobodies are one holder: so many bytes of unfinished bodies, and one more.
#[tokio::test]
async fn bytes_of_bodies_under_way_are_bounded() {
    let world = world().await;
    let head = format!(
        "POST /v2/length HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {CAP}\r\n\r\n"
    );
    let part = "x".repeat(CAP - 1);
    let mut clients = Vec::new();
    for _ in 0..=BODIES_PER_ACCOUNT_BYTES / part.len() {
        let mut client = world.client().await;
        client.send(format!("{head}{part}")).await;
        clients.push(client);
    }
    // No body is whole: only who is refused is answered.
    let answers = clients.iter_mut().map(|client| Box::pin(client.answer()));
    let (answer, refused, _) = select_all(answers).await;
    answer.expect(429, "bodies_in_flight", "one more than may be under way");
    assert!(answer.closes() && answer.header("retry-after").is_some());
    clients.remove(refused);
    for client in &mut clients {
        client.send("x").await;
        assert_eq!(client.answer().await.body, CAP.to_string(), "the others have room");
    }
    let small = world.ask(posted("/v2/length", "{}")).await;
    assert_eq!(small.status, 200, "the control");
}

/// A client that writes head and body apart would lose its next request on a connection that ended without a word.
#[tokio::test]
async fn after_a_body_that_nobody_read_the_connection_goes_on_or_says_that_it_ends() {
    let world = world().await;
    let head = |length: usize| {
        format!("POST /v2/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n")
    };
    let mut client = world.client().await;
    for _ in 0..3 {
        client.send(head(2)).await;
        client.send("{}").await;
        let answer = client.answer().await;
        answer.expect(404, "route_unknown", "the body is passed over");
        assert!(!answer.closes());
    }
    client.send(head(1 << 20)).await;
    client.send("x".repeat(100_000)).await;
    let answer = client.answer().await;
    answer.expect(404, "route_unknown", "more than is passed over");
    assert!(answer.closes());
}
