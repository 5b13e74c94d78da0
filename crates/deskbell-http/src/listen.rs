//! Listen: the accept loop. axum's own has no deadline for a silent connection and no caps (catalogue, 0.10).

use crate::connection_limit::ConnectionLimit;
use crate::head::LINES;
use crate::head_filter::{HeadFilter, Spoken};
use crate::middleware::Front;
use crate::pipeline::{Entry, Held, Pipeline};
use crate::served::Served;
use crate::tls::Tls;
use crate::unread::Unread;
use crate::write_deadline::WriteDeadline;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, header::CONNECTION};
use deskbell_wire::problem::Problem;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use rustix::net::sockopt::set_socket_send_buffer_size;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Who is at the other end of the connection. In the extensions of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// What a client may take (catalogue, 6.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections in all. The last few are kept back for callers from this machine.
    pub connections: usize,
    /// Connections of one /24 (IPv4) or /56 (IPv6), and requests of one that are being answered through proxies.
    pub connections_per_network: usize,
    /// Reverse proxies: the clients behind them are counted in their place.
    pub trusted_proxies: Vec<IpNet>,
    /// The loopback has no cap by network.
    pub loopback_exempt: bool,
    /// A new connection says something within this time, or is closed.
    pub first_byte: Duration,
    /// A TLS handshake is over within this time of its first byte.
    pub handshake: Duration,
    /// A head is whole within this time of its first byte.
    pub head: Duration,
    /// A connection waits for its next request this long.
    pub idle: Duration,
    /// A client that takes nothing of its answer for so long is given up, and after it one that takes less than 1 KiB a second.
    pub stalled: Duration,
    /// At the stop, requests in flight have this long to finish.
    pub drain: Duration,
    /// The host names and paths that heads are checked against.
    pub served: Served,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_network: 100,
            trusted_proxies: Vec::new(),
            loopback_exempt: true,
            first_byte: Duration::from_secs(5),
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            stalled: Duration::from_secs(30),
            drain: Duration::from_secs(30),
            served: Served::default(),
        }
    }
}

/// After a failed accept (no descriptors left, say) the loop rests this long instead of spinning.
const PAUSE: Duration = Duration::from_millis(100);

/// What a connection may have waiting in the system's memory, in bytes: as much as the usual distance needs. With more, a client
/// of a slow line would seem to take nothing for longer than it may, as writes go on only when a third of it is free.
const SEND_BUFFER: usize = 256 << 10;

/// Serves `front` on `listener`, over `tls` where it is given, until `stop` is done and every connection has ended, or
/// [`Limits::drain`] has passed. Requests in flight finish; connections at rest are closed at once.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    front: Front,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let limits = Arc::new(limits);
    let limit = ConnectionLimit::new(
        limits.connections,
        limits.connections_per_network,
        limits.loopback_exempt,
        &limits.trusted_proxies,
    );
    let (draining, drained) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    // Over a cap the connection is dropped unread: an answer would cost what the cap protects.
                    if let Some(permit) = limit.enter(peer.ip()) {
                        let connection = Connection {
                            peer,
                            limit: limit.clone(),
                            front: front.clone(),
                            limits: limits.clone(),
                            draining: drained.clone(),
                        };
                        let tls = tls.clone();
                        connections.spawn(async move {
                            connection.run(stream, tls).await;
                            drop(permit);
                        });
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    draining.send_replace(());
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(limits.drain, all).await.is_err() {
        tracing::warn!("connections were cut: their requests did not finish in time");
    }
}

/// One connection, from its first byte to its end.
struct Connection {
    peer: SocketAddr,
    limit: ConnectionLimit,
    front: Front,
    limits: Arc<Limits>,
    draining: watch::Receiver<()>,
}

