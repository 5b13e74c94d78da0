//! The other end of a delivery: a quick HTTP/1.1 receiver whose answers are a function of what arrives.

mod identity;

pub use identity::Identity;

use crate::clock;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// A request that arrived.
#[derive(Debug)]
pub struct Arrival {
    /// When its head was read, in microseconds since the epoch.
    pub at: u64,
    /// Its path.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; empty if it broke off.
    pub body: Bytes,
}

/// What to do with an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Answer with this status and no body.
    Answer(u16),
    /// A black hole: keep the connection and never answer.
    Never,
}

/// A listening receiver. It lives until it is dropped.
pub struct Receiver {
    address: SocketAddr,
    scheme: &'static str,
    generation: watch::Sender<u64>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Receiver {
    /// Listens on a free port of the loopback address and asks `react` about each arrival.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn listen<F, R>(react: F) -> anyhow::Result<Self>
    where
        F: Fn(Arrival) -> R + Send + Sync + 'static,
        R: Future<Output = Reaction> + Send + 'static,
    {
        Self::start(None, react).await
    }

    /// As [`Receiver::listen`], over TLS.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn listen_tls<F, R>(identity: &Identity, react: F) -> anyhow::Result<Self>
    where
        F: Fn(Arrival) -> R + Send + Sync + 'static,
        R: Future<Output = Reaction> + Send + 'static,
    {
        Self::start(Some(identity.acceptor()), react).await
    }

    async fn start<F, R>(tls: Option<TlsAcceptor>, react: F) -> anyhow::Result<Self>
    where
        F: Fn(Arrival) -> R + Send + Sync + 'static,
        R: Future<Output = Reaction> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, react) = (listener.local_addr()?, Arc::new(react));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (generation, current) = watch::channel(0);
        let accepting = tokio::spawn(async move {
            loop {
                // A failed accept concerns that one connection.
                let Ok((stream, _)) = listener.accept().await else { continue };
                let (react, tls, mut current) = (react.clone(), tls.clone(), current.clone());
                tokio::spawn(async move {
                    if stream.set_nodelay(true).is_err() {
                        return;
                    }
                    current.mark_unchanged();
                    let serving = async {
                        match tls {
                            None => serve(stream, react).await,
                            Some(tls) => {
                                // A failed handshake concerns that one connection too.
                                if let Ok(stream) = tls.accept(stream).await {
                                    serve(stream, react).await;
                                }
                            }
                        }
                    };
                    tokio::select! {
                        () = serving => {}
                        _ = current.changed() => {}
                    }
                });
            }
        });
        Ok(Self { address, scheme, generation, accepting })
    }

    /// The URL of `path` here.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes every open connection, those of black holes too.
    pub fn hang_up(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve<S, F, R>(stream: S, react: Arc<F>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Arrival) -> R + Send + Sync + 'static,
    R: Future<Output = Reaction> + Send + 'static,
{
    let service = service_fn(move |request| answer(react.clone(), request));
    // How it ended shows at the other end.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer<F, R>(react: Arc<F>, request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible>
where
    F: Fn(Arrival) -> R,
    R: Future<Output = Reaction>,
{
    let at = clock::micros();
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let arrival = Arrival { at, path: head.uri.path().to_owned(), headers: head.headers, body };
    let status = match react(arrival).await {
        Reaction::Answer(status) => StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        Reaction::Never => std::future::pending().await,
    };
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Connection;
    use hyper::Method;

    #[tokio::test]
    async fn a_receiver_answers_as_told_and_a_black_hole_ends_when_it_hangs_up() {
        let (arrived, mut swallowed) = watch::channel(false);
        let receiver = Receiver::listen(move |arrival| {
            let hole = arrival.path == "/hole";
            arrived.send_replace(hole);
            std::future::ready(if hole { Reaction::Never } else { Reaction::Answer(204) })
        })
        .await
        .unwrap();
        let mut connection = Connection::new(receiver.address());
        let answer = connection.send(Method::POST, "/x", &[], Bytes::from_static(b"{}")).await.unwrap();
        assert_eq!(answer.status, 204);
        let hanging = connection.send(Method::POST, "/hole", &[], Bytes::new());
        let (answer, ()) = tokio::join!(hanging, async {
            swallowed.wait_for(|hole| *hole).await.unwrap();
            receiver.hang_up();
        });
        assert!(answer.is_err(), "a black hole never answers");
    }
}
