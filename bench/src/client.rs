//! One kept HTTP/1.1 connection, as thin as hyper's own: also the bare client that the benchmark is compared with.

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::net::{IpAddr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream};

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
    /// Of a page of a list, path and query of the next one.
    pub next: Option<String>,
}

/// Path and query of the next page, as a `Link` header says it.
fn next(link: &str) -> Option<String> {
    let next = link.split(", ").find(|part| part.ends_with(r#"rel="next""#))?;
    let (url, _) = next.strip_prefix('<')?.split_once('>')?;
    let url: hyper::Uri = url.parse().ok()?;
    url.path_and_query().map(ToString::to_string)
}

/// A connection to one address: opened at the first request and again after a failure.
pub struct Connection {
    address: SocketAddr,
    source: Option<IpAddr>,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// A connection to `address` that is not open yet.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, source: None, sender: None }
    }

    /// The same from `source`, an IPv4 address of this machine: any of 127.0.0.0/8 is one, and each /24 of them a network of
    /// its own.
    pub fn from(source: IpAddr, address: SocketAddr) -> Self {
        Self { address, source: Some(source), sender: None }
    }

    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// When there is no complete answer: then nobody can say whether the request took effect.
    pub async fn send(
        &mut self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> anyhow::Result<Reply> {
        let mut request =
            Request::builder().method(method).uri(target).header("host", self.address.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.exchange(request.body(Full::new(body))?).await;
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Reply> {
        let sender = match &mut self.sender {
            Some(sender) if !sender.is_closed() => sender,
            closed => closed.insert(open(self.source, self.address).await?),
        };
        sender.ready().await?;
        let response: Response<hyper::body::Incoming> = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let next = response.headers().get("link").and_then(|link| next(link.to_str().ok()?));
        Ok(Reply { status, body: response.into_body().collect().await?.to_bytes(), next })
    }
}

async fn open(source: Option<IpAddr>, address: SocketAddr) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = dial(source, address, None).await?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends with the sender, or with the peer; what went wrong shows in the answer.
    tokio::spawn(connection);
    Ok(sender)
}

/// Connects to `address`, from `source` if that is given, and with room for as much that is not read.
///
/// # Errors
/// When nobody takes the connection, or this machine does not have `source`.
pub async fn dial(
    source: Option<IpAddr>,
    address: SocketAddr,
    receive_buffer: Option<u32>,
) -> anyhow::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if let Some(bytes) = receive_buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    if let Some(source) = source {
        socket.bind((source, 0).into())?;
    }
    let connecting = socket.connect(address).await;
    let stream = connecting.with_context(|| format!("connecting to {address}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_where_the_link_leads() {
        let link = r#"<http://h.example:1/v2/d?a=1&before=X>; rel="prev", <http://h.example:1/v2/d?a=1&after=Y>; rel="next""#;
        assert_eq!(next(link).as_deref(), Some("/v2/d?a=1&after=Y"));
        assert_eq!(next(r#"<http://h.example/v2/d?before=X>; rel="prev""#), None);
    }
}
