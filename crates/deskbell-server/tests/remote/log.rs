//! The log: a pipe that nobody reads stops nothing.

use crate::server::deskbell;
use std::io::{BufRead as _, BufReader, PipeReader, PipeWriter, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

/// More lines than a pipe and the lines that wait have room for.
const CALLS: usize = 8_000;

/// One who calls on a kept connection.
struct Caller {
    host: String,
    stream: TcpStream,
    answers: BufReader<TcpStream>,
}

impl Caller {
    fn new(host: &str) -> Self {
        let stream = TcpStream::connect(host).unwrap();
        let answers = BufReader::new(stream.try_clone().unwrap());
        Self { host: host.to_owned(), stream, answers }
    }

    fn call(&mut self) {
        // In one piece: a second one would wait for the acknowledgement of the first.
        let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", self.host);
        self.stream.write_all(request.as_bytes()).unwrap();
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            assert!(self.answers.read_line(&mut line).unwrap() > 0, "the server ended");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        self.answers.read_exact(&mut vec![0; length]).unwrap();
    }
}

/// A pipe that takes nothing more, and the end that nobody reads.
fn full_pipe() -> (PipeWriter, PipeReader) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    while writer.write(b"x").is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).unwrap();
    (writer, reader)
}

#[test]
fn a_start_that_warns_where_nobody_reads_is_a_start() {
    let data = tempfile::tempdir().unwrap();
    let (writer, reader) = full_pipe();
    let mut command = deskbell();
    command
        .args(["--listen", "127.0.0.2:0"])
        .current_dir(data.path())
        .env("DESKBELL_DELIVERY__ALLOW_HTTP", "true");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::from(writer)).spawn().unwrap();
    let mut greeting = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(greeting.any(|line| line.contains("http://")));
    // Who reads at last is warned.
    drop(command);
    let mut log = BufReader::new(reader).lines().map_while(Result::ok);
    assert!(log.any(|line| line.contains("WARNING: delivery.allow_http")));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_log_that_nobody_reads_stops_no_call_and_not_the_end() {
    let data = tempfile::tempdir().unwrap();
    let mut command = deskbell();
    command.args(["--listen", "127.0.0.2:0"]).current_dir(data.path());
    command.env("DESKBELL_API__RATE_LIMIT", "off").env("DESKBELL_LOG__LEVEL", "debug");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut greeting = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = greeting.find(|line| line.contains("http://")).unwrap();
    let host = line.split("http://").nth(1).unwrap().trim_end_matches('/').to_owned();

    let mut caller = Caller::new(&host);
    (0..CALLS).for_each(|_| caller.call());
    // Who reads at last is told what is missing.
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut calls = 0;
    let missing = log.find(|line| {
        calls += usize::from(line.contains("/healthz"));
        line.contains("lines of the log were dropped")
    });
    let missing = missing.expect("nothing was dropped");
    let lines: usize = missing.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
    assert!(calls + lines < CALLS + 100 && lines > 1_000, "{calls} and {lines}");
    // And with nobody reading again, it ends when it is told to.
    (0..CALLS).for_each(|_| caller.call());
    let end = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(end.unwrap().success());
    drop(caller);
    assert!(child.wait().unwrap().success());
    drop(log);
}
