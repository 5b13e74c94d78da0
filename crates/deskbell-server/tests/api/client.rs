//! A client of a few lines that sends exactly what it is told.

use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The value at a JSON pointer, as text.
    pub(crate) fn at(&self, pointer: &str) -> String {
        match self.json().pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => panic!("nothing at {pointer}: {}", self.text()),
        }
    }

    /// What the vendor's clients read of a refusal: status, `type`, `message`, and `param` if there is one.
    pub(crate) fn told(&self) -> (u16, String, String, Option<String>) {
        let param = self.json().get("param").map(|param| param.as_str().unwrap().to_owned());
        (self.status, self.at("/type"), self.at("/message"), param)
    }

    /// Status, `param` and `code` of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String, String) {
        let field = |name: &str| self.json().get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (self.status, field("param"), field("code"))
    }
}

/// Sends `request` as it is and reads the answer until the server closes.
pub(crate) async fn send_raw(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A server that has refused already may not read to the end: the answer is what counts.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    parse(&answer)
}

fn parse(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(answer)));
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap();
    let pair =
        |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    Answer { status, headers: lines.filter_map(pair).collect(), body: answer[end + 4..].to_vec() }
}
