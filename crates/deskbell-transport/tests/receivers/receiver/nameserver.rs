//! Name server: answers over UDP what a test tells it to, and counts the questions.

use deskbell_transport::Resolver;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::UdpSocket;
use tokio::task::AbortHandle;

/// What is answered to a question for A or AAAA.
pub(crate) enum Reply {
    /// Those of these addresses that are of the kind asked for, with a TTL of 0.
    Addresses(Vec<IpAddr>),
    /// The name does not exist.
    NoName,
    /// The server failed.
    Broken,
    /// Nothing at all.
    Silence,
}

pub(crate) struct NameServer {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    task: AbortHandle,
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const A: u16 = 1;
const AAAA: u16 = 28;

impl NameServer {
    /// Answers every question for A with `reply` of its number, from 0; questions for AAAA get the same reply as the
    /// question for A beside them.
    pub(crate) async fn new(reply: impl Fn(usize) -> Reply + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            let mut buffer = [0u8; 1500];
            loop {
                let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
                let question = &buffer[..length];
                let Some((kind, end)) = read(question) else { continue };
                let number = counter.load(Ordering::SeqCst);
                if kind == A {
                    counter.fetch_add(1, Ordering::SeqCst);
                }
                if let Some(answer) = write(&question[..end], kind, &reply(number)) {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        Self { address, asked, task: task.abort_handle() }
    }

    pub(crate) async fn always(addresses: &[&str]) -> Self {
        let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        Self::new(move |_| Reply::Addresses(addresses.clone())).await
    }

    pub(crate) fn resolver(&self) -> Resolver {
        Resolver::Servers(vec![self.address])
    }

    /// Questions for A so far.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// The kind of a question, and where the question ends.
fn read(message: &[u8]) -> Option<(u16, usize)> {
    let mut at = 12;
    while *message.get(at)? != 0 {
        at += usize::from(message[at]) + 1;
    }
    let kind = message.get(at + 1..at + 3)?;
    Some((u16::from_be_bytes([kind[0], kind[1]]), at + 5))
}

fn write(question: &[u8], kind: u16, reply: &Reply) -> Option<Vec<u8>> {
    let (code, addresses): (u8, Vec<IpAddr>) = match reply {
        Reply::Addresses(all) => (0, all.iter().filter(|ip| ip.is_ipv4() == (kind == A)).copied().collect()),
        Reply::NoName => (3, vec![]),
        Reply::Broken => (2, vec![]),
        Reply::Silence => return None,
    };
    let mut message = question[..2].to_vec();
    // An answer, recursion wanted and offered; one question, so many answers.
    message.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(addresses.len()).ok()?, 0, 0, 0, 0]);
    message.extend(&question[12..]);
    for address in addresses {
        let data = match address {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        let kind = if data.len() == 4 { A } else { AAAA };
        message.extend([0xc0, 12]);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 0, 0, u8::try_from(data.len()).ok()?]);
        message.extend(data);
    }
    Some(message)
}
