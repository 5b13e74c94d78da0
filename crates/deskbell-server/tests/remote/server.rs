//! A server of a test's own, and the command line that calls it.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// Not the address that clients call from and handlers listen at: nobody else takes a port while its server is restarted.
const ADDRESS: &str = "127.0.0.2:0";

/// A server on a free port with data of its own. It is killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    pub(crate) key: String,
    /// The link that it prints, which signs in.
    pub(crate) enter: String,
    // Kept open: a server whose output nobody takes would fail to print.
    _out: BufReader<ChildStdout>,
    data: Option<tempfile::TempDir>,
}

impl Server {
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (child, out, greeting) = serve(settings, (data.path(), "data"), ADDRESS);
        let url = greeting.lines().next().unwrap().split(' ').next_back().unwrap().to_owned();
        let key = greeting.lines().find(|line| line.starts_with("  dbk_")).unwrap().trim().to_owned();
        let enter = greeting.lines().find(|line| line.contains("/enter?token=")).unwrap().trim().to_owned();
        Self { child, url, key, enter, _out: out, data: Some(data) }
    }

    /// Another one with a data directory of its own, for the same accounts.
    pub(crate) fn beside(&self, settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (child, out, greeting) = serve(settings, (data.path(), "data"), ADDRESS);
        let url = greeting.lines().next().unwrap().split(' ').next_back().unwrap().to_owned();
        Self { child, url, key: self.key.clone(), enter: self.enter.clone(), _out: out, data: Some(data) }
    }

    /// SIGKILL, and another one over the same data at the same address.
    pub(crate) fn restart(&mut self, settings: &[(&str, &str)]) {
        self.restart_on("data", settings);
    }

    /// SIGKILL, and another one over the data directory `name` at the same address.
    pub(crate) fn restart_on(&mut self, name: &str, settings: &[(&str, &str)]) {
        self.kill();
        let address = self.url.strip_prefix("http://").unwrap().to_owned();
        (self.child, self._out, _) = serve(settings, (self.data(), name), &address);
    }

    /// SIGKILL, unless it ended before.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Where it was started: its data are below.
    pub(crate) fn data(&self) -> &Path {
        self.data.as_ref().unwrap().path()
    }

    /// SIGTERM; gives what it leaves when it has ended.
    pub(crate) fn end(mut self) -> tempfile::TempDir {
        self.signal("-TERM");
        self.child.wait().unwrap();
        self.data.take().unwrap()
    }

    /// SIGHUP.
    pub(crate) fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// The memory that it has of the machine's, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// The command line, told by the environment which server to call.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = deskbell();
        command.env("DESKBELL_SERVER", &self.url).env("DESKBELL_API_KEY", &self.key).env("TZ", "UTC");
        command.args(arguments);
        command
    }

    /// Runs it, expects success, and gives what it printed.
    #[track_caller]
    pub(crate) fn answer(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs it with `--json` and reads what it printed.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let text = self.answer(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error} in {text}"))
    }

    /// Runs it, expects this exit code and one sentence on standard error, and gives that.
    #[track_caller]
    pub(crate) fn refusal(&self, arguments: &[&str], code: i32) -> String {
        let output = self.command(arguments).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.starts_with("deskbell: ") && said.trim_end().lines().count() == 1, "{said:?}");
        said
    }

    /// Calls the API, and reads the answer.
    pub(crate) fn call(&self, method: &str, path: &str, body: &str) -> Value {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let (key, length) = (&self.key, body.len());
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAPI-Key: {key}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{method} {path}: {error} in {answer}"))
    }

    /// All objects of a list.
    pub(crate) fn all(&self, path: &str) -> Vec<Value> {
        let mut found: Vec<Value> = Vec::new();
        loop {
            let last = found.last().map(|last| format!("&after={}", last["id"].as_str().unwrap()));
            let limit = if path.contains('?') { "&limit=100" } else { "?limit=100" };
            let page = self.call("GET", &format!("{path}{limit}{}", last.unwrap_or_default()), "");
            found.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] != true {
                return found;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that has said all it says.
fn serve(
    settings: &[(&str, &str)],
    (directory, data): (&Path, &str),
    address: &str,
) -> (Child, BufReader<ChildStdout>, String) {
    let mut command = deskbell();
    command.envs(settings.iter().copied()).current_dir(directory);
    command.args(["serve", "--listen", address, "--data", data]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut greeting = String::new();
    // Its last line is a command to try: a call, or when the key was shown before, how to get another; or says that it takes none.
    while !["  curl ", "  deskbell keys ", "answers no calls"].iter().any(|last| greeting.contains(last)) {
        assert!(out.read_line(&mut greeting).unwrap() > 0, "the server ended: {greeting}");
    }
    (child, out, greeting)
}

/// The binary with nothing of the environment.
pub(crate) fn deskbell() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
    command.env_clear();
    command
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
