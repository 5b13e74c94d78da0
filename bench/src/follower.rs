//! Follower: one reader of the program's live stream.

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use http_body_util::{BodyDataStream, Empty};
use hyper::Request;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use sse_stream::SseByteStream;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// A stream that is being read.
pub struct Follower {
    blocks: SseByteStream<BoxStream<'static, Result<Bytes, hyper::Error>>>,
}

impl Follower {
    /// Follows the account of `key` from now on. `types` are the kinds of news that are asked for, with commas.
    ///
    /// # Errors
    /// When the program does not answer, or refuses.
    pub async fn open(address: SocketAddr, key: &str, types: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("connecting for a stream")?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with the body.
        tokio::spawn(connection);
        let request = Request::get(format!("/v2/stream?types={types}"))
            .header("host", address.to_string())
            .header("api-key", key)
            .body(Empty::<Bytes>::new())?;
        let response = sender.send_request(request).await?;
        ensure!(response.status() == 200, "a stream was answered {}", response.status());
        let body = BodyDataStream::new(response.into_body());
        Ok(Self { blocks: SseByteStream::new(body.boxed()) })
    }

    /// The next message's data; how far behind the stream is, and that it lives, is no message.
    ///
    /// # Errors
    /// When the stream ends.
    pub async fn next(&mut self) -> anyhow::Result<String> {
        loop {
            let block = self.blocks.next().await.context("the stream ended")?;
            let block = block.map_err(|error| anyhow::anyhow!("the stream broke: {error}"))?;
            match (block.event.as_deref(), block.data) {
                (None | Some("lag"), _) | (_, None) => {}
                (Some(_), Some(data)) => return Ok(data),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn only_messages_of_what_happened_are_heard() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 1_000];
            assert!(stream.read(&mut head).await.unwrap() > 0);
            let said = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nretry: 1000\nid: e1\n\n: here\n\n\
                        event: lag\ndata: {\"behind_ms\":0}\n\nevent: attempt\nid: e2\ndata: {\"number\":1}\n\n";
            stream.write_all(said.as_bytes()).await.unwrap();
        });
        let mut follower = Follower::open(address, "dbk_x", "attempt").await.unwrap();
        assert_eq!(follower.next().await.unwrap(), r#"{"number":1}"#);
        assert!(follower.next().await.is_err(), "the stream has ended");
    }
}
