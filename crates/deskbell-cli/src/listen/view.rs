//! View: the live table. Each row is an attempt as the sender recorded it, told by the stream.

use super::forward::FAILED;
use crate::client::{Client, Fault};
use crate::print;
use crate::print::safe;
use crate::stream::Stream;
use deskbell_core::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::io;

/// The table of one webhook.
pub(super) struct View {
    stream: Stream,
    /// Its delivery, which says of what kind it is, is the next message.
    attempt: Value,
}

impl View {
    /// Shows what is recorded from now on.
    pub(super) async fn start(client: &Client, webhook: &str) -> Result<Self, Fault> {
        let query = vec![("types", "attempt,delivery".to_owned()), ("webhook", webhook.to_owned())];
        Ok(Self { stream: Stream::start(client, query).await?, attempt: Value::Null })
    }

    /// Shows attempts as they are recorded, until the server refuses for good.
    pub(super) async fn show(&mut self) -> Fault {
        loop {
            match self.stream.next().await {
                Err(fault) => return fault,
                Ok(message) if message.kind == "attempt" => self.attempt = message.object,
                Ok(message) if message.object["id"] == self.attempt["delivery"] => {
                    // Who closed our output reads no lines; the deliveries go on.
                    let _ = row(&self.attempt.take(), &message.object);
                }
                // It came with its event: nothing was tried yet.
                Ok(_) => {}
            }
        }
    }
}

pub(super) fn head() -> io::Result<()> {
    print::answer(&line(["TIME", "STATUS", "MS", "TYPE", "EVENT"], ""))
}

fn row(attempt: &Value, delivery: &Value) -> io::Result<()> {
    let text = |value: &Value| safe(value.as_str().unwrap_or_default());
    let status = attempt["response"]["status_code"].as_u64().map_or("-".into(), |code| code.to_string());
    let millis = attempt["timings"]["total_us"].as_u64().unwrap_or_default() / 1_000;
    let (kind, event) = (text(&delivery["type"]), text(&attempt["event"]));
    let said = attempt["response"]["body"].as_str().and_then(|body| body.strip_prefix(FAILED));
    let note = match (said, attempt["response"].is_null()) {
        (Some(said), _) => safe(said.trim_end()),
        (None, true) => text(&attempt["outcome"]),
        (None, false) => String::new(),
    };
    let started = attempt["started_time"].as_str().and_then(|time| time.parse().ok()).map(clock);
    let cells = [&started.unwrap_or_default(), &status, &millis.to_string(), &kind, &event];
    print::answer(&line(cells.map(String::as_str), &note))
}

/// The row of a request that is no delivery.
pub(super) fn other(
    captured: &Value,
    time: Timestamp,
    status: u16,
    millis: &str,
    note: &str,
) -> io::Result<()> {
    let text = |field: &str| safe(captured[field].as_str().unwrap_or_default());
    let (method, path) = (text("method"), text("path"));
    print::answer(&line([&clock(time), &status.to_string(), millis, &method, &path], note))
}

/// On this machine's clock.
fn clock(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

fn line([time, status, millis, kind, event]: [&str; 5], note: &str) -> String {
    format!("{time:8}  {status:6}  {millis:>5}  {kind:32}  {event:16}  {note}").trim_end().to_owned()
}
