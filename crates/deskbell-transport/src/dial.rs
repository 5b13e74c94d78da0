//! Dial: a TCP connection to one of the judged addresses.

use crate::deadline;
use crate::failure::{Failure, is_exhausted};
use deskbell_core::attempt::Outcome;
use deskbell_core::policy::limit;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;

/// Tries the first few of `addresses` in turn; each gets an equal share of what is left of `within`, so that one dead
/// address cannot eat the time of the next (B-011, B-020). `dialled` holds the last address tried.
pub(crate) async fn connect(
    addresses: &[SocketAddr],
    within: Duration,
    dialled: &mut Option<SocketAddr>,
) -> Result<TcpStream, Failure> {
    let end = Instant::now() + within;
    let tried = &addresses[..addresses.len().min(limit::ADDRESSES_TRIED)];
    let mut last = Failure::new(Outcome::DnsNoAddress, "There was no address to dial.");
    for (index, address) in tried.iter().enumerate() {
        *dialled = Some(*address);
        let left = u32::try_from(tried.len() - index).unwrap_or(1);
        let share = end.saturating_duration_since(Instant::now()) / left;
        last = match deadline::by(Instant::now() + share, open(*address)).await {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(error)) => failure(*address, &error),
            None => timeout(*address),
        };
    }
    Err(last)
}

async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // What a receiver can make the kernel hold for us is bounded too (B-071).
    socket.set_recv_buffer_size(limit::RESPONSE_READ_BYTES as u32)?;
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    // The SSRF guard judged this address and no other.
    if stream.peer_addr()? != address {
        return Err(io::Error::other("the peer is not the address that was dialled"));
    }
    Ok(stream)
}

fn timeout(address: SocketAddr) -> Failure {
    Failure::new(Outcome::ConnectTimeout, format!("{address} did not answer in time."))
}

fn failure(address: SocketAddr, error: &io::Error) -> Failure {
    use io::ErrorKind;
    let (outcome, detail) = match error.kind() {
        _ if is_exhausted(error) => return Failure::exhausted(error),
        ErrorKind::ConnectionRefused => (Outcome::ConnectRefused, format!("Nobody listens at {address}.")),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected => {
            (Outcome::ConnectionReset, format!("{address} reset the connection right away."))
        }
        ErrorKind::TimedOut => return timeout(address),
        // Without IPv6 there is no address of ours to use; with it, all ports are taken (B-022).
        ErrorKind::AddrNotAvailable if address.is_ipv4() => return Failure::exhausted(error),
        ErrorKind::AddrInUse => return Failure::exhausted(error),
        _ => {
            let hint = if address.is_ipv6() { " This machine may have no IPv6." } else { "" };
            (Outcome::NetworkUnreachable, format!("There is no way to {address}: {error}.{hint}"))
        }
    };
    Failure::new(outcome, detail)
}
