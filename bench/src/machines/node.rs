//! Node: a PostgreSQL server of the drill's own, as an operator has one: it waits for its disk. It is gone when it is dropped.

use anyhow::{Context as _, ensure};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// Where packages put the server's programs.
const PLACES: [&str; 3] = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt"];
/// The user as whom the server runs where we are root: it refuses to be root.
const USER: &str = "postgres";
/// How long anything of it may take.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Beside what is set by itself. Everybody on this machine may connect, for it is reached on the loopback address alone.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 128MB
max_wal_size = 4GB
wal_level = replica
log_line_prefix = '%m [%p] %a '
log_checkpoints = off
";

/// A server, running or not.
pub struct Node {
    folder: TempDir,
    programs: PathBuf,
    /// As whom it runs, if not as we do.
    user: Option<(u32, u32)>,
    address: SocketAddr,
    child: Option<Child>,
}

impl Node {
    /// A new server with no database but its own. It runs.
    ///
    /// # Errors
    /// When PostgreSQL's programs are not here, or do not work.
    pub async fn new() -> anyhow::Result<Self> {
        let mut node = Self::place().await?;
        let data = node.data();
        let arguments = ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-D"];
        node.command("initdb").args(arguments).arg(&data).done().await?;
        node.start().await?;
        Ok(node)
    }

    /// Where one can be.
    async fn place() -> anyhow::Result<Self> {
        let programs = programs().context("PostgreSQL is not here: scripts/postgres.sh installs it")?;
        let folder = TempDir::with_prefix_in("dbpg", "/tmp")?;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700))?;
        let mut user = None;
        if std::fs::metadata("/proc/self")?.uid() == 0 {
            let number = |option| async move {
                let told = Command::new("id").args([option, USER]).done().await?;
                Ok::<u32, anyhow::Error>(told.trim().parse()?)
            };
            let of = (number("-u").await?, number("-g").await?);
            std::os::unix::fs::chown(folder.path(), Some(of.0), Some(of.1))?;
            user = Some(of);
        }
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        Ok(Self { folder, programs, user, address, child: None })
    }

    /// A new standby of this one, which this one does not wait for yet. It runs.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn standby(&self) -> anyhow::Result<Self> {
        let mut standby = Self::place().await?;
        let (host, port) = (self.address.ip().to_string(), self.address.port().to_string());
        let data = standby.data();
        let copy =
            ["-U", USER, "-h", &host, "-p", &port, "-c", "fast", "-X", "stream", "--write-recovery-conf"];
        standby.command("pg_basebackup").args(copy).arg("-D").arg(&data).done().await?;
        // Promoted, it waits for nobody before it is told to.
        let settings = data.join("postgresql.auto.conf");
        let text = std::fs::read_to_string(&settings)?;
        std::fs::write(&settings, text + "\nsynchronous_standby_names = ''\n")?;
        standby.start().await?;
        Ok(standby)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command.current_dir("/").env_remove("PGOPTIONS").stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Starts it, and waits until it answers.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let data = self.data();
        std::fs::write(data.join("drill.conf"), format!("port = {}\n{SETTINGS}", self.address.port()))?;
        let settings = data.join("postgresql.conf");
        let text = std::fs::read_to_string(&settings)?;
        if !text.contains("drill.conf") {
            std::fs::write(&settings, text + "\ninclude 'drill.conf'\n")?;
        }
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log"))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(&data).stdout(log.try_clone()?).stderr(log);
        self.child = Some(command.spawn()?);
        let deadline = Instant::now() + TIMEOUT;
        while self.ask("postgres", "SELECT 1").await.is_err() {
            let ended = self.child.as_mut().map(Child::try_wait).transpose()?.flatten();
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            ensure!(ended.is_none() && Instant::now() < deadline, "PostgreSQL does not start:\n{}", log());
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// `kill -9`, as a machine ends whose power fails: its processes end with it, and nothing more comes to its disk.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().context("the server does not run")?;
        child.kill().await?;
        Ok(())
    }

    /// Makes a standby the one that writes; it is when this returns.
    ///
    /// # Errors
    /// When it does not become that.
    pub async fn promote(&self) -> anyhow::Result<()> {
        let told = self.ask("postgres", "SELECT pg_promote(true, 60)").await?;
        ensure!(told == "t", "the standby was not promoted");
        Ok(())
    }

    /// From now on nothing is committed before a standby has it; waits until there is one.
    ///
    /// # Errors
    /// When none comes.
    pub async fn wait_for_standby(&self) -> anyhow::Result<()> {
        for statement in ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"] {
            self.ask("postgres", statement).await?;
        }
        let deadline = Instant::now() + TIMEOUT;
        let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        while self.ask("postgres", synchronous).await? != "1" {
            ensure!(Instant::now() < deadline, "no standby is synchronous");
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a statement gives in that database: a line for each row, with bars between its columns.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ask(&self, database: &str, statement: &str) -> anyhow::Result<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-qXtA", "-v", "ON_ERROR_STOP=1", "-U", USER, "-d", database, "-c", statement]);
        psql.args(["-h", &self.address.ip().to_string(), "-p", &self.address.port().to_string()]);
        psql.env("PGCONNECT_TIMEOUT", "5").stdin(Stdio::null()).kill_on_drop(true);
        Ok(psql.done().await?.trim_end().to_owned())
    }
}

/// A command that has to succeed.
trait Done {
    /// What it said.
    async fn done(&mut self) -> anyhow::Result<String>;
}

impl Done for Command {
    async fn done(&mut self) -> anyhow::Result<String> {
        let program = Path::new(self.as_std().get_program()).display().to_string();
        let done = tokio::time::timeout(TIMEOUT, self.output()).await;
        let Output { status, stdout, stderr } =
            done.with_context(|| format!("{program} does not end"))?.with_context(|| program.clone())?;
        ensure!(status.success(), "{program}: {}", String::from_utf8_lossy(&stderr));
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    }
}

/// The folder of the newest release's programs.
fn programs() -> Option<PathBuf> {
    let folders = PLACES.iter().filter_map(|place| std::fs::read_dir(place).ok()).flatten().flatten();
    let programs =
        folders.map(|release| release.path().join("bin")).filter(|bin| bin.join("initdb").exists());
    programs.max()
}
