//! Raw: requests whose answers are not kept. Some are read to their end and thrown away, for they are larger than what a
//! caller should hold; some are not read at all.

use super::mean::Caller;
use crate::client::dial;
use crate::tally::NO_ANSWER;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// What the kernel keeps of an answer that nobody reads.
const UNREAD_BYTES: u32 = 4_096;
/// Between two tries where the first was refused.
const RETRY: Duration = Duration::from_secs(1);
/// Bytes of a status line that tell the status: `HTTP/1.1 200`.
const STATUS_LINE: usize = 12;

impl Caller {
    /// Gets `target` and throws the answer away; gives its status. It is counted when it is known, and an answer may go on for long.
    pub(super) async fn skim(&self, what: &'static str, target: &str) -> u16 {
        let Ok(mut stream) = self.ask(target, None).await else {
            self.tally.count(what, NO_ANSWER);
            return NO_ANSWER;
        };
        let mut line = [0; STATUS_LINE];
        let status = stream.read_exact(&mut line).await.map_or(NO_ANSWER, |_| status(&line));
        self.tally.count(what, status);
        let _ended = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        status
    }

    /// Gets `target`, asks again each second when it is refused, and takes nothing of the answer. Does not end.
    pub(super) async fn leave_unread(&self, what: &'static str, target: &str) {
        loop {
            if let Ok(stream) = self.ask(target, Some(UNREAD_BYTES)).await {
                let status = seen(&stream).await.unwrap_or(NO_ANSWER);
                self.tally.count(what, status);
                if status == 200 {
                    return std::future::pending().await;
                }
            } else {
                self.tally.count(what, NO_ANSWER);
            }
            sleep(RETRY).await;
        }
    }

    async fn ask(&self, target: &str, buffer: Option<u32>) -> anyhow::Result<TcpStream> {
        let mut stream = dial(Some(self.source), self.address, buffer).await?;
        let (address, key) = (self.address, &self.key);
        let head = format!(
            "GET {target} HTTP/1.1\r\nhost: {address}\r\napi-key: {key}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        Ok(stream)
    }
}

/// The status of an answer that is left where it is.
async fn seen(stream: &TcpStream) -> std::io::Result<u16> {
    let (mut line, mut bytes) = ([0; STATUS_LINE], 0);
    while bytes < STATUS_LINE {
        let more = stream.peek(&mut line).await?;
        if more <= bytes {
            return Ok(NO_ANSWER);
        }
        bytes = more;
    }
    Ok(status(&line))
}

fn status(line: &[u8]) -> u16 {
    let digits = line.get(9..).and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(NO_ANSWER)
}

#[cfg(test)]
mod tests {
    use crate::neighbours::mean::Mean;
    use crate::receiver::{Reaction, Receiver};
    use futures::poll;
    use std::pin::pin;

    #[tokio::test]
    async fn answers_are_counted_by_status_whether_they_are_read_or_not() {
        let react = |arrival: crate::receiver::Arrival| {
            std::future::ready(Reaction::Answer(if arrival.path == "/good" { 200 } else { 429 }))
        };
        let receiver = Receiver::listen(react).await.unwrap();
        let mean = Mean::new(receiver.address()).unwrap();
        let (caller, tally) = (mean.caller("dbk_x"), mean.tally());
        assert_eq!(caller.skim("pages", "/bad").await, 429);
        let mut unread = pin!(caller.leave_unread("unread", "/good"));
        while tally.all() < 2 {
            assert!(poll!(&mut unread).is_pending(), "an answer that is not read does not end");
            tokio::task::yield_now().await;
        }
        assert_eq!((tally.of("pages", 429), tally.of("unread", 200)), (1, 1));
    }
}
