//! Drive: the calls that lead to each event, the ones a client of the vendor makes, and ours where the vendor has none.

use super::watch::{is_code, text};
use super::{Client, Failure, Query};
use crate::client::ALL;
use crate::clock;
use deskbell_core::time::{later, wire};
use deskbell_core::trigger::Trigger;
use serde_json::{Value, json};
use std::time::Duration;

/// A field to override.
pub(crate) struct Set {
    path: Vec<String>,
    value: Value,
}

/// What a booking, and what a conversation, can be told.
const OF_BOOKINGS: [&str; 8] = [
    "booking_calendar",
    "booking_form",
    "guest_time_zone",
    "location",
    "made_by",
    "payment_information",
    "start_time",
    "utm_params",
];
const OF_CONVERSATIONS: [&str; 4] = ["audience", "bot", "contact", "website"];

impl Set {
    /// Reads `path=value`; the value is text unless it is a list, an object, `true`, `false` or `null` in JSON.
    pub(super) fn parse(given: &str) -> Result<Self, Failure> {
        let usage =
            || Failure::Usage(format!("--set {given}: must be path=value, such as booking_form.name=Zoë"));
        let (path, text) = given.split_once('=').ok_or_else(usage)?;
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(usage());
        }
        let structured = serde_json::from_str(text).ok();
        let value = structured.filter(|read: &Value| !read.is_number() && !read.is_string());
        Ok(Self { path, value: value.unwrap_or_else(|| text.into()) })
    }

    fn is_of(&self, names: &[&str]) -> bool {
        self.path.first().is_some_and(|first| names.contains(&first.as_str()))
    }

    /// Puts the value into `body`.
    fn put(&self, body: &mut Value) {
        let mut place = body;
        for name in &self.path {
            if !place.is_object() {
                *place = json!({});
            }
            place = &mut place[name.as_str()];
        }
        *place = self.value.clone();
    }
}

/// Refuses an override of what `trigger` has not. With every trigger at once, each takes what is its own.
pub(super) fn check(trigger: Trigger, sets: &[Set], all: bool) -> Result<(), Failure> {
    let own = if trigger.is_booking() { &OF_BOOKINGS[..] } else { &OF_CONVERSATIONS[..] };
    let lost =
        |set: &&Set| !set.is_of(own) && !(all && (set.is_of(&OF_BOOKINGS) || set.is_of(&OF_CONVERSATIONS)));
    match sets.iter().find(lost) {
        None => Ok(()),
        Some(set) => {
            let (path, known) = (set.path.join("."), own.join(", "));
            Err(Failure::Usage(format!("--set {path}: {trigger} has no such field; known are {known}")))
        }
    }
}

/// Makes the calls until `trigger` has fired; gives the ids of what it happened to.
pub(crate) async fn until(client: &Client, trigger: Trigger, sets: &[Set]) -> Result<Vec<String>, Failure> {
    if !trigger.is_booking() {
        return conversation(client, trigger, sets).await;
    }
    let booked = book(client, sets).await?;
    let id = booked.id.clone();
    let act = async |action: &str| client.post(&format!("/v2/bookings/{id}/{action}"), "{}".into()).await;
    let mut subjects = vec![booked.id.clone()];
    match trigger {
        Trigger::BookingRescheduled => subjects.push(reschedule(client, &booked, false).await?),
        Trigger::BookingCanceledThenRescheduled => subjects.push(reschedule(client, &booked, true).await?),
        Trigger::BookingCanceledRescheduleRequested => drop(act("request-reschedule").await?),
        Trigger::BookingCanceled => drop(act("cancel").await?),
        Trigger::BookingCompleted => drop(act("complete").await?),
        Trigger::BookingNoShow => {
            act("complete").await?;
            act("no-show").await?;
        }
        Trigger::BookingReassigned => reassign(client, &booked).await?,
        _ => {}
    }
    subjects.dedup();
    Ok(subjects)
}

async fn conversation(client: &Client, trigger: Trigger, sets: &[Set]) -> Result<Vec<String>, Failure> {
    let mut body = json!({});
    sets.iter().filter(|set| set.is_of(&OF_CONVERSATIONS)).for_each(|set| set.put(&mut body));
    let id = text(&client.post("/v2/conversations", body.to_string()).await?, "/id");
    let end = match trigger {
        Trigger::ConversationClosed => Some("close"),
        Trigger::ConversationAbandoned => Some("abandon"),
        _ => None,
    };
    if let Some(end) = end {
        client.post(&format!("/v2/conversations/{id}/{end}"), "{}".into()).await?;
    }
    Ok(vec![id])
}

/// A booking that was made now.
struct Booked {
    id: String,
    calendar: String,
}

/// How far ahead slots are looked for: as far as one call may.
const AHEAD: Duration = Duration::from_secs(30 * 24 * 3600 - 60);
/// How many slots are tried when others are quicker.
const TRIES: usize = 5;

