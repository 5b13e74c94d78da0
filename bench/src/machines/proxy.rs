//! Proxy: the network between a machine and its database, which can be cut or lead elsewhere. Cut, it swallows nothing and passes nothing on: both sides
//! see a peer that is silent. Healed, what was on its way arrives.

use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    target: SocketAddr,
    open: bool,
    /// Moves on when the connections that were there are gone.
    generation: u64,
}

/// A network to one address. It lives until it is dropped.
pub struct Proxy {
    address: SocketAddr,
    way: watch::Sender<Way>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Leads to `target`.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn to(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, (way, ways)) =
            (listener.local_addr()?, watch::channel(Way { target, open: true, generation: 0 }));
        let accepting = tokio::spawn(async move {
            // A failed accept concerns that one connection.
            loop {
                if let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(connection(client, ways.clone()));
                }
            }
        });
        Ok(Self { address, way, accepting })
    }

    /// Where it is entered.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nothing arrives any more.
    pub fn cut(&self) {
        self.way.send_modify(|way| way.open = false);
    }

    /// Everything arrives again, what was on its way too.
    pub fn heal(&self) {
        self.way.send_modify(|way| way.open = true);
    }

    /// Everything arrives again, on new connections: those that were there are gone.
    pub fn renew(&self) {
        self.way.send_modify(|way| *way = Way { open: true, generation: way.generation + 1, ..*way });
    }

    /// From now on it leads to `target`.
    pub fn lead_to(&self, target: SocketAddr) {
        self.way.send_modify(|way| *way = Way { target, generation: way.generation + 1, ..*way });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn connection(client: TcpStream, mut ways: watch::Receiver<Way>) {
    if passes(&mut ways).await.is_none() {
        return;
    }
    let Way { target, generation, .. } = *ways.borrow();
    let Ok(server) = TcpStream::connect(target).await else { return };
    if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
        return;
    }
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let renewed = async {
        let _ = ways.clone().wait_for(|way| way.generation != generation).await;
    };
    tokio::select! {
        () = pass(from_client, to_server, ways.clone()) => {}
        () = pass(from_server, to_client, ways.clone()) => {}
        () = renewed => {}
    }
}

/// Waits until anything arrives; `None` when the proxy is gone.
async fn passes(ways: &mut watch::Receiver<Way>) -> Option<()> {
    ways.wait_for(|way| way.open).await.ok().map(drop)
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut ways: watch::Receiver<Way>) {
    let mut bytes = vec![0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if passes(&mut ways).await.is_none() || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
    // The end arrives no sooner than anything else.
    passes(&mut ways).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_cut_off_arrives_when_it_is_healed_and_not_before() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let proxy = Proxy::to(listener.local_addr().unwrap()).await.unwrap();
        let mut client = TcpStream::connect(proxy.address()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        client.write_all(b"a").await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), b'a');
        proxy.cut();
        client.write_all(b"b").await.unwrap();
        let mut other = TcpStream::connect(proxy.address()).await.unwrap();
        other.write_all(b"c").await.unwrap();
        let silent = tokio::select! {
            biased;
            _ = server.read_u8() => false,
            _ = listener.accept() => false,
            () = tokio::time::sleep(std::time::Duration::from_millis(50)) => true,
        };
        assert!(silent);
        proxy.heal();
        assert_eq!(server.read_u8().await.unwrap(), b'b');
        let (mut later, _) = listener.accept().await.unwrap();
        assert_eq!(later.read_u8().await.unwrap(), b'c');
        proxy.cut();
        proxy.renew();
        assert!(server.read_u8().await.is_err(), "it is gone");
        assert!(client.read_u8().await.is_err());
    }
}
