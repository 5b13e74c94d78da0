//! Events of another system, as they are imported: the envelope, strict; what it is about, as far as a sandbox can have it;
//! and what became of each.

mod booking;
mod conversation;
mod form;
mod ground;
mod people;
mod reading;

pub use ground::Ground;

use crate::body::{self, RequestBody};
use crate::json::{self, Object, RawObject};
use crate::problem::Problem;
use crate::schema::value;
use crate::time::GivenTime;
use crate::{fixed, id, word};
use booking::ToldBooking;
use bytes::Bytes;
use conversation::ToldConversation;
use deskbell_core::Timestamp;
use deskbell_core::id::EventId;
use deskbell_core::import::{Import, Outcome};
use deskbell_core::policy::limit;
use deskbell_core::trigger::Trigger;
use reading::Their;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::Ref;
use utoipa::openapi::schema::ArrayBuilder;

/// One event to import, or up to ten in an array.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
pub enum ImportedEvents {
    /// One event.
    One(ImportedEvent),
    /// Several, which are imported together or not at all.
    Several(SeveralEvents),
}

/// At most ten events.
#[derive(Debug)]
pub struct SeveralEvents(pub Vec<ImportedEvent>);

value!(SeveralEvents, {
    let event = Ref::from_schema_name("ImportedEvent");
    ArrayBuilder::new().items(event).min_items(Some(1)).max_items(Some(limit::EVENTS_PER_IMPORT))
});

/// A whole event as a receiver got it, with its envelope.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"type": "booking.scheduled", "object": "event", "api_version": "v2",
    "creation_time": "2026-05-06T13:02:41.300Z",
    "data": {"object": "booking", "id": "BKNG-Q8T2ZC4M6RVA", "subject": "Instrument demo", "status": "scheduled",
        "creation_time": "2026-05-06T13:02:40.220Z", "starting_time": "2026-05-12T09:30:00.000Z",
        "last_updated_time": "2026-05-06T13:02:41.018Z", "owner": "USR-4KD92MXQ7T", "duration_minutes": 45,
        "booking_calendar": "BKC-LM42X90PTR", "attendees": ["priya.raman@northwind.example", "tomas.healy@corrib.example"],
        "form_submission": {"name": "Tomas Healy", "email": "tomas.healy@corrib.example"}}})))]
pub struct ImportedEvent {
    /// Its id.
    #[schema(value_type = id::given::Event)]
    id: Their<EventId>,
    /// Always `event`.
    #[schema(value_type = fixed::Event)]
    object: String,
    /// When it was made.
    creation_time: GivenTime,
    /// What happened.
    r#type: word::Trigger,
    /// Always `v2`: the first version had other payloads.
    #[schema(value_type = fixed::V2)]
    api_version: String,
    /// The booking or conversation, at most 32 KiB. What we do not know of it is kept, and sent again as it came.
    data: RawObject,
}

impl RequestBody for ImportedEvent {
    const MOST_BYTES: &'static [(&'static str, usize)] = &[("data", limit::IMPORTED_BYTES)];
}

/// An event that was read.
#[derive(Debug)]
pub struct Told {
    head: Head,
    about: About,
}

/// What an event says beside what it is about.
#[derive(Debug)]
struct Head {
    id: EventId,
    trigger: Trigger,
    created: Timestamp,
    /// Its `data`, without insignificant white space.
    data: Box<RawValue>,
}

#[derive(Debug)]
enum About {
    Booking(Box<ToldBooking>),
    Conversation(Box<ToldConversation>),
}

impl Told {
    /// What of it comes into the sandbox, which then has it for the events behind it.
    ///
    /// # Errors
    /// What is wrong with it, or with what the sandbox has already.
    pub fn import(&self, ground: &mut Ground) -> Result<Import, Problem> {
        let mut import = match &self.about {
            About::Booking(booking) => booking.import(&self.head, ground)?,
            About::Conversation(conversation) => conversation.import(&self.head, ground)?,
        };
        ground.take(&import.objects);
        if let (About::Booking(told), Some(booking)) = (&self.about, &mut import.booking) {
            let form = told.form(&self.head, ground, booking, import.conversation.as_ref());
            booking.imported = Some(Box::new(form));
        }
        Ok(import)
    }
}

