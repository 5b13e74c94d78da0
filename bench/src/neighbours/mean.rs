//! Mean: whoever abuses the program. Its callers and receivers have a thread of their own that gives way to everybody, as if they
//! were on another machine: their own work keeps nobody waiting, only what they make the program do. They end with it.

use crate::client::Connection;
use crate::receiver::{Reaction, Receiver};
use crate::tally::{NO_ANSWER, Tally};
use bytes::Bytes;
use hyper::Method;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};

/// What a caller waits after a refusal: it does not do what it is told, but whoever only spins measures the machine.
const PAUSE: Duration = Duration::from_millis(20);
/// The network that it calls from, 127.0.9.0/24, where a way does not need several.
const NETWORK: u8 = 9;

/// The mean one. Dropped, all its callers, connections and receivers end.
pub(super) struct Mean {
    /// `None` once it has ended.
    runtime: Option<Runtime>,
    handle: Handle,
    address: SocketAddr,
    tally: Arc<Tally>,
}

impl Mean {
    /// One who abuses the program at `address`.
    pub(super) fn new(address: SocketAddr) -> anyhow::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("mean").on_thread_start(give_way).enable_all();
        let runtime = builder.build()?;
        let handle = runtime.handle().clone();
        Ok(Self { runtime: Some(runtime), handle, address, tally: Arc::default() })
    }

    /// What it was answered so far.
    pub(super) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// The program.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does `work` until it ends.
    pub(super) fn spawn<F>(&self, work: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.handle.spawn(work);
    }

    /// A receiver that takes `slowness` to answer 200. Gives its URL.
    pub(super) async fn receiver(&self, slowness: Duration) -> anyhow::Result<String> {
        let react = move |_| async move {
            tokio::time::sleep(slowness).await;
            Reaction::Answer(200)
        };
        let receiver = self.handle.spawn(Receiver::listen(react)).await??;
        let url = receiver.url("");
        self.spawn(async move {
            let _lives = receiver;
            std::future::pending().await
        });
        Ok(url)
    }

    /// A caller with `key`, from the mean one's network.
    pub(super) fn caller(&self, key: &str) -> Caller {
        self.caller_from(source([0, NETWORK, 1]), key)
    }

    /// The same from `source`.
    pub(super) fn caller_from(&self, source: IpAddr, key: &str) -> Caller {
        let connection = Connection::from(source, self.address);
        Caller { connection, source, address: self.address, key: key.to_owned(), tally: self.tally() }
    }
}

/// Lowers the priority of this thread as far as it goes.
fn give_way() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, 19);
}

impl Drop for Mean {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// An address of this machine by its last three bytes. The neighbour calls from 127.0.0.1.
pub(super) fn source([first, second, third]: [u8; 3]) -> IpAddr {
    Ipv4Addr::new(127, first, second, third).into()
}

/// One of its callers, with a connection.
pub(super) struct Caller {
    connection: Connection,
    pub(super) source: IpAddr,
    pub(super) address: SocketAddr,
    pub(super) key: String,
    pub(super) tally: Arc<Tally>,
}

impl Caller {
    /// A call with the key, counted as `what`.
    pub(super) async fn call(
        &mut self,
        what: &'static str,
        method: Method,
        target: &str,
        body: Bytes,
    ) -> u16 {
        let key = self.key.clone();
        let headers = [("api-key", key.as_str()), ("content-type", "application/json")];
        self.send(what, method, target, &headers, body).await
    }

    /// A form, as a page of the program's own sends it.
    pub(super) async fn form(&mut self, what: &'static str, target: &str, fields: String) -> u16 {
        let origin = format!("http://{}", self.address);
        let headers = [("origin", origin.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        self.send(what, Method::POST, target, &headers, fields.into()).await
    }

    /// Any request; gives the answer's status.
    pub(super) async fn send(
        &mut self,
        what: &'static str,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> u16 {
        let answer = self.connection.send(method, target, headers, body).await;
        let status = answer.map_or(NO_ANSWER, |answer| answer.status);
        self.tally.count(what, status);
        if matches!(status, NO_ANSWER | 429 | 500..) {
            tokio::time::sleep(PAUSE).await;
        }
        status
    }

    /// Goes on from another address.
    pub(super) fn move_to(&mut self, source: IpAddr) {
        self.source = source;
        self.connection = Connection::from(source, self.address);
    }
}
