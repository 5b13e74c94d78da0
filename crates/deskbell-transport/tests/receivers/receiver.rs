//! Receiver: a raw TCP server that follows a script for each connection and keeps a ledger of what it saw.

pub(crate) mod authority;
pub(crate) mod nameserver;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Barrier, watch};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

/// One thing that a receiver does.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// Reads one whole request into the ledger.
    Take,
    /// Reads one byte only.
    Sip,
    /// Sends these bytes.
    Say(Vec<u8>),
    /// Sends these bytes one at a time, so far apart; then goes on.
    Trickle(Vec<u8>, Duration),
    /// Sends this piece again and again, until the sender is gone.
    Flood(Vec<u8>),
    /// Waits.
    Wait(Duration),
    /// Waits until all who are to meet have come here.
    Meet(Arc<Barrier>),
    /// Resets the connection.
    Reset,
    /// Sends nothing more, and reads until the sender is gone.
    Finish,
    /// Says nothing, and reads until the sender is gone.
    Hang,
}

pub(crate) fn say(text: impl AsRef<[u8]>) -> Action {
    Action::Say(text.as_ref().to_vec())
}

/// Takes a request and answers.
pub(crate) fn answer(text: impl AsRef<[u8]>) -> Vec<Action> {
    vec![Action::Take, say(text), Action::Hang]
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What was seen.
#[derive(Default)]
pub(crate) struct Ledger {
    connections: AtomicUsize,
    requests: Mutex<Vec<Vec<u8>>>,
    sent: AtomicU64,
    /// Connections that are being opened, and the most there were at once; over TLS only.
    opening: AtomicUsize,
    most_opening: AtomicUsize,
    left: watch::Sender<usize>,
}

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    ledger: Arc<Ledger>,
    task: AbortHandle,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// Follows `script` on every connection.
    pub(crate) async fn new(script: Vec<Action>) -> Self {
        Self::each(move |_| script.clone()).await
    }

    /// Follows a script of its own on each connection; they are numbered from 0.
    pub(crate) async fn each(script: impl Fn(usize) -> Vec<Action> + Send + 'static) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), None, script).await
    }

    /// The same behind TLS.
    pub(crate) async fn secure(config: Arc<rustls::ServerConfig>, script: Vec<Action>) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), Some(config.into()), move |_| script.clone()).await
    }

    /// Listens at `address`.
    pub(crate) async fn at(
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        script: impl Fn(usize) -> Vec<Action> + Send + 'static,
    ) -> Self {
        let listener = listen(address);
        let address = listener.local_addr().unwrap();
        let ledger = Arc::new(Ledger::default());
        let seen = Arc::clone(&ledger);
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let number = seen.connections.fetch_add(1, Ordering::SeqCst);
                let (seen, tls, script) = (Arc::clone(&seen), tls.clone(), script(number));
                tokio::spawn(async move {
                    let _ = serve(stream, tls, script, &seen).await;
                    seen.left.send_modify(|left| *left += 1);
                });
            }
        });
        Self { address, ledger, task: task.abort_handle() }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.ledger.connections.load(Ordering::SeqCst)
    }

    /// The bytes of each request, as they came.
    pub(crate) fn requests(&self) -> Vec<Vec<u8>> {
        self.ledger.requests.lock().unwrap().clone()
    }

    /// Bytes that were sent, or that the kernel took to send.
    pub(crate) fn sent(&self) -> u64 {
        self.ledger.sent.load(Ordering::SeqCst)
    }

    /// The most connections that were being opened at once; over TLS only.
    pub(crate) fn most_opening(&self) -> usize {
        self.ledger.most_opening.load(Ordering::SeqCst)
    }

    /// Waits until `count` connections are over: the sender has let go of its sockets.
    pub(crate) async fn left(&self, count: usize) {
        let mut left = self.ledger.left.subscribe();
        let over = left.wait_for(|left| *left >= count);
        tokio::time::timeout(Duration::from_secs(5), over).await.expect("the socket is released").unwrap();
    }
}

fn listen(address: SocketAddr) -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    // Small buffers, so that what was sent tells what was read.
    socket.set_send_buffer_size(32 << 10).unwrap();
    socket.bind(address).unwrap();
    socket.listen(64).unwrap()
}

async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    script: Vec<Action>,
    ledger: &Ledger,
) -> io::Result<()> {
    if script.iter().any(|step| matches!(step, Action::Reset)) {
        stream.set_zero_linger()?;
    }
    match tls {
        Some(tls) => {
            let opening = ledger.opening.fetch_add(1, Ordering::SeqCst) + 1;
            ledger.most_opening.fetch_max(opening, Ordering::SeqCst);
            // A round trip takes a moment, so that those who come together are seen together.
            tokio::time::sleep(Duration::from_millis(10)).await;
            ledger.opening.fetch_sub(1, Ordering::SeqCst);
            follow(tls.accept(stream).await?, script, ledger).await
        }
        None => follow(stream, script, ledger).await,
    }
}

async fn follow<S>(mut stream: S, script: Vec<Action>, ledger: &Ledger) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    for step in script {
        match step {
            Action::Take => {
                let request = take(&mut stream).await?;
                ledger.requests.lock().unwrap().push(request);
            }
            Action::Sip => {
                stream.read_u8().await?;
            }
            Action::Say(bytes) => stream.write_all(&bytes).await?,
            Action::Trickle(bytes, pause) => {
                for byte in bytes {
                    stream.write_all(&[byte]).await?;
                    tokio::time::sleep(pause).await;
                }
            }
            Action::Flood(piece) => loop {
                let count = stream.write(&piece).await?;
                ledger.sent.fetch_add(count as u64, Ordering::SeqCst);
            },
            Action::Wait(time) => tokio::time::sleep(time).await,
            Action::Meet(barrier) => {
                barrier.wait().await;
            }
            Action::Reset => return Ok(()),
            Action::Finish => {
                stream.shutdown().await?;
                drain(&mut stream).await?;
            }
            Action::Hang => drain(&mut stream).await?,
        }
    }
    stream.shutdown().await
}

/// One request: its head, and as much body as the head says.
async fn take(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    bytes.extend(body);
    Ok(bytes)
}

async fn drain(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}
