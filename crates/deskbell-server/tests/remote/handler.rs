//! A handler as somebody has it on their machine: plain HTTP/1.1, and a script of its own.

use std::collections::HashMap;
use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// A request that the handler got.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (given, value) = line.split_once(": ")?;
            (given == name).then_some(value)
        })
    }

    pub(crate) fn event(&self) -> String {
        self.header("Webhook-Id").unwrap_or_default().to_owned()
    }
}

/// How the handler answers to the request number `n` of an event, counted from 0.
pub(crate) type Script = fn(got: &Got, n: usize) -> String;

#[derive(Default)]
struct State {
    got: Vec<Got>,
    times: HashMap<String, usize>,
    /// Requests past this many are not answered until it is raised.
    open_for: usize,
}

/// The handler. Its threads end with the test's process.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(crate) url: String,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Handler {
    /// A handler that answers the first `open_for` requests, and the others once it is [opened](Self::open).
    pub(crate) fn start(script: Script, open_for: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook?from=deskbell", listener.local_addr().unwrap());
        let state = State { open_for, ..State::default() };
        let handler = Self { url, state: Arc::new((Mutex::new(state), Condvar::new())) };
        let of_thread = handler.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let handler = of_thread.clone();
                std::thread::spawn(move || handler.serve(stream, script));
            }
        });
        handler
    }

    fn serve(&self, stream: TcpStream, script: Script) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut writer = stream;
        while let Some(got) = read(&mut reader) {
            let answer = self.answer(got, script);
            if writer.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, got: Got, script: Script) -> String {
        let (state, changed) = &*self.state;
        let mut state = state.lock().unwrap();
        let times = state.times.entry(got.event()).or_default();
        let nth = *times;
        *times += 1;
        state.got.push(got.clone());
        let place = state.got.len();
        changed.notify_all();
        drop(changed.wait_while(state, |state| place > state.open_for).unwrap());
        script(&got, nth)
    }

    /// Answers everything from now on.
    pub(crate) fn open(&self) {
        let (state, changed) = &*self.state;
        state.lock().unwrap().open_for = usize::MAX;
        changed.notify_all();
    }

    /// What it got so far.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.state.0.lock().unwrap().got.clone()
    }

    /// Waits until `wanted` holds of what it got, in vain for 60 s at most.
    #[track_caller]
    pub(crate) fn until(&self, wanted: impl Fn(&[Got]) -> bool) -> Vec<Got> {
        let (state, changed) = &*self.state;
        let waiting = changed
            .wait_timeout_while(state.lock().unwrap(), Duration::from_secs(60), |state| !wanted(&state.got));
        let (state, waited) = waiting.unwrap();
        assert!(!waited.timed_out(), "in vain; it got {}", state.got.len());
        state.got.clone()
    }
}

/// An answer with a body.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn read(reader: &mut impl std::io::BufRead) -> Option<Got> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Got { head, body })
}
