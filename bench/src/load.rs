//! Load: events of a fixed size, each stamped with the moment at which it was meant to be sent.

mod arrivals;
mod pace;

pub use arrivals::{Arrivals, Delivered};
pub use pace::{Pace, Sent, Ticket, drive};

use crate::client::Connection;
use anyhow::{Context as _, bail};
use bytes::Bytes;
use deskbell_core::Random as _;
use deskbell_core::door::SeededRandom;
use hyper::Method;

/// Bytes of a delivered body.
pub const BODY_BYTES: usize = 1_500;

/// What a delivery has around the data, but for its type.
const ENVELOPE: &str = r#"{"id":"EVNT-0123456789","object":"event","creation_time":"2023-11-14T22:13:20.000Z","type":"","api_version":"v2","data":}"#;

/// Most of a booking.
const BOOKING: &str = concat!(
    r#""subject":"Meeting of Tomas Healy and Ada Byrne","duration_minutes":30,"status":"scheduled","#,
    r#""starting_time":"2026-11-30T09:00:00.000Z","customer_timezone":"Europe/Dublin","tracking_id":"BKNG-7QK2M4X9T3","#,
    r#""virtual_conferencing":{"provider":"video","join_url":"https://meet.corrib.example/r/4821-7730-1196"},"#,
    r#""owner":"USR-T5N8K2Q7RM","booking_calendar":"BKC-93XKQ0P2VN","contact":"CTC-H6WQ8Z1D4L","#,
    r#""form_submission":{"name":"Tomas Healy","email":"tomas@corrib.example","phone":"+353 91 555 0142","#,
    r#""company":"Corrib Instruments","guests":["mary@corrib.example","eoin@corrib.example"],"#,
    r#""custom_fields":[{"name":"How did you hear of us?","value":"A colleague"},{"name":"Size of team","value":"11 to 50"}]},"#,
    r#""attachments":[],"cancel_reschedule_information":null,"rescheduled_booking_id":null,"#,
    r#""cancel_reschedule_link":"https://book.corrib.example/c/93XKQ0P2VN-7QK2M4X9T3""#
);

/// The body of a call that publishes the event of `ticket` with `trigger`. Delivered it has [`BODY_BYTES`].
pub fn event(trigger: &str, ticket: Ticket) -> Bytes {
    let data = event_data(trigger, ticket);
    [format!(r#"{{"type":"{trigger}","data":"#).as_bytes(), &data, b"}"].concat().into()
}

/// The data of that event: a booking such as people make, and random characters up to the size, so that it compresses no better
/// than what it stands for.
pub fn event_data(trigger: &str, ticket: Ticket) -> Bytes {
    let head = format!(r#"{{"due":{},"number":{},{BOOKING},"note":""#, ticket.due, ticket.number);
    let fill = BODY_BYTES.saturating_sub(ENVELOPE.len() + trigger.len() + head.len() + r#""}"#.len());
    // Others for each event.
    let random = SeededRandom::new(u64::from(ticket.number) ^ ticket.due);
    let mut note = vec![0; fill];
    random.fill(&mut note);
    note.iter_mut().for_each(|byte| *byte = b'0' + *byte % 10);
    [head.as_bytes(), &note, br#""}"#].concat().into()
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
        let note = |ticket| {
            event_data("booking.scheduled", ticket).rsplit(|byte| *byte == b':').next().map(<[u8]>::to_vec)
        };
        assert!(parsed["data"]["note"].as_str().unwrap().len() > 100);
        assert_ne!(note(ticket), note(Ticket { number: 43, ..ticket }), "random, and another's is other");
    }
}
