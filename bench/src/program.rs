//! The real binary as a child process: started on a data folder, ready, killed or stopped.

use crate::client::Connection;
use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use hyper::Method;
use std::fs::OpenOptions;
use std::io::PipeWriter;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::Instant;

/// How long a start or a stop may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The settings that open the guard for receivers on this machine, and lift the limits on callers.
pub const LOOPBACK: [(&str, &str); 4] = [
    ("DESKBELL_DELIVERY__ALLOW_HTTP", "true"),
    ("DESKBELL_DELIVERY__ALLOW_ADDRESSES", "127.0.0.0/8"),
    ("DESKBELL_API__RATE_LIMIT", "off"),
    // All the load comes from one network.
    ("DESKBELL_SERVER__MAX_CONNECTIONS_PER_NETWORK", "10000"),
];

/// Where and how to run it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The binary.
    pub binary: PathBuf,
    /// A folder of its own: `data/` and `deskbell.log` go into it.
    pub folder: PathBuf,
    /// The address it listens on; the same after a restart.
    pub address: SocketAddr,
    /// The settings, as variables of the environment.
    pub settings: Vec<(String, String)>,
    /// Where its log goes instead of into the file.
    pub log_pipe: Option<Arc<PipeWriter>>,
}

impl Plan {
    /// A plan for `binary` in `folder`, on a free port of the loopback address, with [`LOOPBACK`] and `settings`.
    ///
    /// # Errors
    /// When there is no binary, or no port to be had.
    pub fn new(binary: &Path, folder: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        ensure!(binary.is_file(), "no binary at {}: build it first", binary.display());
        let address = free_address()?;
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let settings = LOOPBACK.iter().chain(settings).map(own).collect();
        Ok(Self { binary: binary.to_owned(), folder: folder.to_owned(), address, settings, log_pipe: None })
    }

    /// Takes another port for the next start: while a program is stopped for long, its port becomes somebody else's.
    ///
    /// # Errors
    /// When there is no port to be had.
    pub fn move_on(&mut self) -> anyhow::Result<()> {
        self.address = free_address()?;
        Ok(())
    }

    /// Sets the variable `key`, over what it was.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings.retain(|(other, _)| other != key);
        self.settings.push((key.to_owned(), value.to_owned()));
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("deskbell.log")
    }

    /// Starts the program and waits until it is ready.
    ///
    /// # Errors
    /// When it ends, or is not ready in time; the end of its log is in the error.
    pub async fn start(&self) -> anyhow::Result<Program> {
        let mut program = self.spawn()?;
        match program.ready(self.address).await {
            Ok(()) => Ok(program),
            Err(error) => Err(error.context(self.last_words())),
        }
    }

    /// Starts the program and does not wait.
    ///
    /// # Errors
    /// When it cannot be started at all.
    pub fn spawn(&self) -> anyhow::Result<Program> {
        let log = OpenOptions::new().create(true).append(true).open(self.log())?;
        let errors = match &self.log_pipe {
            Some(pipe) => Stdio::from(pipe.try_clone()?),
            None => Stdio::from(log.try_clone()?),
        };
        let child = Command::new(&self.binary)
            .args(["serve", "--listen", &self.address.to_string(), "--data"])
            .arg(self.data())
            .envs(self.settings.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", self.binary.display()))?;
        Ok(Program { child })
    }

    /// The API key that the first start printed.
    ///
    /// # Errors
    /// When the log has none.
    pub fn key(&self) -> anyhow::Result<String> {
        let log = std::fs::read_to_string(self.log())?;
        let inside =
            |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
        let key = log.split(|character| !inside(character)).find(|word| word.starts_with("dbk_"));
        key.map(str::to_owned).with_context(|| format!("no API key in the output: {}", self.last_words()))
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        format!("the program's output ends with:\n{}", lines[lines.len().saturating_sub(15)..].join("\n"))
    }
}

fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// The running program. Dropped, it is killed.
pub struct Program {
    child: Child,
}

impl Program {
    async fn ready(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("the program ended at its start: {status}");
            }
            let answer = Connection::new(address).send(Method::GET, "/readyz", &[], Bytes::new()).await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        bail!("the program is not ready after {TIMEOUT:?}")
    }

    /// Its process id; `None` when it has ended.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// `kill -9`: it gets no chance to do anything.
    ///
    /// # Errors
    /// When it had ended by itself before.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the program ended by itself: {status}");
        }
        Ok(self.child.kill().await?)
    }

    /// SIGTERM, then waits for its end.
    ///
    /// # Errors
    /// When it does not end in time, or ends with an error.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let id = self.child.id().context("the program ended by itself")?;
        signal("TERM", id).await?;
        let status = tokio::time::timeout(TIMEOUT, self.child.wait()).await.context("it did not stop")??;
        ensure!(status.success(), "the program stopped with {status}");
        Ok(())
    }
}

/// Sends the signal `name` to process `id`.
///
/// # Errors
/// When there is no such process.
pub async fn signal(name: &str, id: u32) -> anyhow::Result<()> {
    let sent = Command::new("kill").args(["-s", name, &id.to_string()]).status().await?;
    ensure!(sent.success(), "kill -s {name} {id} failed");
    Ok(())
}

/// The program of the same profile as this one: it lies beside it.
///
/// # Errors
/// When this program's own path is not known.
pub fn beside() -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("deskbell"))
}