impl Connection {
    async fn run(mut self, stream: TcpStream, tls: Option<Tls>) {
        // Small answers leave at once; on failure they leave a little later. A system that gives another buffer is as good.
        let _ = stream.set_nodelay(true);
        let _ = set_socket_send_buffer_size(&stream, SEND_BUFFER);
        let Some(tls) = tls else { return self.speak(self.deadline(stream), Spoken::Http).await };
        let mut draining = self.draining.clone();
        let shaken = async {
            if is_plain(&stream, self.limits.first_byte).await? {
                return Ok(Err(self.deadline(stream)));
            }
            tls.handshake(self.deadline(stream), self.limits.handshake).await.map(Ok)
        };
        let shaken = tokio::select! {
            shaken = shaken => shaken,
            // It has asked for nothing yet.
            _ = draining.changed() => return,
        };
        match shaken {
            Ok(Ok(stream)) => self.speak(stream, Spoken::Https).await,
            Ok(Err(stream)) => self.speak(stream, Spoken::HttpForHttps).await,
            Err(error) => tracing::debug!(%error, "a TLS handshake came to nothing"),
        }
    }

    /// The deadline is of the bytes on the wire: TLS itself would take an answer that its client does not.
    fn deadline(&self, stream: TcpStream) -> WriteDeadline<TcpStream> {
        WriteDeadline::new(stream, self.limits.stalled)
    }

    async fn speak<S>(&mut self, stream: S, spoken: Spoken)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (pipeline, peer, limit) = (Pipeline::new(), Peer(self.peer), self.limit.clone());
        let filter = HeadFilter::new(stream, pipeline.clone(), self.limits.clone(), spoken);
        let front = Arc::new(self.front.clone());
        let service = service_fn(move |request| {
            answer(request, peer, limit.clone(), pipeline.clone(), Arc::clone(&front))
        });
        let connection = http1::Builder::new()
            // The filter keeps the deadlines: it hands over whole heads, and ends a connection at rest.
            .header_read_timeout(None)
            .max_headers(LINES)
            .max_buf_size(64 << 10)
            // Clients copy headers into plain maps and look for `Link` (wire contract, 1).
            .title_case_headers(true)
            .serve_connection(TokioIo::new(filter), service);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            _ = self.draining.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// Whether the first byte that comes in time is that of a method: no handshake begins with a letter.
async fn is_plain(stream: &TcpStream, within: Duration) -> io::Result<bool> {
    let mut first = [0];
    let read = timeout(within, stream.peek(&mut first)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    if read == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(first[0].is_ascii_alphabetic()) }
}

async fn answer(
    request: Request<Incoming>,
    peer: Peer,
    limit: ConnectionLimit,
    pipeline: Arc<Pipeline>,
    front: Arc<Front>,
) -> Result<Response<Held>, Infallible> {
    let (entry, busy) = pipeline.next();
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    let (mut refused, mut last) = (None, false);
    match entry {
        Some(Entry::Sound { head, last: closes }) => {
            if let Some(head) = head {
                request.extensions_mut().insert(*head);
            }
            last = closes;
        }
        Some(Entry::Refused(problem)) => refused = Some(*problem),
        // hyper read a head that the filter did not see. It must not be served.
        None => refused = Some(Problem::internal().closing()),
    }
    let client = limit.client_behind(peer.0.ip(), request.headers());
    let permit = client.and_then(|client| limit.enter_request(client));
    if client.is_some() && permit.is_none() && refused.is_none() {
        refused = Some(too_many(limit.per_network()));
    }
    let unread = Unread::of(&mut request);
    let mut response = front.answer(request, refused).await;
    if let Some(unread) = unread {
        unread.forget(&mut response).await;
    }
    if last {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| Held { body, _busy: busy, _permit: permit }))
}

/// The refusal of a request through a proxy, whose connection serves others too and goes on.
fn too_many(most: usize) -> Problem {
    let message = format!(
        "{most} requests from your network are being answered, which is the limit. Try again when one of them has ended."
    );
    let refusal = Problem::new(StatusCode::TOO_MANY_REQUESTS, "requests_too_many", message);
    Problem { retry_after: Some(1), ..refusal }
}
