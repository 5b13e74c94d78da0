//! A caller that keeps its connections.

use super::operation::{Request, Who};
use crate::bell::Bell;
use crate::client::Answer;
use crate::walk::World;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::net::TcpStream;

pub(super) struct Caller<'w> {
    world: &'w World,
    tester: &'w Bell,
    token: &'w str,
    /// To the world, and to the tester.
    connections: [Option<SendRequest<Full<Bytes>>>; 2],
}

impl<'w> Caller<'w> {
    /// One who has a key and a session of `world`, and the read `token` of an inbox of `tester`.
    pub(super) fn new(world: &'w World, tester: &'w Bell, token: &'w str) -> Self {
        Self { world, tester, token, connections: [None, None] }
    }

    pub(super) async fn send(&mut self, request: &Request) -> Answer {
        let bell = if request.who == Who::Reader { self.tester } else { &self.world.bell };
        let body = request.body.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut head = http::Request::builder()
            .method(request.method.as_str())
            .uri(request.target())
            .header("Host", bell.address.to_string());
        if request.body.is_some() {
            head = head.header("Content-Type", "application/json");
        }
        head = match request.who {
            Who::Key => head.header("API-Key", &bell.key),
            Who::Session => head
                .header("Cookie", &self.world.session)
                .header("Origin", bell.origin())
                .header("X-Deskbell", "1"),
            Who::Reader => head.header("Authorization", format!("Bearer {}", self.token)),
        };
        for (name, value) in &request.headers {
            head = head.header(name, value);
        }
        let connection = &mut self.connections[usize::from(request.who == Who::Reader)];
        let answer = through(connection, bell.address, head.body(Full::from(body)).unwrap()).await;
        let (head, body) = answer.into_parts();
        let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        Answer {
            status: head.status.as_u16(),
            headers: head.headers.iter().map(text).collect(),
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }
}

/// Sends over the connection, or over a new one where the server has ended it.
async fn through(
    connection: &mut Option<SendRequest<Full<Bytes>>>,
    address: SocketAddr,
    request: http::Request<Full<Bytes>>,
) -> http::Response<hyper::body::Incoming> {
    let ready = match connection {
        Some(kept) => kept.ready().await.is_ok(),
        None => false,
    };
    if !ready {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, driver) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(driver);
        *connection = Some(sender);
    }
    connection.as_mut().unwrap().send_request(request).await.unwrap()
}
