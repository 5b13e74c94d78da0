//! The objects that are a booking's own, and what stands in them for a text that is missing.

use crate::schema::{value, words};
use crate::{id, word};
use deskbell_core::booking::{Actor, Cancellation, FieldValue, Form, Location};
use deskbell_core::id::UserId;
use deskbell_core::sandbox;
use serde::Serialize;
use utoipa::ToSchema;

/// Where to meet online.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Conferencing {
    #[schema(example = "https://northwind.example/b/Q8T2ZC4M6RVA")]
    join_url: String,
}

/// Who called a booking off or moved it, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"actioned_by": "user"})))]
pub(super) struct CancelInformation {
    reason: Option<String>,
    /// `user` or `customer`.
    actioned_by: ActionedBy,
    /// The user, if it was one.
    #[schema(value_type = Option<id::User>)]
    user_id: Option<String>,
}

/// Who called a booking off or moved it.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum ActionedBy {
    User,
    Customer,
    /// Nobody; in the expanded style alone.
    #[serde(rename = "")]
    Nobody,
}

value!(ActionedBy, words(["user", "customer"]));

/// What the guest filled in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FormSubmission {
    #[schema(example = "Tomas Healy")]
    name: String,
    /// Null when the guest gave a phone number alone.
    #[schema(example = "tomas.healy@corrib.example")]
    email: Option<String>,
    phone: Option<String>,
    mobile_phone: Option<String>,
    note: Option<String>,
    company: Option<String>,
    /// E-mail addresses of more guests.
    guests: Vec<String>,
    custom_fields: Vec<FormField>,
}

/// The answer to a question of the form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BookingFormField, examples(json!({"value": "application/json"})))]
struct FormField {
    #[schema(example = "CRM sync")]
    name: String,
    /// A string or a list of strings.
    #[schema(value_type = Value)]
    value: FieldValue,
}

/// The host's connected calendar, and the event that the booking became there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"type": "google"})))]
pub(super) struct ExternalCalendar {
    /// `google`, `exchange`, `office_365` or `icloud`; `none` when no calendar is connected.
    r#type: word::ExternalCalendarType,
    #[schema(example = "priya.raman@northwind.example")]
    name: Option<String>,
    #[schema(example = "priya.raman@northwind.example")]
    id: Option<String>,
    #[schema(example = "q8t2zc4m6rva")]
    event_id: Option<String>,
}

/// What stands for a missing text: nothing, or an empty text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blank(Option<&'static str>);

impl Blank {
    /// An empty text where the style is expanded.
    pub(super) fn of(expanded: bool) -> Self {
        Self(expanded.then_some(""))
    }

    pub(super) fn or(self, text: Option<&str>) -> Option<String> {
        text.or(self.0).map(str::to_owned)
    }

    pub(super) fn conferencing(self, location: &Location) -> Option<Conferencing> {
        let join_url = match location {
            Location::Virtual { join_url, .. } => join_url.as_deref(),
            Location::Described { .. } | Location::Phone { .. } => None,
        };
        self.or(join_url).map(|join_url| Conferencing { join_url })
    }

    pub(super) fn described(self, location: &Location) -> Option<String> {
        self.or(match location {
            Location::Described { text } => Some(text),
            Location::Phone { number } => Some(number),
            Location::Virtual { .. } => None,
        })
    }

    pub(super) fn information(self, cancellation: Option<&Cancellation>) -> Option<CancelInformation> {
        let (actioned_by, user) = match cancellation.map(|cancellation| &cancellation.by) {
            Some(Actor::User(user)) => (ActionedBy::User, Some(user)),
            Some(Actor::Customer) => (ActionedBy::Customer, None),
            None if self.0.is_some() => (ActionedBy::Nobody, None),
            None => return None,
        };
        let reason = cancellation.and_then(|cancellation| cancellation.reason.as_deref());
        let user_id = self.or(user.map(UserId::as_str));
        Some(CancelInformation { reason: self.or(reason), actioned_by, user_id })
    }

    pub(super) fn form(self, form: &Form) -> FormSubmission {
        let field =
            |(name, value): &(String, FieldValue)| FormField { name: name.clone(), value: value.clone() };
        FormSubmission {
            name: form.name.clone(),
            email: self.or(form.email.as_deref()),
            phone: self.or(form.phone.as_deref()),
            mobile_phone: self.or(form.mobile_phone.as_deref()),
            note: self.or(form.note.as_deref()),
            company: self.or(form.company.as_deref()),
            guests: form.guests.clone(),
            custom_fields: form.custom_fields.iter().map(field).collect(),
        }
    }

    pub(super) fn external_calendar(self, calendar: &sandbox::ExternalCalendar) -> ExternalCalendar {
        ExternalCalendar {
            r#type: calendar.kind.into(),
            name: self.or(calendar.name.as_deref()),
            id: self.or(calendar.id.as_deref()),
            event_id: self.or(calendar.event_id.as_deref()),
        }
    }
}
