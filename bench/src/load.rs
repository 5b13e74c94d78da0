//! Load: events of a fixed size, each stamped with the moment at which it was meant to be sent.

mod arrivals;
mod pace;

pub use arrivals::{Arrivals, Delivered};
pub use pace::{Pace, Sent, Ticket, drive};

use crate::client::Connection;
use anyhow::{Context as _, bail};
use bytes::Bytes;
use hyper::Method;

/// Bytes of a delivered body.
pub const BODY_BYTES: usize = 1_500;

/// What a delivery has around the data, but for its type.
const ENVELOPE: &str = r#"{"id":"EVNT-0123456789","object":"event","creation_time":"2023-11-14T22:13:20.000Z","type":"","api_version":"v2","data":}"#;

/// The body of a call that publishes the event of `ticket` with `trigger`. Delivered it has [`BODY_BYTES`].
pub fn event(trigger: &str, ticket: Ticket) -> Bytes {
    let data = event_data(trigger, ticket);
    [format!(r#"{{"type":"{trigger}","data":"#).as_bytes(), &data, b"}"].concat().into()
}

/// The data of that event.
pub fn event_data(trigger: &str, ticket: Ticket) -> Bytes {
    let head = format!(r#"{{"due":{},"number":{},"fill":""#, ticket.due, ticket.number);
    let fill = BODY_BYTES.saturating_sub(ENVELOPE.len() + trigger.len() + head.len() + r#""}"#.len());
    format!(r#"{head}{}"}}"#, "x".repeat(fill)).into()
}

/// The ticket in a delivered `body`. The fields are searched, not parsed: the receiver must be cheap.
pub fn stamp(body: &[u8]) -> Option<Ticket> {
    let number = field(body, b"\"number\":")?.try_into().ok()?;
    Some(Ticket { number, due: field(body, b"\"due\":")? })
}

fn field(body: &[u8], name: &[u8]) -> Option<u64> {
    let start = body.windows(name.len()).position(|window| window == name)? + name.len();
    let digits = body[start..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// Publishes one event over `connection` and says whether it was accepted.
///
/// # Errors
/// Anything but a 202, and a 503: a program that has too much to do may say so.
pub async fn publish(connection: &mut Connection, key: &str, body: Bytes) -> anyhow::Result<bool> {
    let headers = [("api-key", key), ("content-type", "application/json")];
    let answer = connection.send(Method::POST, "/v2/events", &headers, body).await.context("publishing")?;
    match answer.status {
        202 => Ok(true),
        503 => Ok(false),
        status => bail!("an event was answered {status}: {}", String::from_utf8_lossy(&answer.body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_its_size_and_its_stamp() {
        let ticket = Ticket { number: 42, due: 1_700_000_000_000_000 };
        let body = event("booking.scheduled", ticket);
        let parsed: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(parsed["type"], "booking.scheduled");
        assert_eq!((stamp(&body), stamp(b"{}")), (Some(ticket), None));
        let data = &body[br#"{"type":"booking.scheduled","data":"#.len()..body.len() - 1];
        assert_eq!(ENVELOPE.len() + "booking.scheduled".len() + data.len(), BODY_BYTES);
        assert!(parsed["data"]["fill"].as_str().unwrap().len() > 1_000);
    }
}