/// Reads the events of a body. The first rule that one of them breaks is the answer; in an array its place stands before the
/// name of the field, as in `1.data.owner`.
///
/// # Errors
/// What is wrong.
pub fn read(bytes: &Bytes) -> Result<Vec<Told>, Problem> {
    let Ok(several) = serde_json::from_slice::<Vec<&RawValue>>(bytes) else {
        return Ok(vec![event(bytes)?]);
    };
    if several.is_empty() {
        return Err(Problem::invalid("body", "body_required", "The array has no event in it."));
    }
    if several.len() > limit::EVENTS_PER_IMPORT {
        let message = format!("At most {} events are imported at once.", limit::EVENTS_PER_IMPORT);
        return Err(Problem::invalid("body", "events_too_many", message));
    }
    let read = |(at, one): (usize, &RawValue)| {
        event(one.get().as_bytes()).map_err(|problem| problem.within(&at.to_string()))
    };
    several.into_iter().enumerate().map(read).collect()
}

fn event(bytes: &[u8]) -> Result<Told, Problem> {
    let given: ImportedEvent = body::read(&json::parse(bytes)?)?;
    must_be("object", &given.object, "event")?;
    must_be("api_version", &given.api_version, "v2")?;
    let trigger = given.r#type.0;
    let object: Object = serde_json::from_str(given.data.0.get()).unwrap_or_default();
    let about = match trigger.is_booking() {
        true => About::Booking(Box::new(reading::object(&object, "data")?)),
        false => About::Conversation(Box::new(reading::object(&object, "data")?)),
    };
    let (noun, given_noun) = match &about {
        About::Booking(booking) => ("booking", &booking.object),
        About::Conversation(conversation) => ("conversation", &conversation.object),
    };
    must_be("data.object", given_noun, noun)?;
    let data = json::minify(&given.data.0);
    Ok(Told { head: Head { id: given.id.0, trigger, created: given.creation_time.0, data }, about })
}

fn must_be(param: &str, given: &str, only: &'static str) -> Result<(), Problem> {
    if given == only {
        return Ok(());
    }
    Err(crate::problem::reading::unknown_word(given, &[only]).of(param))
}

/// What became of one event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"outcome": "created", "type": "booking.scheduled"})))]
pub struct Imported {
    /// Always `import`.
    object: fixed::Import,
    /// The event's id.
    id: id::Event,
    r#type: word::Trigger,
    /// `created`; `updated` in place of one that was as old or older; `kept` where what is there changed later.
    outcome: word::ImportOutcome,
    /// The booking that it is about.
    booking: Option<id::Booking>,
    /// The conversation that it is about, or that its booking was made in.
    conversation: Option<id::Conversation>,
    /// The user who hosts the booking, or owns the visitor's contact.
    user: Option<id::User>,
    /// The booking's calendar.
    booking_calendar: Option<id::Calendar>,
    /// The guest or visitor.
    contact: Option<id::Contact>,
}

impl Imported {
    /// What became of the event, and what it spoke of.
    pub fn new(told: &Told, import: &Import, outcome: Outcome) -> Self {
        let (booking, talk) = (import.booking.as_ref(), import.conversation.as_ref());
        let contact = booking.and_then(|booking| booking.contact.as_ref());
        let owner = booking.map(|booking| &booking.owner).or(talk.map(|talk| &talk.owner.id));
        Self {
            object: fixed::Import,
            id: (&told.head.id).into(),
            r#type: told.head.trigger.into(),
            outcome: outcome.into(),
            booking: booking.map(|booking| (&booking.id).into()),
            conversation: talk.map(|talk| (&talk.id).into()),
            user: owner.map(Into::into),
            booking_calendar: booking.map(|booking| (&booking.calendar).into()),
            contact: contact.or(talk.map(|talk| &talk.contact.id)).map(Into::into),
        }
    }
}

/// What became of each event, in their order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Imports)]
pub struct Imports {
    /// Always `list`.
    object: fixed::List,
    data: Vec<Imported>,
}

impl FromIterator<Imported> for Imports {
    fn from_iter<I: IntoIterator<Item = Imported>>(events: I) -> Self {
        Self { object: fixed::List, data: events.into_iter().collect() }
    }
}
