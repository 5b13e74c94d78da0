//! A cluster of PostgreSQL's for tests: private, temporary, made by the first test of a process that needs it and gone with the process,
//! however that ends. Each test gets a database of its own.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Where packages put the server's programs.
const PLACES: [&str; 3] = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt"];
/// The user as whom the server runs where we are root: it refuses to be root.
const USER: &str = "postgres";

/// Makes a cluster, says when it is there, and runs it until its own input ends, which it does when this process does. `$1` has the
/// programs, `$2` is the folder.
const RUN: &str = r#"
trap '' INT TERM HUP
exec 3<&0 </dev/null
settings="-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off \
  -c max_connections=400 -c shared_buffers=64MB -c max_wal_size=2GB -c log_line_prefix='%m [%d] '"
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$2/log" 2>&1 || exit
"$1/pg_ctl" start -D "$2/data" -w -t 600 -l "$2/log" -o "-k $2 -c listen_addresses= $settings" >>"$2/log" 2>&1 || exit
echo ready
cat <&3
"$1/pg_ctl" stop -D "$2/data" -m immediate >>"$2/log" 2>&1
rm -rf "$2"
"#;

/// One that runs.
pub(crate) struct Cluster {
    /// Where its socket and its log are.
    pub(crate) folder: PathBuf,
    programs: PathBuf,
    /// Its input keeps the server.
    _keeper: Child,
}

/// A database of a cluster, dropped with it.
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) name: String,
}

impl Cluster {
    /// The cluster of this process.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// One of its own: for what is done to all of it.
    pub(crate) fn start() -> Self {
        let programs = programs().expect(
            "PostgreSQL's programs are needed: install the package postgresql (`make test` does), or name their folder in POSTGRES_BIN",
        );
        // Short, for the path of a socket may have a hundred bytes only. The keeper removes it.
        let folder = TempDir::with_prefix_in("dbpg", "/tmp").expect("a folder").keep();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).expect("its own folder");
        let is_root =
            std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        let mut keeper = if is_root { Command::new("runuser") } else { Command::new("sh") };
        if is_root {
            let given = Command::new("chown").arg(USER).arg(&folder).status().expect("chown runs");
            assert!(given.success(), "there is a user {USER}");
            keeper.args(["-u", USER, "--", "sh"]);
        }
        keeper.args(["-c", RUN, "sh"]).arg(&programs).arg(&folder).current_dir("/");
        keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = keeper.spawn().expect("the keeper runs");
        let said = BufReader::new(keeper.stdout.take().expect("it is piped")).lines().next();
        let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(said.is_some(), "the cluster does not start:\n{}", log());
        Self { folder, programs, _keeper: keeper }
    }

    /// The URL of its database of that name.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("postgres:///{name}?host={}&user=postgres", self.folder.display())
    }

    /// A new database like `template`, to which nobody is connected; `template1` is empty.
    pub(crate) fn database(&self, template: &str) -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("case_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.run(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Database { url: self.url(&name), name }
    }

    /// Runs a statement as its administrator.
    pub(crate) fn run(&self, statement: &str) {
        self.ask("postgres", statement);
    }

    /// The same, in its database of that name.
    #[allow(dead_code, reason = "not every suite that has a cluster needs it")]
    pub(crate) fn run_in(&self, database: &str, statement: &str) {
        self.ask(database, statement);
    }

    /// What a statement gives in that database: a line for each row, with bars between its columns.
    pub(crate) fn ask(&self, database: &str, statement: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-qXtA", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-c", statement]);
        let done = psql.arg("-h").arg(&self.folder).output().expect("psql runs");
        assert!(done.status.success(), "{statement}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim_end().to_owned()
    }
}

impl Database {
    /// Drops it, whoever still is connected.
    pub(crate) fn drop(self) {
        Cluster::shared().run(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

/// The folder of the newest release's programs.
fn programs() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("POSTGRES_BIN") {
        return Some(named.into());
    }
    let folders = PLACES.iter().filter_map(|place| std::fs::read_dir(place).ok()).flatten().flatten();
    let programs =
        folders.map(|release| release.path().join("bin")).filter(|bin| bin.join("initdb").exists());
    programs.max()
}
