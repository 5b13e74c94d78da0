//! Event types of the vendor's classic product (wire contract, 5.2).

use crate::body::RequestBody;
use crate::deleted::or_deleted;
use crate::list::Identified;
use crate::optional::Omittable;
use crate::text::{Name, Text};
use crate::{fixed, id};
use deskbell_core::id::EventTypeId;
use deskbell_core::sandbox;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An event type (wire contract, 5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"object": "event_type"})))]
pub struct EventType {
    /// Always `event_type`.
    object: fixed::EventType,
    id: id::EventType,
    /// What guests see.
    #[schema(example = "Site visit")]
    name: String,
    /// What guests read about it.
    #[schema(example = "Forty minutes on the plot.")]
    description: String,
    /// What users call it.
    #[schema(example = "Site visit")]
    label: String,
}

impl Identified for EventType {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl From<sandbox::EventType> for EventType {
    fn from(kind: sandbox::EventType) -> Self {
        Self {
            object: fixed::EventType,
            id: kind.id.into(),
            name: kind.name,
            description: kind.description,
            label: kind.label,
        }
    }
}

or_deleted!(EventType, DeletedEventType, EventTypeOrDeleted);

/// What guests read about an event type.
type Description = Text<0, 2_000>;

/// What only we set of an event type.
const READ_ONLY: &[&str] = &["id", "object"];

/// An event type to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Site visit", "description": "Forty minutes on the plot."})))]
pub struct NewEventType {
    /// 1 to 255 characters.
    pub name: Name,
    /// 1 to 255 characters; the name when left out.
    pub label: Omittable<Name>,
    /// At most 2,000 characters; empty when left out.
    pub description: Omittable<Description>,
}

impl RequestBody for NewEventType {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

impl NewEventType {
    /// The event type, under `id`.
    pub fn made(&self, id: EventTypeId) -> sandbox::EventType {
        sandbox::EventType {
            id,
            name: self.name.0.clone(),
            label: self.label.0.as_ref().unwrap_or(&self.name).0.clone(),
            description: self.description.0.clone().map(|text| text.0).unwrap_or_default(),
        }
    }
}

/// A change to an event type; what is left out stays.
#[derive(Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, examples(json!({"name": "Site visit", "description": "Forty minutes on the plot."})))]
pub struct EventTypePatch {
    /// As in creation.
    pub name: Omittable<Name>,
    /// As in creation.
    pub label: Omittable<Name>,
    /// As in creation.
    pub description: Omittable<Description>,
}

impl RequestBody for EventTypePatch {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

impl EventTypePatch {
    /// Changes the event type as it says.
    pub fn apply(&self, kind: &mut sandbox::EventType) {
        let Self { name, label, description } = self;
        if let Some(name) = &name.0 {
            kind.name.clone_from(&name.0);
        }
        if let Some(label) = &label.0 {
            kind.label.clone_from(&label.0);
        }
        if let Some(description) = &description.0 {
            kind.description.clone_from(&description.0);
        }
    }
}