/// The calendars that book at once.
async fn calendars(client: &Client) -> Result<Vec<Value>, Failure> {
    let (mut calendars, _) = client.list("/v2/booking-calendars", &Query::new(), Some(ALL)).await?;
    calendars.retain(|calendar| calendar["published"] == true && calendar["approval"] != true);
    Ok(calendars)
}

async fn slots(client: &Client, calendar: &str) -> Result<Vec<String>, Failure> {
    let now = clock::now();
    let query: Query = vec![("start_time", wire(now)), ("end_time", wire(later(now, AHEAD)))];
    let found = client.get(&format!("/v2/booking-calendars/{calendar}/time-slots"), &query).await?;
    let starts = found.as_array().into_iter().flatten().map(|slot| text(slot, "/start_time"));
    Ok(starts.collect())
}

async fn book(client: &Client, sets: &[Set]) -> Result<Booked, Failure> {
    let mut body = json!({
        "guest_time_zone": "Europe/Dublin",
        "booking_form": {"name": "Tomas Healy", "email": "tomas.healy@corrib.example"},
    });
    sets.iter().filter(|set| set.is_of(&OF_BOOKINGS)).for_each(|set| set.put(&mut body));
    let chosen = body.as_object_mut().and_then(|body| body.remove("booking_calendar"));
    let calendar = match chosen {
        Some(calendar) => text(&calendar, ""),
        None => calendars(client).await?.first().map(|calendar| text(calendar, "/id")).ok_or_else(|| {
            Failure::Refused("the sandbox has no published calendar that books without approval".into())
        })?,
    };
    let path = format!("/v2/booking-calendars/{calendar}/schedule");
    let starts = if body.get("start_time").is_some() {
        vec![text(&body, "/start_time")]
    } else {
        slots(client, &calendar).await?.into_iter().take(TRIES).collect()
    };
    for start in starts {
        body["start_time"] = start.into();
        match client.post(&path, body.to_string()).await {
            Ok(made) => return Ok(Booked { id: text(&made, "/id"), calendar }),
            // Somebody was quicker, or it was named by --set and is not open.
            Err(fault) if is_code(&fault, "slot_taken") && !named(sets) => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    Err(Failure::Refused(format!("the calendar {calendar} has no open slot in the next 30 days")))
}

fn named(sets: &[Set]) -> bool {
    sets.iter().any(|set| set.is_of(&["start_time"]))
}

/// Moves the booking as its guest would; gives the id of the booking that is agreed now.
async fn reschedule(client: &Client, booked: &Booked, elsewhere: bool) -> Result<String, Failure> {
    let calendar = if elsewhere {
        let others = calendars(client).await?;
        let other = others.iter().map(|calendar| text(calendar, "/id")).find(|id| *id != booked.calendar);
        other.ok_or_else(|| {
            Failure::Refused("the sandbox has one calendar only: there is none to move a booking to".into())
        })?
    } else {
        booked.calendar.clone()
    };
    // From the end: what lies near the booking may not be free while it stands.
    for start in slots(client, &calendar).await?.into_iter().rev().take(TRIES) {
        let mut body = json!({"start_time": start});
        if elsewhere {
            body["booking_calendar"] = calendar.clone().into();
        }
        match client.post(&format!("/v2/bookings/{}/reschedule", booked.id), body.to_string()).await {
            Ok(moved) => return Ok(text(&moved, "/id")),
            Err(fault) if is_code(&fault, "slot_taken") => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    Err(Failure::Refused(format!("the calendar {calendar} has no open slot in the next 30 days")))
}

async fn reassign(client: &Client, booked: &Booked) -> Result<(), Failure> {
    let (users, _) = client.list("/v2/users", &Query::new(), Some(ALL)).await?;
    for user in users {
        let body = json!({"new_host": text(&user, "/id")});
        match client.post(&format!("/v2/bookings/{}/reassign", booked.id), body.to_string()).await {
            Ok(_) => return Ok(()),
            Err(fault)
                if ["host_unchanged", "host_inactive", "host_without_seat", "slot_taken"]
                    .iter()
                    .any(|code| is_code(&fault, code)) => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    Err(Failure::Refused("the sandbox has no other active user who is free at that time".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_set_by_its_path() {
        let mut body = json!({"booking_form": {"name": "a", "email": "b"}});
        for set in [
            "booking_form.name=Zoë = x",
            "booking_form.phone=123",
            "booking_form.tags=[\"a\"]",
            "new.deep=null",
        ] {
            Set::parse(set).unwrap().put(&mut body);
        }
        let form = json!({"name": "Zoë = x", "email": "b", "phone": "123", "tags": ["a"]});
        assert_eq!(body, json!({"booking_form": form, "new": {"deep": null}}));
        for wrong in ["", "name", "=x", "a..b=x", ".a=x"] {
            assert!(Set::parse(wrong).is_err(), "{wrong}");
        }
    }
}
